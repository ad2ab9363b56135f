"""Which known recipient a row is about, where no key says so: people and organisations.

The sheet's own number decides, where there is one; then all that the sheet says, where nothing else
is known. Once every such row has its own, evidence does: the same name with the same mailbox,
street and postcode; the same name where most of these are the same; then a name that was mended in
a letter or two at one of them. Two people may share a mailbox, and two a name in one town; so one
row is one recipient, and whoever is in doubt is somebody new. But a mended e-mail is not a new
person, who would get the letter a second time: a name is enough for one who was written to, where
nothing says otherwise, and a person is asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from operator import attrgetter

from sqlalchemy import Connection, select

from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.driver.database import json_object
from merge.ledger.records import Namesake
from merge.ledger.requeueing import stored
from merge.ledger.schema import RECIPIENT_COLUMNS, as_json, recipient_of
from merge.ledger.states import WRITTEN_TO
from merge.model import Recipient
from merge.post.envelope import town_and_region

_ALIKE = 0.8  # of the letters: "Martin" and "Martyn" are one, "Anne" and "Paul" are not
_recipients = schema.recipients.c
_SAID = (
    *("number", "organisation", "civility", "first_name", "surname", "email", "alternates"),
    *("street", "postcode", "locality", "country"),
)
"""The parts of somebody that a sheet may say."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Somebody, with what they are found by: their name, folded, and where they are."""

    said: Recipient
    name: str
    at: Sequence[str]

    @classmethod
    def of(cls, said: Recipient) -> Sought:
        """Fold it, once for all the ways in which it is looked for."""
        return cls(said, _folded(said.organisation or said.person), tuple(_where(said)))


