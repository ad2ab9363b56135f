"""resolve as people type it: proofs first, then one question a letter, and each answer kept."""

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


def test_without_a_key_it_asks_about_each_and_keeps_every_answer(desk: Desk) -> None:
    said = desk.run("resolve", typed="1\n\n")
    assert said.code == 1
    assert "Nice (06088), nice@example.org: in doubt." in said.err
    assert "The program stopped in mid-message" in said.err
    assert "Nice: sent." in said.err
    assert "1 letter stays in doubt" in said.err
    assert states(desk) == {"sent": 1, "unknown": 1}
    assert desk.run("resolve", typed="2\n").code == 0
    assert states(desk) == {"sent": 1, "queued": 1}
    said = desk.ok("resolve")
    assert "Nothing is in doubt any more." in said.err


def test_nobody_there_to_answer_leaves_what_is_left_in_doubt(desk: Desk) -> None:
    said = desk.run("resolve", typed="1\n")
    assert said.code == 1
    assert "leave it in doubt: \n1 letter stays in doubt" in said.err
    assert states(desk) == {"sent": 1, "unknown": 1}


def test_the_table_of_attempts_leaves_out_what_only_programs_read(desk: Desk) -> None:
    table, whole = desk.ok("log", "--attempts"), desk.ok("log", "--attempts", "--format", "csv")
    head = table.out.splitlines()[0]
    assert all(name in head for name in ("Commune", "Channel", "Status"))
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
