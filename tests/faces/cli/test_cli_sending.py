"""How `send` ends where the body is refused or the disk is full; send*.txt tell the rest."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from merge.errors import LedgerError
from merge.ledger.archive import Archive
from merge.settings import FILE_NAME
from tests.desk import NICE, SAMPLE, Desk, Y
from tests.servers.capture import CaptureServer
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


def test_a_letter_that_was_refused_after_its_body_goes_again_from_a_domain_with_accents(
    desk: Desk, fault_server: FaultServer
) -> None:
    where = ("--host", "127.0.0.1", "--port", str(fault_server.port), "--tls", "none")
    desk.ok("account", "set", *where)
    desk.ok("import", str(desk.sheet(NICE.replace("nice@", "450-body@"), Y)))
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8").replace("groupe@example.org", "groupe@été.example.org")
    path.write_text(text, "utf-8")
    desk.approve()
    assert desk.run("send", "--really", "--yes", "--untested").code == 4
    fault_server.is_cured = True
    desk.sql("UPDATE deliveries SET not_before = at WHERE status = 'deferred'")
    desk.ok("send", "--really", "--yes")
    assert desk.figures()["email"]["sent"] == 2


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
