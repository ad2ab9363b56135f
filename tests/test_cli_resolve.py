"""resolve as people type it: proofs first, then one question a letter, and each answer kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.desk import HAVRE, NICE, Desk, Y
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


def test_a_providers_log_settles_what_it_knows(desk: Desk) -> None:
    log = desk.ok("log", "--format", "csv").out.splitlines()
    message_id = log[1].split(",")[6]
    path = desk.folder / "journal.csv"
    path.write_text(f"Message-ID;Statut\n{message_id};Délivré\n", encoding="cp1252")
    said = desk.run("resolve", "--log", str(path), typed="\n")
    assert "Proof was found that 1 letter was taken." in said.err
    assert said.code == 1
    assert states(desk) == {"sent": 1, "unknown": 1}
    assert "journal.csv:2: Délivré" in desk.ok("log", "--attempts").out


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{id};Bloqué", "in words that this program does not know: “Bloqué”. That proves nothing"),
        ("<somebody@else>;Délivré", "Nothing in this log is about a letter in doubt."),
    ],
)
def test_a_log_that_proves_nothing_says_why(desk: Desk, row: str, told: str) -> None:
    message_id = desk.ok("log", "--format", "csv").out.splitlines()[1].split(",")[6]
    path = desk.folder / "journal.csv"
    path.write_text(f"Message-ID;Statut\n{row.format(id=message_id)}\n", encoding="utf-8")
    said = desk.run("resolve", "--log", str(path), typed="\n\n")
    assert told in said.err
    assert (said.code, states(desk)) == (1, {"unknown": 2})


def test_what_is_proved_of_one_is_not_said_of_the_others(desk: Desk) -> None:
    message_id = desk.ok("log", "--format", "csv").out.splitlines()[1].split(",")[6]
    path = desk.folder / "journal.csv"
    path.write_text(f"Message-ID;Statut\n{message_id};Délivré\n", encoding="cp1252")
    said = desk.ok("resolve", "Nice", "--log", str(path))
    assert "Nice: sent." in said.err
    assert "Nothing is in doubt" not in said.err
    assert states(desk) == {"sent": 1, "unknown": 1}


def test_a_row_that_may_be_about_another_towns_letter_settles_nothing(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        ledger.execute("UPDATE deliveries SET address = 'partage@example.org'")
        ledger.execute("UPDATE deliveries SET status = 'sent' WHERE recipient = '06088'")
        ledger.commit()
        (at,) = ledger.execute("SELECT at FROM deliveries WHERE recipient = '06088'").fetchone()
    path = desk.folder / "journal.csv"
    path.write_text(f"To;Date;Status\npartage@example.org;{at}+00:00;sent\n", encoding="utf-8")
    assert desk.run("resolve", "--log", str(path), typed="\n").code == 1
    assert states(desk) == {"sent": 1, "unknown": 1}


def test_the_table_of_attempts_leaves_out_what_only_programs_read(desk: Desk) -> None:
    table, whole = desk.ok("log", "--attempts"), desk.ok("log", "--attempts", "--format", "csv")
    head = table.out.splitlines()[0]
    assert all(name in head for name in ("Commune", "Channel", "Status"))
    assert "Milliseconds" not in head
    assert "duration_ms,sender" in whole.out.splitlines()[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("To;Status\na;b\n", "This is not a provider's log that is understood"),
        ("To;Date;Status\nnice@example.org;hier;sent\n", "journal.csv:2:Date: “hier” is not"),
        ("", "This sheet is empty."),
    ],
)
def test_a_log_that_cannot_be_read_is_told_with_its_place(desk: Desk, text: str, told: str) -> None:
    path = desk.folder / "journal.csv"
    path.write_text(text, encoding="utf-8")
    said = desk.run("resolve", "--log", str(path))
    assert said.code == 2
    assert told in said.err
    assert states(desk) == {"unknown": 2}


def test_a_lot_in_doubt_at_the_printer_is_named_with_the_command_that_settles_it(
    desk: Desk,
) -> None:
    desk.ok("import", str(desk.sheet(HAVRE)))
    desk.ok("print")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        ledger.execute("UPDATE deliveries SET status = 'sent' WHERE channel = 'email'")
        ledger.execute("UPDATE deliveries SET status = 'unknown' WHERE channel = 'paper'")
        ledger.execute("UPDATE lots SET status = 'unknown'")
        ledger.commit()
    said = desk.run("resolve")
    assert said.code == 1
    assert "Lot 1 is in doubt at the printer: publipostage resolve --lot 1" in said.err
    assert "Nothing is in doubt" not in said.err
    assert desk.run("resolve", "76351", "--sent").code == 2  # a letter of a lot is settled with it


@pytest.mark.parametrize(
    "words",
    [
        *(("--sent",), ("--log", "nowhere.csv"), ("Brest",), ("--lot", "9")),
        *(("Nice", "--sent", "--not-sent"), ("--lot", "1", "--printed", "--not-printed")),
        *(("Nice", "--sent", "--log", "nowhere.csv"), ("Nice", "--printed"), ("--from", "2")),
    ],
)
def test_wrong_use_is_told_and_changes_nothing(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.run("resolve", *words).code == 2
    assert states(desk) == {"unknown": 2}
