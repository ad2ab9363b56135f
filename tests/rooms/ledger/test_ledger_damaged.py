"""A state, a time, a number or JSON that no ledger says is told as damage, by whatever command."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from merge.app.opening import open_campaign
from merge.errors import LedgerError
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.opening import adopt
from tests.desk import HAVRE, NICE, Desk, Y
from tests.facts import wrong
from tests.ledger_desk import new_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A campaign of two imports."""
    desk = Desk.made(tmp_path, NICE, HAVRE, Y)
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y.replace("Claude", "Camille"))))
    return desk


def corrupt(desk: Desk, column: str, value: str) -> None:
    table, name = column.split(".")
    change = f"UPDATE {table} SET {name} = ?"  # noqa: S608 - names that stand in this file
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        assert ledger.execute(change, [value]).rowcount
        ledger.commit()


def test_what_no_ledger_says_is_told_as_damage(desk: Desk) -> None:
    desk.ok("print")
    desk.ok("answer", "Nice", "yes")
    whole = (desk.folder / "ledger.db").read_bytes()

    def came(column: str, value: str, command: str) -> str:
        corrupt(desk, column, value)
        said = desk.run(*command.split())
        (desk.folder / "ledger.db").write_bytes(whole)
        return "damaged" if said.code == 3 and "ledger is damaged" in said.err else str(said)

    assert wrong(Path(__file__).with_suffix(".txt"), "no ledger says so", came) == []


def test_a_damaged_record_of_before_an_import_undoes_nothing(desk: Desk) -> None:
    corrupt(desk, "import_before.record", "[]")
    said = desk.run("import", "--undo", "--yes")
    assert (said.code, "ledger is damaged" in said.err) == (3, True), said.err


def test_a_row_that_belongs_to_no_recipient_keeps_a_ledger_from_being_adopted(
    tmp_path: Path,
) -> None:
    desk = new_desk(tmp_path, towns=3)
    with closing(sqlite3.connect(desk.ledger)) as ledger:
        ledger.execute("UPDATE deliveries SET recipient = 'nobody' WHERE id = 1")
        ledger.commit()
    assert desk.refusal("exclusive") == "ledger-damaged"
    with pytest.raises(LedgerError, match="ledger-damaged"):
        adopt(desk.folder, accounts=desk.accounts)


def test_a_campaign_that_is_opened_once_for_much_tells_pages_out_of_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqliteDatabase, "is_sound", lambda _database: False)
    with (
        pytest.raises(LedgerError, match="ledger-damaged"),
        open_campaign(desk.folder, access="read", command="status"),
    ):
        raise ValueError("what a page that is no page reads as")
