"""resolve as people type it: proofs first, then the lines to type for each letter."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.desk import NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Two letters were sent, and nobody knows it any more."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.connect(capture_server)
    desk.ok("import", str(desk.sheet(NICE, Y)))
    desk.ok("send", "--really", "--yes", "--untested")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        ledger.execute("UPDATE deliveries SET status = 'unknown', detail = 'sender-died'")
        ledger.commit()
    return desk


def states(desk: Desk) -> dict[str, int]:
    return {state: n for state, n in desk.figures()["email"].items() if n}


def test_without_a_key_each_is_listed_with_the_lines_to_type(desk: Desk) -> None:
    said = desk.run("resolve")
    assert said.code == 1
    assert "Nice (06088), nice@example.org: in doubt." in said.err
    assert "The program stopped in mid-message" in said.err
    for line in ("06088 --sent", "06088 --not-sent", "80829 --sent", "80829 --not-sent"):
        assert f"publipostage resolve {line}" in said.err
    assert "2 letters stay in doubt" in said.err
    assert states(desk) == {"unknown": 2}
    assert "Nice: sent." in desk.ok("resolve", "06088", "--sent").err
    desk.ok("resolve", "80829", "--not-sent")
    assert states(desk) == {"sent": 1, "queued": 1}
    said = desk.ok("resolve")
    assert "Nothing is in doubt any more." in said.err


def test_the_table_of_attempts_leaves_out_what_only_programs_read(desk: Desk) -> None:
    table, whole = desk.ok("log", "--attempts"), desk.ok("log", "--attempts", "--format", "csv")
    head = table.out.splitlines()[0]
    assert all(name in head for name in ("Name", "Channel", "Status"))
    assert "Milliseconds" not in head
    assert "duration_ms,sender" in whole.out.splitlines()[0]


@pytest.mark.parametrize(
    "words",
    [
        *(("--sent",), ("Brest",), ("Nice", "--sent", "--not-sent")),
        ("Nice", "--sent", "--policy", "later"),
    ],
)
def test_wrong_use_is_told_and_changes_nothing(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.run("resolve", *words).code == 2
    assert states(desk) == {"unknown": 2}
