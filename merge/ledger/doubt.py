"""Deliveries that nobody can vouch for: what dead senders leave behind, and a person's word on it.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from merge.errors import LedgerError
from merge.ledger import policy, schema
from merge.ledger.reading import deliveries_by_id, is_latest_wave
from merge.ledger.rows import DELIVERY_COLUMNS
from merge.ledger.states import IN_HAND, may_move
from merge.ledger.story import keep_story
from merge.model import Channel, Delivery, Status
from merge.outcome import Phase

_deliveries = schema.deliveries


def claimants(tx: Connection) -> set[str | None]:
    """The tokens of the senders, dead or alive, that have a delivery in hand.

    None stands for a delivery in `sending` that nobody claims: from before there were claims.
    """
    claimant = _deliveries.c.claimant
    named = select(claimant).where(_deliveries.c.status.in_(IN_HAND), claimant.is_not(None))
    nobody = select(claimant).where(_deliveries.c.status == Status.SENDING, claimant.is_(None))
    return set(tx.execute(union(named, nobody)).scalars())


def release_dead(tx: Connection, sender: str | None, now: datetime) -> int:
    """A sender has died: its claims are void, and what it was sending is in doubt.

    Returns how many deliveries became `unknown`; each keeps an attempt that says so.
    """
    claimant = _deliveries.c.claimant
    theirs = claimant.is_(None) if sender is None else claimant == sender
    in_doubt = and_(theirs, _deliveries.c.status == Status.SENDING)
    died = {"phase": Phase.BODY.value, "words": "sender-died"}
    keep_story(tx, in_doubt, Status.UNKNOWN, now, sender or "", **died)
    doubtful = tx.execute(
        update(_deliveries)
        .where(in_doubt)
        .values(status=Status.UNKNOWN, at=now, detail="sender-died", claimant=None)
    )
    if sender is not None:
        tx.execute(update(_deliveries).where(theirs).values(claimant=None))
    return doubtful.rowcount


def resolve(tx: Connection, key: str, status: Status, at: datetime, who: str) -> Delivery:
    """A person's word on what is in doubt, kept as an attempt of phase `person`.

    Also on what came back because of us. LedgerError("resolve-nothing") when this recipient's
    delivery is neither, ("resolve-impossible") for a status that may not follow.
    """
    query = select(*DELIVERY_COLUMNS).where(_deliveries.c.recipient == key, is_latest_wave())
    row = tx.execute(query).one_or_none()
    before = Delivery._make(row) if row is not None else None
    refused = select(_deliveries.c.id).where(
        _deliveries.c.recipient == key, is_latest_wave(), policy.came_back(), policy.stand() != ""
    )
    was_refused = tx.execute(refused).first() is not None
    if before is None or not (before.status is Status.UNKNOWN or was_refused):
        raise LedgerError("resolve-nothing", key=key, status=before.status if before else None)
    if not may_move(before.channel, Status.BOUNCED if was_refused else Status.UNKNOWN, status):
        raise LedgerError("resolve-impossible", key=key, status=status)
    tx.execute(
        insert(schema.attempts).values(
            recipient=key,
            wave=before.wave,
            at=at,
            channel=before.channel,
            status=status,
            phase="person",
            duration_ms=0,
            sender=who,
        )
    )
    # A copy that the provider filed proves nothing about what is sent again, which is written anew.
    again = dict.fromkeys(("message_id", "sha256", "fingerprint"), "") if was_refused else {}
    tx.execute(
        update(_deliveries)
        .where(_deliveries.c.id == before.id)
        .values(status=status, at=at, detail="", claimant=None, **again)
    )
    return deliveries_by_id(tx, [before.id])[0]


def stopped_after_doubt(tx: Connection) -> frozenset[int]:
    """The deliveries that are `deferred`, `failed` or `suppressed` and were in doubt before.

    Not those that had come back: they are proved.
    """
    query = select(_deliveries.c.id).where(_stopped_after_doubt())
    return frozenset(tx.execute(query).scalars())


def _stopped_after_doubt() -> ColumnElement[bool]:
    before = func.coalesce(_deliveries.c.rested_from, Status.QUEUED)
    rests = and_(_deliveries.c.status == Status.SUPPRESSED, before != Status.BOUNCED)
    refused = _deliveries.c.status.in_((Status.DEFERRED, Status.FAILED))
    return and_(or_(refused, rests), was_in_doubt())


def was_in_doubt() -> ColumnElement[bool]:
    """Whether a delivery's letter may have been taken once: a late proof must still find it."""
    attempts = schema.attempts.c
    return exists().where(
        attempts.recipient == _deliveries.c.recipient,
        attempts.wave == _deliveries.c.wave,
        attempts.status == Status.UNKNOWN,
    )


def prove_sent(tx: Connection, delivery_id: int, *, at: datetime, who: str, words: str) -> bool:
    """There is proof that the next server took it: `unknown` → `sent`, with an attempt.

    A late proof wins over a person's word, too, while the letter waits again, was refused or rests,
    and nobody has it in hand or on paper. False, and nothing written, for any other delivery.
    """
    given_back = and_(
        or_(
            _deliveries.c.status.in_((Status.QUEUED, Status.HELD)),
            _stopped_after_doubt(),
        ),
        _deliveries.c.message_id != "",
        _deliveries.c.claimant.is_(None),
    )
    in_doubt = and_(
        _deliveries.c.id == delivery_id,
        _deliveries.c.channel == Channel.EMAIL,
        or_(_deliveries.c.status == Status.UNKNOWN, given_back),
    )
    proven = tx.execute(
        update(_deliveries)
        .where(in_doubt)
        .values(
            status=Status.SENT,
            at=at,
            detail=words,
            code=None,
            enhanced="",
            not_before=None,
            rested_from=None,
        )
    )
    if not proven.rowcount:
        return False
    (delivery,) = deliveries_by_id(tx, [delivery_id])
    tx.execute(
        insert(schema.attempts).values(
            recipient=delivery.key,
            wave=delivery.wave,
            at=at,
            channel=delivery.channel,
            status=Status.SENT,
            phase="proof",
            words=words,
            duration_ms=0,
            sender=who,
        )
    )
    return True
