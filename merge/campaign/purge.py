"""Erasing what is personal: of a campaign that is over, or of one recipient who asks for it.

What is left are counts: which communes were written to, when, on which channel, and what they
answered. Names, addresses, letters, replies, notes and the words of servers go, wherever the
campaign has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from merge.campaign.ports import Books
from merge.campaign.replies import Reply
from merge.errors import Refused
from merge.model import Delivery, Status

WAITS = (Status.QUEUED, Status.DEFERRED)
IN_HAND = (
    *(Status.SENDING, Status.SUBMITTING, Status.UNKNOWN, Status.ACCEPTED),
    *(Status.MADE, Status.FINISHED, Status.PRINTED),
)
"""On its way, in doubt, or in a lot that nobody has posted yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is, or would be, erased."""

    keys: tuple[str, ...]
    messages: tuple[str, ...]  # SHA-256 in the archive: letters and replies
    kept: frozenset[str]  # SHA-256 of those that belong to others; all else may be theirs
    lots: tuple[str, ...]  # paths of the PDFs that hold a letter to one of them
    replies: int
    attempts: int


def plan_erasure(books: Books, replies: Sequence[Reply], key: str | None) -> Erasure:
    """What belongs to one recipient, or to all. `replies` are all that the campaign has.

    A mail that may be theirs, while nobody has said whose it is, counts as theirs. The archive
    also has letters that no row names any more (one that was edited, one that was made and never
    left): whose they were cannot be told, so of one recipient's purge only what others' rows name
    is kept.

    Refused("purge-waiting") or ("purge-in-hand") while a letter of theirs waits, is on its way or
    in doubt: what is erased could not be sent, proved or posted any more.
    """
    everyones = books.deliveries()
    deliveries = [d for d in everyones if key in (None, d.key)]
    _refuse(deliveries)
    theirs = [reply for reply in replies if key is None or _may_be_from(reply, key)]
    letters, answers = [d.sha256 for d in deliveries], [reply.sha256 for reply in theirs]
    messages = dict.fromkeys(filter(None, [*letters, *answers]))
    named = {d.sha256 for d in everyones} | {reply.sha256 for reply in replies}
    keys = [r.key for r in books.recipients() if key in (None, r.key)]
    numbers = {d.lot for d in deliveries if d.lot is not None}
    return Erasure(
        keys=tuple(keys),
        messages=tuple(messages),
        kept=frozenset(named - messages.keys() - {""}),
        lots=tuple(lot.path for lot in books.lots() if key is None or lot.number in numbers),
        replies=len(theirs),
        attempts=sum(d.attempts for d in deliveries),
    )


def _may_be_from(reply: Reply, key: str) -> bool:
    if reply.key is None:
        return key in {proposal.key for proposal in reply.proposals}
    return reply.key == key


def _refuse(deliveries: Sequence[Delivery]) -> None:
    for code, statuses in (("purge-in-hand", IN_HAND), ("purge-waiting", WAITS)):
        found = [delivery for delivery in deliveries if delivery.status in statuses]
        if found:
            first = found[0]
            if code == "purge-waiting":
                raise Refused("purge-waiting", n=len(found), key=first.key)
            raise Refused("purge-in-hand", n=len(found), key=first.key, status=first.status)