class Register:
    """The recipients of before, each found by one row of a sheet at most.

    `unsaid` are the parts of a recipient that the sheet says nothing about.
    """

    def __init__(self, tx: Connection, unsaid: Collection[str]) -> None:
        self._tx = tx
        self._free: set[str] = set()
        self._by_number: dict[str, str] = {}
        self._by_said: dict[int, str] = {}
        self._parts = [name for name in _SAID if name not in unsaid]
        self._headers: set[tuple[str, ...]] = set()  # that some have: the sheet may have more
        self._by_all: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._at: defaultdict[str, list[str]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._at_postcode: set[str] = set()
        self._numbered: set[str] = set()

    def find(self, said: Recipient) -> str | None:
        """The key of whom the sheet's own number names, or of whom nothing is known but what is
        said here.
        """
        if not self._headers:
            self._read([*said.fields])
        if key := self._claimed(self._by_number.get(said.number)):
            return key
        stored = (getattr(said, name) for name in self._parts)
        parts = [as_json(part) if isinstance(part, tuple) else part for part in stored]
        for common in self._headers:
            told = hash((*parts, *map(said.fields.get, common)))
            if key := self._claimed(self._by_said.get(told)):
                return key
        return None

    def _read(self, headers: Sequence[str]) -> None:
        columns = [_recipients[name] for name in ("key", "number", "fields", *self._parts)]
        known = select(*columns).order_by(_recipients.position)
        for key, number, fields, *parts in self._tx.execute(known):
            self._free.add(key)
            if number:
                self._by_number[number] = key
            told = json_object(fields)
            common = tuple(header for header in headers if header in told)
            self._headers.add(common)
            self._by_said.setdefault(hash((*parts, *map(told.get, common))), key)

    def read_evidence(self) -> None:
        """Of those who are left: what the others are asked of."""
        for row in self._tx.execute(select(*RECIPIENT_COLUMNS).order_by(_recipients.position)):
            if row.key not in self._free:
                continue
            known = Sought.of(recipient_of(row))
            self._names[row.key] = known.name
            if row.number:
                self._numbered.add(row.key)
            self._by_all[known.name, *known.at].append(row.key)
            if row.postcode:
                self._at_postcode.add(row.key)
            for evidence in known.at:
                self._by_name[known.name, evidence].append(row.key)
                self._at[evidence].append(row.key)

    def by_all_evidence(self, sought: Sought) -> str | None:
        """The key of the first with this name and just these addresses: of two who are the same
        in all of it, either will do.
        """
        alike = self._by_all.get((sought.name, *sought.at), ())
        free = self._open_to(sought, [alike])
        return self._claimed(next((key for key in alike if key in free), None))

    def by_evidence(self, sought: Sought) -> str | None:
        """The key of the only one with this name at most of its addresses."""
        name, at = sought.name, sought.at
        if not name:
            return self._only(self._open_to(sought, (self._at.get(each, ()) for each in at)))
        there = Counter(key for each in at for key in self._by_name.get((name, each), ()))
        free = self._open_to(sought, [there])
        most = max((there[key] for key in free), default=0)
        return self._only({key for key in free if there[key] == most})

    def by_likeness(self, sought: Sought) -> str | None:
        """The key of the only one left with nearly this name at one of its addresses."""
        return self._only(
            {
                key
                for key in self._open_to(sought, (self._at.get(each, ()) for each in sought.at))
                if not self._names[key] or _are_alike(self._names[key], sought.name)
            }
        )

    def by_name_alone(self, sought: Sought) -> str | None:
        """The key of the only one left of this name who was written to, or whose mailbox an edit
        decided, where nothing but the mailbox is another: no number, no two addresses that differ.
        """
        said = sought.said
        if not sought.name or not said.email or said.number:
            return None
        found = {*self._held_by_name.get(sought.name, ())} & self._free
        return self._only(found - self._at_postcode if said.postcode else found)

    @cached_property
    def _held_by_name(self) -> Mapping[str, Sequence[str]]:
        """Those whom a letter has left to, or may have, and those whose mailbox in a sheet is not
        the one that is known, by name.
        """
        edited = select(_recipients.key).where(_recipients.edited.contains('"email"'))
        by_name: defaultdict[str, list[str]] = defaultdict(list)
        held = self._written_to.union(self._tx.execute(edited).scalars())
        for key in held & self._names.keys():
            by_name[self._names[key]].append(key)
        return by_name

    @cached_property
    def _written_to(self) -> frozenset[str]:
        deliveries = schema.deliveries.c
        written = select(deliveries.recipient).where(deliveries.status.in_(WRITTEN_TO)).distinct()
        return frozenset(self._tx.execute(written).scalars())

    def namesake(self, sought: Sought, new: Recipient) -> Namesake | None:
        """Somebody of this name at one of its addresses, whom no row was about: if there is one, of
        those who were written to. `new` is who was sought, with a key.
        """
        name = sought.name
        at = (self._by_name.get((name, each), ()) for each in sought.at if name)
        found = [key for some in at for key in some if key in self._free]
        if not found:
            return None
        known = next((key for key in found if key in self._written_to), found[0])
        return Namesake(new.key, new.name, known, known in self._written_to)

    def _open_to(self, sought: Sought, found: Iterable[Iterable[str]]) -> set[str]:
        """Those who are free, and have no other number than this one."""
        keys = {key for some in found for key in some} & self._free
        return keys - self._numbered if sought.said.number else keys

    def _only(self, found: set[str]) -> str | None:
        """Claim the one who was found, where it is one."""
        return self._claimed(found.pop()) if len(found) == 1 else None

    def _claimed(self, key: str | None) -> str | None:
        if key not in self._free:
            return None
        self._free.discard(key)
        return key


def doubles(tx: Connection, first_new: int, named: Collection[str]) -> Iterator[Namesake]:
    """Who was added, from the place `first_new` on, beside somebody of the same name at the same
    mailbox or in the same street: another who was added, or one of those `named`.
    """
    first: dict[int, str] = {}  # of a name at a mailbox or a postcode, by hash
    keys: dict[str, None] = {}
    names = ("key", "position", "search", "email", "postcode")
    found = select(*(_recipients[name] for name in names)).order_by(_recipients.position)
    for key, position, search, email, postcode in tx.execute(found):
        if position >= first_new or key in named:
            words = sorted(search.partition("\n")[0].split())
            for at in filter(None, (email and email.casefold(), postcode)):
                other = first.setdefault(hash((at, *words)), key)
                if other != key:
                    keys |= {other: None, key: None}
    seen: dict[tuple[str, str], str] = {}
    for row in sorted(stored(tx, [*keys]).values(), key=attrgetter("position")):
        who = recipient_of(row)
        name = _folded(f"{who.organisation} {who.person}")
        places = [at for at in _where(who) if "@" in at or ", " in at]  # a town has two of a name
        before = [seen.setdefault((name, at), who.key) for at in places if name]
        others = [key for key in before if key != who.key]
        if others and row.position >= first_new:
            yield Namesake(who.key, who.name, others[-1], False)


def _where(who: Recipient) -> Iterator[str]:
    if who.email:
        yield who.email.casefold()
    if who.postcode:
        named, _region = town_and_region(who.locality)  # one sheet may have "Boston" alone
        town = f"{who.postcode} {fold(named)}"
        yield town
        if who.street:
            yield f"{fold(' '.join(who.street))}, {town}"


def _are_alike(name: str, other: str) -> bool:
    both = SequenceMatcher(None, name, other)
    # Each is at most the one before it, and costs more.
    bounds = (both.real_quick_ratio, both.quick_ratio, both.ratio)
    return all(bound() >= _ALIKE for bound in bounds)


def _folded(name: str) -> str:
    """A name whichever way round it is written."""
    return " ".join(sorted(fold(name).split()))
