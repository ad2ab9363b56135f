"""`replies` at a terminal: read from files, shown, decided, and acted upon."""

from __future__ import annotations

import csv
import io
import os
import shlex
import sys
from pathlib import Path

import pytest

from tests import mails
from tests.cameback import came_back, drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies, dies_after_writing
from tests.servers.capture import CaptureServer

SEND = ("send", "--really", "--yes", "--untested")
BREST = "29019;Brest;M;Bob;BREIZ;brest@example.org;;;"
RENNES = "35238;Rennes;F;A;B;r@example.org, accueil@example.org;;;"

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two letters have left by e-mail; Le Havre waits for paper."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    return desk


def nice_answers(desk: Desk, **other: str) -> bytes:
    other.setdefault("sender", "Mairie de Nice <nice@example.org>")
    return mails.answer(refers=refers_to(desk, "06088"), **other)  # type: ignore[arg-type] # all text


def test_the_command_that_a_waiting_mail_names_lists_it_without_a_mailbox(
    desk: Desk,
) -> None:
    """It is named in `status`, too; all that it said was that no mailbox is read."""
    data = mails.answer(sender="Mairie de Nice <x@example.com>", refers="")
    assert "1 mail waits" in desk.ok("replies", "--from", drop(desk, data)).err
    said = desk.ok("replies")
    assert "This campaign reads no mailbox" in said.err
    assert "publipostage replies --attach 1=06088: Nice, it gives the name" in said.err
    said = desk.ok("replies", "--attach", "1=06088")
    assert "mail waits" not in said.err + desk.ok("status").out
    assert desk.run("replies").code == 2


def test_an_answer_is_read_once_listed_and_shown_whole(desk: Desk) -> None:
    data = nice_answers(desk, subject="Votre lettre", body="D'accord.\n\x1b[31mrouge\n> cité")
    said = desk.ok("replies", "--from", drop(desk, data))
    assert "1 mail was read. New: 1 answers, 0 automatic replies" in said.err
    assert "Nice (06088)" in said.out
    assert "Votre lettre" in said.out
    again = desk.ok("replies", "--from", drop(desk, data))
    assert "New: 0 answers" in again.err
    assert again.out == ""
    shown = desk.ok("show", "Nice").out
    assert "From: Mairie de Nice <nice@example.org>" in shown
    assert "D'accord.\n[31mrouge\n> cité" in shown
    assert "\x1b" not in shown
    assert desk.ok("show", "Nice", "--reply", "1").out.encode() == data
    assert desk.run("show", "Nice", "--reply", "2").code == 2
    assert "Votre lettre" in desk.ok("replies", "--all").out
    assert desk.ok("replies", "--all", "--commune", "Y").out == ""


def test_a_file_that_came_with_an_answer_is_named_with_the_command_that_has_it(desk: Desk) -> None:
    plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    pdf = 'Content-Type: application/pdf; name="avis.pdf"'
    data = nice_answers(desk, body="").replace(plain.encode(), pdf.encode())
    desk.ok("replies", "--from", drop(desk, data))
    told = "Attached: avis.pdf\nTo have it whole: publipostage show 06088 --reply 1 > reply.eml"
    assert told in desk.ok("show", "Nice").out


def test_a_mail_from_elsewhere_is_proposed_and_a_person_decides_at_the_terminal(
    desk: Desk,
) -> None:
    one = mails.answer(sender="Mairie de Nice <x@example.com>", refers="", own_id="<1@x>")
    two = mails.answer(sender="Mairie de Y <y@example.com>", refers="", own_id="<2@x>")
    three = mails.answer(sender="Ville du Havre <h@example.com>", refers="", own_id="<3@x>")
    said = desk.ok("replies", "--from", drop(desk, one, two, three))
    assert "replies --attach 1=06088: Nice, it gives the name" in said.err
    assert "3 mails wait for you to say whose they are" in said.err
    said = desk.ok("replies", "--attach", "1=06088", "--dismiss", "2")
    assert "1 mail waits" in desk.ok("status").out
    assert "x@example.com" in desk.ok("show", "Nice").out
    desk.ok("replies", "--attach", "3=Le Havre")
    assert "h@example.com" in desk.ok("show", "Le Havre").out
    assert "say whose" not in desk.ok("status").out
    assert "y@example.com" not in desk.ok("replies", "--all").out


