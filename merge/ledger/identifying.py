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

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import product
from operator import attrgetter

from sqlalchemy import Connection, select

from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.driver.database import handle_of, json_object
from merge.ledger.records import Namesake
from merge.ledger.requeueing import stored
from merge.ledger.schema import as_json, recipient_of
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
_ANY = "*"  # which no name or address is
_KNOWN = "SELECT key, number, fields{} FROM recipients ORDER BY position"
_PLACES = "SELECT key, position, search, email, postcode FROM recipients ORDER BY position"


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

    def shared(self, other: Sought) -> int:
        """At how many addresses both are."""
        return len({*self.at} & {*other.at})


class Register:
    """The recipients of before, each found by one row of a sheet at most.

    `first` is the first that the sheet names, `unsaid` are the parts that it says nothing about.
    """

    def __init__(self, tx: Connection, first: Recipient, unsaid: Collection[str]) -> None:
        self._tx = tx
        self._parts = [name for name in _SAID if name not in unsaid]
        self._headers: set[tuple[str, ...]] = set()  # that some have: the sheet may have more
        self._known: dict[str | int, str] = {}  # keys by number, or else by all that is said
        self._alike: list[str] = []  # the others of which the same is said
        self._left: dict[str, Sought] = {}  # whom no row was about
        self._by: defaultdict[tuple[str, str], list[str]] = defaultdict(list)  # name, address
        known = _KNOWN.format("".join(f", {name}" for name in self._parts))
        for key, number, fields, *parts in handle_of(tx).execute(known):
            said: str | int = number if first.number or "number" in self._parts else ""
            if not said:
                told = json_object(fields)
                common = tuple(header for header in first.fields if header in told)
                self._headers.add(common)
                said = hash((*parts, *map(told.get, common)))
            if self._known.setdefault(said, key) != key:
                self._alike.append(key)

    def find(self, said: Recipient) -> str | None:
        """The key of whom the sheet's own number names, or of whom nothing is known but what is
        said here.
        """
        if said.number:
            return self._known.pop(said.number, None)
        stored = (getattr(said, name) for name in self._parts)
        parts = [as_json(part) if isinstance(part, tuple) else part for part in stored]
        told = (hash((*parts, *map(said.fields.get, common))) for common in self._headers)
        return next(filter(None, (self._known.pop(each, None) for each in told)), None)

    def read_evidence(self) -> None:
        """Read the names and addresses of those whom no row was about, for the `by_` methods."""
        left = stored(self._tx, (*self._known.values(), *self._alike)).values()
        for row in sorted(left, key=attrgetter("position")):
            known = self._left[row.key] = Sought.of(recipient_of(row))
            for name, at in product((known.name, _ANY), (*known.at, _ANY)):
                self._by[name, at].append(row.key)

    def by_all_evidence(self, sought: Sought) -> str | None:
        """The key of the first with this name and just these addresses: of two who are the same
        in all of it, either will do.
        """
        alike = [
            each
            for each in self._open_to(sought, sought.name, sought.at or [_ANY])
            if (each.name, each.at) == (sought.name, sought.at)
        ]
        return self._only(alike[:1])

    def by_evidence(self, sought: Sought) -> str | None:
        """The key of the only one with this name at most of its addresses."""
        found = self._open_to(sought, sought.name or _ANY, sought.at)
        if not sought.name:
            return self._only(found)
        most = max((each.shared(sought) for each in found), default=0)
        return self._only([each for each in found if most and each.shared(sought) == most])

    def by_likeness(self, sought: Sought) -> str | None:
        """The key of the only one left with nearly this name at one of its addresses."""
        found = self._open_to(sought, _ANY, sought.at)
        return self._only(
            [each for each in found if not each.name or _are_alike(each.name, sought.name)]
        )

    def by_name_alone(self, sought: Sought) -> str | None:
        """The key of the only one left of this name who was written to, or whose mailbox an edit
        decided, where nothing but the mailbox is another: no number, no two addresses that differ.
        """
        said = sought.said
        if not sought.name or not said.email or said.number:
            return None
        found = self._open_to(sought, sought.name, [_ANY])
        return self._only(
            [
                each
                for each in found
                if (each.said.key in self._written_to or each.said.key in self._edited)
                and not (said.postcode and each.said.postcode)
            ]
        )

    @cached_property
    def _edited(self) -> frozenset[str]:
        """Those whose mailbox in a sheet may not be the one that is known."""
        edited = select(_recipients.key).where(_recipients.edited.contains('"email"'))
        return frozenset(self._tx.scalars(edited))

    @cached_property
    def _written_to(self) -> frozenset[str]:
        """Those whom a letter has left to, or may have."""
        deliveries = schema.deliveries.c
        written = select(deliveries.recipient).where(deliveries.status.in_(WRITTEN_TO)).distinct()
        return frozenset(self._tx.scalars(written))

    def namesake(self, sought: Sought, new: Recipient) -> Namesake | None:
        """Somebody of this name at one of its addresses, whom no row was about: if there is one, of
        those who were written to. `new` is who was sought, with a key.
        """
        at = sought.at if sought.name else ()
        found = [
            key for each in at for key in self._by.get((sought.name, each), ()) if key in self._left
        ]
        if not found:
            return None
        known = next((key for key in found if key in self._written_to), found[0])
        return Namesake(new.key, new.name, known, known in self._written_to)

    def _open_to(self, sought: Sought, name: str, at: Iterable[str]) -> Sequence[Sought]:
        """Those of this name at one of these addresses who are left, and have no other number."""
        keys = dict.fromkeys(key for each in at for key in self._by.get((name, each), ()))
        left = [self._left[key] for key in keys if key in self._left]
        return [each for each in left if not (sought.said.number and each.said.number)]

    def _only(self, found: Sequence[Sought]) -> str | None:
        """Claim the one who was found, where it is one."""
        if len(found) != 1:
            return None
        key = found[0].said.key
        del self._left[key]
        return key


def doubles(tx: Connection, first_new: int, named: Collection[str]) -> Iterator[Namesake]:
    """Who was added, from the place `first_new` on, beside somebody of the same name at the same
    mailbox or in the same street: another who was added, or one of those `named`.
    """
    first: dict[int, str] = {}  # of a name at a mailbox or a postcode, by hash
    keys: dict[str, None] = {}
    for key, position, search, email, postcode in handle_of(tx).execute(_PLACES):
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
