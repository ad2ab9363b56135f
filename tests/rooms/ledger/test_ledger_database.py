"""One SQLite file: what was erased is in none of its bytes once it is written anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from merge.errors import Busy, LedgerError
from merge.ledger.driver import sqlite as room
from merge.ledger.driver.sqlite import SqliteDatabase

NAME = b"Madame Dupont"
ROWS = 2000


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteDatabase]:
    """With a name in every row, in the file and in the log."""
    monkeypatch.setattr(room, "BUSY_TIMEOUT_S", 0)
    with closing(SqliteDatabase(tmp_path / "file.db")) as database:
        with database.writing() as tx:
            tx.exec_driver_sql("CREATE TABLE letters (number INTEGER PRIMARY KEY, who TEXT)")
        with database.writing_fast() as tx:
            rows = [(NAME.decode(),)] * ROWS
            tx.exec_driver_sql("INSERT INTO letters (who) VALUES (?)", rows)
        database.end_bulk()
        with database.writing_fast() as tx:
            tx.exec_driver_sql("UPDATE letters SET who = who || ' again'")
        yield database


def files_that_hold(database: SqliteDatabase, name: bytes) -> list[str]:
    found = database.path.parent.iterdir()
    return sorted(path.name for path in found if name in path.read_bytes())


def test_what_was_erased_is_in_no_byte_of_what_is_written_anew(database: SqliteDatabase) -> None:
    with database.writing_fast() as tx:
        tx.exec_driver_sql("DELETE FROM letters WHERE number > 1")
        tx.exec_driver_sql("UPDATE letters SET who = ''")
    assert files_that_hold(database, NAME) == ["file.db", "file.db-wal"]
    size = database.path.stat().st_size
    database.compact()
    assert files_that_hold(database, NAME) == []
    assert database.path.stat().st_size < size
    assert database.path.with_name("file.db-wal").stat().st_size == 0
    with database.writing_fast() as tx:  # another connection is taken
        assert tx.exec_driver_sql("SELECT count(*) FROM letters").scalar_one() == 1


def test_a_log_that_another_still_reads_is_not_passed_over(database: SqliteDatabase) -> None:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT who FROM letters").fetchone()
        with pytest.raises(Busy, match="ledger-busy"):
            database.compact()
    database.compact()
    assert database.path.with_name("file.db-wal").stat().st_size == 0


@pytest.mark.parametrize(
    ("then", "error"), [("SELECT 1", ZeroDivisionError), ("SELECT no", LedgerError)]
)
def test_what_fails_half_way_is_undone_and_the_next_goes_on(
    database: SqliteDatabase, then: str, error: type[Exception]
) -> None:
    def fail() -> None:
        with database.writing_fast() as tx:
            tx.exec_driver_sql("DELETE FROM letters")
            tx.exec_driver_sql(then)
            raise ZeroDivisionError

    with pytest.raises(error):
        fail()
    with database.writing_fast() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM letters").scalar_one() == ROWS


def test_a_copy_that_fails_leaves_nothing_that_could_pass_for_one(tmp_path: Path) -> None:
    damaged, target = tmp_path / "damaged.db", tmp_path / "copy.db"
    damaged.write_bytes(b"no database" * 100)
    with closing(SqliteDatabase(damaged)) as database:
        with pytest.raises(LedgerError, match="ledger-damaged"):
            database.copy_to(target)
        assert not target.exists()
        target.touch()
        with pytest.raises(LedgerError):
            database.copy_to(target)
    assert target.exists()  # it was another's