def test_whoever_stops_from_an_address_that_nobody_knows_is_shown_with_the_way_to_the_list(
    desk: Desk,
) -> None:
    stop = mails.answer(sender="j@example.com", refers="", subject="", body="STOP")
    said = desk.ok("replies", "--from", drop(desk, stop))
    assert "no more letters: “STOP”" in said.err
    assert "publipostage suppress j@example.com --reason STOP" in said.err
    said = desk.ok("replies", "--attach", "1=Nice")
    assert 'publipostage suppress 06088 --reason "wrote: “STOP”"' in said.err


def test_what_is_no_number_of_a_mail_is_refused(desk: Desk) -> None:
    data = mails.answer(sender="Mairie de Nice <x@example.com>", refers="")
    desk.ok("replies", "--from", drop(desk, data))
    assert desk.run("replies", "--attach", "²=Nice").code == 2
    assert desk.run("replies", "--attach", f"{'9' * 20}=Nice").code == 2


def forged(to: str, status: str = "5.1.1", said: str = "smtp; 550 5.1.1 unknown") -> bytes:
    """What a stranger can write, who knows nothing but an address."""
    data = mails.report("failed", status, said, returned=mails.NOTHING)
    return data.replace(b"mairie-1@example.org", to.encode())


def test_a_report_that_proves_nothing_waits_for_a_person_at_the_terminal(desk: Desk) -> None:
    notice = mails.freeform("mailer-daemon@x.example", "failure notice", "550 nice@example.org: no")
    said = desk.ok("replies", "--from", drop(desk, forged("y@example.org"), notice))
    assert "0 that came back" in said.err
    assert "Nothing in it proves that the address of a letter of yours refused it" in said.err
    assert "--attach 1=80829: Y, it names that address" in said.err
    assert "The server says: 550 5.1.1 unknown" in said.err
    assert desk.figures()["email"]["sent"] == 2
    assert desk.ok("suppress").out == ""
    assert "2 mails wait for you to say whose they are" in desk.ok("status").out
    said = desk.ok("replies", "--attach", "1=80829", "--dismiss", "2")
    assert "Y (80829): the letter to y@example.org came back: 5.1.1 unknown" in said.err
    assert "On paper instead: publipostage print" in said.err
    figures = desk.figures()["email"]
    assert (figures["sent"], figures["bounced"]) == (1, 1)
    status = desk.ok("status").out
    assert "mails wait" not in status
    assert "Refused or come back:\n    Y (80829)\n" in status


def test_a_report_that_proves_nothing_is_decided_by_options_too(desk: Desk) -> None:
    spam = forged("y@example.org", "5.7.1", "smtp; 550 5.7.1 looks like spam")
    desk.ok("replies", "--yes", "--from", drop(desk, forged("nice@example.org"), spam))
    assert "no campaign sends from" not in desk.ok("status").out
    refused = desk.run("replies", "--attach", "1=Le Havre")
    assert (refused.code, "No letter to 76351 was sent" in refused.err) == (2, True)
    said = desk.ok("replies", "--attach", "1=Nice", "--dismiss", "2")
    assert "Nice (06088): the letter to nice@example.org came back" in said.err
    assert "Reply 2 is forgotten." in said.err
    figures = desk.figures()["email"]
    assert (figures["sent"], figures["bounced"]) == (1, 1)


def test_a_refusal_of_letters_stays_until_a_person_says_yes_or_no(desk: Desk) -> None:
    stop = nice_answers(desk, body="STOP")
    for _each in range(2):
        said = desk.ok("replies", "--from", drop(desk, stop))
        line = 'publipostage suppress 06088 --reason "wrote: “STOP”"'
        assert f"To put it on the suppression list: {line}" in said.err
        assert "asks for no such thing: publipostage replies --no-stop 1" in said.err
    desk.ok(*shlex.split(line)[1:])
    assert "wrote: “STOP”" in desk.ok("suppress").out
    assert "suppression list" not in desk.ok("replies", "--from", drop(desk, stop)).err


