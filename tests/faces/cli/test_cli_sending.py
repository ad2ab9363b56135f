"""How `send` ends where a test letter, the quota, an address or the disk is the trouble."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from merge.errors import ExitCode, LedgerError
from merge.ledger.archive import Archive
from merge.settings import FILE_NAME
from tests.desk import NICE, SAMPLE, Desk, Y
from tests.servers.capture import CaptureServer
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path, NICE, Y)


def with_account(desk: Desk, lines: str) -> None:
    path = desk.folder / FILE_NAME
    path.write_text(path.read_text("utf-8").replace("[account]", f"[account]\n{lines}"), "utf-8")


def test_a_test_letter_spends_the_quota_too(desk: Desk, capture_server: CaptureServer) -> None:
    desk.connect(capture_server)
    with_account(desk, "per_day = 1")
    desk.ok("send", "--test", "groupe@example.org")
    assert desk.run("send", "--test", "groupe@example.org").code == ExitCode.STOPPED
    assert desk.run("send", "--really", "--yes").code == ExitCode.STOPPED
    assert len(capture_server.messages) == 1


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


def test_a_test_that_did_not_go_well_is_no_success(desk: Desk, fault_server: FaultServer) -> None:
    at_faults(desk, fault_server, NICE)
    codes = {
        name: desk.run("send", "--test", f"{name}@example.org").code
        for name in ("drop-after-dot", "drop", "550", "quota")
    }
    assert codes == {"drop-after-dot": 1, "drop": 1, "550": 1, "quota": 4}


@pytest.mark.parametrize("to", ["moi", "moï@example.org", "moi@example..org"])
def test_a_test_to_no_address_blames_no_town(
    desk: Desk, fault_server: FaultServer, to: str
) -> None:
    at_faults(desk, fault_server, NICE)
    told = desk.run("send", "--test", to)
    assert (told.code, fault_server.offered) == (2, [])
    assert "Nice" not in told.err


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
    assert desk.run("send", "--really", "--yes").code == 3
    assert len(capture_server.messages) == left
