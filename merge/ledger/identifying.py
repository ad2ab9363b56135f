"""Which known recipient a row is about, where no key says so: people and organisations.

The sheet's own number decides, where there is one. Else evidence does: the same name with the same
mailbox, street and postcode. Then, once every such row has its own, the same name where most of
these are the same; then a name that was mended in a letter or two at one of them. Two people may
share a mailbox, and two a name in one town; so one row is one recipient, and whoever is in doubt is
somebody new. But a mended e-mail is not a new person, who would get the letter a second time: a
name is enough for one who was written to, where nothing says otherwise, and a person is asked.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from sqlalchemy import Connection, select

from merge.french.communes import fold
from merge.hashes import NumberByHash
from merge.ledger import schema
from merge.ledger.records import Namesake
from merge.ledger.states import WRITTEN_TO
from merge.model import Recipient
from merge.post.envelope import town_and_region

_ALIKE = 0.8  # of the letters: "Martin" and "Martyn" are one, "Anne" and "Paul" are not
_recipients = schema.recipients.c


@dataclass(frozen=True, slots=True)
class Sought:
    """One of a sheet, with what it is found by: its name, folded, and where it is."""

    said: Recipient
    name: str
    at: Sequence[str]

    @classmethod
    def of(cls, said: Recipient) -> Sought:
        """Fold it, once for all the ways in which it is looked for."""
        at = _evidence(said.email, said.street, said.postcode, said.locality)
        return cls(said, _folded(said.organisation or said.person), tuple(at))


class SeenInSheets:
    """Those whom one import has taken so far, by their names and where they are."""

    def __init__(self) -> None:
        self._number_at = NumberByHash()  # the key of the first there

    def namesake(self, said: Recipient) -> Namesake | None:
        """Somebody else of this name at its mailbox or in its street, who was taken before."""
        name, number = _folded(f"{said.organisation} {said.person}"), int(said.key)
        known = number
        for at in _evidence(said.email, said.street, said.postcode, said.locality):
            if name and ("@" in at or ", " in at):  # two people of one town may have a name
                first = self._number_at.setdefault(hash((name, at)), number)
                known = first if known == number else known
        return Namesake(said.key, said.name, str(known), False) if known != number else None


class Register:
    """The recipients of before, each found by one row of a sheet at most."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._by_number: dict[str, str] = {}
        self._by_all: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._at: defaultdict[str, list[str]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._at_postcode: set[str] = set()
        self._numbered: set[str] = set()
        self._free: set[str] = set()
        known = select(
            *(_recipients.key, _recipients.number, _recipients.organisation),
            *(_recipients.first_name, _recipients.surname, _recipients.email),
            *(_recipients.street, _recipients.postcode, _recipients.locality),
        ).order_by(_recipients.position)
        for key, number, organisation, first_name, surname, email, street, *town in tx.execute(
            known
        ):
            name = _folded(organisation or f"{first_name} {surname}")
            self._free.add(key)
            self._names[key] = name
            if number:
                self._by_number[number] = key
                self._numbered.add(key)
            at = tuple(_evidence(email, json.loads(street or "[]"), *town))
            self._by_all[name, *at].append(key)
            if town[0]:
                self._at_postcode.add(key)
            for evidence in at:
                self._by_name[name, evidence].append(key)
                self._at[evidence].append(key)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left to be found."""
        return not self._free

    def by_number(self, said: Recipient) -> str | None:
        """The key of whom the sheet's own number names."""
        return self._claimed(self._by_number.get(said.number)) if said.number else None

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
        for key in self._written_to.union(self._tx.execute(edited).scalars()):
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


def _evidence(
    email: str | None, street: Sequence[str], postcode: str, locality: str
) -> Iterator[str]:
    if email:
        yield email.casefold()
    if postcode:
        named, _region = town_and_region(locality)  # one sheet may have "Boston" alone
        town = f"{postcode} {fold(named)}"
        yield town
        if street:
            yield f"{fold(' '.join(street))}, {town}"


def _are_alike(name: str, other: str) -> bool:
    both = SequenceMatcher(None, name, other)
    # Each is at most the one before it, and costs more.
    bounds = (both.real_quick_ratio, both.quick_ratio, both.ratio)
    return all(bound() >= _ALIKE for bound in bounds)


def _folded(name: str) -> str:
    """A name whichever way round it is written."""
    return " ".join(sorted(fold(name).split()))
