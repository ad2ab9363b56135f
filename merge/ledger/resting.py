"""Deliveries that rest, because whom they go to opted out: `suppressed`, and back again.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, case, literal, or_, update

from merge.ledger import schema
from merge.ledger.reading import chunks
from merge.ledger.states import sources
from merge.ledger.story import keep_story
from merge.model import Channel, Status

_deliveries = schema.deliveries


def rest(tx: Connection, reasons: Mapping[int, str], at: datetime, sender: str) -> None:
    """These → `suppressed`, with the reason, where the states let them and no other has them.

    Each keeps an attempt, and remembers where it stood.
    """
    claimant = _deliveries.c.claimant
    places = (
        and_(_deliveries.c.channel == channel, _deliveries.c.status.in_(before))
        for channel in Channel
        if (before := sources(channel, Status.SUPPRESSED))
    )
    may_rest = and_(or_(*places), or_(claimant.is_(None), claimant == sender))
    for number, reason in reasons.items():
        this_one = and_(_deliveries.c.id == number, may_rest)
        keep_story(tx, this_one, Status.SUPPRESSED, at, sender, phase="peace", words=reason)
        tx.execute(
            update(_deliveries)
            .where(this_one)
            .values(
                rested_from=_deliveries.c.status,
                status=Status.SUPPRESSED,
                at=at,
                detail=reason,
                claimant=None,
                not_before=None,
            )
        )


def end_rest(
    tx: Connection, delivery_ids: Sequence[int], at: datetime, sender: str, why: str
) -> None:
    """`suppressed` → where it stood; what was refused for now or held waits again."""
    before = _deliveries.c.rested_from
    waits = or_(before.is_(None), before.in_((Status.DEFERRED, Status.HELD)))
    place = case((waits, literal(Status.QUEUED, _deliveries.c.status.type)), else_=before)
    for some in chunks(delivery_ids):
        resting = and_(_deliveries.c.id.in_(some), _deliveries.c.status == Status.SUPPRESSED)
        keep_story(tx, resting, place, at, sender, phase="peace", words=why)
        tx.execute(
            update(_deliveries)
            .where(resting)
            .values(status=place, rested_from=None, at=at, detail="")
        )
