"""What the post office gets next: deliveries claimed, their letters made, their bytes archived.

All of it a batch at a time: a commit for 256 letters costs little more than one for a single
letter, and what a run keeps in memory does not grow with the campaign.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from typing import NamedTuple

from merge.campaign.filing import archived
from merge.campaign.plan import fingerprint
from merge.campaign.ports import Composer, Template
from merge.campaign.suppression import Gate, Ruling
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.records import Claimed, Intent, address_lost
from merge.model import Channel, Delivery, Envelope, Letter, LetterFault, Message, Recipient

CLAIM_AT_ONCE = 256  # few enough that another sender is not left without work
FIRST_AT_ONCE = 16  # before one of them has shown how large it is
BYTES_AT_ONCE = 32_000_000  # of messages, which may carry attachments


class Ready(NamedTuple):
    """A letter whose exact bytes are in the archive: it may be offered."""

    delivery: Delivery
    message: Message
    intent: Intent
    recipient: Recipient
    edition: int  # of the suppression list that did not name this recipient


class Order:
    """The order in which queued letters are sent, over all stages of one sending.

    Those who were refused for now come last, however long they are due: one whom the server refuses
    each time must not end each run in front of all the others. `keys` narrows; None is everybody.
    Where a stage is a hundred letters and all of France waits, to read it takes longer than to send
    them. Whoever has the mailbox with a receiver whose share of the quota is spent waits.
    """

    def __init__(
        self,
        ledger: Ledger,
        keys: Sequence[str] | None,
        *,
        receiver: Callable[[str], str] = lambda domain: "",
        full: Callable[[datetime], Mapping[str, datetime]] = lambda now: {},
    ) -> None:
        self.keys = keys
        self.full_until: datetime | None = None  # all who wait do so for a receiver
        self._receiver = receiver
        self._full = full
        self._ledger = ledger
        self._ids: Sequence[int] = ()
        self._done = 0  # how far in it the claims have come

    def claim(self, most: int, now: datetime) -> Sequence[Claimed]:
        """Up to `most` of those that come next; empty when nobody may go now.

        Another sender may have been quicker: then those behind them.
        """
        for _ in range(2):
            while self._done < len(self._ids):
                some = self._ids[self._done : self._done + most]
                self._done += len(some)
                claimed = self._ledger.claim(some, now)
                if claimed:
                    return claimed
            self._ids, self._done = self._waiting(now), 0
            if not self._ids:
                break
        return ()

    def _waiting(self, now: datetime) -> Sequence[int]:
        full, until = self._full(now), set[datetime]()

        def free(again: bool) -> Iterator[tuple[int, str]]:
            for number, domain in self._ledger.may_go(self.keys, now, again=again):
                receiver = self._receiver(domain) if full else ""
                if receiver in full:
                    until.add(full[receiver])
                else:
                    yield number, domain

        ids = spread(free(again=False)) + spread(free(again=True))
        self.full_until = min(until, default=None) if not ids else None
        return ids


class Supply:
    """The letters of one run, in the order in which they go. Claims them first.

    `held` is told of each letter that cannot be made, and `kept_back` of whoever opted out.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        archive: Archive,
        template: Template,
        composer: Composer,
        envelope_sender: str,
        order: Order,
        held: Callable[[Delivery, LetterFault], object],
        gate: Gate,
        kept_back: Callable[[Delivery, Ruling], object],
        receiver: Callable[[str], str],
    ) -> None:
        self._ledger = ledger
        self._archive = archive
        self._template = template
        self._composer = composer
        self._envelope_sender = envelope_sender
        self._order = order
        self._held = held
        self._gate = gate
        self._kept_back = kept_back
        self._receiver = receiver
        self._ready: deque[Ready] = deque()
        self._heaviest = BYTES_AT_ONCE // FIRST_AT_ONCE  # of the latest batch, in bytes

    def take(self) -> Ready | None:
        """The next letter of those that were claimed; None when all are taken."""
        return self._ready.popleft() if self._ready else None

    def claim(self, most: int, now: datetime) -> bool:
        """Claim and make up to `most` more, one batch of them. False when nobody may go now."""
        light_enough = max(1, BYTES_AT_ONCE // self._heaviest)
        claimed = self._order.claim(min(most, CLAIM_AT_ONCE, light_enough), now)
        edition = self._gate.renew()
        # Step by step for all of them rather than letter by letter: what a processor does again
        # and again stays in its caches.
        free = [one for one in claimed if not self._is_kept_back(one)]
        prints = [
            fingerprint(self._template, one.recipient, by=self._envelope_sender) for one in free
        ]
        letters = list(map(self._letter, free, prints))
        messages = [
            self._composed(one, letter, now) for one, letter in zip(free, letters, strict=True)
        ]
        made: list[tuple[Claimed, Message, str]] = []
        for one, message, print_of_it in zip(free, messages, prints, strict=True):
            if isinstance(message, LetterFault):
                self._held(one.delivery, message)
            else:
                made.append((one, message, print_of_it))
        sizes = (len(message.data) for _, message, _ in made)
        self._heaviest = max(sizes, default=self._heaviest)
        digests = self._archive.put([message.data for _, message, _ in made])
        self._ready.extend(
            Ready(
                delivery=one.delivery,
                message=message,
                intent=Intent(
                    delivery_id=one.delivery.id,
                    message_id=message.message_id,
                    address=message.envelope.recipient,
                    sha256=sha256,
                    fingerprint=print_of_it,
                    receiver=self._receiver(message.envelope.recipient.rpartition("@")[2]),
                ),
                recipient=one.recipient,
                edition=edition,
            )
            for (one, message, print_of_it), sha256 in zip(made, digests, strict=True)
        )
        return bool(claimed)

    def give_back(self) -> None:
        """Release what was claimed and not taken."""
        if self._ready:
            self._ledger.release([ready.delivery.id for ready in self._ready])
            self._ready.clear()

    def _is_kept_back(self, one: Claimed) -> bool:
        ruling = self._gate.ruling(one.recipient, Channel.EMAIL)
        if ruling:
            self._kept_back(one.delivery, ruling)
        return ruling is not None

    def _letter(self, one: Claimed, print_of_it: str) -> Letter | Message | LetterFault:
        """The letter, or its archived message if it was offered before, or its fault."""
        delivery = one.delivery
        if delivery.sha256 and delivery.fingerprint == print_of_it:
            # It was refused for now: the same letter is the same bytes, while they are there.
            data = archived(self._archive, delivery)
            if data is not None:
                return Message(
                    envelope=Envelope(sender=self._envelope_sender, recipient=delivery.address),
                    message_id=delivery.message_id,
                    data=data,
                )
        return self._template.render(one.recipient, Channel.EMAIL)

    def _composed(
        self, one: Claimed, letter: Letter | Message | LetterFault, now: datetime
    ) -> Message | LetterFault:
        """The bytes to hand over, or why there are none."""
        if not isinstance(letter, Letter):
            return letter
        recipient = one.recipient
        if not recipient.email:
            return address_lost(recipient.key)
        return self._composer.compose(letter, to=recipient.email, wave=one.delivery.wave, date=now)


def spread(waiting: Iterable[tuple[int, str]]) -> array[int]:
    """Deliveries, each given with its mail domain, so that no domain gets many in a row.

    Each domain is spread evenly over the whole, and within a domain the order stays: half of all
    mairies have their mailbox with one provider, which slows down whoever sends it a thousand
    letters at once. Eight bytes a delivery, for there may be very many.
    """
    domains: dict[str, array[int]] = {}
    for number, domain in waiting:
        domains.setdefault(domain, array("q")).append(number)
    return array("q", (number for _where, number in merge(*map(_places, domains.values()))))


def _places(numbers: array[int]) -> Iterator[tuple[float, int]]:
    """Each number of one domain, with where in the whole it stands: 0 is first, 1 last."""
    return (((n + 0.5) / len(numbers), number) for n, number in enumerate(numbers))
