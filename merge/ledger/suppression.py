"""The suppression list in accounts.db: who must never be written to, by any campaign of this user.

What decides is a keyed hash of the name: after a purge nobody can read who is on the list, and
whoever is on it still gets no letter. Beside it stands the name as a person typed it, until it is
purged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b

from sqlalchemy import (
    Connection,
    delete,
    insert,
    select,
    update,
)

from merge.ledger import accounts_schema
from merge.ledger.deliveries import chunks
from merge.ledger.driver.database import Database
from merge.ledger.driver.prepared import Prepared
from merge.ledger.records import Kind, SuppressedName, Suppression

_DIGEST_BYTES = 32

_suppression = accounts_schema.suppression
_lines = accounts_schema.suppression_lines


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

    def reason(self, named: SuppressedName) -> str | None:
        """Why this one is on the list; None when it is not."""
        return self.reasons.get(_digest(self.pepper, named))


class SuppressionList:
    """The list of this user; `database` makes accounts.db at the first use."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def edition(self) -> int:
        """How often the list has changed; asked with every message."""
        with self._database().glancing() as handle:
            (found,) = _edition().one(handle)
            return int(found)

    def known(self) -> SuppressionSnapshot:
        """The list in memory: 64 characters and a reason for each line."""
        with self._database().reading() as tx:
            pepper, edition = tx.execute(
                select(_suppression.c.pepper, _suppression.c.edition)
            ).one()
            rows = tx.execute(select(_lines.c.digest, _lines.c.reason))
            reasons = {row.digest: row.reason for row in rows}
        return SuppressionSnapshot(edition=edition, pepper=pepper, reasons=reasons)

    def lines(self) -> Sequence[Suppression]:
        """All of it, oldest first."""
        columns = (_lines.c.kind, _lines.c.value, _lines.c.reason, _lines.c.at)
        with self._database().reading() as tx:
            return [
                Suppression(kind=Kind(kind), value=value, reason=reason, at=at)
                for kind, value, reason, at in tx.execute(select(*columns).order_by(_lines.c.at))
            ]

    def add(self, named: Sequence[SuppressedName], reason: str, at: datetime) -> int:
        """Put these on it; how many were not there yet. Those that were keep their reason."""
        with self._database().writing() as tx:
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

    def forget(self, named: Sequence[SuppressedName]) -> int:
        """Erase who these are and why; their hashes stay, so that they get no letter. How many."""
        with self._database().erasing() as tx:
            there = _there(tx, _digests(tx, named))
            for some in chunks(there):
                these = _lines.c.digest.in_(some)
                tx.execute(update(_lines).where(these).values(value="", reason=""))
            if there:
                _next_edition(tx)
        if there:
            self._database().compact()
        return len(there)

    def take_back(self, named: Sequence[SuppressedName]) -> int:
        """Take these off it; how many were there."""
        with self._database().writing() as tx:
            there = _there(tx, _digests(tx, named))
            for some in chunks(there):
                tx.execute(delete(_lines).where(_lines.c.digest.in_(some)))
            if there:
                _next_edition(tx)
        return len(there)


def _pepper(tx: Connection) -> bytes:
    pepper: bytes = tx.execute(select(_suppression.c.pepper)).scalar_one()
    return pepper


def _digests(tx: Connection, named: Sequence[SuppressedName]) -> list[str]:
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


def _digest(pepper: bytes, named: SuppressedName) -> str:
    # The kind has no NUL, so no two names are written alike.
    text = f"{named.kind}\0{named.value}".encode()
    return blake2b(text, key=pepper, digest_size=_DIGEST_BYTES).hexdigest()


@cache
def _edition() -> Prepared:
    return Prepared(select(_suppression.c.edition))
