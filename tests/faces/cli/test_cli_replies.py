"""`replies` at a terminal: read from files, shown, decided, and acted upon."""

from __future__ import annotations

import csv
import io
import os
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


def forged(to: str, status: str = "5.1.1", said: str = "smtp; 550 5.1.1 unknown") -> bytes:
    """What a stranger can write, who knows nothing but an address."""
    data = mails.report("failed", status, said, returned=mails.NOTHING)
    return data.replace(b"mairie-1@example.org", to.encode())


def test_a_report_that_proves_nothing_waits_for_a_person_at_the_terminal(desk: Desk) -> None:
    notice = mails.freeform("mailer-daemon@x.example", "failure notice", "550 nice@example.org: no")
    desk.ok("replies", "--from", drop(desk, forged("y@example.org"), notice))
    assert desk.figures()["email"]["sent"] == 2
    assert desk.ok("suppress").out == ""
    desk.ok("replies", "--attach", "1=80829", "--dismiss", "2")
    figures = desk.figures()["email"]
    assert (figures["sent"], figures["bounced"]) == (1, 1)


def test_a_bounce_goes_on_paper_and_whoever_asks_to_stop_is_put_on_the_list(desk: Desk) -> None:
    bounce = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    stop = nice_answers(desk, body="Merci de ne plus nous écrire.")
    desk.ok("replies", "--from", drop(desk, bounce, stop))
    reason = "wrote: “Merci de ne plus nous écrire.”"
    desk.ok("suppress", "06088", "--reason", reason)
    desk.ok("print")
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["made"]) == (1, 2)


def test_a_letter_that_comes_back_goes_to_the_address_that_a_later_sheet_brought(
    desk: Desk, capture_server: CaptureServer
) -> None:
    later = NICE.replace("nice@example.org", "mairie@example.org")
    desk.ok("import", str(desk.sheet(later, HAVRE, Y)), "--yes")
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    desk.ok("replies", "--from", drop(desk, back), "--yes")
    capture_server.messages.clear()
    desk.ok(*SEND)
    assert [message.recipients for message in capture_server.messages] == [("mairie@example.org",)]
    # An address from a sheet is not held against the next one, as that of an edit is.
    after = NICE.replace("nice@example.org", "accueil@example.org")
    assert "accueil@example.org" in desk.ok("import", str(desk.sheet(after, HAVRE, Y)), "--yes").out


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
    return desk


def test_a_letter_that_is_refused_because_of_us_is_sent_again_by_a_persons_word(
    desk: Desk, capture_server: CaptureServer
) -> None:
    spam = refused(desk, NICE_S, Y_S)
    desk.ok("replies", "--from", spam)
    assert desk.run("resolve", "Nice", "--sent").code == 2
    assert desk.run("resolve", "Le Havre", "--not-sent").code == 2
    for each in ("Nice", "Y"):
        desk.ok("resolve", each, "--not-sent")
    assert desk.figures()["email"]["queued"] == 2
    before = len(capture_server.messages)
    desk.ok(*SEND)
    again = [message.recipients for message in capture_server.messages[before:]]
    assert again == [("nice@example.org",), ("y@example.org",)]
    assert f"Message-ID: {refers_to(desk, '06088')}" in desk.ok("show", "Nice").out
    assert desk.run("resolve", "Nice", "--not-sent").code == 2
    desk.ok("replies", "--from", spam)  # it was read before
    assert desk.figures()["email"]["sent"] == 2


def test_bounces_about_spam_pause_every_campaign_of_the_account_until_either_lifts_it(
    spammer: Desk, capture_server: CaptureServer
) -> None:
    other = Desk(spammer.folder.with_name("other"))
    other.make()
    other.ok("import", str(other.sheet(Y)))
    other.connect(capture_server)
    assert other.run(*SEND).code == 4
    assert other.run("replies", "--from", drop(other)).code == 4
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
        assert said.code == 4
    attempts = desk.ok("log", "--attempts", "--format", "csv", "--commune", "Rennes").out
    assert attempts.count("looks like spam") == 1


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
