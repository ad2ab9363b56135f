"""The place of a recipient's letter in the queues, when its record is written anew.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, insert, not_, select, update

from merge.ledger import schema
from merge.ledger.doubt import was_in_doubt
from merge.ledger.prepared import is_one_of
from merge.ledger.reading import chunks, is_latest_wave
from merge.ledger.records import address_lost
from merge.ledger.rows import RECIPIENT_COLUMNS, held
from merge.ledger.states import TOUCHED_BY_IMPORT
from merge.model import Channel, Status

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

_PROVABLE_BY = ("message_id", "address", "sha256", "fingerprint")


class Waiting(NamedTuple):
    """A delivery in its latest wave."""

    id: int
    wave: int
    channel: Channel
    status: Status


class Plan:
    """What is to become of the deliveries of an import or an edit."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._opened: list[dict[str, Any]] = []
        self._restarted: list[dict[str, Any]] = []
        self._dropped: list[dict[str, Any]] = []
        self._hastened: list[dict[str, Any]] = []

    def settle(
        self,
        key: str,
        delivery: Waiting | None,
        channel: Channel | None,
        *,
        renewed: bool,
        touched: Sequence[Status] = TOUCHED_BY_IMPORT,
    ) -> None:
        """Decide for one recipient. `renewed`: its record is not what it was."""
        if delivery is None:
            if channel is not None:
                self._opened.append(
                    {
                        "recipient": key,
                        "wave": 1,
                        "channel": channel,
                        "status": Status.QUEUED,
                        "at": self._at,
                    }
                )
            return
        if delivery.wave > 1 and delivery.channel is Channel.PAPER and channel is Channel.EMAIL:
            channel = Channel.PAPER  # a reminder goes the way that the first letter reached them
        # Refused for now, and the address it would go to again is gone.
        is_cut_off = delivery.status is Status.DEFERRED and channel is not delivery.channel
        if delivery.status not in touched and not is_cut_off:
            return
        if delivery.channel is Channel.PAPER and delivery.status is Status.FAILED:
            return  # its page goes to the printer again with the lot, unless that is given back
        if channel is None:
            if is_cut_off or delivery.status in TOUCHED_BY_IMPORT:  # what failed stays told so
                self._dropped.append({"which": delivery.id})
        elif renewed or channel is not delivery.channel:
            self._restarted.append({"which": delivery.id, "to_channel": channel})

    def hasten(self, delivery: Waiting) -> None:
        """A deferred e-mail goes to another address: it need not wait for the one before.

        All else that is known of it stays, so that a late proof still finds it.
        """
        self._hastened.append({"which": delivery.id})

    def carry_out(self, tx: Connection) -> None:
        """Write it down."""
        deliveries = schema.deliveries
        this_one = deliveries.c.id == bindparam("which")
        if self._opened:
            tx.execute(insert(deliveries), self._opened)
        if self._restarted:
            # What a person gave back after a doubt may have been taken: a late proof finds it.
            may_be_proved = and_(
                is_one_of(deliveries.c.status, TOUCHED_BY_IMPORT),
                deliveries.c.channel == Channel.EMAIL,
                bindparam("to_channel") == Channel.EMAIL,
                was_in_doubt(),
            )
            kept = {
                name: case((may_be_proved, deliveries.c[name]), else_=AFRESH[name])
                for name in _PROVABLE_BY
            }
            afresh = {**AFRESH, "channel": bindparam("to_channel"), **kept}
            tx.execute(
                update(deliveries).where(this_one).values(**afresh, at=self._at), self._restarted
            )
        if self._hastened:
            tx.execute(
                update(deliveries)
                .where(this_one, deliveries.c.status == Status.DEFERRED)
                .values(not_before=self._at, claimant=None),
                self._hastened,
            )
        if self._dropped:
            # What may have been taken once stays, to be proved: afresh, it could leave again.
            stays = and_(deliveries.c.channel == Channel.EMAIL, was_in_doubt())
            tx.execute(
                update(deliveries)
                .where(this_one, stays, deliveries.c.status != Status.HELD)
                .values(held(address_lost(""), self._at)),
                self._dropped,
            )
            tx.execute(delete(deliveries).where(this_one, not_(stays)), self._dropped)


def stored(tx: Connection, keys: Sequence[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    """These recipients' `RECIPIENT_COLUMNS`, and what edits decided, by key."""
    query = select(*RECIPIENT_COLUMNS, schema.recipients.c.edited)
    return {
        row.key: row
        for some in chunks(keys)
        for row in tx.execute(query.where(schema.recipients.c.key.in_(some)))
    }


def waiting(tx: Connection, keys: Sequence[str]) -> dict[str, Waiting]:
    """The latest delivery of each of these recipients, by key."""
    deliveries = schema.deliveries
    query = select(
        deliveries.c.recipient,
        deliveries.c.id,
        deliveries.c.wave,
        deliveries.c.channel,
        deliveries.c.status,
    ).where(is_latest_wave())
    return {
        recipient: Waiting(*rest)
        for some in chunks(keys)
        for recipient, *rest in tx.execute(query.where(deliveries.c.recipient.in_(some)))
    }


def rewrite(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store known recipients anew, each given as `records.recipient_row` makes it."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "key"]
    statement = (
        update(schema.recipients)
        .where(schema.recipients.c.key == bindparam("to_key"))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    tx.execute(statement, [{f"to_{name}": value for name, value in row.items()} for row in rows])
