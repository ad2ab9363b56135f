"""`remind`: who gets a second letter, what it says, and who is left out at the last moment."""

from __future__ import annotations

import email
import email.policy
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app import letters
from merge.app import remind as reminders
from merge.app.new import own_reminder
from merge.app.opening import now, open_campaign
from merge.campaign.reminders import let_go_of_the_overtaken
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


def test_whose_answer_was_erased_has_answered_all_the_same(desk: Desk) -> None:
    wrote = mails.answer(refers=refers_to(desk, "80829"), sender="Claude <y@example.org>")
    desk.ok("replies", "--from", drop(desk, wrote), "--yes")
    desk.ok("purge", "Y", "--really", "--yes")
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)), "--yes")  # its address is known again
    assert "Left out: 1, answered already." in desk.ok(*LATER).out


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
    assert desk.run("send", "--really", "--yes").code == 3  # nobody has seen it arrive
    capture_server.messages.clear()
    desk.ok("send", "--test", "groupe@example.org")
    desk.ok("send", "--really", "--yes")
    _trial, *sent = capture_server.messages
    assert len(sent) == 2
    for message in sent:
        mail = _mail(message.data)
        assert mail["In-Reply-To"] == mail["References"] == firsts[message.recipients]
        assert mail["Message-ID"] != mail["In-Reply-To"]
        body = mail.get_body(("plain",))
        assert body is not None
        assert "envoyée par courriel" in " ".join(body.get_content().split())
    desk.ok("print")
    desk.ok("print", "--posted", "2")
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["posted"]) == (2, 1)
    desk.ok(*OPEN)  # and nobody gets it twice
    assert desk.figures() == figures


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
        assert desk.run("send", "--really", "--yes", "--accept-edit").code == 3
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
    desk.ok("replies", "--from", drop(desk, back), "--yes")
    assert desk.figures()["email"]["sent"] == 2


def test_who_answers_before_the_reminder_leaves_gets_none(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.ok(*OPEN)
    desk.ok("answer", "Y", "yes")
    desk.ok("answer", "Le Havre", "no")
    capture_server.messages.clear()
    desk.ok("send", "--really", "--yes", "--untested")
    assert [message.recipients for message in capture_server.messages] == [("nice@example.org",)]
    desk.ok("print")


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
    desk.run("send", "--really", "--yes", "--untested")
    assert [message.recipients for message in capture_server.messages] == [("y@example.org",)]
    desk.ok("send", "--really", "--untested")  # with no number to type
    desk.run("print")
    figures = desk.figures()
    assert (figures["email"]["held"], figures["paper"]["held"]) == (1, 1)
    desk.ok("replies", "--attach", "1=Le Havre")
    desk.ok("replies", "--dismiss", "2")
    desk.ok("print")
    desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 2
    assert desk.figures()["paper"]["posted"] == 1


def test_an_envelope_that_comes_back_takes_the_reminder_behind_it_along(desk: Desk) -> None:
    desk.ok(*OPEN)
    desk.ok("answer", "Y", "yes")
    desk.ok("print", "--returned", "Le Havre")
    assert desk.figures()["paper"]["returned"] == 1
    assert desk.figures()["paper"]["queued"] == 0


def test_a_reminder_that_was_changed_after_the_first_ones_left_wants_a_word(desk: Desk) -> None:
    desk.ok(*OPEN)
    desk.ok("send", "--really", "--yes", "--untested", "--limit", "1", "--commune", "Nice")
    letter = desk.folder / "reminder.md"
    letter.write_text(letter.read_text("utf-8").replace("sollicités", "occupés"), "utf-8")
    assert desk.run("send", "--really", "--yes", "--untested").code == 3
    desk.ok("send", "--really", "--yes", "--untested", "--accept-edit")


def _mail(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)
