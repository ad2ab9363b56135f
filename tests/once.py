"""What the tests of one process do once instead of hundreds of times.

A new ledger gets the schema that the migrations gave to the first one; a statement is compiled for
the first database and not for each; a helper that has read sheets or set pages goes to the next who
asks for one, instead of loading pandas or WeasyPrint again. Importing this comes before anything
that opens a ledger.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import alembic.command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from merge.confined import helpers
from merge.confined.helpers import Kept
from merge.confined.limits import A_MAIL
from merge.ledger.driver.database import handle_of

_upgrade = alembic.command.upgrade
_warm = defaultdict[tuple[object, ...], list[helpers._Helper]](list)
"""Helpers that serve nobody any more, by what they have loaded, and in which environment."""
_FORGET = """
import sys
for remembered in vars(sys.modules[{module!r}]).values():
    if hasattr(remembered, "cache_clear"):
        remembered.cache_clear()
"""
_schemas: dict[str, list[str]] = {}  # by revision: the statements that an empty database got
_told: dict[str, str] = {}  # by revision: what an empty schema of a server was told
_CHANGES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "COMMENT", "DO")
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
    tx = config.attributes["connection"]
    if tx.dialect.name != "sqlite":
        _upgrade_schema_once(tx, revision, partial(_upgrade, config, revision, sql, tag))
        return
    database = tx.connection.driver_connection
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


def _upgrade_schema_once(tx: Connection, revision: str, upgrade: Callable[[], None]) -> None:
    """The same on a server, where nothing says in SQL what a schema is: it is told again what the
    first one was told."""
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
    is_empty = not tx.exec_driver_sql(tables).scalar_one()
    if is_empty and revision in _told:
        handle_of(tx).execute(_told[revision])
        return
    said: list[str] = []

    def listen(_tx: Any, _cursor: Any, statement: str, values: Any, *_more: object) -> None:
        if statement.lstrip().startswith(_CHANGES):
            assert not values, (statement, values)
            said.append(statement.replace("%%", "%"))

    event.listen(tx, "after_cursor_execute", listen)
    upgrade()
    event.remove(tx, "after_cursor_execute", listen)
    if is_empty:
        _told[revision] = ";".join(said)


def _started_warm(kept: Kept) -> helpers._Helper:
    """The helper of `Kept`, which has served another before, and knows nothing of it."""
    if kept._helper is None or kept._helper.has_ended:
        loaded = (kept._modules, *sorted(helpers._environment().items()))
        kept._helper = _warm_helper(loaded, kept._modules)
        weakref.finalize(kept, _warm[loaded].append, kept._helper)
    return kept._helper


def _warm_helper(loaded: tuple[object, ...], modules: tuple[str, ...]) -> helpers._Helper:
    while _warm[loaded]:
        helper = _warm[loaded].pop()
        if not helper.has_ended:
            for module in modules:
                list(helper.answers(partial(exec, _FORGET.format(module=module)), A_MAIL))
            return helper
    return helpers._Helper(*modules)


alembic.command.upgrade = _upgrade_once
started_cold = Kept._started
setattr(Kept, "_started", _started_warm)  # noqa: B010 mypy lets no method be another function
registry.register("sqlite", __name__, OneDialect.__name__)
