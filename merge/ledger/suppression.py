"""The suppression list in accounts.db: who must never be written to, by any campaign of this user.

What decides is a keyed hash of the name: after a purge nobody can read who is on the list, and
whoever is on it still gets no letter. Beside it stands the name as a person typed it, until it is
purged.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from merge.ledger.database import Database
from merge.ledger.deliveries import chunks
from merge.ledger.prepared import Prepared
from merge.ledger.records import Kind, Line, Named
from merge.ledger.schema import UtcTime

_KEY_BYTES = 32

metadata = MetaData()

# One row. `edition` counts the changes of the list.
_suppression = Table(
    "peace",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pepper", LargeBinary, nullable=False),
    Column("edition", Integer, nullable=False),
)

_lines = Table(
    "peace_lines",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),  # "" once purged
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)


def make_ready(tx: Connection) -> None:
    """The tables, and this user's own pepper key for the hashes."""
    metadata.create_all(tx)
    if tx.execute(select(_suppression.c.id)).first() is None:
        row = {"id": 1, "pepper": secrets.token_bytes(_KEY_BYTES), "edition": 0}
        tx.execute(insert(_suppression).values(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionSnapshot:
    """The list as it stood at one moment, in memory."""

    edition: int
    pepper: bytes
    reasons: Mapping[str, str]  # by digest

    @property
    def is_empty(self) -> bool:
        """Whether the list names nobody."""
        return not self.reasons

    def reason(self, named: Named) -> str | None:
        """Why this one is on the list; None when it is not."""
        return self.reasons.get(_digest(self.pepper, named))


def edition(handle: sqlite3.Connection) -> int:
    """How often the list has changed. Runs with every message: see `prepared`."""
    (found,) = _edition().one(handle)
    return int(found)


class SuppressionList:
    """The list of this user; `make_ready` makes accounts.db at the first use."""

    def __init__(self, database: Database, make_ready: Callable[[], object]) -> None:
        self._database = database
        self._make_ready = make_ready

    def edition(self) -> int:
        """One number, read on the handle that is kept."""
        self._make_ready()
        with self._database.glancing() as handle:
            return edition(handle)

    def known(self) -> SuppressionSnapshot:
        """The list in memory: 64 characters and a reason for each line."""
        self._make_ready()
        with self._database.reading() as tx:
            pepper, edition = tx.execute(
                select(_suppression.c.pepper, _suppression.c.edition)
            ).one()
            rows = tx.execute(select(_lines.c.digest, _lines.c.reason))
            reasons = {row.digest: row.reason for row in rows}
        return SuppressionSnapshot(edition=edition, pepper=pepper, reasons=reasons)

    def lines(self) -> Sequence[Line]:
        """All of it, oldest first."""
        self._make_ready()
        columns = (_lines.c.kind, _lines.c.value, _lines.c.reason, _lines.c.at)
        with self._database.reading() as tx:
            return [
                Line(kind=Kind(kind), value=value, reason=reason, at=at)
                for kind, value, reason, at in tx.execute(select(*columns).order_by(_lines.c.at))
            ]

    def add(self, named: Sequence[Named], reason: str, at: datetime) -> int:
        """Put these on it; how many were not there yet. Those that were keep their reason."""
        self._make_ready()
        with self._database.writing() as tx:
            new = dict(zip(_digests(tx, named), named, strict=True))
            for digest in _there(tx, list(new)):
                del new[digest]
            rows = [
                {"digest": d, "kind": each.kind, "value": each.value, "reason": reason, "at": at}
                for d, each in new.items()
            ]
            if rows:
                tx.execute(insert(_lines), rows)
                _next_edition(tx)
        return len(new)

    def forget(self, named: Sequence[Named]) -> int:
        """Erase who these are and why; their hashes stay, so that they get no letter. How many."""
        self._make_ready()
        with self._database.writing() as tx:
            tx.exec_driver_sql("PRAGMA secure_delete = ON")
            there = _there(tx, _digests(tx, named))
            for some in chunks(there):
                these = _lines.c.digest.in_(some)
                tx.execute(update(_lines).where(these).values(value="", reason=""))
            if there:
                _next_edition(tx)
        if there:
            self._database.compact()
        return len(there)

    def take_back(self, named: Sequence[Named]) -> int:
        """Take these off it; how many were there."""
        self._make_ready()
        with self._database.writing() as tx:
            there = _there(tx, _digests(tx, named))
            for some in chunks(there):
                tx.execute(delete(_lines).where(_lines.c.digest.in_(some)))
            if there:
                _next_edition(tx)
        return len(there)


def _pepper(tx: Connection) -> bytes:
    pepper: bytes = tx.execute(select(_suppression.c.pepper)).scalar_one()
    return pepper


def _digests(tx: Connection, named: Sequence[Named]) -> list[str]:
    pepper = _pepper(tx)
    return [_digest(pepper, each) for each in named]


def _there(tx: Connection, digests: Sequence[str]) -> list[str]:
    return [
        digest
        for some in chunks(digests)
        for digest in tx.execute(select(_lines.c.digest).where(_lines.c.digest.in_(some))).scalars()
    ]


def _next_edition(tx: Connection) -> None:
    tx.execute(update(_suppression).values(edition=_suppression.c.edition + 1))


def _digest(pepper: bytes, named: Named) -> str:
    # The kind has no NUL, so no two names are written alike.
    text = f"{named.kind}\0{named.value}".encode()
    return blake2b(text, key=pepper, digest_size=_KEY_BYTES).hexdigest()


@cache
def _edition() -> Prepared:
    return Prepared(select(_suppression.c.edition))