def test_a_complaint_is_told_and_proposes_the_suppression_list(desk: Desk) -> None:
    back = f"Content-Type: text/rfc822-headers\n\nMessage-ID: {refers_to(desk, '06088')}\n"
    data = mails.complaint(returned=back)
    said = desk.ok("replies", "--from", drop(desk, data))
    assert "0 answers" in said.err
    assert "1 complaints" in said.err
    assert "Nice (06088) called your letter unwanted, at its provider" in said.err
    assert '--reason "complained at its provider (abuse)"' in said.err
    assert "answered" not in desk.ok("status").out


def test_decisions_can_be_options_and_scripts_are_never_asked(desk: Desk) -> None:
    data = mails.answer(sender="Mairie de Nice <x@example.com>", refers="")
    said = desk.ok("replies", "--from", drop(desk, data), "--yes")
    assert "Whose is it?" not in said.err
    assert "Reply 1 is forgotten." in desk.ok("replies", "--dismiss", "1").err
    gone = desk.run("replies", "--attach", "1=Nice")
    assert (gone.code, "There is no reply number 1." in gone.err) == (2, True)
    assert desk.run("replies", "--attach", "Nice").code == 2


def test_a_bounce_goes_on_paper_and_whoever_asks_to_stop_is_put_on_the_list(desk: Desk) -> None:
    bounce = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    stop = nice_answers(desk, body="Merci de ne plus nous écrire.")
    said = desk.ok("replies", "--from", drop(desk, bounce, stop))
    assert "Y (80829): the letter to y@example.org came back: 5.1.1 unknown" in said.err
    assert "On paper instead: publipostage print" in said.err
    assert "seems to want no more letters: “Merci de ne plus nous écrire.”" in said.err
    reason = "wrote: “Merci de ne plus nous écrire.”"
    assert f'publipostage suppress 06088 --reason "{reason}"' in said.err
    desk.ok("suppress", "06088", "--reason", reason)
    listed = desk.ok("suppress").out
    assert reason in listed
    assert "dead address" in listed
    desk.ok("print")
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["made"]) == (1, 2)


def test_a_letter_that_comes_back_goes_to_the_address_that_a_later_sheet_brought(
    desk: Desk, capture_server: CaptureServer
) -> None:
    later = NICE.replace("nice@example.org", "mairie@example.org")
    desk.ok("import", str(desk.sheet(later, HAVRE, Y)), "--yes")
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    said = desk.ok("replies", "--from", drop(desk, back), "--yes").err
    assert "1 letter waits for the next address" in said
    capture_server.messages.clear()
    desk.ok(*SEND)
    assert [message.recipients for message in capture_server.messages] == [("mairie@example.org",)]
    # An address from a sheet is not held against the next one, as that of an edit is.
    after = NICE.replace("nice@example.org", "accueil@example.org")
    assert "accueil@example.org" in desk.ok("import", str(desk.sheet(after, HAVRE, Y)), "--yes").out


def test_whose_mailbox_is_dead_gets_paper_with_the_postal_address_that_an_edit_brings(
    desk: Desk,
) -> None:
    nowhere = "06088;Nice;M;Étienne;ÇELIK;nice@example.org;;;"
    desk.ok("import", str(desk.sheet(nowhere, HAVRE, Y)), "--yes")
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    desk.ok("replies", "--from", drop(desk, back), "--yes")
    assert "another address for those whose e-mail failed" in desk.ok("status").out
    said = desk.ok("edit", "Nice", "address=5 rue de l'Hôtel-de-Ville, 06364 Nice").err
    assert "Its letter: paper, waiting." in said
    assert desk.figures()["paper"]["queued"] == 2


