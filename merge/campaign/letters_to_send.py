"""The letters that may leave now: deliveries claimed, letters made, their exact bytes archived.

All of it a batch at a time: a commit for 256 letters costs little more than one for a single
letter, and what is kept in memory does not grow with the campaign.

Those who were refused for now come last, however long they are due: one whom the server refuses
each time must not end each sending in front of all the others. Whoever has the mailbox with a
receiver whose share of the quota is spent waits.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from typing import NamedTuple

from merge.campaign.digests import fingerprint
from merge.campaign.filing import archived
from merge.campaign.pace import FAILURES_IN_A_ROW, full_receivers
from merge.campaign.ports import Sender
from merge.campaign.suppression import keep_back
from merge.errors import Refused
from merge.ledger.records import Claimed, Intent, address_lost
from merge.model import Channel, Delivery, Envelope, Letter, LetterFault, Message, Recipient, Status

CLAIM_AT_ONCE = 256  # few enough that another sender is not left without work
FIRST_AT_ONCE = 16  # before one of them has shown how large it is
BYTES_AT_ONCE = 32_000_000  # of messages, which may carry attachments


class ToSend(NamedTuple):
    """A letter whose exact bytes are in the archive: it may be offered."""

    delivery: Delivery
    message: Message
    intent: Intent
    recipient: Recipient
    edition: int  # of the suppression list that did not name this recipient


class LettersToSend:
    """Goes through them until none may leave now; asked again, it goes on with who comes next.

    `close` it to give back what it holds. `keys` narrows; None is everybody. `most` says how many
    more may be claimed, `count` hears of each that does not leave: at fault, or kept back.
    """

    def __init__(
        self,
        sender: Sender,
        keys: Sequence[str] | None,
        *,
        most: Callable[[], int],
        count: Callable[[Status], object],
    ) -> None:
        self.full_until: datetime | None = None  # all who wait do so for a receiver
        self._sender = sender
        self._keys = keys
        self._most = most
        self._count = count
        # The order over all stages: where a stage is a hundred letters and all of France waits, to
        # read who waits takes longer than to send them.
        self._ids: Sequence[int] = ()
        self._done = 0  # how far in it the claims have come
        self._ready: deque[ToSend] = deque()
        self._heaviest = BYTES_AT_ONCE // FIRST_AT_ONCE  # of the latest batch, in bytes
        self._too_large_in_a_row = 0

    def __iter__(self) -> Iterator[ToSend]:
        while self._ready or self._make_more():
            while self._ready:
                letter = self._ready.popleft()
                if not self._is_too_large(letter):
                    yield letter

    def close(self) -> None:
        """Release what was claimed and not taken."""
        if self._ready:
            self._sender.ledger.release([letter.delivery.id for letter in self._ready])
            self._ready.clear()

    def _make_more(self) -> bool:
        """Claim and make one more batch. False when nobody may go now."""
        light_enough = max(1, BYTES_AT_ONCE // self._heaviest)
        most = min(self._most(), CLAIM_AT_ONCE, light_enough)
        now = self._sender.watch.now()
        claimed = self._claim(most, now) if most > 0 else ()
        if not claimed:
            return False
        edition = self._sender.gate.renew()
        # Step by step for all of them rather than letter by letter: what a processor does again
        # and again stays in its caches.
        free = [one for one in claimed if not self._is_kept_back(one, now)]
        by = self._sender.envelope_sender
        prints = [fingerprint(self._sender.template, one.recipient, by=by) for one in free]
        letters = list(map(self._letter, free, prints))
        messages = [self._composed(*each, now) for each in zip(free, letters, strict=True)]
        made: list[tuple[Claimed, Message, str]] = []
        for one, message, print_of_it in zip(free, messages, prints, strict=True):
            if isinstance(message, LetterFault):
                self._hold(one.delivery, message)
            else:
                made.append((one, message, print_of_it))
        sizes = (len(message.data) for _, message, _ in made)
        self._heaviest = max(sizes, default=self._heaviest)
        digests = self._sender.archive.put([message.data for _, message, _ in made])
        for (one, message, print_of_it), sha256 in zip(made, digests, strict=True):
            address = message.envelope.recipient
            receiver = self._sender.receiver(address.rpartition("@")[2])
            intent = Intent(
                one.delivery.id, message.message_id, address, sha256, print_of_it, receiver
            )
            self._ready.append(ToSend(one.delivery, message, intent, one.recipient, edition))
        return True

    def _claim(self, most: int, now: datetime) -> Sequence[Claimed]:
        """Up to `most` of those that come next. Another sender may have been quicker: then those
        behind them.
        """
        for _ in range(2):
            while self._done < len(self._ids):
                some = self._ids[self._done : self._done + most]
                self._done += len(some)
                if claimed := self._sender.ledger.claim(some, now):
                    return claimed
            self._ids, self._done = self._waiting(now), 0
            if not self._ids:
                break
        return ()

    def _waiting(self, now: datetime) -> Sequence[int]:
        full, until = full_receivers(self._sender, now), set[datetime]()

        def free(again: bool) -> Iterator[tuple[int, str]]:
            for number, domain in self._sender.ledger.may_go(self._keys, now, again=again):
                receiver = self._sender.receiver(domain) if full else ""
                if receiver in full:
                    until.add(full[receiver])
                else:
                    yield number, domain

        ids = spread(free(again=False)) + spread(free(again=True))
        self.full_until = min(until, default=None) if not ids else None
        return ids

    def _is_kept_back(self, one: Claimed, now: datetime) -> bool:
        ruling = self._sender.gate.ruling(one.recipient, Channel.EMAIL)
        if ruling:
            self._count(keep_back(self._sender.ledger, one.delivery, ruling, now))
        return ruling is not None

    def _letter(self, one: Claimed, print_of_it: str) -> Letter | Message | LetterFault:
        """The letter, or its archived message if it was offered before, or its fault."""
        delivery = one.delivery
        if delivery.sha256 and delivery.fingerprint == print_of_it:
            # It was refused for now: the same letter is the same bytes, while they are there.
            data = archived(self._sender.archive, delivery)
            if data is not None:
                envelope = Envelope(self._sender.envelope_sender, delivery.address)
                return Message(envelope=envelope, message_id=delivery.message_id, data=data)
        return self._sender.template.render(one.recipient, Channel.EMAIL)

    def _composed(
        self, one: Claimed, letter: Letter | Message | LetterFault, now: datetime
    ) -> Message | LetterFault:
        """The bytes to hand over, or why there are none."""
        if not isinstance(letter, Letter):
            return letter
        to, wave = one.recipient.email, one.delivery.wave
        if not to:
            return address_lost(one.recipient.key)
        return self._sender.composer.compose(letter, to=to, wave=wave, date=now)

    def _is_too_large(self, letter: ToSend) -> bool:
        """Whether it is held, for the server would not take it; many in a row end the sending."""
        limit = self._sender.post_office.size_limit
        fault = too_large(letter.delivery.key, len(letter.message.data), limit)
        self._too_large_in_a_row = self._too_large_in_a_row + 1 if fault else 0
        if fault:
            self._hold(letter.delivery, fault)
        if fault and self._too_large_in_a_row >= FAILURES_IN_A_ROW:
            raise Refused("server-takes-less", reason="all", value=fault.value)
        return fault is not None

    def _hold(self, delivery: Delivery, fault: LetterFault) -> None:
        self._sender.ledger.hold(delivery.id, fault, self._sender.watch.now())
        self._count(Status.HELD)


def too_large(key: str, octets: int, limit: int | None) -> LetterFault | None:
    """The fault of an e-mail that the server would not take; None of one that it takes.

    Its value is both in megabytes, the one rounded up and the other down: "12.1 > 12.0".
    """
    if limit is None or octets <= limit:
        return None
    value = f"{-(-octets // 100_000) / 10} > {limit // 100_000 / 10}"
    return LetterFault(key=key, code="server-takes-less", field="size", value=value)


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
