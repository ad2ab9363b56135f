"""Each test of a module twice: with its ledgers in files, and with them on a PostgreSQL server.

    pytest_plugins = ["tests.servers.fixtures"]
    pytestmark = on_each_database

A test that is about SQLite's own file is marked `in_files`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from merge.ledger.accounts import Accounts
from merge.ledger.driver.addresses import SHARED, Place, ServerPlace
from merge.ledger.driver.places import database_at
from merge.ledger.opening import ledger_place

on_each_database = pytest.mark.usefixtures("each_database")
in_files = pytest.mark.parametrize("each_database", ["files"], indirect=True)
on_server = pytest.mark.parametrize("each_database", ["server"], indirect=True)


def sql(place: Place, statement: str, **values: Any) -> Sequence[Any]:
    """What this statement finds or, when it finds nothing to tell, [] once it is done."""
    with closing(database_at(place)) as database, database.writing() as tx:
        found = tx.execute(text(statement), values)
        return found.all() if found.returns_rows else []


def shared_place(accounts: Accounts) -> Place:
    """Where quotas, pauses and the suppression list of this user are."""
    return ServerPlace(accounts.server, SHARED) if accounts.server else accounts.path


def ledger_sql(folder: Path, accounts: Accounts, statement: str, **values: Any) -> Sequence[Any]:
    """The same, of the campaign in this folder."""
    return sql(ledger_place(folder, accounts), statement, **values)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Those that databases are asked meanwhile."""
    asked: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