def test_check_names_whose_mailbox_is_dead_and_a_sending_does_not_count_them(desk: Desk) -> None:
    """`status` names `check` for those who are held; it found nothing, and `send` tried anew."""
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    desk.ok("replies", "--from", drop(desk, back), "--yes")
    shared = "35238;Rennes;F;A;B;nice@example.org;;;"
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y, shared, BREST)), "--yes")
    for _again in range(2):
        desk.run(*SEND, "--limit", "1")
        assert desk.figures()["email"]["held"] == 1
    said = desk.run("check")
    assert (said.code, "at fault: 1." in said.out) == (1, True)
    assert "Rennes (35238): a letter to “nice@example.org” came back" in said.err
    assert "publipostage edit 35238 email=" in said.err
    assert "letter to send" not in desk.run(*SEND).err


LOOKS_LIKE_SPAM = "smtp; 550 5.7.1 looks like spam"
TOWNS = (NICE, HAVRE, Y, RENNES, BREST)


def refused(desk: Desk, *towns: tuple[str, str], said: str = LOOKS_LIKE_SPAM) -> str:
    """Reports that say that whoever sends is refused, as a folder of mails."""
    found = [came_back(desk, key, to, "5.7.1", said) for key, to in towns]
    return drop(
        desk,
        *(
            data.replace(b"Message-ID: <failed-", f"Message-ID: <{key}-".encode(), 1)
            for data, (key, _to) in zip(found, towns, strict=True)
        ),
    )


NICE_S, Y_S = ("06088", "nice@example.org"), ("80829", "y@example.org")
RENNES_S, BREST_S = ("35238", "r@example.org"), ("29019", "brest@example.org")


@pytest.fixture
def spammer(desk: Desk) -> Desk:
    """Of four letters that left three came back because of their sender."""
    desk.ok("import", str(desk.sheet(*TOWNS)))
    desk.ok(*SEND)
    said = desk.run("replies", "--from", refused(desk, NICE_S, Y_S, RENNES_S))
    assert said.code == 4
    assert said.err.count("looks like spam") == 1  # the server says the same of each
    assert "0 automatic replies, 3 that came back" in said.err
    assert "3 letters came back because of their sender or their content" in said.err
    return desk


def test_one_letter_that_is_refused_because_of_us_stops_nothing(desk: Desk) -> None:
    """Each batch wanted --accept-bounces, and people learned to type it always."""
    assert "looks like spam" in desk.ok("replies", "--from", refused(desk, NICE_S)).err
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y, RENNES)))
    desk.ok(*SEND)
    assert desk.figures()["email"] | {"sent": 2, "bounced": 1} == desk.figures()["email"]


def test_bounces_about_spam_stop_with_4_and_the_next_sending_too(spammer: Desk) -> None:
    spammer.ok("import", str(spammer.sheet(*TOWNS, "44109;Nantes;F;C;D;n@example.org;;;")))
    assert spammer.run(*SEND).code == 4
    assert "550 5.7.1" in spammer.ok("status").out
    spammer.ok(*SEND, "--accept-bounces")
    assert spammer.figures()["email"]["sent"] == 2


def test_what_is_refused_because_of_us_stands_as_come_back_wherever_it_is_told(
    spammer: Desk,
) -> None:
    """`log` said "sent", and `status` that everyone had been written to."""
    assert spammer.figures()["email"]["bounced"] == 3
    status = spammer.ok("status").out
    assert "3 letters came back because of their sender or their content" in status
    assert "Nice (06088)" in status
    assert "publipostage resolve" in status
    assert "everyone" not in status
    rows = list(csv.DictReader(io.StringIO(spammer.ok("log", "--format", "csv").out)))
    assert [row["cause"] for row in rows if row["status"] == "bounced"] == ["policy"] * 3
    assert "its sender or its content" in spammer.ok("log").out
    shown = spammer.ok("show", "Nice").out
    assert "its sender or its content. You have not decided yet" in shown
    assert "came back because of you" in shown
    assert "1 recipient written to" in spammer.ok("report").out
    spammer.ok("print")
    assert spammer.figures()["paper"]["made"] == 1  # Le Havre's alone
    left_out = spammer.ok("remind", "--after", "1d").out
    assert "Left out: 3, the letter before came back, or was refused." in left_out


