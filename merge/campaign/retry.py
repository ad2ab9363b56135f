"""What a refusal for now means for a letter: when it is due again, and when it is given up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from merge.campaign.pace import pause, retry_at
from merge.campaign.ports import Books
from merge.model import Aim, Attempt, Delivery, Outcome, Status


def next_try(
    books: Books, delivery: Delivery, outcome: Outcome, now: datetime
) -> tuple[Outcome, datetime | None]:
    """The outcome as it stands in the ledger, and when a DEFERRED one is due again."""
    if outcome.status is not Status.DEFERRED:
        return outcome, None
    if outcome.aim is not Aim.RECIPIENT:
        # It says nothing about this recipient, who is never given up for it; but whoever makes
        # the server hang up each time must not stand before all the others for ever.
        return outcome, now + pause(delivery.attempts + 1, delivery.key)
    before = refusals(books.attempts(delivery.key), books.readdressed_at(delivery.key))
    not_before = retry_at(
        key=delivery.key,
        attempts=len(before) + 1,
        first_at=before[0].at if before else now,
        now=now,
    )
    return (outcome, not_before) if not_before else (outcome._replace(status=Status.FAILED), None)


def refusals(attempts: Iterable[Attempt], readdressed_at: datetime | None = None) -> list[Attempt]:
    """The latest unbroken run of refusals for now that were about the recipient: 4xx, not 421.

    A lost connection, a spent quota, or what the address before an edit came to is no reason to
    give up.
    """
    found: list[Attempt] = []
    for attempt in attempts:
        if readdressed_at is not None and attempt.at < readdressed_at:
            continue
        if attempt.status is not Status.DEFERRED:
            found.clear()
        elif attempt.code is not None and 400 <= attempt.code < 500 and attempt.code != 421:
            found.append(attempt)
    return found
