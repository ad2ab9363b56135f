"""The suppression list in accounts.db: who must never be written to, by any campaign of this user.

Where there is a server, its list counts as well, and what is noted is noted on both: whoever opted
out before there was one, or where there is none, still gets no letter.

What decides is a keyed hash of the name: after a purge nobody can read who is on the list, and
whoever is on it still gets no letter. Beside it stands the name as a person typed it, until it is
purged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from merge.ledger import accounts_schema
from merge.ledger.deliveries import chunks
from merge.ledger.driver.database import Database, handle_of, telling_damage
from merge.ledger.records import Kind, SuppressedName, Suppression

_DIGEST_BYTES = 32

_suppression = accounts_schema.suppression
_lines = accounts_schema.suppression_lines


class ErasedLine(NamedTuple):
    """A line of which only the keyed hash is left."""

    digest: str
    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedLines:
    """Lines that travel with a campaign, and the peppers that they may be hashed with."""

    peppers: tuple[bytes, ...]
    lines: tuple[ErasedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionSnapshot:
    """The list as it stood at one moment, in memory."""

    edition: int
    peppers: Sequence[bytes]
    lines: Mapping[str, str]  # reasons, by digest

    @property
    def is_empty(self) -> bool:
        """Whether the list names nobody."""
        return not self.lines

    def reason(self, named: SuppressedName) -> str | None:
        """Why this one is on the list; None when it is not."""
        found = (self.lines.get(_digest(pepper, named)) for pepper in self.peppers)
        return next((reason for reason in found if reason is not None), None)


class SuppressionList:
    """The list of this user; `databases` makes accounts.db at the first use, and comes with the
    server's before it.
    """

    def __init__(self, databases: Callable[[], Sequence[Database]]) -> None:
        self._databases = databases

    def edition(self) -> int:
        """How often the list has changed; asked with every message."""
        edition = 0
        for database in self._databases():
            with database.glancing() as tx:
                edition += _edition(tx)
        return edition

    def known(self) -> SuppressionSnapshot:
        """The list in memory: 64 characters and a reason for each line."""
        edition, peppers, lines = 0, list[bytes](), dict[str, str]()
        for database in self._databases():
            with database.reading() as tx:
                edition += tx.execute(select(_suppression.c.edition)).scalar_one()
                peppers += _peppers(tx)
                rows = tx.execute(select(_lines.c.digest, _lines.c.reason))
                lines |= {row.digest: row.reason for row in rows}
        return SuppressionSnapshot(edition=edition, peppers=peppers, lines=lines)

    def lines(self) -> Sequence[Suppression]:
        """All of it, oldest first; each name once."""
        found: dict[tuple[object, ...], Suppression] = {}
        for database in self._databases():
            erased: Counter[tuple[object, ...]] = Counter()
            with database.reading() as tx:
                for line in lines(tx):
                    key: tuple[object, ...] = (line.kind, line.value)
                    if not line.value:  # nobody knows the name: on each list it has one time
                        erased[line.kind, line.at] += 1
                        key = (line.kind, line.at, erased[line.kind, line.at])
                    found.setdefault(key, line)
        return sorted(found.values(), key=lambda line: line.at)

    def add(self, named: Sequence[SuppressedName], reason: str, at: datetime) -> int:
        """Put these on it; how many were not there yet."""
        return self.take(
            [Suppression(kind=each.kind, value=each.value, reason=reason, at=at) for each in named]
        )

    def take(self, lines: Sequence[Suppression]) -> int:
        """Put lines of another list on it; how many were not there yet."""
        return max(self._change(lambda tx: keep(tx, lines)))

    def hashed(self, names: Collection[SuppressedName]) -> HashedLines:
        """Those that name one of these, and those whose name was erased: nobody knows of whom they
        are.
        """
        peppers, found = dict[bytes, None](), dict[str, ErasedLine]()
        for database in self._databases():
            with database.reading() as tx:
                theirs = _peppers(tx)
                rows = tx.execute(select(_lines)).all()
            digests = {_digest(pepper, name) for pepper in theirs for name in names if rows}
            for row in rows:
                if not row.value or row.digest in digests:
                    found[row.digest] = ErasedLine(row.digest, Kind(row.kind), row.at)
                    peppers |= dict.fromkeys(theirs)
        return HashedLines(peppers=tuple(peppers), lines=tuple(found.values()))

    def take_hashed(self, hashed: HashedLines) -> int:
        """Put lines on it that came with a campaign; how many were not there yet."""
        return max(self._change(lambda tx: keep_erased(tx, hashed.peppers, hashed.lines)))

    def forget(self, named: Sequence[SuppressedName]) -> int:
        """Erase who these are and why; their hashes stay, so that they get no letter. How many."""
        most = 0
        for database in self._databases():
            with database.erasing() as tx:
                there = _there(tx, _digests(tx, named))
                for some in chunks(there):
                    these = _lines.c.digest.in_(some)
                    tx.execute(update(_lines).where(these).values(value="", reason=""))
                if there:
                    _next_edition(tx)
            if there or not database.is_file:  # a server's queue lies beside it, and named people
                database.compact()
            most = max(most, len(there))
        return most

    def take_back(self, named: Sequence[SuppressedName]) -> int:
        """Take these off it; how many were there."""

        def off(tx: Connection) -> int:
            there = _there(tx, _digests(tx, named))
            for some in chunks(there):
                tx.execute(delete(_lines).where(_lines.c.digest.in_(some)))
            if there:
                _next_edition(tx)
            return len(there)

        return max(self._change(off))

    def _change(self, change: Callable[[Connection], int]) -> Iterator[int]:
        """The same on each list: of how many lines it was true there."""
        for database in self._databases():
            with database.writing() as tx:
                n = change(tx)
            yield n


def lines(tx: Connection) -> Sequence[Suppression]:
    """All of the list, oldest first."""
    columns = (_lines.c.kind, _lines.c.value, _lines.c.reason, _lines.c.at)
    return [
        Suppression(kind=Kind(kind), value=value, reason=reason, at=at)
        for kind, value, reason, at in tx.execute(select(*columns).order_by(_lines.c.at))
    ]


def keep(tx: Connection, lines: Sequence[Suppression]) -> int:
    """Put these on the list; how many were not there yet. Those that were stay as they are."""
    own, *others = _peppers(tx)
    new = {SuppressedName(line.kind, line.value): line for line in lines}
    for pepper in (own, *others):
        theirs = {_digest(pepper, name): name for name in new}
        for digest in _there(tx, list(theirs)):
            del new[theirs[digest]]
    rows = [
        {"digest": _digest(own, name), "kind": line.kind, "value": line.value}
        | {"reason": line.reason, "at": line.at}
        for name, line in new.items()
    ]
    if rows:
        tx.execute(insert(_lines), rows)
        _next_edition(tx)
    return len(rows)


def keep_erased(tx: Connection, peppers: Sequence[bytes], erased: Sequence[ErasedLine]) -> int:
    """Put lines on the list of which only the hash is left, by one of these peppers: see `keep`."""
    there = {*_peppers(tx)}
    new_peppers = [{"pepper": pepper} for pepper in dict.fromkeys(peppers) if pepper not in there]
    new = {line.digest: line for line in erased}
    for digest in _there(tx, list(new)):
        del new[digest]
    if not new:
        return 0
    if new_peppers:
        tx.execute(insert(accounts_schema.suppression_peppers), new_peppers)
    rows = [{**line._asdict(), "value": "", "reason": ""} for line in new.values()]
    tx.execute(insert(_lines), rows)
    _next_edition(tx)
    return len(new)


def _peppers(tx: Connection) -> Sequence[bytes]:
    """This user's own, which new lines are hashed with, and those of others."""
    own: bytes = tx.execute(select(_suppression.c.pepper)).scalar_one()
    others = tx.execute(select(accounts_schema.suppression_peppers.c.pepper)).scalars()
    return (own, *others)


def _digests(tx: Connection, named: Sequence[SuppressedName]) -> list[str]:
    return [_digest(pepper, each) for pepper in _peppers(tx) for each in named]


def _there(tx: Connection, digests: Sequence[str]) -> Sequence[str]:
    """Those of these that are on the list."""
    return [
        digest
        for some in chunks(digests)
        for digest in tx.execute(select(_lines.c.digest).where(_lines.c.digest.in_(some))).scalars()
    ]


@telling_damage
def _edition(tx: Connection) -> int:
    ((edition,),) = handle_of(tx).execute("SELECT edition FROM peace")
    return int(edition)


def _next_edition(tx: Connection) -> None:
    tx.execute(update(_suppression).values(edition=_suppression.c.edition + 1))


def _digest(pepper: bytes, named: SuppressedName) -> str:
    # The kind has no NUL, so no two names are written alike.
    text = f"{named.kind}\0{named.value}".encode()
    return blake2b(text, key=pepper, digest_size=_DIGEST_BYTES).hexdigest()