def test_one_line_decides_about_all_of_them(spammer: Desk) -> None:
    said = spammer.run("resolve")
    assert said.code == 1
    assert "The server says: looks like spam" in said.err
    assert "resolve --policy later (again, tomorrow at the earliest), paper or leave" in said.err
    said = spammer.ok("resolve", "--policy", "paper")
    assert "2 letters go on paper: publipostage print" in said.err
    assert "1 has no postal address" in said.err
    assert "no campaign sends from" not in spammer.ok("status").out
    spammer.ok("print")
    assert spammer.figures()["paper"]["made"] == 3


@pytest.mark.parametrize(
    ("decision", "status", "told"),
    [
        ("later", "deferred", "3 letters are put off until tomorrow"),
        ("leave", "bounced", "3 letters stay as they are"),
        ("paper", "bounced", "2 letters go on paper"),
    ],
)
def test_an_option_decides_about_all_of_them(
    spammer: Desk, decision: str, status: str, told: str
) -> None:
    assert told in spammer.ok("resolve", "--policy", decision).err
    assert spammer.figures()["email"][status] == 3
    page = spammer.ok("status").out
    assert "came back because of" not in page
    again = spammer.run("resolve", "--policy", decision)
    assert (again.code, "or you have decided already" in again.err) == (2, True)
    desk_says = spammer.ok("show", "Nice").out
    assert ("It stays as it is, you said." in desk_says) is (decision == "leave")


def test_a_decision_about_one_town_leaves_the_others(spammer: Desk) -> None:
    spammer.ok("resolve", "Nice", "--policy", "leave")
    assert "2 letters came back because of their sender" in spammer.ok("status").out
    spammer.ok("resolve", "Nice", "--policy", "paper")  # and can be another one
    assert spammer.run("resolve", "Brest", "--policy", "paper").code == 2
    for wrong in (("--sent",), ("--lot", "1"), ("--log", "x.csv")):
        assert spammer.run("resolve", "Nice", "--policy", "paper", *wrong).code == 2


def test_a_letter_that_is_refused_because_of_us_is_sent_again_by_a_persons_word(
    desk: Desk, capture_server: CaptureServer
) -> None:
    spam = refused(desk, NICE_S, Y_S)
    desk.ok("replies", "--from", spam)
    assert desk.run("resolve", "Nice", "--sent").code == 2
    assert desk.run("resolve", "Le Havre", "--not-sent").code == 2
    for each in ("Nice", "Y"):
        desk.ok("resolve", each, "--not-sent")
    assert "came back because" not in desk.ok("status").out
    assert desk.figures()["email"]["queued"] == 2
    before = len(capture_server.messages)
    desk.ok(*SEND)
    again = [message.recipients for message in capture_server.messages[before:]]
    assert again == [("nice@example.org",), ("y@example.org",)]
    assert f"Message-ID: {refers_to(desk, '06088')}" in desk.ok("show", "Nice").out
    assert desk.run("resolve", "Nice", "--not-sent").code == 2
    desk.ok("replies", "--from", spam)  # it was read before
    assert "came back because" not in desk.ok("status").out


