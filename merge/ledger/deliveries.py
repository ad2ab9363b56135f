"""Conditions on deliveries that several parts of the ledger ask for, and attempts for many at once.

Letters that came back because of whoever sent them, or of what they say, wait for a person. They
stand as `bounced`, and the last report in their attempts says why: its phase is POLICY. What a
person has decided stands behind it, as an attempt of phase PERSON. Paper takes none of them before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)

from merge.ledger import schema
from merge.ledger.column_types import UtcTime
from merge.ledger.driver.expressions import is_one_of
from merge.ledger.records import WANTS_NO_REMINDER
from merge.ledger.schema import DELIVERY_COLUMNS
from merge.ledger.states import sources
from merge.model import Channel, Delivery, Status
from merge.outcome import Phase

PARAMETERS_A_STATEMENT = 500
"""Databases take from 999 on; a few hundred are as fast."""

POLICY = "policy"
PERSON = "person"
PAPER, LEFT = "policy-paper", "policy-left"
"""The words of a person's attempt."""

AFRESH: dict[str, Any] = {
    "status": Status.QUEUED,
    "claimant": None,
    "not_before": None,
    "code": None,
    "enhanced": "",
    "detail": "",
    "address": "",
    "message_id": "",
    "sha256": "",
    "fingerprint": "",
    "lot": None,
    "position": None,
    "sheets": None,
    "taken_from": None,
    "rested_from": None,
}
"""What a delivery loses when it starts again; its attempts keep the story."""

_T = TypeVar("_T")
_deliveries = schema.deliveries
_attempts = schema.attempts


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in pieces that one statement can carry."""
    for start in range(0, len(values), PARAMETERS_A_STATEMENT):
        yield values[start : start + PARAMETERS_A_STATEMENT]


def is_latest_wave() -> ColumnElement[bool]:
    """The condition that a delivery is its recipient's latest: a reminder opens a new wave."""
    other = _deliveries.alias()
    latest = (
        select(func.max(other.c.wave))
        .where(other.c.recipient == _deliveries.c.recipient)
        .scalar_subquery()
    )
    return _deliveries.c.wave == latest


def is_latest_in(tx: Connection) -> ColumnElement[bool]:
    """As `is_latest_wave`; where nobody has been reminded, at no cost for each row."""
    return is_latest_wave() if is_anybody_reminded(tx) else true()


def is_anybody_reminded(tx: Connection) -> bool:
    """Else each recipient has one delivery at most."""
    latest = tx.execute(select(func.max(_deliveries.c.wave))).scalar_one()
    return bool(latest and latest > 1)


def was_in_doubt() -> ColumnElement[bool]:
    """Whether a delivery's letter may have been taken once: a late proof must still find it."""
    attempts = schema.attempts.c
    return exists().where(
        attempts.recipient == _deliveries.c.recipient,
        attempts.wave == _deliveries.c.wave,
        attempts.status == Status.UNKNOWN,
    )


def has_answered() -> ColumnElement[bool]:
    """Whether this recipient has answered in any way: by mail, by phone, on paper."""
    answers, replies = schema.answers, schema.replies
    answer = exists().where(answers.c.recipient == _deliveries.c.recipient)
    reply = exists().where(
        replies.c.recipient == _deliveries.c.recipient,
        is_one_of(replies.c.sort, (sort.value for sort in WANTS_NO_REMINDER)),  # erased ones too
    )
    return or_(answer, reply)


def may_become(status: Status) -> ColumnElement[bool]:
    """Whether the states of its channel let a delivery go there."""
    places = (
        and_(
            _deliveries.c.channel == channel,
            is_one_of(_deliveries.c.status, sources(channel, status)),
        )
        for channel in Channel
        if sources(channel, status)
    )
    return or_(*places)


def came_back() -> ColumnElement[bool]:
    """Whether an e-mail came back; `stand` says why."""
    return and_(
        _deliveries.c.channel == Channel.EMAIL,
        _deliveries.c.status == Status.BOUNCED,
        _deliveries.c.message_id != "",  # a purge has forgotten what it was
    )


def stand() -> ColumnElement[str]:
    """How it stands by the last report or decision; "" if it came back because of its recipient."""
    said = case(
        (_attempts.c.phase == POLICY, literal_column("'waits'")),
        (_attempts.c.words == PAPER, literal_column("'paper'")),
        (_attempts.c.words == LEFT, literal_column("'left'")),
        else_=literal_column("''"),
    )
    last: ColumnElement[str] = (
        select(said)
        .where(
            _attempts.c.recipient == _deliveries.c.recipient,
            _attempts.c.wave == _deliveries.c.wave,
            or_(
                _attempts.c.phase == Phase.BOUNCE.value,
                _attempts.c.phase == POLICY,
                _attempts.c.phase == PERSON,
            ),
        )
        .order_by(_attempts.c.id.desc())
        .limit(1)
        .correlate(_deliveries)
        .scalar_subquery()
    )
    return func.coalesce(last, literal_column("''"))


def is_kept_from_paper() -> ColumnElement[bool]:
    """Whether an e-mail came back because of us, and nobody has decided to print it."""
    return and_(came_back(), stand().in_(("waits", "left")))


def deliveries_by_id(tx: Connection, ids: Sequence[int]) -> list[Delivery]:
    """These deliveries, in this order, without those that are gone."""
    found = {
        row.id: Delivery._make(row)
        for some in chunks(ids)
        for row in tx.execute(select(*DELIVERY_COLUMNS).where(_deliveries.c.id.in_(some)))
    }
    return [found[number] for number in ids if number in found]


def keep_attempts(
    tx: Connection,
    whom: ColumnElement[bool],
    status: Status | ColumnElement[Any] | None,
    at: datetime,
    sender: str,
    *,
    phase: str,
    words: str,
) -> None:
    """An attempt for each of these deliveries: for moves that are no try.

    A lot, a person's word, a sender that died; each message that leaves has its own
    (`sending`). `status` may be read from each; without one, it is the one that it has.
    """
    if status is None:
        status = _deliveries.c.status
    elif isinstance(status, Status):
        status = literal(status, _deliveries.c.status.type)
    attempts = select(
        _deliveries.c.recipient,
        _deliveries.c.wave,
        literal(at, UtcTime()),
        _deliveries.c.channel,
        status,
        literal(phase),
        null(),
        literal(words),
        literal(0),
        literal(sender),
    ).where(whom)
    columns = ["recipient", "wave", "at", "channel", "status", "phase", "code", "words"]
    tx.execute(insert(schema.attempts).from_select([*columns, "duration_ms", "sender"], attempts))
