"""Whoever opted out gets no letter: on no channel, from no campaign of this user.

The list is the user's, beside the quotas (`merge.ledger.suppression`). It is looked at when a
letter is made, and again at the last moment before it leaves; and a dead address, from which a
letter came back for good, holds every commune that shares it until an `edit` gives another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from merge.errors import Refused
from merge.ledger.records import Kind, SuppressedName
from merge.ledger.states import sources
from merge.model import Channel, Delivery, LetterFault, Recipient, Status

if TYPE_CHECKING:  # a command's options need none of the database
    from merge.ledger.ledger import Ledger
    from merge.ledger.suppression import SuppressionList, SuppressionSnapshot

CAME_BACK = "came-back"
"""The reason code of a dead address; its words are in `merge.words`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """Why a recipient is not written to."""

    named: SuppressedName
    reason: str

    @property
    def is_dead_address(self) -> bool:
        """Whether only the address is at fault: another one, or paper, may reach the recipient."""
        return self.named.kind is Kind.DEAD


def named(kind: Kind, value: str) -> SuppressedName:
    """One whom a line names. Addresses and domains are compared without their case."""
    return SuppressedName(kind, value.strip().casefold())


def named_of(recipient: Recipient, campaign_id: str) -> SuppressedName:
    """What stands for this recipient in every campaign; without an INSEE code, in this one."""
    if recipient.insee:
        return named(Kind.TOWN, recipient.insee)
    return named(Kind.RECIPIENT, f"{campaign_id} {recipient.key}")


class Gate:
    """The list before the letters of one campaign. It is read at its first use, and by `renew`."""

    def __init__(self, suppression: SuppressionList, campaign_id: str) -> None:
        self._suppression = suppression
        self._campaign_id = campaign_id
        self._read: SuppressionSnapshot | None = None

    def renew(self) -> int:
        """Read the list again if it has changed since; its edition."""
        if self._suppression.edition() != self._known.edition:
            self._read = self._suppression.known()
        return self._known.edition

    @property
    def names_anybody(self) -> bool:
        """Whether there is anything on the list at all."""
        return not self._known.is_empty

    @property
    def _known(self) -> SuppressionSnapshot:
        if self._read is None:
            self._read = self._suppression.known()
        return self._read

    def is_dead(self, recipient: Recipient) -> bool:
        """Whether a letter to this e-mail address is known to come back."""
        if self._known.is_empty or not recipient.email:
            return False
        return self._known.reason(named(Kind.DEAD, recipient.email)) is not None

    def ruling(self, recipient: Recipient, channel: Channel | None = None) -> Ruling | None:
        """Why this recipient gets no letter on this channel; None when nothing is against it.

        Without a channel: why it gets none at all.
        """
        known = self._known
        if known.is_empty:
            return None
        for each in _names(recipient, self._campaign_id):
            if each.kind is Kind.DEAD and channel is not Channel.EMAIL:
                continue
            if (reason := known.reason(each)) is not None:
                return Ruling(named=each, reason=reason)
        return None


def those_named(
    recipients: Iterable[Recipient], lines: Collection[SuppressedName], campaign_id: str
) -> Sequence[Recipient]:
    """Whom of these at least one of the lines names."""
    wanted = frozenset(lines)
    return [each for each in recipients if not wanted.isdisjoint(_names(each, campaign_id))]


def personal_names(recipient: Recipient, campaign_id: str) -> Iterator[SuppressedName]:
    """What of the list is about this recipient alone: no domain, and the addresses as dead too."""
    for each in _names(recipient, campaign_id):
        if each.kind is not Kind.DOMAIN:
            yield each
        if each.kind is Kind.ADDRESS:
            yield named(Kind.DEAD, each.value)


def all_names(recipients: Iterable[Recipient], campaign_id: str) -> set[SuppressedName]:
    """All by which a line may name one of these, with any of their addresses."""
    return {
        name
        for each in recipients
        for names in (_names, personal_names)
        for name in names(each, campaign_id)
    }


