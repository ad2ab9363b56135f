"""`remind`: who gets a second letter, what it says, and who is left out at the last moment."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app import letters, readiness
from merge.app import remind as reminders
from merge.app.new import own_reminder
from merge.app.opening import now, open_campaign
from merge.campaign.reminders import let_go_of_the_overtaken, versions
from merge.model import Channel, Letter, Status
from merge.outcome import Bounce, Outcome, Phase
from tests import mails
from tests.cameback import came_back, drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]
LATER = ("remind", "--after", "21d")
OPEN = (*LATER, "--really")


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Nice and Y have their e-mail, Le Havre its letter in the post; thirty days have passed."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    monkeypatch.setattr(reminders, "now", lambda: now() + timedelta(days=30))
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("print")
    desk.ok("print", "--posted", "1")
    return desk


def test_a_rehearsal_says_who_and_why_not_and_opens_nothing(desk: Desk) -> None:
    desk.ok("answer", "Y", "yes")
    said = desk.ok(*LATER)
    assert said.out.splitlines() == [
        "Wave 2 would be 2 letters (reminder.md): 1 by e-mail, 1 on paper.",
        "Left out: 1, answered already.",
    ]
    assert "Nothing is opened yet." in said.err
    assert desk.figures()["email"]["queued"] == 0


def test_answers_that_lie_in_another_mailbox_are_told_of_before_a_reminder(desk: Desk) -> None:
    told = "Answers go to moi@example.com. If that is another mailbox"
    assert told not in desk.ok(*LATER).err
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    example = '# reply_to = "contact@example.org"'
    settings.write_text(text.replace(example, 'reply_to = "moi@example.com"'), encoding="utf-8")
    assert told in desk.ok(*LATER).err


def test_whose_answer_was_erased_has_answered_all_the_same(desk: Desk) -> None:
    wrote = mails.answer(refers=refers_to(desk, "80829"), sender="Claude <y@example.org>")
    desk.ok("replies", "--from", drop(desk, wrote), "--yes")
    desk.ok("purge", "Y", "--really", "--yes")
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)), "--yes")  # its address is known again
    assert "Left out: 1, answered already." in desk.ok(*LATER).out


def test_who_was_written_to_lately_is_left_out(desk: Desk) -> None:
    said = desk.ok("remind", "--after", "5w")
    assert "Wave 2 would be 0 letters" in said.out
    assert "Left out: 3, the letter before left too recently." in said.out


def test_a_first_letter_that_comes_back_in_mid_run_goes_again_as_the_first(desk: Desk) -> None:
    desk.ok(*OPEN)
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        # A run makes its letters of this one, and looks into the mailbox on its way.
        template = letters.template(campaign)
        nice = campaign.ledger.recipient("06088")
        assert nice is not None
        made = [template.render(nice, Channel.EMAIL)]
        version = template.own_version(nice)
        first = campaign.ledger.delivery("06088", 1)
        assert first is not None
        outcome = Outcome(status=Status.BOUNCED, phase=Phase.BOUNCE, code=550)
        bounce = Bounce(message_id=first.message_id, to="", at=now(), outcome=outcome)
        campaign.ledger.bounced([bounce], campaign.account.hear, since=now())
        assert let_go_of_the_overtaken(campaign.ledger, now()) == 1
        made.append(template.render(nice, Channel.EMAIL))
        assert template.own_version(nice) != version
    assert [each.wave for each in made if isinstance(each, Letter)] == [2, 1]


def test_a_reminder_is_a_letter_of_its_own_below_the_first(
    desk: Desk, capture_server: CaptureServer
) -> None:
    firsts = {m.recipients: _mail(m.data)["Message-ID"] for m in capture_server.messages}
    desk.ok(*OPEN)
    assert desk.figures()["email"]["queued"] == 2
    assert desk.figures()["paper"]["queued"] == 1
    refused = desk.run("send", "--really", "--yes")
    assert refused.code == 3
    assert "This version of the letter has not been tested." in refused.err
    capture_server.messages.clear()
    desk.ok("send", "--test", "groupe@example.org")
    desk.ok("send", "--really", "--yes")
    _trial, *sent = capture_server.messages
    assert len(sent) == 2
    for message in sent:
        mail = _mail(message.data)
        assert mail["In-Reply-To"] == mail["References"] == firsts[message.recipients]
        assert mail["Message-ID"] != mail["In-Reply-To"]
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "envoyée par courriel" in " ".join(text.split())
    assert "envoyée par courrier postal" in " ".join(desk.ok("preview", "Le Havre").out.split())
    desk.ok("print")
    desk.ok("print", "--posted", "2")
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["posted"]) == (2, 1)
    assert "reminded already" in desk.ok(*LATER).out


def test_a_reminder_quotes_the_subject_as_it_was_sent(
    desk: Desk, capture_server: CaptureServer
) -> None:
    letter, reminder = desk.folder / "letter.md", desk.folder / "reminder.md"
    sent = email.message_from_bytes(capture_server.messages[0].data, policy=email.policy.default)
    text = own_reminder().replace("[texte de la relance]", "Merci de votre réponse.")
    reminder.write_text(text, encoding="utf-8")
    written = letter.read_text(encoding="utf-8")
    assert "{{ commune|a }}" in written.splitlines()[1]
    letter.write_text(
        written.replace(written.splitlines()[1], "subject: Un autre objet"), encoding="utf-8"
    )
    desk.ok(*OPEN)
    told = " ".join(desk.ok("preview", "Nice").out.split())
    assert f"au sujet suivant : « {sent['Subject']} »" in told.replace("\xa0", " ")
    assert "Un autre objet" not in told


def change_the_letter(desk: Desk) -> None:
    letter = desk.folder / "letter.md"
    letter.write_text(letter.read_text(encoding="utf-8") + "\n\nPS.\n", encoding="utf-8")


def test_a_first_letter_that_only_paper_would_take_asks_for_no_test(desk: Desk) -> None:
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    desk.ok("replies", "--from", drop(desk, back), "--yes")
    change_the_letter(desk)
    desk.ok(*OPEN)
    desk.ok("send", "--test", "groupe@example.org")
    with open_campaign(desk.folder, access="read", command="check") as campaign:
        there = versions(letters.template(campaign))
    assert set(there) == {1, 2}
    points = readiness.look(desk.folder, there).open_points
    assert "not-tested" not in [each.code for each in points]
    desk.ok("send", "--really", "--yes", "--accept-edit")


def test_each_letter_that_waits_for_its_test_gets_it_in_turn(
    desk: Desk, capture_server: CaptureServer
) -> None:
    back = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    desk.ok("replies", "--from", drop(desk, back), "--yes")
    desk.ok("edit", "Y", "email=mairie@example.org")
    change_the_letter(desk)
    desk.ok(*OPEN)
    capture_server.messages.clear()
    for _letter in ("the reminder to Nice", "the first letter to Y"):
        assert "has not been tested" in desk.run("send", "--really", "--yes", "--accept-edit").err
        desk.ok("send", "--test", "groupe@example.org")
    desk.ok("send", "--really", "--yes", "--accept-edit")
    assert len(capture_server.messages) == 4


def test_a_first_letter_that_comes_back_behind_its_reminder_goes_nowhere_any_more(
    desk: Desk,
) -> None:
    desk.ok(*OPEN)
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("import", str(desk.sheet(NICE.replace("nice@", "mairie@"), HAVRE, Y)), "--yes")
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    said = desk.ok("replies", "--from", drop(desk, back), "--yes").err
    assert "1 letter came back." in said
    assert "next address" not in said
    assert desk.figures()["email"]["sent"] == 2


def test_a_reading_says_which_reminders_it_has_closed(desk: Desk) -> None:
    desk.ok(*OPEN)
    back = came_back(desk, "06088", "nice@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    wrote = mails.answer(refers=refers_to(desk, "80829"), sender="Claude <y@example.org>")
    said = desk.ok("replies", "--from", drop(desk, back, wrote), "--yes").err
    assert "2 reminders do not leave: an answer has come, or the first letter came back." in said
    assert "do not leave" not in desk.ok("print").err


def test_an_opened_wave_can_be_closed_again(desk: Desk) -> None:
    assert desk.run("remind", "--undo").code == 2
    desk.ok(*OPEN)
    said = desk.ok("remind", "--undo")
    assert "Wave 2: 3 letters that waited are taken back." in said.err
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["posted"]) == (2, 1)
    assert "Wave 2 would be 3 letters" in desk.ok(*LATER).out


def test_who_answers_before_the_reminder_leaves_gets_none(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.ok(*OPEN)
    desk.ok("answer", "Y", "yes")
    desk.ok("answer", "Le Havre", "no")
    capture_server.messages.clear()
    said = desk.ok("send", "--really", "--yes", "--untested")
    assert "2 reminders do not leave" in said.err
    assert [message.recipients for message in capture_server.messages] == [("nice@example.org",)]
    assert "Nobody is left to be written to on paper." in desk.ok("print").err
    assert "An answer had come" in desk.ok("show", "Y").out


def test_a_mail_that_may_be_an_answer_holds_the_reminder_by_mail_and_on_paper(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.ok(*OPEN)
    folder = desk.folder.parent / "mails"
    folder.mkdir()
    for name in ("Nice", "Le Havre"):
        data = mails.answer(
            sender=f"Mairie de {name} <x@example.com>", refers="", own_id=f"<{name[0]}@x>"
        )
        (folder / f"{name}.eml").write_bytes(data)
    desk.ok("replies", "--from", str(folder), "--yes")
    capture_server.messages.clear()
    sent = desk.run("send", "--really", "--yes", "--untested")
    assert "2 reminders are held: mails may be the answer to the first letter." in sent.err
    assert [message.recipients for message in capture_server.messages] == [("y@example.org",)]
    again = desk.run("send", "--really", "--untested")
    assert "1 held" in again.err
    assert "Type that number" not in again.err  # there is none
    made = desk.run("print")
    assert "Le Havre (76351): a mail may be its answer" in made.err
    figures = desk.figures()
    assert (figures["email"]["held"], figures["paper"]["held"]) == (1, 1)
    assert "a mail may be its answer" in desk.run("check").err
    desk.ok("replies", "--attach", "1=Le Havre")
    desk.ok("replies", "--dismiss", "2")
    assert "1 reminder does not leave: an answer has come" in desk.ok("print").err
    desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 2
    assert desk.figures()["paper"]["posted"] == 1


def test_a_second_reminder_goes_to_those_who_had_the_first(desk: Desk) -> None:
    said = desk.ok(*LATER, "--wave", "3")
    assert "Left out: 3, without the reminder before this one." in said.out
    desk.ok(*OPEN)
    desk.ok("send", "--really", "--yes", "--untested")
    (desk.folder / "last.md").write_text(
        "---\nsubject: Dernier rappel\n---\n\nLe {{ date }},\n\n{{ salutation }},\n\n"
        "Notre lettre du {{ premier_envoi.date }} attend.\n\n{{ signature }}\n",
        "utf-8",
    )
    said = desk.ok(*OPEN, "--wave", "3", "--letter", "last.md")
    assert "Wave 3 is open: 2 letters (last.md): 2 by e-mail, 0 on paper." in said.out
    assert "Left out: 1, the letter before has not left yet" in said.out
    assert "attend." in desk.ok("preview", "Nice").out


def test_a_sheet_imported_again_leaves_a_reminder_on_paper(desk: Desk) -> None:
    desk.ok(*OPEN)
    known = HAVRE.replace(";;1517", ";havre@example.org;1517")
    desk.ok("import", str(desk.sheet(NICE, known, Y)))
    assert desk.figures()["paper"]["queued"] == 1


def test_an_envelope_that_comes_back_takes_the_reminder_behind_it_along(desk: Desk) -> None:
    desk.ok(*OPEN)
    desk.ok("answer", "Y", "yes")
    closed = "2 reminders do not leave: an answer has come, or the first letter came back."
    assert closed in desk.ok("print", "--returned", "Le Havre").err
    assert desk.figures()["paper"]["returned"] == 1
    assert desk.figures()["paper"]["queued"] == 0


def test_a_reminder_that_was_changed_after_the_first_ones_left_wants_a_word(desk: Desk) -> None:
    desk.ok(*OPEN)
    desk.ok("send", "--really", "--yes", "--untested", "--limit", "1", "--commune", "Nice")
    letter = desk.folder / "reminder.md"
    letter.write_text(letter.read_text("utf-8").replace("sollicités", "occupés"), "utf-8")
    said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 3
    assert "The letter was changed after the first ones had left." in said.err
    desk.ok("send", "--really", "--yes", "--untested", "--accept-edit")


def test_a_reminder_that_was_changed_before_one_left_wants_none(desk: Desk) -> None:
    desk.ok(*OPEN)
    desk.ok("print")
    desk.ok("print", "--discard", "2", "--yes")
    letter = desk.folder / "reminder.md"
    letter.write_text(letter.read_text("utf-8").replace("sollicités", "occupés"), "utf-8")
    desk.ok("print")  # what has left is of the first letter


def test_a_reminder_with_a_sign_that_no_font_has_goes_into_no_lot(desk: Desk) -> None:
    desk.ok(*OPEN)
    letter = desk.folder / "reminder.md"
    letter.write_text(letter.read_text("utf-8").replace("sollicités", "\U0001f9ff"), "utf-8")
    said = desk.run("print")
    assert "reminder.md" in said.err
    assert desk.figures()["paper"]["queued"] == 1


def test_the_model_s_reminder_goes_with_no_other_letter(desk: Desk) -> None:
    letter, reminder = desk.folder / "letter.md", desk.folder / "reminder.md"
    letter.write_text("---\nsubject: Un banc\n---\n\n{{ salutation }}, un banc.\n", "utf-8")
    refused = desk.run(*OPEN)
    assert refused.code == 2
    assert "it speaks of another letter than yours" in refused.err
    reminder.unlink()
    begun = desk.run(*OPEN)
    assert begun.code == 2
    assert "one that you have to write is there now" in begun.err
    assert "{{ premier_envoi.objet }}" in reminder.read_text("utf-8")
    waiting = desk.run(*OPEN)
    assert waiting.code == 2
    assert "[texte de la relance]" in waiting.err
    assert desk.figures()["email"]["queued"] == 0
    words = reminder.read_text("utf-8").replace("[texte de la relance]", "Où en est le banc ?")
    reminder.write_text(words, "utf-8")
    desk.ok(*OPEN)


def test_a_reminder_is_looked_at_for_style_as_the_first_letter_is(desk: Desk) -> None:
    first, second = desk.folder / "letter.md", desk.folder / "reminder.md"
    for letter in (first, second):
        ours = "\nNous, habitants de {{ commune }}, attendons.\n"
        letter.write_text(letter.read_text("utf-8") + ours, "utf-8")
    of_the_letter = (
        "reminder.md:21: “de {{ commune }}” would give",
        "reminder.md:21: “Nous, habitants”: where no signer lives this is not true",
    )
    rehearsed = desk.ok(*LATER).err
    desk.ok(*OPEN)
    checked = desk.ok("check").err
    for line in of_the_letter:
        assert line in rehearsed
        assert line in checked
    assert "letter.md:" not in checked  # nobody waits for the first any more
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y, "35238;Rennes;F;A;B;r@example.org;;;")))
    checked = desk.ok("check").err
    assert "letter.md:" in checked
    assert "reminder.md:21:" in checked


def test_who_asked_to_stop_is_not_reminded(desk: Desk) -> None:
    desk.ok("suppress", "Nice", "--reason", "asked by phone")
    assert "Left out: 1, must not be written to" in desk.ok(*LATER).out


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("remind",), 2, "After how long?"),
        (("remind", "--after", "soon"), 2, "“soon” is no time like 21d or 3w."),
        ((*LATER, "--letter", "nothing.md"), 2, "The letter of the reminder is not there."),
    ],
)
def test_what_is_not_clear_is_refused(
    desk: Desk, words: tuple[str, ...], code: int, why: str
) -> None:
    said = desk.run(*words)
    assert why in said.err
    assert said.code == code


def test_the_first_letter_cannot_speak_of_itself(desk: Desk) -> None:
    letter = desk.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\n{{ premier_envoi.date }}\n", "utf-8")
    assert "premier_envoi" in desk.run("check").err


def _mail(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)
