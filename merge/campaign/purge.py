"""Erasing what is personal: of a campaign that is over, or of one recipient who asks for it.

What is left are counts: which communes were written to, when, on which channel, and what they
answered. Names, addresses, letters, replies, notes and the words of servers go, wherever the
campaign has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from merge.campaign import suppression
from merge.campaign.envelopes import lies_in_a_lot
from merge.errors import Refused
from merge.ledger.ledger import Ledger
from merge.ledger.records import Erasure, Kind, Reply, SuppressedName
from merge.model import Delivery, Status

WAITS = (Status.QUEUED, Status.DEFERRED)


def plan_erasure(ledger: Ledger, replies: Sequence[Reply], key: str | None) -> Erasure:
    """What belongs to one recipient, or to all. `replies` are all that the campaign has.

    A mail that may be theirs, while nobody has said whose it is, counts as theirs. The archive
    also has letters that no row names any more (one that was edited, one that was made and never
    left): whose they were cannot be told, so of one recipient's purge only what others' rows name
    is kept.

    Refused("purge-in-hand") while a letter of theirs is on its way or in doubt: what is erased
    could not be proved or posted any more. Letters of all that still wait are given up. Of one
    recipient ("purge-waiting") the next import would bring the letter back: it is suppressed first.
    """
    everyones = ledger.deliveries()
    deliveries = [d for d in everyones if key in (None, d.key)]
    waiting = [d.key for d in deliveries if d.status in WAITS]
    _refuse(deliveries, waiting if key is not None else ())
    theirs = [reply for reply in replies if key is None or _may_be_from(reply, key)]
    letters, answers = [d.sha256 for d in deliveries], [reply.sha256 for reply in theirs]
    messages = dict.fromkeys(filter(None, [*letters, *answers]))
    named = {d.sha256 for d in everyones} | {reply.sha256 for reply in replies}
    keys = [r.key for r in ledger.recipients() if key in (None, r.key)]
    numbers = {d.lot for d in deliveries if d.lot is not None}
    if key is not None:
        numbers |= _lots_it_was_in(ledger, key)
    return Erasure(
        keys=tuple(keys),
        messages=tuple(messages),
        kept=frozenset(named - messages.keys() - {""}),
        lots=tuple(lot.path for lot in ledger.lots() if key is None or lot.number in numbers),
        replies=len(theirs),
        attempts=sum(d.attempts for d in deliveries),
        waiting=len(waiting),
    )


def _lots_it_was_in(ledger: Ledger, key: str) -> set[int]:
    """All lots whose PDF holds a page to it, those that its letter has left since included."""
    told = (attempt.words for attempt in ledger.attempts(key) if attempt.phase == "lot")
    return {int(words) for words in told if words.isdigit()}


def _may_be_from(reply: Reply, key: str) -> bool:
    if reply.key is None:
        return key in {proposal.key for proposal in reply.proposals}
    return reply.key == key


def _refuse(deliveries: Sequence[Delivery], waiting: Sequence[str]) -> None:
    in_hand = [each for each in deliveries if _is_in_hand(each)]
    if in_hand:
        first = in_hand[0]
        raise Refused("purge-in-hand", n=len(in_hand), key=first.key, status=first.status)
    if waiting:
        raise Refused("purge-waiting", n=len(waiting), key=waiting[0])


def _is_in_hand(delivery: Delivery) -> bool:
    """On its way, in doubt, or in a lot that nobody has posted yet."""
    return delivery.status in (Status.SENDING, Status.UNKNOWN) or lies_in_a_lot(delivery)


def correspondents(messages: Iterable[bytes]) -> Iterator[SuppressedName]:
    """Whom these were written to or by, as a line of the suppression list may name them.

    An address that an `edit` has replaced since stands in no other place.
    """
    for message in messages:
        head, _, _ = message.partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head)
        told = [str(value) for name in ("To", "From") for value in headers.get_all(name, [])]
        for _name, address in getaddresses(told):
            yield suppression.named(Kind.ADDRESS, address)
            yield suppression.named(Kind.DEAD, address)
