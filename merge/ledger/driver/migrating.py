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
    "0001": "37b92b7d43e76ffbbc896b65f668e4948bf67c21695e8c45e686ccf9b2d4c873",
    "0002": "439db6368227f3ce5136962563bf2c55d2e8d035c1454a4072b97cfbb434eb63",
    "0003": "e56011906338e949c561cc61be561e3ae4bff0a7a79fe153ba668606ef809a8d",
    "0004": "efe72c4d42c1af1b868e4cf0f959b9e9e85d02685e05bb992ca910a45b09ebc1",
    "0005": "2b641111d8906dbb035c893092cde918f5aeb7ab5dc758876ab3c3a9fa7d13bb",
    "0006": "f5d0aed35f34a2c911544ae1d7e7b52d85d972d64977222999631c09fe34103e",
    "0007": "0633da48c406d06c38f8de4e1c772a18326ba2bddf2498fb09c0ed02ef93b87b",
    "0008": "1f49d99f947b81165e04085e15b3fa83e28d2464ef048b5d88a4045e524d5964",
    "0009": "f53ccad2c1bf3fbc064dfa20bed9a66d48a6bec89760fecf4908692aa6afb5c0",
    "0010": "40beaecb89360f11f4ad90a92d947c6e7c0702a1c95fbca2278f47eee49cfa20",
    "0011": "8d8fd2468a66507d218fee23daa54db96ecccf30ac090dcd01371e20f9f41b80",
    "0012": "5eeb4446523898f6d0ad3e1bc5cdbb566e5e406527cdca5b2070736f0a87349b",
    "0013": "b9d327c10528a402313fb1b9423156c70026bbd0f7f70edc29c5cfe37dcbd603",
    "0014": "18961d5c3ff34116d72b9511155652712b4d5fde1b88a7a1b037e84dc02fde54",
    "0015": "f7a32d14ae3d4b6ccc16f14dad7a3f841e6662631666d34b4b5a36090146e761",
}
"""Every schema that this program knows, oldest first: its version, and the SHA-256 of its shape
(tests compare them with what Alembic makes, and with the frozen ledgers)."""
VERSIONS = tuple(SHAPES)

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


def schema_version(database: Database) -> str:
    """The ledger's schema, looked at before anything else of the ledger is read.

    LedgerError("ledger-newer") for the schema of a later program, ("ledger-not-a-ledger") for a
    database of something else, ("ledger-foreign-part") for a table or an index that this program
    never makes, ("ledger-altered") where one of its own is not as its version has it.
    """
    with database.reading() as tx:
        # A file may come from a stranger; a server is ours.
        shape = shape_of(tx) if isinstance(database, SqliteDatabase) else None
        is_there = (
            inspect(tx).has_table(_VERSION_TABLE[1]) if shape is None else _VERSION_TABLE in shape
        )
        if not is_there:
            raise LedgerError("ledger-not-a-ledger", path=database.name)
        versions = tx.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(versions) != 1:
        raise LedgerError("ledger-not-a-ledger", path=database.name)
    (version,) = versions
    if version not in SHAPES:
        raise LedgerError("ledger-newer", path=database.name, version=version)
    if shape is not None and sha256(repr(shape).encode()).hexdigest() != SHAPES[version]:
        for _kind, name, _table, _sql in shape:
            if name not in _names():
                raise LedgerError("ledger-foreign-part", path=database.name, name=name)
        raise LedgerError("ledger-altered", path=database.name)
    return str(version)


def _names() -> set[str]:
    """Of all tables and indexes that this program makes, or made once."""
    tables = schema.metadata.tables
    indexes = (str(index.name) for table in tables.values() for index in table.indexes)
    return {_VERSION_TABLE[1], "ix_deliveries_channel_status_claimant", *tables, *indexes}


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
        if schema_version(reader) == VERSIONS[-1]:
            return None
        if not reader.may_be_written():
            raise LedgerError("ledger-older-read-only", path=reader.name)
    with locks.one_migrator(), closing(database_at(place)) as database:
        if schema_version(database) == VERSIONS[-1]:
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
        if version != VERSIONS[-1]:
            raise LedgerError("ledger-older", path=database.name, version=version)


def migrate(database: Database, to: str = VERSIONS[-1]) -> None:
    """Run the revisions up to `to`, all of them or none. An empty file gets the whole schema."""
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "merge.ledger:migrations")
    with database.writing() as tx:
        config.attributes["connection"] = tx
        upgrade(config, to)
        if tx.dialect.name == "postgresql":  # an erasure lets them hang in the air: see `erasing`
            tx.exec_driver_sql(_LET_REFERENCES_WAIT)


def _copy_aside(database: SqliteDatabase) -> Path:
    """`ledger.db.before-0002`, or with a number after it: no backup is ever overwritten."""
    name = f"{database.path.name}.before-{VERSIONS[-1]}"
    for number in count(1):
        target = database.path.with_name(name if number == 1 else f"{name}-{number}")
        if not any(map(os.path.lexists, (target, *neighbours(target)))):
            database.copy_to(target)
            return target
    raise AssertionError("count() never ends")
