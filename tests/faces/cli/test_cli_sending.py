"""What `send --really` forecasts, and what it says when it stops before the end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from merge.app.running import Signals
from merge.errors import LedgerError
from merge.ledger.archive import Archive
from merge.settings import FILE_NAME
from tests.desk import NICE, SAMPLE, Desk, Y
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


class Stingy(CaptureServer):
    """Takes one message, and says of the next that the day's quota is spent, as Gmail does."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.messages:
            return "550 5.4.5 Daily user sending limit exceeded"
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path, NICE, Y)


def with_account(desk: Desk, lines: str) -> None:
    path = desk.folder / FILE_NAME
    path.write_text(path.read_text("utf-8").replace("[account]", f"[account]\n{lines}"), "utf-8")


def test_a_spent_quota_says_what_left_what_waits_and_when_to_go_on(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    with_account(desk, "per_day = 1")
    said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 4
    assert "2 letters to send from groupe@example.org: 1 today, 1 on " in said.err
    assert "This time: 1 sent." in said.err
    assert "quota is spent (100 an hour, 1 a day)" in said.err
    assert "run the same command again: " in said.err
    assert "By e-mail: 1 waiting, 1 sent" in said.err
    assert len(capture_server.messages) == 1


def test_a_test_letter_on_a_spent_quota_says_when_there_is_room(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    with_account(desk, "per_day = 1")
    desk.ok("send", "--test", "groupe@example.org")
    said = desk.run("send", "--test", "groupe@example.org")
    assert said.code == 4
    assert "The account's quota is spent." in said.err
    assert re.search(r"There is room again \w+ .* at \d\d:\d\d: go on then", said.err)
    assert "--wait" not in said.err
    assert len(capture_server.messages) == 1


def test_what_left_before_counts_in_the_forecast_and_in_account_test(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    with_account(desk, "per_day = 2")
    desk.ok("send", "--test", "groupe@example.org")
    said = desk.run("send", "--really", "--yes")
    assert "2 letters to send from groupe@example.org: 1 today, 1 on " in said.err
    told = desk.ok("account", "test").out
    assert "Sent in the last 24 hours: 2." in told
    assert "100 letters would leave so: " in told


def test_outside_the_sending_hours_nothing_leaves_and_it_says_when_it_will(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    now = datetime.now(ZoneInfo("Europe/Paris"))
    opens, closes = ((now + timedelta(hours=hours)).strftime("%H:%M") for hours in (2, 3))
    with_account(desk, f'hours = "{opens}-{closes}"')
    said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 4
    assert f"Outside the sending hours ({opens}-{closes}) nothing leaves." in said.err
    assert re.search(rf"run the same command again: .* at {opens}, or with --wait", said.err)
    assert "By e-mail: 2 waiting" in said.err
    assert capture_server.messages == []
    assert f"Sending hours: {opens}-{closes}" in desk.ok("account", "test").out


def test_a_run_that_waits_says_until_when(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.connect(capture_server)
    with_account(desk, "per_day = 1")
    asleep = timedelta(0)

    def sleep(signals: Signals, when: datetime) -> None:
        nonlocal asleep
        asleep += when - signals.now()

    monkeypatch.setattr("merge.app.send.LOOK_WHILE_WAITING", timedelta(hours=6))
    monkeypatch.setattr(Signals, "wait_until", sleep)
    monkeypatch.setattr(Signals, "now", lambda signals: datetime.now(UTC) + asleep)
    said = desk.ok("send", "--really", "--yes", "--untested", "--wait")
    assert "This time: 1 sent. The account's quota is spent" in said.err
    assert "Waiting; going on " in said.err
    assert len(capture_server.messages) == 2
    assert timedelta(hours=23) < asleep < timedelta(hours=25)


def test_a_provider_that_refuses_the_account_is_explained_and_nobody_fails(
    desk: Desk, authority: Authority, tmp_path: Path
) -> None:
    with Stingy(folder=tmp_path, authority=authority).running() as server:
        desk.connect(server)
        said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 4
    assert "This time: 1 sent." in said.err
    assert "By e-mail: 1 sent, 1 put off" in said.err
    assert "Gmail's quota of 24 hours is spent" in said.err
    assert "Go on in 24 hours" in said.err
    assert "Nobody is marked as failed" in said.err
    assert desk.figures()["email"]["failed"] == 0


def at_faults(desk: Desk, server: FaultServer, *rows: str) -> None:
    """The campaign sends to a server that fails on purpose, to these rows alone."""
    desk.ok("account", "set", "--host", "127.0.0.1", "--port", str(server.port), "--tls", "none")
    desk.ok("import", str(desk.sheet(*rows)))


def due_now(desk: Desk) -> None:
    """Time has passed: what was refused for now is due again."""
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE deliveries SET not_before = at WHERE status = 'deferred'")


def test_a_letter_that_was_refused_after_its_body_goes_again_from_a_domain_with_accents(
    desk: Desk, fault_server: FaultServer
) -> None:
    at_faults(desk, fault_server, NICE.replace("nice@", "450-body@"))
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8").replace("groupe@example.org", "groupe@été.example.org")
    path.write_text(text, "utf-8")
    desk.approve()
    assert desk.run("send", "--really", "--yes", "--untested").code == 4
    fault_server.is_cured = True
    due_now(desk)
    desk.ok("send", "--really", "--yes")
    assert desk.figures()["email"]["sent"] == 2


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("drop-after-dot", 1, "Nobody knows whether the letter reached {to}. The connection was"),
        ("drop", 1, "{to} did not get the letter. The connection was lost."),
        ("550", 1, "{to} did not get the letter. The server said: 550 5.1.1 User unknown"),
        ("quota", 4, "refuses this sender, its quota or its content: 550 Daily user sending limit"),
    ],
)
def test_a_test_that_did_not_go_well_says_what_is_known(
    desk: Desk, fault_server: FaultServer, name: str, code: int, said: str
) -> None:
    at_faults(desk, fault_server, NICE)
    to = f"{name}@example.org"
    told = desk.run("send", "--test", to)
    assert (told.code, told.out) == (code, "")
    assert said.format(to=to) in told.err


@pytest.mark.parametrize("to", ["moi", "moï@example.org", "moi@example..org"])
def test_a_test_to_no_address_blames_no_town(
    desk: Desk, fault_server: FaultServer, to: str
) -> None:
    at_faults(desk, fault_server, NICE)
    told = desk.run("send", "--test", to)
    assert (told.code, fault_server.offered) == (2, [])
    assert f"“{to}”" in told.err
    assert "Nice" not in told.err
    assert "edit" not in told.err


@pytest.mark.parametrize("key", ["from", "reply_to"])
def test_an_own_address_that_no_header_takes_is_mended_in_the_settings(
    desk: Desk, key: str
) -> None:
    path = desk.folder / FILE_NAME
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith(key)]
    path.write_text("\n".join(lines), "utf-8")
    with_account(desk, f'{key} = "moï@example.org"')
    told = desk.run("send")
    assert told.code == 2
    assert f"{key}: “moï@example.org” does not fit here. The address has an accent" in told.err
    assert "campaign.toml [account]" in told.err
    assert "edit" not in told.err


def test_a_connection_that_is_lost_is_not_told_as_a_server_s_words(
    desk: Desk, fault_server: FaultServer
) -> None:
    at_faults(desk, fault_server, NICE.replace("nice@", "drop@"))
    said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 4
    assert "1 put off, 1 sent. Some letters could not be handed in for now." in said.err


def test_a_line_that_drops_each_time_is_told_in_words(
    desk: Desk, fault_server: FaultServer
) -> None:
    rows = (
        f"0100{n};{commune};M;Jean;MARTIN;drop@example.org;1 rue de la Mairie;01000;{commune}"
        for n, commune in (
            (1, "L'Abergement-Clémenciat"),
            (2, "L'Abergement-de-Varey"),
            (4, "Ambérieu-en-Bugey"),
            (5, "Ambérieux-en-Dombes"),
            (6, "Ambléon"),
        )
    )
    at_faults(desk, fault_server, *rows)
    said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 4
    assert "The sending broke off 5 times in a row. The connection was lost.\n" in said.err


def test_a_choice_of_those_who_have_their_letter_does_not_say_that_nobody_waits(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    desk.run("send", "--really", "--yes", "--untested", "--limit", "1")
    said = desk.ok("send", "--really", "--yes", "--status", "sent")
    assert "None of those that you chose waits for an e-mail." in said.err
    assert "Nobody is left" not in said.err
    desk.ok("send", "--really", "--yes")
    assert "Nobody is left" in desk.ok("send", "--really", "--yes").err


def test_a_disk_that_fills_in_mid_run_is_no_refusal_before_anything_left(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.connect(capture_server)
    desk.ok("import", str(SAMPLE))
    put, puts = Archive.put, list[int]()

    def fills(archive: Archive, messages: Sequence[bytes]) -> Sequence[str]:
        puts.append(len(messages))
        if len(puts) > 1:
            raise LedgerError("disk-full", path="archive.db")
        return put(archive, messages)

    monkeypatch.setattr(Archive, "put", fills)
    said = desk.run("send", "--really", "--yes", "--untested")
    left = len(capture_server.messages)
    assert (said.code, left > 0) == (4, True)
    assert f"This time: {left} sent." in said.err
    assert "The disk is full" in said.err
    assert desk.run("send", "--really", "--yes").code == 3
    assert len(capture_server.messages) == left


def test_letters_that_were_put_off_are_not_forecast_as_if_they_left_at_once(
    desk: Desk, fault_server: FaultServer
) -> None:
    at_faults(desk, fault_server, NICE.replace("nice@", "450@"))
    first = desk.run("send", "--really", "--yes", "--untested")
    again = desk.run("send", "--really", "--yes")
    assert (first.code, again.code) == (4, 4)
    assert "The next retry is" in again.err
    assert "The next retry is" not in first.err
