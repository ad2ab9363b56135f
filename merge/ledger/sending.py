"""Sending once: claims, intents and outcomes, each by compare-and-set.

A sender is a process that holds an OS lock for its life, known by its token. Each function
works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from merge.campaign.ports import Intent, Settled
from merge.ledger import schema
from merge.ledger.reading import PARAMETERS_A_STATEMENT, chunks, deliveries_by_id
from merge.ledger.states import IN_HAND, may_move, sources
from merge.model import Channel, Delivery, LetterFault, Status

_deliveries = schema.deliveries
_this_one = _deliveries.c.id == bindparam("which")
_is_mine = _deliveries.c.claimant == bindparam("to_sender")


def _is_one_of(statuses: Sequence[Status]) -> ColumnElement[bool]:
    """`IN`, in the one form that also works for many rows at once."""
    return or_(*(_deliveries.c.status == status for status in statuses))


def claim(
    tx: Connection,
    sender: str,
    channel: Channel,
    keys: Sequence[str] | None,
    limit: int,
    now: datetime,
) -> list[Delivery]:
    """Reserve up to `limit` deliveries that may go now; deferred ones that are due come first."""
    due = _deliveries.c.not_before <= now
    ids = _free(tx, channel, Status.DEFERRED, due, keys, limit)
    ids += _free(tx, channel, Status.QUEUED, None, keys, limit - len(ids))
    if ids:
        tx.execute(
            update(_deliveries).where(_this_one).values(claimant=sender),
            [{"which": number} for number in ids],
        )
    return deliveries_by_id(tx, ids)


def _free(
    tx: Connection,
    channel: Channel,
    status: Status,
    condition: ColumnElement[bool] | None,
    keys: Sequence[str] | None,
    limit: int,
) -> list[int]:
    """Ids of unclaimed deliveries in this status, in the order in which they were queued."""
    if limit <= 0:
        return []
    query = (
        select(_deliveries.c.id, _deliveries.c.recipient)
        .where(
            _deliveries.c.channel == channel,
            _deliveries.c.status == status,
            _deliveries.c.claimant.is_(None),
        )
        .order_by(_deliveries.c.id)
        .with_for_update(skip_locked=True)  # for PostgreSQL; SQLite has one writer anyway
    )
    if condition is not None:
        query = query.where(condition)
    if keys is not None and len(keys) > PARAMETERS_A_STATEMENT:
        wanted = frozenset(keys)
        rows = (row for row in tx.execute(query) if row.recipient in wanted)
        return [row.id for row, _ in zip(rows, range(limit), strict=False)]
    if keys is not None:
        query = query.where(_deliveries.c.recipient.in_(keys))
    return list(tx.execute(query.limit(limit)).scalars())


def settle(tx: Connection, sender: str, settled: Sequence[Settled]) -> None:
    """Keep every attempt, and let its outcome decide where it still may.

    Only what this sender has in hand is settled, with one exception: a proof of SENT also
    overrides `unknown`, and what was put back in the queue since. Nothing overrides SENT.
    """
    if not settled:
        return
    rows = [_outcome_row(one, sender) for one in settled]
    tx.execute(_keep_attempt(), rows)
    for status in dict.fromkeys(one.outcome.status for one in settled):
        tx.execute(_settle_as(status), [row for row in rows if row["to_status"] is status])


@cache
def _keep_attempt() -> Insert:
    attempts = schema.attempts
    names = ("sender", "at", "status", "phase", "code", "enhanced", "words", "duration_ms")
    delivery = (_deliveries.c.recipient, _deliveries.c.wave, _deliveries.c.channel)
    outcome = (bindparam(f"to_{name}", type_=attempts.c[name].type) for name in names)
    return insert(attempts).from_select(
        ["recipient", "wave", "channel", *names], select(*delivery, *outcome).where(_this_one)
    )


@cache
def _settle_as(status: Status) -> Update:
    may_settle = and_(
        _is_mine,
        _is_one_of([before for before in IN_HAND if may_move(Channel.EMAIL, before, status)]),
    )
    if status is Status.SENT:
        given_back = and_(
            _deliveries.c.status == Status.QUEUED,
            _deliveries.c.channel == Channel.EMAIL,
            _deliveries.c.claimant.is_(None),
        )
        may_settle = or_(may_settle, _deliveries.c.status == Status.UNKNOWN, given_back)
    return (
        update(_deliveries)
        .where(_this_one, may_settle)
        .values(
            status=status,
            at=bindparam("to_at"),
            code=bindparam("to_code"),
            enhanced=bindparam("to_enhanced"),
            detail=bindparam("to_words"),
            not_before=bindparam("to_not_before"),
            claimant=None,
        )
    )


def _outcome_row(one: Settled, sender: str) -> dict[str, object]:
    outcome = one.outcome
    is_deferred = outcome.status is Status.DEFERRED
    return {
        "which": one.delivery_id,
        "to_sender": sender,
        "to_at": one.at,
        "to_not_before": (one.not_before or one.at) if is_deferred else None,
        "to_status": outcome.status,
        "to_phase": outcome.phase.value,
        "to_code": outcome.code,
        "to_enhanced": outcome.enhanced,
        "to_words": outcome.words,
        "to_duration_ms": outcome.duration_ms,
    }


def intend(tx: Connection, sender: str, intents: Sequence[Intent], now: datetime) -> list[int]:
    """Write intents down: claimed by this sender → `sending`. The ids for which that held.

    Bumps the counter if any did: from here on something can leave.
    """
    if not intents:
        return []
    rows = [
        {
            "which": one.delivery_id,
            "to_sender": sender,
            "to_at": now,
            "to_message_id": one.message_id,
            "to_address": one.address,
            "to_sha256": one.sha256,
            "to_fingerprint": one.fingerprint,
        }
        for one in intents
    ]
    tx.execute(_intend(), rows)
    wanted = [one.delivery_id for one in intents]
    written = {
        number
        for some in chunks(wanted)
        for number in tx.execute(_intended(), {"to_sender": sender, "some": some}).scalars()
    }
    if written:
        counter = schema.campaign.c.counter
        tx.execute(update(schema.campaign).values(counter=counter + 1))
    return [number for number in wanted if number in written]


@cache
def _intend() -> Update:
    return (
        update(_deliveries)
        .where(_this_one, _is_mine, _is_one_of(sources(Channel.EMAIL, Status.SENDING)))
        .values(
            status=Status.SENDING,
            at=bindparam("to_at"),
            message_id=bindparam("to_message_id"),
            address=bindparam("to_address"),
            sha256=bindparam("to_sha256"),
            fingerprint=bindparam("to_fingerprint"),
        )
    )


@cache
def _intended() -> Select[int]:
    return select(_deliveries.c.id).where(
        _deliveries.c.id.in_(bindparam("some", expanding=True)),
        _deliveries.c.status == Status.SENDING,
        _is_mine,
    )


def hold(tx: Connection, sender: str, delivery_id: int, fault: LetterFault, at: datetime) -> None:
    """Keep one back whose letter has a fault; `detail` is `code` or `code field=value`."""
    detail = f"{fault.code} {fault.field}={fault.value}" if fault.field else fault.code
    claimant = _deliveries.c.claimant
    tx.execute(
        update(_deliveries)
        .where(
            _deliveries.c.id == delivery_id,
            or_(claimant.is_(None), claimant == sender),
            _is_one_of(sources(Channel.EMAIL, Status.HELD)),
        )
        .values(status=Status.HELD, at=at, detail=detail, claimant=None, not_before=None)
    )


def requeue(tx: Connection, delivery_ids: Sequence[int]) -> None:
    """Let those wait again that were held, and no others."""
    tx.execute(
        update(_deliveries)
        .where(_this_one, _deliveries.c.status == Status.HELD)
        .values(status=Status.QUEUED, detail=""),
        [{"which": number} for number in delivery_ids],
    )


def release(tx: Connection, sender: str, delivery_ids: Sequence[int]) -> None:
    """Give back what this sender has in hand; an intent that never left is forgotten."""
    if not delivery_ids:
        return
    which = [{"which": number} for number in delivery_ids]
    mine = update(_deliveries).where(_this_one, _deliveries.c.claimant == sender)
    tx.execute(
        mine.where(_deliveries.c.status == Status.SENDING).values(
            status=Status.QUEUED, message_id="", address="", sha256="", fingerprint=""
        ),
        which,
    )
    tx.execute(mine.values(claimant=None), which)