def test_bounces_about_spam_pause_every_campaign_of_the_account_until_either_lifts_it(
    spammer: Desk, capture_server: CaptureServer
) -> None:
    other = Desk(spammer.folder.with_name("other"))
    other.make()
    other.ok("import", str(other.sheet(Y)))
    other.connect(capture_server)
    refusal = other.run(*SEND)
    assert refusal.code == 4
    assert "550 5.7.1" in refusal.err
    assert f"publipostage log --attempts in {spammer.folder}" in refusal.err
    assert other.run("replies", "--from", drop(other)).code == 4
    assert "no campaign sends from" in other.ok("status").out
    # Erased, the campaign that heard of it leaves the pause, and no name beside it.
    spammer.ok("print")
    spammer.ok("print", "--posted", "1")
    spammer.ok("purge", "--really", "--yes")
    assert other.run(*SEND).code == 4
    for file in Path(os.environ["PUBLIPOSTAGE_HOME"]).iterdir():
        assert not file.is_file() or b"nice@" not in file.read_bytes().lower()
    spammer.ok(*SEND, "--accept-bounces")  # also where nobody is left to be written to
    spammer.ok("replies", "--from", drop(spammer))
    other.ok(*SEND)
    assert other.figures()["email"]["sent"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_kill_between_the_pause_and_its_report_pauses_once_and_forgets_neither(
    desk: Desk,
) -> None:
    desk.ok("import", str(desk.sheet(*TOWNS)))
    desk.ok(*SEND)
    desk.ok("replies", "--yes", "--from", refused(desk, NICE_S, Y_S))
    spam = came_back(desk, *RENNES_S, "5.7.1", LOOKS_LIKE_SPAM)
    words = ("replies", "--yes", "--from", drop(desk, spam))
    dies(desk, "merge.ledger.accounts:Accounts.pause", "after", *words)
    assert "(3 so far, the last with 550 5.7.1)" in desk.ok("status").out
    for _again in range(2):
        said = desk.run(*words)
        assert (said.code, "(3 so far," in said.err) == (4, True)
    attempts = desk.ok("log", "--attempts", "--format", "csv", "--commune", "Rennes").out
    assert attempts.count("looks like spam") == 1


def test_without_a_mailbox_it_says_how_to_bring_the_mails(desk: Desk) -> None:
    said = desk.run("replies")
    assert said.code == 2
    assert "Export the mails from your mail program" in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_reading_that_is_killed_at_any_instant_is_finished_by_the_next(desk: Desk) -> None:
    bounce = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    words = ("replies", "--yes", "--from", drop(desk, bounce, nice_answers(desk)))
    for point, when in (
        ("merge.ledger.archive:Archive.put", "after"),
        ("merge.ledger.ledger:Ledger.bounced", "after"),
        ("merge.ledger.replies:Replies.keep", "before"),
        ("merge.ledger.replies:Replies.keep", "after"),
        ("merge.ledger.suppression:SuppressionList.add", "before"),
        ("merge.ledger.suppression:SuppressionList.add", "after"),
    ):
        dies(desk, point, when, *words)
    desk.ok(*words)
    listed = desk.ok("replies", "--all").out
    assert (listed.count("Nice (06088)"), listed.count("Y (80829)")) == (1, 1)
    assert desk.ok("suppress").out.count("y@example.org") == 1
    desk.ok("print")
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["made"]) == (1, 2)


@pytest.fixture
def two_addresses(desk: Desk, capture_server: CaptureServer) -> tuple[Desk, str]:
    """What came back to a campaign: a dead address whose town has another one, and an answer."""
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y, RENNES)))
    desk.ok(*SEND)
    capture_server.messages.clear()
    bounce = came_back(desk, "35238", "r@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    return desk, drop(desk, bounce, nice_answers(desk))


def each_ended_where_it_should(desk: Desk, server: CaptureServer) -> None:
    """One new letter to the next address, however often it is asked for; nothing lost or twice."""
    for _again in range(2):
        desk.ok(*SEND)
        assert [message.recipients for message in server.messages] == [("accueil@example.org",)]
    listed = desk.ok("replies", "--all").out
    assert (listed.count("Nice (06088)"), listed.count("Rennes (35238)")) == (1, 1)
    attempts = desk.ok("log", "--attempts", "--format", "csv", "--commune", "Rennes").out
    statuses = [row["status"] for row in csv.DictReader(io.StringIO(attempts))]
    assert statuses == ["sent", "bounced", "sent"]
    assert desk.ok("suppress").out.count("r@example.org") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("point", "when"),
    [
        ("merge.ledger.ledger:Ledger.bounced", "after"),
        ("merge.ledger.suppression:SuppressionList.add", "after"),
        ("merge.ledger.ledger:Ledger.edit", "before"),
        ("merge.ledger.ledger:Ledger.edit", "after"),
    ],
)
def test_between_a_bounce_and_its_next_address_a_kill_loses_nothing_and_doubles_nothing(
    two_addresses: tuple[Desk, str], capture_server: CaptureServer, point: str, when: str
) -> None:
    desk, source = two_addresses
    dies(desk, point, when, "replies", "--yes", "--from", source)
    desk.ok("replies", "--yes", "--from", source)
    each_ended_where_it_should(desk, capture_server)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_reading_that_is_killed_again_and_again_ever_later_is_finished_by_the_next(
    two_addresses: tuple[Desk, str], capture_server: CaptureServer
) -> None:
    desk, source = two_addresses
    words = ("replies", "--yes", "--from", source)
    kills = 0
    while dies_after_writing(desk, kills + 1, *words):
        kills += 1
    assert kills > 3
    each_ended_where_it_should(desk, capture_server)


