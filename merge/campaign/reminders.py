"""Reminders: who gets one, and which wave's letter each recipient gets while several are queued.

A wave is a letter of its own. The first is the campaign's; each later one goes to whoever left the
one before without an answer. Once opened, it is sent and printed like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

from merge.campaign.answers import left_at, posted_at
from merge.campaign.ports import Template
from merge.campaign.suppression import Gate
from merge.channels import ways_to
from merge.ledger.records import WANTS_NO_REMINDER, Answer, Reply
from merge.ledger.states import LEFT
from merge.model import Channel, Delivery, FirstLetter, Letter, LetterFault, Recipient, Status
from merge.post.envelope import Names

if TYPE_CHECKING:  # a command's options need none of the database
    from merge.ledger.ledger import Ledger


class WhyNot(StrEnum):
    """Why somebody gets no reminder now."""

    ANSWERED = "answered"
    UNDECIDED = "undecided"  # a mail may be its answer, and nobody has said yet
    SUPPRESSED = "peace"
    CAME_BACK = "came-back"  # failed, bounced, returned
    DOUBT = "doubt"  # the letter before may have left, or not
    WAITING = "waiting"  # the letter before has not left yet
    RECENT = "recent"
    REMINDED = "reminded"  # in this wave, or a later one
    EARLIER = "earlier"  # a wave before this one is still to come
    UNREACHABLE = "unreachable"


_BACK = (Status.FAILED, Status.BOUNCED, Status.RETURNED)
_IN_DOUBT = (Status.SENDING, Status.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whom one wave would go to, on which channel, and who is left out."""

    chosen: tuple[tuple[Recipient, Channel], ...]
    left_out: Mapping[str, WhyNot]  # by key


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """From whom something came back: an answer, or a mail that may be one."""

    answered: frozenset[str]
    undecided: frozenset[str]


def heard(answers: Iterable[Answer], replies: Iterable[Reply]) -> Heard:
    """The keys of those who answered, by whatever way, or complained."""
    answered = {each.key for each in answers}
    undecided: set[str] = set()
    for mail in replies:
        if mail.key is None:
            undecided.update(each.key for each in mail.proposals)
        elif mail.sort in WANTS_NO_REMINDER:
            answered.add(mail.key)
    return Heard(answered=frozenset(answered), undecided=frozenset(undecided))


def plan(
    ledger: Ledger,
    gate: Gate,
    heard: Heard,
    *,
    wave: int,
    keys: Sequence[str] | None,
    before: datetime,
) -> Opening:
    """Who gets a letter of this wave: the one before left until `before`, and nothing came back."""
    latest = {each.key: each for each in ledger.deliveries()}
    posted = posted_at(ledger.lots())
    wanted = None if keys is None else frozenset(keys)
    chosen: list[tuple[Recipient, Channel]] = []
    left_out: dict[str, WhyNot] = {}
    for recipient in ledger.recipients():
        key = recipient.key
        if wanted is not None and key not in wanted:
            continue
        delivery = latest.get(key)
        why = _why_not(delivery, wave)
        channel = _channel(recipient, delivery, gate) if delivery else None
        if key in heard.answered:
            why = WhyNot.ANSWERED
        elif key in heard.undecided:
            why = why or WhyNot.UNDECIDED
        elif delivery and why is None:
            if gate.ruling(recipient):
                why = WhyNot.SUPPRESSED
            elif left_at(delivery, posted) > before:
                why = WhyNot.RECENT
            elif channel is None:
                why = WhyNot.UNREACHABLE
        if why:
            left_out[key] = why
        elif channel:
            chosen.append((recipient, channel))
    return Opening(chosen=tuple(chosen), left_out=left_out)


def _why_not(delivery: Delivery | None, wave: int) -> WhyNot | None:
    """What the ledger alone has against it."""
    if delivery is None:
        return WhyNot.UNREACHABLE
    if delivery.wave >= wave:
        return WhyNot.REMINDED
    if delivery.status is Status.SUPPRESSED:
        return WhyNot.SUPPRESSED
    if delivery.wave < wave - 1:
        return WhyNot.EARLIER
    if delivery.status in LEFT:
        return None
    if delivery.status in _BACK:
        return WhyNot.CAME_BACK
    return WhyNot.DOUBT if delivery.status in _IN_DOUBT else WhyNot.WAITING


def _channel(recipient: Recipient, before: Delivery, gate: Gate) -> Channel | None:
    """The way that the letter before took, while it is open; else the first that is."""
    ways = [way for way in ways_to(recipient) if not gate.ruling(recipient, way)]
    return before.channel if before.channel in ways else next(iter(ways), None)


