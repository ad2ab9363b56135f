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
    peppers: Sequence[bytes]
    reasons: Mapping[str, str]  # by digest

    @property
    def is_empty(self) -> bool:
        """Whether the list names nobody."""
        return not self.reasons

    def reason(self, named: SuppressedName) -> str | None:
        """Why this one is on the list; None when it is not."""
        for pepper in self.peppers:
            if (found := self.reasons.get(_digest(pepper, named))) is not None:
                return found
        return None


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
            edition = tx.execute(select(_suppression.c.edition)).scalar_one()
            peppers = _peppers(tx)
            rows = tx.execute(select(_lines.c.digest, _lines.c.reason))
            reasons = {row.digest: row.reason for row in rows}
        return SuppressionSnapshot(edition=edition, peppers=peppers, reasons=reasons)

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
        lines = [
            Suppression(kind=each.kind, value=each.value, reason=reason, at=at) for each in named
        ]
        with self._database().writing() as tx:
            return keep(tx, lines)

    def take(self, lines: Sequence[Suppression]) -> int:
        """Put lines of another list on it; how many were not there yet."""
        with self._database().writing() as tx:
            return keep(tx, lines)

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


def keep(tx: Connection, lines: Sequence[Suppression]) -> int:
    """Put these on the list; how many were not there yet. Those that were stay as they are."""
    own, *others = _peppers(tx)
    new = {_digest(own, SuppressedName(line.kind, line.value)): line for line in lines}
    for digest in _there(tx, list(new)):
        del new[digest]
    for pepper in others if new else ():
        theirs = {
            _digest(pepper, SuppressedName(line.kind, line.value)): digest
            for digest, line in new.items()
        }
        for digest in _there(tx, list(theirs)):
            del new[theirs[digest]]
    rows = [
        {"digest": digest, "kind": line.kind, "value": line.value, "reason": line.reason}
        | {"at": line.at}
        for digest, line in new.items()
    ]
    if rows:
        tx.execute(insert(_lines), rows)
        _next_edition(tx)
    return len(rows)


def keep_erased(
    tx: Connection, peppers: Sequence[bytes], erased: Sequence[tuple[str, Kind, datetime]]
) -> int:
    """Put lines on the list of which only the hash is left, by one of these peppers; how many."""
    table = accounts_schema.suppression_peppers
    there = {*_peppers(tx)}
    new_peppers = [{"pepper": pepper} for pepper in dict.fromkeys(peppers) if pepper not in there]
    new = {digest: (kind, at) for digest, kind, at in erased}
    for digest in _there(tx, list(new)):
        del new[digest]
    if new and new_peppers:
        tx.execute(insert(table), new_peppers)
    if new:
        empty = {"value": "", "reason": ""}
        rows = [{"digest": d, "kind": kind, "at": at, **empty} for d, (kind, at) in new.items()]
        tx.execute(insert(_lines), rows)
        _next_edition(tx)
    return len(new)


def erased_lines(tx: Connection) -> tuple[Sequence[bytes], Sequence[tuple[str, Kind, datetime]]]:
    """The lines of which only the hash is left, and the peppers that they may be hashed with."""
    query = select(_lines.c.digest, _lines.c.kind, _lines.c.at).where(_lines.c.value == "")
    rows = [(digest, Kind(kind), at) for digest, kind, at in tx.execute(query)]
    return (_peppers(tx), rows) if rows else ((), ())


def _peppers(tx: Connection) -> Sequence[bytes]:
    """This user's own, which new lines are hashed with, and those of others."""
    own: bytes = tx.execute(select(_suppression.c.pepper)).scalar_one()
    others = tx.execute(select(accounts_schema.suppression_peppers.c.pepper)).scalars()
    return (own, *others)


def _digests(tx: Connection, named: Sequence[SuppressedName]) -> list[str]:
    return [_digest(pepper, each) for pepper in _peppers(tx) for each in named]


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