def _names(recipient: Recipient, campaign_id: str) -> Iterator[SuppressedName]:
    """All by which a line may name this recipient. An alternate address counts as the first."""
    yield named_of(recipient, campaign_id)
    for address in filter(None, (recipient.email, *recipient.alternates)):
        yield named(Kind.ADDRESS, address)
        yield from _domains(address.rpartition("@")[2])
    if recipient.email:
        yield named(Kind.DEAD, recipient.email)


@lru_cache(4096)
def _domains(domain: str) -> tuple[SuppressedName, ...]:
    """A domain and those above it, without the top one alone: a line names what is below it."""
    labels = domain.split(".")
    return tuple(named(Kind.DOMAIN, ".".join(labels[i:])) for i in range(max(1, len(labels) - 1)))


def keep_back(ledger: Ledger, delivery: Delivery, ruling: Ruling, at: datetime) -> Status:
    """Write down that this letter does not leave; where its delivery stands now."""
    if not ruling.is_dead_address:
        ledger.suppress({delivery.id: ruling.reason}, at)
        return Status.SUPPRESSED
    ledger.hold(delivery.id, dead_address(delivery.key, ruling.named.value), at)
    return Status.HELD


def dead_address(key: str, address: str) -> LetterFault:
    """The fault of a letter whose address is known to be dead."""
    return LetterFault(key=key, code="address-dead", field="email", value=address)


def keep_suppressed(ledger: Ledger, gate: Gate, now: datetime) -> Sequence[Delivery]:
    """Apply the list to all that waits; the deliveries that it has stopped now.

    Whoever is in a sender's hands is left to that sender, who looks at the list too.
    """
    stopped: list[Delivery] = []
    could_leave = {channel: sources(channel, Status.SUPPRESSED) for channel in Channel}
    found = ledger.deliveries(frozenset().union(*could_leave.values()))
    waiting = {d.key: d for d in found if d.status in could_leave[d.channel]}
    resting: dict[int, str] = {}
    for recipient in ledger.recipients_of(list(waiting)):
        delivery = waiting[recipient.key]
        ruling = gate.ruling(recipient, delivery.channel)
        if ruling is None:
            continue
        if not ruling.is_dead_address:
            resting[delivery.id] = ruling.reason
            stopped.append(delivery)
        elif delivery.status in (Status.QUEUED, Status.DEFERRED):
            keep_back(ledger, delivery, ruling, now)
            stopped.append(delivery)
    ledger.suppress(resting, now)
    return stopped


def end_suppression(
    ledger: Ledger, gate: Gate, lines: Sequence[SuppressedName], now: datetime, why: str
) -> int:
    """Restore the deliveries these lines suppressed, unless another line still applies; how many.

    Other suppressed deliveries stay: they may come from the list of another machine.
    """
    resting = {d.key: d.id for d in ledger.deliveries([Status.SUPPRESSED])}
    named = those_named(ledger.recipients_of(list(resting)), lines, ledger.campaign_id)
    back = [resting[each.key] for each in named if gate.ruling(each) is None]
    ledger.restore(back, now, why)
    return len(back)


def refuse_suppressed(
    ledger: Ledger, gate: Gate, number: int, letters: tuple[int, int] | None = None
) -> None:
    """Refused("lot-suppressed") when the lot, or these letters of it, name somebody on the list."""
    gate.renew()
    first, last = letters or (1, max((page.position for page in ledger.pages(number)), default=0))
    keys = [page.key for page in ledger.pages(number) if first <= page.position <= last]
    found = [r for r in ledger.recipients_of(keys) if gate.ruling(r)]
    if found:
        shown = ", ".join(f"{r.name} ({r.key})" for r in found[:10])
        raise Refused("lot-suppressed", number=number, keys=shown)
