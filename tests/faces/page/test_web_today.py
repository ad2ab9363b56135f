"""Page “Today”: what waits, has happened, goes on; and the mailbox, which opening it reads."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app.opening import now, open_campaign
from merge.app.today import VISIT
from merge.job import JobRecord
from tests import mails
from tests.desk import NICE, Desk, Y
from tests.faces.page.test_web_jobs import until
from tests.rooms.mail.test_mailbox import made
from tests.servers.faults import FaultServer
from tests.servers.ports import free_ports
from tests.servers.postfix import PASSWORD, RealServers
from tests.servers.test_real_mailroom import SEND, SENT, desk_at
from tests.servers.test_real_replies import put, refers_to
from tests.webserver import Page, serving

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, fault_server: FaultServer) -> Desk:
    """The letter to Nice is in doubt, that to Y was sent."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("account", "set", "--host", "127.0.0.1", "--port", str(fault_server.port),
            "--tls", "none")  # fmt: skip
    desk.ok("import", str(desk.sheet(NICE.replace("nice@", "drop-after-dot@"), Y)))
    assert desk.run("send", "--really", "--yes", "--untested").code == 1
    return desk


def with_mailbox(desk: Desk, port: int) -> None:
    settings = desk.folder / "campaign.toml"
    imap = f'[account.imap]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n\n[letter]'
    settings.write_text(settings.read_text("utf-8").replace("[letter]", imap), "utf-8")


def readings(desk: Desk) -> list[JobRecord]:
    """The jobs that read, which have ended."""
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        found = list(campaign.ledger.commands.latest("replies"))
    return [job for job in found if job.exit_code is not None]


def when_read(desk: Desk, page: Page, times: int = 1) -> Page:
    """The page when so many readings have ended."""
    until(lambda: len(readings(desk)) == times)
    return page.client.get(page.url)


def test_it_says_what_waits_for_a_person_and_the_most_pressing_step(desk: Desk) -> None:
    with serving(campaign=desk.folder) as server:
        page = server.enter()
    assert page.title == "Today – publipostage"
    assert "1 letter in doubt: was it sent?" in page.text
    assert "Some letters are in doubt." in page.text
    assert "No mailbox is read here" in page.text
    assert not readings(desk)


def test_what_has_happened_is_told_of_the_time_since_the_visit_before(
    desk: Desk, tmp_path: Path
) -> None:
    with serving(campaign=desk.folder) as server:
        first = server.enter()
        assert "What has happened since" not in first.text
        seen = Path(os.environ["PUBLIPOSTAGE_HOME"]) / "seen.json"
        ((campaign, (before, last)),) = json.loads(seen.read_text("utf-8")).items()
        assert before is None
        earlier = (now() - 2 * VISIT).isoformat()
        seen.write_text(json.dumps({campaign: (None, earlier)}), "utf-8")
        for _ in range(2):  # the same visit
            again = first.client.get(first.url)
            assert "What has happened since" in again.text
            assert "1 sent" in again.text
    assert last > earlier


def test_a_mailbox_that_cannot_be_reached_is_said_and_not_tried_again_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    with_mailbox(desk, free_ports(1)[0])
    desk.approve()
    with serving(campaign=desk.folder) as server:
        page = server.enter()
        assert "The mailbox is being read now." in page.text
        for _ in range(2):
            seen = when_read(desk, page)
            assert "The mailbox was not read, or not all was done there" in seen.text
            assert "being read" not in seen.text
    assert [job.exit_code for job in readings(desk)] == [4]


@pytest.mark.parametrize("lacks", ["approval", "password"])
def test_nothing_is_read_without_an_approved_server_or_a_password(desk: Desk, lacks: str) -> None:
    with_mailbox(desk, free_ports(1)[0])
    if lacks == "password":
        desk.approve()
    said = {"approval": "nobody has approved its server", "password": "its password is not there"}
    with serving(campaign=desk.folder) as server:
        page = server.enter()
        until(lambda: said[lacks] in page.client.get(page.url).text)
    assert not readings(desk)


def test_opening_it_reads_the_mailbox_and_says_when(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)
    made(real_mail_servers, "jour", SENT)
    desk = desk_at(real_mail_servers, tmp_path, "jour")
    desk.run(*SEND)
    refers = refers_to(desk, "06088")
    put(
        real_mail_servers,
        "jour",
        mails.answer(refers=refers, sender="Mairie <mairie@example.org>", body="Nous refusons."),
    )
    with serving(campaign=desk.folder) as server:
        page = server.enter()
        assert "The mailbox was last read" not in page.text
        seen = when_read(desk, page)
        assert "The mailbox was last read today at" in seen.text
        assert "1 answer to read" in seen.text
    assert now() - readings(desk)[0].at < timedelta(minutes=5)
