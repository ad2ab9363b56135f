"""Reminders in the ledger: waves opened, taken back, and overtaken by an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
)

from merge.ledger import schema
from merge.ledger.deliveries import (
    chunks,
    has_answered,
    is_latest_in,
    is_latest_wave,
    keep_attempts,
)
from merge.ledger.driver.database import Database
from merge.ledger.replies import proposed
from merge.ledger.states import LEFT, TOUCHED_BY_IMPORT
from merge.model import Channel, Status

_deliveries = schema.deliveries
_WAITS = (*TOUCHED_BY_IMPORT, Status.DEFERRED)
_COULD_LEAVE = (*_WAITS, Status.FAILED, Status.BOUNCED)  # paper would take these


def _is_overtaken() -> ColumnElement[bool]:
    """A reminder that should not leave: an answer came, or the letter before came back."""
    before = _deliveries.alias()
    has_left = exists().where(
        before.c.recipient == _deliveries.c.recipient,
        before.c.wave == _deliveries.c.wave - 1,
        before.c.status.in_(LEFT),
    )
    return and_(
        _deliveries.c.wave > 1,
        _deliveries.c.status.in_(_COULD_LEAVE),
        or_(has_answered(), not_(has_left)),
    )


def _is_undecided() -> ColumnElement[bool]:
    """A reminder whose recipient may have answered: an undecided mail is proposed to it."""
    replies = schema.replies
    mails, key = proposed()
    mail = (
        select(literal(1))
        .select_from(mails)
        .where(
            replies.c.recipient.is_(None),
            replies.c.dismissed.is_(False),
            key == _deliveries.c.recipient,
        )
        .correlate(_deliveries)
        .exists()
    )
    return and_(_deliveries.c.wave > 1, _deliveries.c.status.in_(_COULD_LEAVE), mail)


@cache
def _this_one(condition: Callable[[], ColumnElement[bool]]) -> Select[int]:
    this_one = _deliveries.c.id == bindparam("which")
    return select(_deliveries.c.id).where(this_one, condition())


@cache
def _latest_wave() -> Select[int]:
    mine = _deliveries.c.recipient == bindparam("key")
    return select(func.max(_deliveries.c.wave)).where(mine)


class Reminders:
    """The later waves of one campaign."""

    def __init__(self, database: Database, sender: str) -> None:
        self._database = database
        self._sender = sender

    def open(self, wave: int, chosen: Sequence[tuple[str, Channel]], at: datetime) -> None:
        """A queued delivery of that wave for each."""
        rows = [
            {
                "recipient": key,
                "wave": wave,
                "channel": channel,
                "status": Status.QUEUED,
                "at": at,
            }
            for key, channel in chosen
        ]
        if rows:
            with self._database.writing() as tx:
                tx.execute(insert(_deliveries), rows)

    def take_back(self, wave: int) -> int:
        """Close the wave's deliveries that are queued, were never refused, and are not claimed."""
        waits = and_(
            _deliveries.c.wave == wave,
            _deliveries.c.status.in_(TOUCHED_BY_IMPORT),
            _deliveries.c.claimant.is_(None),
            is_latest_wave(),
        )
        with self._database.writing() as tx:
            return tx.execute(delete(_deliveries).where(waits)).rowcount

    def waves(self) -> Mapping[str, int]:
        """The latest wave of everyone who was ever to be reminded."""
        wave, key = _deliveries.c.wave, _deliveries.c.recipient
        with self._database.reading() as tx:
            rows = tx.execute(select(key, func.max(wave)).where(wave > 1).group_by(key))
            return {recipient: int(latest) for recipient, latest in rows}

    def wave_of(self, key: str) -> int:
        """The latest wave of one, as it is now; 1 without a delivery. Asked for every letter."""
        with self._database.glancing() as tx:
            latest = tx.execute(_latest_wave(), {"key": key}).scalar_one()
        return int(latest or 1)

    def waiting(self, on: Channel | None = None) -> Sequence[int]:
        """The waves of which a letter could still leave, or waits on this channel."""
        query = select(_deliveries.c.wave).distinct().order_by(_deliveries.c.wave)
        if on is not None:
            query = query.where(_deliveries.c.channel == on)
        could = _deliveries.c.status.in_(_COULD_LEAVE if on is None else _WAITS)
        with self._database.reading() as tx:
            query = query.where(could, is_latest_in(tx))
            return [int(wave) for wave in tx.execute(query).scalars()]

    def overtaken(self, delivery_ids: Sequence[int] | None = None) -> Sequence[int]:
        """Which of these reminders, or of all, should not leave any more."""
        return self._those(_is_overtaken, delivery_ids)

    def undecided(self, delivery_ids: Sequence[int] | None = None) -> Sequence[int]:
        """Which of these reminders, or of all, may have an answer among the undecided mails."""
        return self._those(_is_undecided, delivery_ids)

    def _those(
        self, condition: Callable[[], ColumnElement[bool]], delivery_ids: Sequence[int] | None
    ) -> Sequence[int]:
        if delivery_ids is None:
            with self._database.reading() as tx:
                rows = tx.execute(select(_deliveries.c.id).where(condition()))
                return [int(number) for number in rows.scalars()]
        this_one = _this_one(condition)
        with self._database.glancing() as tx:
            found = (tx.execute(this_one, {"which": number}).scalar() for number in delivery_ids)
            return [number for number in found if number is not None]

    def drop(self, delivery_ids: Sequence[int], at: datetime) -> int:
        """Close these where nothing has left; each keeps an attempt that says so."""
        claimant, dropped = _deliveries.c.claimant, 0
        if not delivery_ids:
            return 0
        with self._database.writing() as tx:
            for some in chunks(delivery_ids):
                these = and_(
                    _deliveries.c.id.in_(some),
                    _deliveries.c.wave > 1,
                    _deliveries.c.status.in_(_WAITS),
                    or_(claimant.is_(None), claimant == self._sender),
                )
                story = {"phase": "remind", "words": "reminder-overtaken"}
                keep_attempts(tx, these, Status.SUPPRESSED, at, self._sender, **story)
                dropped += tx.execute(delete(_deliveries).where(these)).rowcount
        return dropped