# --- a campaign in another language ---------------------------------------------------------------

GERMAN_FOOT = (
    "{{ groupe }} hat Ihnen geschrieben. Antwort: {{ repondre_a }}, „{{ reference }}“. Ihre "
    "Adresse: {{ origine_adresse }}. Keine Briefe mehr? Antworten Sie mit STOP.\n"
)
GMAIL = """\
{said}

Am Di., 24. Nov. 2026 um 10:00 Uhr schrieb Collectif <groupe@example.org>:

> Sehr geehrte Frau Muster,
> Keine Briefe mehr? Antworten Sie mit STOP.
"""
OUTLOOK = """\
{said}

Von: Collectif <groupe@example.org>
Gesendet: Dienstag, 24. November 2026 10:00
An: Muster, Anna
Betreff: Guten Tag

Sehr geehrte Frau Muster,
Keine Briefe mehr? Antworten Sie mit STOP.
"""


def test_german_answers_are_read_as_answers_wishes_and_automatic_replies(
    tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    settings = desk.folder / "campaign.toml"
    toml = settings.read_text(encoding="utf-8")
    german = toml.replace("[letter]", '[letter]\nlanguage = "de"', 1)
    settings.write_text(german, encoding="utf-8")
    (desk.folder / "foot.md").write_text(GERMAN_FOOT, encoding="utf-8")
    letter = "---\nsubject: Guten Tag\n---\n\n{{ salutation }},\n\nwir bitten um Antwort.\n"
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    names = ("Anna", "Berta", "Clara", "Dora")
    rows = [f"{name};MUSTER;{name.lower()}@example.org" for name in names]
    desk.ok("import", str(desk.sheet(*rows, header="Prénom;Nom;E-mail")))
    desk.connect(capture_server)
    desk.ok(*SEND)
    said = [
        (OUTLOOK, "AW: Guten Tag", "Danke, wir kommen gern."),
        (GMAIL, "Re: Guten Tag", "Bitte streichen Sie mich von Ihrer Liste."),
        (OUTLOOK, "AW: Guten Tag", "STOP"),
        ("{said}", "Automatische Antwort: Guten Tag", "Ich bin bis 3. Dezember im Urlaub."),
    ]
    answers = [
        mails.answer(
            sender=f"{name} Muster <{name.lower()}@example.org>",
            refers=refers_to(desk, str(number)),
            subject=subject,
            body=form.format(said=words),
            own_id=f"<{number}@mx.example.org>",
        )
        for number, (name, (form, subject, words)) in enumerate(zip(names, said, strict=True), 1)
    ]
    told = desk.ok("replies", "--from", drop(desk, *answers))
    assert "New: 3 answers, 1 automatic replies" in told.err
    wishes = told.out + told.err
    assert "streichen Sie mich von Ihrer Liste" in wishes
    assert wishes.count("publipostage suppress") == 2
    for name in ("Anna", "Dora"):
        assert f"suppress {name}" not in wishes