def first_letters(
    ledger: Ledger, zone: ZoneInfo, key: str | None = None
) -> Mapping[str, FirstLetter]:
    """The first letters that have left, by recipient, as a reminder may speak of them; with a
    `key`, of that recipient alone.
    """
    one = ledger.delivery(key, wave=1) if key else None
    deliveries = ledger.deliveries() if key is None else filter(None, [one])
    posted = posted_at(ledger.lots())
    return {
        each.key: FirstLetter(
            date=left_at(each, posted).astimezone(zone).date(),
            channel=each.channel,
            message_id=each.message_id if each.channel is Channel.EMAIL else "",
        )
        for each in deliveries
        if each.wave == 1 and each.status in LEFT
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Fills `Template` while reminders wait: each recipient's letter is that of its wave.

    `waiting` are the waves of which a letter could still leave, `wave_of` says whom `reminders` are
    for, `firsts` what they say of the first letter. `undecided` are those from whom a mail may have
    come that nobody has decided: LetterFault("reply-undecided") holds their reminder.

    `wave_of` is asked anew for each letter. While the others are sent, a first letter may come
    back: its reminder is closed then, and the first letter goes again, to another address.
    """

    first: Template
    reminders: Mapping[int, Template]
    wave_of: Callable[[str], int]
    firsts: Mapping[str, FirstLetter]
    waiting: tuple[int, ...]
    undecided: frozenset[str] = frozenset()

    @property
    def version(self) -> str:
        """The first letter's, so that a reminder that waits changes nothing about it."""
        return self.first.version

    def of(self, recipient: Recipient) -> Template:
        """The letter of this recipient's wave."""
        return self.of_wave(self.wave_of(recipient.key))

    def render(
        self, recipient: Recipient, channel: Channel, names: Names | None = None
    ) -> Letter | LetterFault:
        """Its wave's letter. A reminder by e-mail names the e-mail that it comes back to."""
        wave = self.wave_of(recipient.key)
        template = self.of_wave(wave)
        if template is not self.first and recipient.key in self.undecided:
            return undecided(recipient.key)
        letter = template.render(recipient, channel, names)
        if template is self.first or isinstance(letter, LetterFault):
            return letter
        first = self.firsts.get(recipient.key)
        return letter._replace(wave=wave, follows=first.message_id if first else "")

    def of_wave(self, wave: int) -> Template:
        """The letter of a wave; the campaign's own for one that no letter waits in."""
        return self.reminders.get(wave, self.first)

    def household(self, people: Sequence[Recipient]) -> Names | None:
        """As `Template.household`; all of a campaign's letters are in one language."""
        return self.first.household(people)

    def own(self, recipient: Recipient) -> str:
        """As `Template.own`."""
        return self.of(recipient).own(recipient)

    def own_version(self, recipient: Recipient) -> str:
        """As `Template.own_version`; a reminder is nobody else's, so its version counts here."""
        letter = self.of(recipient)
        own = letter.own_version(recipient)
        if letter is self.first:
            return own
        first = self.firsts.get(recipient.key)
        parts = (letter.version, own, str(first.date if first else ""))
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def undecided(key: str) -> LetterFault:
    """The fault of a reminder while a mail may be its answer: `replies` decides, no `edit`."""
    return LetterFault(key=key, code="reply-undecided")


def is_undecided(fault: LetterFault) -> bool:
    """Whether it is this that holds a letter, and nothing is wrong with it."""
    return fault == undecided(fault.key)


def letter_to(template: Template, recipient: Recipient) -> Template:
    """The letter of this recipient's wave."""
    return template.of(recipient) if isinstance(template, Waves) else template


def by_wave(template: Template) -> Mapping[int, Template]:
    """Each letter that could leave now."""
    if not isinstance(template, Waves):
        return {1: template}
    return {wave: template.of_wave(wave) for wave in template.waiting or (1,)}


def versions(template: Template) -> Mapping[int, str]:
    """The version of each letter that could leave now, by wave."""
    return {wave: letter.version for wave, letter in by_wave(template).items()}


def version_in(template: Template, wave: int) -> str:
    """The version of the letter of one wave."""
    return (template.of_wave(wave) if isinstance(template, Waves) else template).version


def fact_of(name: str, wave: int) -> str:
    """What a fact about a letter is called: each wave's letter has its own."""
    return name if wave == 1 else f"{name}:{wave}"


def let_go_of_the_overtaken(ledger: Ledger, now: datetime) -> int:
    """Close the reminders of those whose answer has come meanwhile; how many."""
    return ledger.reminders.drop(ledger.reminders.overtaken(), now)


class _Reminder(Protocol):
    @property
    def delivery(self) -> Delivery: ...


_R = TypeVar("_R", bound=_Reminder)


def without_overtaken(
    ledger: Ledger, letters: Sequence[_R], now: datetime, count: Callable[[Status], object]
) -> Sequence[_R]:
    """Those of these that may leave: no reminder whose recipient has answered, or may have, which
    are closed or held, and counted.
    """
    ids = [letter.delivery.id for letter in letters if letter.delivery.wave > 1]
    if not ids:
        return letters
    book, free = ledger.reminders, list[_R]()
    overtaken, doubted = book.overtaken(ids), book.undecided(ids)
    book.drop(overtaken, now)
    for letter in letters:
        if letter.delivery.id in overtaken:
            count(Status.SUPPRESSED)
        elif letter.delivery.id in doubted:
            ledger.hold(letter.delivery.id, undecided(letter.delivery.key), now)
            count(Status.HELD)
        else:
            free.append(letter)
    return free
