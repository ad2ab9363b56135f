"""Brings a ledger to the newest schema: backed up first, under a lock, in one transaction.

Alembic is imported only when a migration is due; the version is read with one plain query.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from hashlib import sha256
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.driver.addresses import Place
from merge.ledger.driver.database import Database
from merge.ledger.driver.files import neighbours
from merge.ledger.driver.locks import Locks
from merge.ledger.driver.places import database_at
from merge.ledger.driver.sqlite import SqliteDatabase

SHAPES = {
    "0016": "623e5fb9b7fa01e3b66fd204131bc917a8013c6e86539e160b91857c3b5ab9bd",
    "0017": "28724ba8e01bc1860d400a0c29a8db1762b723379554413683d142f8a579915b",
}
"""Every schema that this program opens, oldest first: its version, and the SHA-256 of its shape
(tests compare them with what Alembic makes, and with the frozen ledgers)."""

SCRIPTS = "merge.ledger:migrations"
"""Where Alembic finds the revisions."""

_LET_REFERENCES_WAIT = """
DO $$ DECLARE reference record; BEGIN
    FOR reference IN SELECT conrelid::regclass AS place, conname AS name FROM pg_constraint
        WHERE contype = 'f' AND NOT condeferrable AND connamespace = current_schema()::regnamespace
    LOOP EXECUTE format('ALTER TABLE %%s ALTER CONSTRAINT %%I DEFERRABLE', reference.place,
        reference.name); END LOOP;
END $$
"""

_Made = tuple[str, str, str, str]  # kind, name, table, SQL
_VERSION_TABLE = (
    "table",
    "alembic_version",
    "alembic_version",
    "CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT "
    "alembic_version_pkc PRIMARY KEY (version_num) )",
)
_SQLITES_OWN = ("sqlite_autoindex_", "sqlite_stat")  # of UNIQUE, and of ANALYZE
_SPACE = re.compile(r"\s+")


def newest() -> str:
    """The version of the schema that this program works on."""
    return max(SHAPES)


def schema_version(database: Database) -> str:
    """The ledger's schema, looked at before anything else of the ledger is read.

    LedgerError("ledger-newer") for the schema of a later program, ("ledger-too-old") for one from
    before the first that it opens, ("ledger-damaged") for a database of something else,
    ("ledger-altered") for a table or an index that this program never makes, or one of its own that
    is not as its version has it.
    """
    with database.reading() as tx:
        # A file may come from a stranger; a server is ours.
        shape = shape_of(tx) if isinstance(database, SqliteDatabase) else None
        is_there = (
            inspect(tx).has_table(_VERSION_TABLE[1]) if shape is None else _VERSION_TABLE in shape
        )
        if not is_there:
            raise LedgerError("ledger-damaged", path=database.name)
        versions = tx.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(versions) != 1:
        raise LedgerError("ledger-damaged", path=database.name)
    (version,) = versions
    if version < min(SHAPES):
        raise LedgerError("ledger-too-old", path=database.name, version=version)
    if version not in SHAPES:
        raise LedgerError("ledger-newer", path=database.name, version=version)
    if shape is not None and sha256(repr(shape).encode()).hexdigest() != SHAPES[version]:
        foreign = (name for _kind, name, _table, _sql in shape if name not in _names())
        raise LedgerError("ledger-altered", path=database.name, name=next(foreign, "…"))
    return str(version)


def _names() -> set[str]:
    tables = schema.metadata.tables
    indexes = (str(index.name) for table in tables.values() for index in table.indexes)
    return {_VERSION_TABLE[1], *tables, *indexes}


def shape_of(tx: Connection) -> list[_Made]:
    """All that the database's schema says, in one order, with the white space of SQL folded.

    `SHAPES` has the SHA-256 of its `repr`.
    """
    rows = tx.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master"))
    return sorted(
        (kind, name, table, _SPACE.sub(" ", (sql or "").replace('"', "")).strip())
        for kind, name, table, sql in rows
        if not str(name).startswith(_SQLITES_OWN)
    )


def bring_up_to_date(place: Place, locks: Locks) -> Path | None:
    """Migrate an older ledger. Returns the backup it made of a file, None when nothing was due.

    Several processes may come at once: one migrates, the others wait and find it done.
    LedgerError("ledger-newer") for a schema of a later program, ("ledger-damaged") when the
    ledger is older and not sound, ("ledger-older-read-only") when it may not be written;
    Busy when a sender of an older program still holds the campaign.
    """
    with closing(database_at(place, read_only=True)) as reader:
        if schema_version(reader) == newest():
            return None
        if not reader.may_be_written():
            raise LedgerError("ledger-older-read-only", path=reader.name)
    with locks.one_migrator(), closing(database_at(place)) as database:
        if schema_version(database) == newest():
            return None  # another process was faster
        with locks.exclusive("migrate"):
            if not database.is_sound():
                raise LedgerError("ledger-damaged", path=database.name)
            # A server's keeper makes its backups, and there a migration is whole or not at all.
            backup = _copy_aside(database) if isinstance(database, SqliteDatabase) else None
            migrate(database)
        return backup


def refuse_older(place: Place) -> None:
    """LedgerError("ledger-older") for a ledger that this program would migrate first: while others
    work on it, that is for a person to begin. LedgerError, as `schema_version`.
    """
    with closing(database_at(place, read_only=True)) as database:
        version = schema_version(database)
        if version != newest():
            raise LedgerError("ledger-older", path=database.name, version=version)


def migrate(database: Database) -> None:
    """Run the revisions that are due, all of them or none. An empty file gets the whole schema."""
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    with database.writing() as tx:
        config.attributes["connection"] = tx
        upgrade(config, newest())
        if tx.dialect.name == "postgresql":  # an erasure lets them hang in the air: see `erasing`
            tx.exec_driver_sql(_LET_REFERENCES_WAIT)


def _copy_aside(database: SqliteDatabase) -> Path:
    """`ledger.db.before-0017`, or with a number after it: no backup is ever overwritten."""
    name = f"{database.path.name}.before-{newest()}"
    for number in count(1):
        target = database.path.with_name(name if number == 1 else f"{name}-{number}")
        if not any(map(os.path.lexists, (target, *neighbours(target)))):
            database.copy_to(target)
            return target
    raise AssertionError("count() never ends")
