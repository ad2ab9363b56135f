"""What the tests of one process do once instead of for each of their hundreds of ledgers.

A new ledger gets the schema that the migrations gave to the first one; a statement is compiled for
the first database and not for each. Importing this comes before anything that opens a ledger.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import alembic.command
import sqlalchemy
from alembic.config import Config

_upgrade = alembic.command.upgrade
_create_engine = sqlalchemy.create_engine
_schemas: dict[str, list[str]] = {}  # by revision: the statements that an empty database got
_statements: dict[Any, Any] = {}  # SQLAlchemy's own, compiled for one dialect

_first = _create_engine("sqlite://")
_first.connect().close()  # now its dialect knows the SQLite that is here
_first.dispose()


def _upgrade_once(config: Config, revision: str, sql: bool = False, tag: str | None = None) -> None:
    database = config.attributes["connection"].connection.driver_connection
    assert isinstance(database, sqlite3.Connection)
    is_empty = not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if is_empty and revision in _schemas:
        for statement in _schemas[revision]:
            database.execute(statement)
        return
    _upgrade(config, revision, sql, tag)
    if is_empty:
        begin, *statements, commit = database.iterdump()
        assert (begin, commit) == ("BEGIN TRANSACTION;", "COMMIT;")
        _schemas[revision] = statements


def _create_engine_once(*arguments: Any, **options: Any) -> sqlalchemy.Engine:
    engine = _create_engine(*arguments, **options)
    engine.dialect = _first.dialect
    engine.update_execution_options(compiled_cache=_statements)
    return engine


alembic.command.upgrade = _upgrade_once
sqlalchemy.create_engine = _create_engine_once
