"""Copies of what was sent, in the mailbox's folder of sent mail: each once, whatever happens.

The ledger knows whose copy is missing, the archive has the bytes, and the mailbox is asked before
one is filed: after a kill between the copy and its note, and where the provider files by itself,
the copy is found and only noted. Nothing here can bring a delivery into doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from merge.campaign.ports import Interruption, Mailbox
from merge.errors import LedgerError
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.mail.message import held_as
from merge.model import Attempt, Channel, Delivery, Status
from merge.outcome import Phase

COPIES_AT_ONCE = 32


@dataclass(slots=True, kw_only=True)
class Filed:
    """How many copies were put there, and how many were there already."""

    copies: int = 0
    found: int = 0


def file_copies(
    ledger: Ledger, archive: Archive, mailbox: Mailbox, watch: Interruption, filed: Filed
) -> None:
    """File a copy of everything that was sent and has none; `filed` counts them.

    Trouble when the mailbox fails: what was filed until then is counted and noted.
    """
    after = 0
    while not watch.asked:
        due = ledger.copies_due(after=after, limit=COPIES_AT_ONCE)
        if not due:
            break
        after = due[-1].id
        done: list[Delivery] = []
        try:
            _file_some(due, archive, mailbox, watch, filed, done)
        finally:
            ledger.filed(done, [delivery for delivery in due if delivery not in done])


def _file_some(
    due: Sequence[Delivery],
    archive: Archive,
    mailbox: Mailbox,
    watch: Interruption,
    filed: Filed,
    done: list[Delivery],
) -> None:
    """One after the other until somebody asks to stop; `done` grows with each that is there."""
    for delivery, data, is_there in looked_for(archive, mailbox, due):
        if watch.asked:
            return
        if is_there:
            filed.found += 1
        else:
            mailbox.file(data)
            filed.copies += 1
        done.append(delivery)


def looked_for(
    archive: Archive, mailbox: Mailbox, deliveries: Sequence[Delivery]
) -> Iterator[tuple[Delivery, bytes, bool]]:
    """Those whose bytes the archive has, with these, and whether the mailbox holds exactly them."""
    there = set(mailbox.holding([delivery.message_id for delivery in deliveries]))
    for delivery in deliveries:
        data = archived(archive, delivery)
        if data is not None:
            yield delivery, data, held_as(data) in there


def may_have_left(delivery: Delivery, attempts: Iterable[Attempt]) -> bool:
    """Whether any server may have seen a byte of this e-mail.

    Its bytes may be known although none has: the intent was written down, and the address refused
    before the body.
    """
    return delivery.channel is Channel.EMAIL and (
        delivery.status in (Status.SENDING, Status.UNKNOWN, Status.SENT, Status.BOUNCED)
        or any(
            attempt.wave == delivery.wave
            and (attempt.phase == Phase.BODY or attempt.status is Status.UNKNOWN)
            for attempt in attempts
        )
    )


def archived(archive: Archive, delivery: Delivery) -> bytes | None:
    """The exact bytes; None when the archive has lost them, which stops nothing."""
    try:
        return archive.get(delivery.sha256)
    except LedgerError as error:
        if error.code not in ("archive-missing", "archive-damaged"):
            raise
        return None
