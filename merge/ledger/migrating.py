"""Brings a ledger to the newest schema: backed up first, under a lock, in one transaction.

Alembic is imported only when a migration is due; the version is read with one plain query.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

from sqlalchemy import inspect, text

from merge.errors import LedgerError
from merge.ledger.database import Database, is_writable
from merge.ledger.locks import Locks

VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every schema that this program knows, oldest first (a test compares them with Alembic's)."""


def schema_version(database: Database) -> str:
    """The ledger's schema. LedgerError("ledger-not-a-ledger") for a database of something else."""
    with database.reading() as tx:
        if not inspect(tx).has_table("alembic_version"):
            raise LedgerError("ledger-not-a-ledger", path=str(database.path))
        version = tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if version is None:
        raise LedgerError("ledger-not-a-ledger", path=str(database.path))
    return str(version)


def bring_up_to_date(path: Path, locks: Locks) -> Path | None:
    """Migrate an older ledger.db. Returns the backup it made, None when nothing was due.

    Several processes may come at once: one migrates, the others wait and find it done.
    LedgerError("ledger-newer") for a schema of a later program, ("ledger-damaged") when the
    ledger is older and not sound, ("ledger-older-read-only") when it may not be written;
    Busy when a sender of an older program still holds the campaign.
    """
    reader = Database(path, read_only=True)
    try:
        if not _is_older(reader):
            return None
    finally:
        reader.close()
    if not is_writable(path):
        raise LedgerError("ledger-older-read-only", path=str(path))
    with locks.one_migrator():
        database = Database(path)
        try:
            if not _is_older(database):
                return None  # another process was faster
            with locks.exclusive("migrate"):
                if not database.is_sound():
                    raise LedgerError("ledger-damaged", path=str(path))
                backup = _copy_aside(database)
                migrate(database)
            return backup
        finally:
            database.close()


def migrate(database: Database, to: str = VERSIONS[-1]) -> None:
    """Run the revisions up to `to`, all of them or none. An empty file gets the whole schema."""
    from alembic.command import upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "merge.ledger:migrations")
    with database.writing() as tx:
        config.attributes["connection"] = tx
        upgrade(config, to)


def _is_older(database: Database) -> bool:
    version = schema_version(database)
    if version not in VERSIONS:
        raise LedgerError("ledger-newer", path=str(database.path), version=version)
    return version != VERSIONS[-1]


def _copy_aside(database: Database) -> Path:
    """`ledger.db.before-0002`, or with a number after it: no backup is ever overwritten."""
    name = f"{database.path.name}.before-{VERSIONS[-1]}"
    for number in count(1):
        target = database.path.with_name(name if number == 1 else f"{name}-{number}")
        if not target.exists():
            database.copy_to(target)
            return target
    raise AssertionError("count() never ends")
