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
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]
OPEN = ("remind", "--after", "21d", "--really")


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Nice and Y have their e-mail, Le Havre its letter in the post; thirty days have passed."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    monkeypatch.setattr(reminders, "now", lambda: now() + timedelta(days=30))
    desk = Desk.made(tmp_path)
    desk.sent(capture_server, NICE, HAVRE, Y)
    desk.ok("print")
    desk.ok("print", "--posted", "1")
    return desk


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
    desk.ok("send", "--really", "--yes", "--untested")
    sent = capture_server.messages[len(firsts) :]
    assert len(sent) == 2
    for message in sent:
        mail = _mail(message.data)
        assert mail["In-Reply-To"] == mail["References"] == firsts[message.recipients]
        assert mail["Message-ID"] != mail["In-Reply-To"]
        body = mail.get_body(("plain",))
        assert body is not None
        assert "envoyée par courriel" in " ".join(body.get_content().split())


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


def _mail(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)
