"""Which known recipient a row is about, where no key says so: people and organisations.

The sheet's own number decides, where there is one. Else evidence does: the same name with the same
mailbox or at the same postcode. Then, once every other row has its own, a name that was mended in a
letter or two at the same mailbox or address. Two people may share a mailbox, and two a name; so one
row is one recipient, and whoever is in doubt is somebody new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from sqlalchemy import Connection, select

from merge.french.communes import fold
from merge.ledger import schema
from merge.model import Recipient

_ALIKE = 0.8  # of the letters: "Martin" and "Martyn" are one, "Anne" and "Paul" are not
_recipients = schema.recipients.c


class Register:
    """The recipients of before, each found by one row of a sheet at most."""

    def __init__(self, tx: Connection) -> None:
        self._by_number: dict[str, str] = {}
        self._by_name: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._at: defaultdict[str, list[str]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._numbered: set[str] = set()
        self._free: set[str] = set()
        known = select(
            *(_recipients.key, _recipients.number, _recipients.organisation),
            *(_recipients.first_name, _recipients.surname, _recipients.email),
            *(_recipients.postcode, _recipients.locality),
        )
        for key, number, organisation, first_name, surname, email, *place in tx.execute(known):
            name = _folded(organisation or f"{first_name} {surname}")
            self._free.add(key)
            self._names[key] = name
            if number:
                self._by_number[number] = key
                self._numbered.add(key)
            for evidence in _evidence(email, *place):
                self._by_name[name, evidence].append(key)
                self._at[evidence].append(key)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is left to be found."""
        return not self._free

    def by_number(self, said: Recipient) -> str | None:
        """The key of whom the sheet's own number names."""
        return self._claimed(self._by_number.get(said.number)) if said.number else None

    def by_evidence(self, said: Recipient) -> str | None:
        """The key of the only one with this name at one of its addresses."""
        name, at = _name_of(said), _addresses_of(said)
        if not name:
            return self._only(self._open_to(said, (self._at.get(each, ()) for each in at)))
        found = self._open_to(said, (self._by_name.get((name, each), ()) for each in at))
        if len(found) > 1:  # two of one name: whoever has all
            for each in at:
                found &= {*self._by_name.get((name, each), ())}
        return self._only(found)

    def by_likeness(self, said: Recipient) -> str | None:
        """The key of the only one left with nearly this name at one of its addresses."""
        name, at = _name_of(said), _addresses_of(said)
        return self._only(
            {
                key
                for key in self._open_to(said, (self._at.get(each, ()) for each in at))
                if not self._names[key] or _are_alike(self._names[key], name)
            }
        )

    def _open_to(self, said: Recipient, found: Iterable[Iterable[str]]) -> set[str]:
        """Those who are free, and have no other number than this one."""
        keys = {key for some in found for key in some} & self._free
        return keys - self._numbered if said.number else keys

    def _only(self, found: set[str]) -> str | None:
        """Claim the one who was found, where it is one."""
        return self._claimed(found.pop()) if len(found) == 1 else None

    def _claimed(self, key: str | None) -> str | None:
        if key not in self._free:
            return None
        self._free.discard(key)
        return key


def _name_of(said: Recipient) -> str:
    return _folded(said.organisation or said.person)


def _addresses_of(said: Recipient) -> tuple[str, ...]:
    return tuple(_evidence(said.email, said.postcode, said.locality))


def _evidence(email: str | None, postcode: str, locality: str) -> Iterator[str]:
    if email:
        yield email.casefold()
    if postcode:
        town = locality.partition(",")[0]  # one sheet may have "Boston", the other "Boston, MA"
        yield f"{postcode} {fold(town)}"


def _are_alike(name: str, other: str) -> bool:
    return SequenceMatcher(None, name, other).ratio() >= _ALIKE


def _folded(name: str) -> str:
    """A name whichever way round it is written."""
    return " ".join(sorted(fold(name).split()))
