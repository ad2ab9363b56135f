"""What the tests of one process do once instead of for each of their hundreds of ledgers.

A new ledger gets the schema that the migrations gave to the first one; a statement is compiled for
the first database and not for each. Importing this comes before anything that opens a ledger.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import alembic.command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

_upgrade = alembic.command.upgrade
_schemas: dict[str, list[str]] = {}  # by revision: the statements that an empty database got
_statements: dict[Any, Any] = {}  # SQLAlchemy's own, compiled


class OneDialect(SQLiteDialect_pysqlite):
    """SQLite's dialect, equal in every engine: what was compiled for one does for all."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneDialect)

    def __hash__(self) -> int:
        return hash(OneDialect)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_statements)


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


alembic.command.upgrade = _upgrade_once
registry.register("sqlite", __name__, OneDialect.__name__)
