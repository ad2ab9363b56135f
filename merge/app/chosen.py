"""The recipients that a typed word names, and those that the options of a command choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from merge.errors import Misuse
from merge.french.communes import fold, with_zero
from merge.french.grammar import bare
from merge.model import Delivery, Recipient, Status

if TYPE_CHECKING:  # a command's options need none of the database
    from merge.ledger.ledger import Ledger


def called(recipients: Iterable[Recipient], word: str) -> Sequence[Recipient]:
    """Everyone whom `word` names: an INSEE code or key, else an address, else a commune's name.

    A code may lack its leading zero: 1001 is 01001, unless something else has that key. A name that
    letters say without its parentheses may be typed so: "Château-Chinon". A person's surname does
    where nobody is called so in full.
    """
    (found,) = each_called(recipients, [word])
    return found


def each_called(
    recipients: Iterable[Recipient], words: Iterable[str]
) -> Sequence[Sequence[Recipient]]:
    """The same for each word; the recipients are gone through once."""
    asked = [_Asked(word.strip()) for word in words]
    for recipient in recipients:
        for each in asked:
            each.look_at(recipient)
    return [each.found for each in asked]


class _Asked:
    """A word, and whom it names by what it may be: the first that names somebody counts."""

    def __init__(self, word: str) -> None:
        self._word, self._folded, self._name = word, word.casefold(), fold(word)
        self._whole = with_zero(word)
        self._as_key, self._as_name = list[Recipient](), list[Recipient]()
        self._as_surname = list[Recipient]()

    @property
    def found(self) -> Sequence[Recipient]:
        """Those it names, of all that were looked at."""
        return self._as_key or self._as_name or self._as_surname

    def look_at(self, recipient: Recipient) -> None:
        """Keep this one where the word names it."""
        if recipient.key.casefold() == self._folded:
            self._as_key.append(recipient)
        elif "@" in self._word:
            if (recipient.email or "").casefold() == self._folded:
                self._as_name.append(recipient)
        elif self._whole != self._word:
            if recipient.key == self._whole:
                self._as_name.append(recipient)
        elif self._is_name_of(recipient):
            self._as_name.append(recipient)
        elif self._name and not recipient.commune and self._name == fold(recipient.surname):
            self._as_surname.append(recipient)

    def _is_name_of(self, r: Recipient) -> bool:
        return (
            self._name == fold(r.name)
            or bool(r.number and self._word == r.number)
            or ("(" in r.commune and self._name == fold(bare(r.commune)))
            or (
                bool(self._name)
                and not r.commune
                and self._name in (fold(r.person), fold(r.organisation))
            )
        )


def the_one(recipients: Sequence[Recipient], word: str) -> Recipient:
    """The one recipient whom `word` names. Misuse lists them when there are several, or none."""
    return one_of(called(recipients, word), word)


def one_of(found: Sequence[Recipient], word: str) -> Recipient:
    """The only one of those whom `word` names. Misuse as `the_one`."""
    if len(found) == 1:
        return found[0]
    if not found:
        raise Misuse("nobody-called", word=word)
    raise Misuse("several-called", word=word, keys=", ".join(f"{r.key} ({r.name})" for r in found))


def recipient_called(ledger: Ledger, word: str) -> Recipient:
    """As `the_one`, of all recipients; a key is found without reading them."""
    known = ledger.listing.known_as(word.strip())
    return known or the_one(ledger.recipients(), word)


def next_one(ledger: Ledger) -> Recipient:
    """The next whose letter leaves, else the first. Misuse("nobody-yet") before an import."""
    recipients = ledger.recipients()
    if not recipients:
        raise Misuse("nobody-yet")
    waiting = {d.key for d in ledger.deliveries() if d.status.is_waiting}
    return next((r for r in recipients if r.key in waiting), recipients[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """`--department`, `--commune` and `--status`: empty is everybody."""

    departments: Collection[str] = field(default_factory=tuple)
    communes: Collection[str] = field(default_factory=tuple)
    statuses: Collection[Status] = field(default_factory=tuple)

    @property
    def is_everybody(self) -> bool:
        """Whether it narrows nothing."""
        return not (self.departments or self.communes or self.statuses)

    def keys(
        self, recipients: Iterable[Recipient], deliveries: Iterable[Delivery]
    ) -> Sequence[str] | None:
        """The keys that are meant, in the order of the sheet; None when it narrows nothing.

        The recipients are gone through twice at most, the deliveries, whose waves are in their
        order, once. Misuse("nobody-called") for a commune that is not in the campaign, and
        ("no-such-department"): a typing error must not pass for "nothing to do".
        """
        if self.is_everybody:
            return None
        named = set[str]()
        if self.communes:
            found = each_called(recipients, self.communes)
            for word, those in zip(self.communes, found, strict=True):
                if not those:
                    raise Misuse("nobody-called", word=word)
                named.update(each.key for each in those)
        stand = set[str]()
        for delivery in deliveries if self.statuses else ():
            move = stand.add if delivery.status in self.statuses else stand.discard
            move(delivery.key)
        departments = {d.upper().zfill(2) for d in self.departments}
        known, keys = set[str](), list[str]()
        for r in recipients:
            known.add(r.department)
            if (
                (not self.communes or r.key in named)
                and (not departments or r.department in departments)
                and (not self.statuses or r.key in stand)
            ):
                keys.append(r.key)
        for department in departments - known:
            raise Misuse("no-such-department", word=department)
        return keys
