"""A recipient's letter goes to the queue again, or leaves it, when its record is written anew.

So does what was returned, or refused for now, where an import brings another address; what waits
for one stays returned when a sheet names again the one that it came back from. What such a letter
was before is kept with the recipient's own record of that time (`import_before`), so that undoing
the import puts it back.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Enum,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    not_,
    or_,
    select,
    update,
)

from merge.channels import takes_over
from merge.ledger import schema
from merge.ledger.column_types import ChannelName, UtcTime
from merge.ledger.deliveries import AFRESH, has_answered, is_latest_wave, was_in_doubt
from merge.ledger.driver.database import handle_of, json_object, put
from merge.ledger.driver.expressions import LIST, is_listed, is_one_of, listed
from merge.ledger.records import address_lost
from merge.ledger.schema import RECIPIENT_COLUMNS, held, recipient_of
from merge.ledger.states import TOUCHED_BY_IMPORT
from merge.model import Channel, LetterFault, Recipient, Status
from merge.post.envelope import place_of

_deliveries = schema.deliveries
_before = schema.import_before
_KEPT = ("id", "wave", "channel", "at", *AFRESH)
_PROVABLE_BY = ("message_id", "address", "sha256", "fingerprint")


class Latest(NamedTuple):
    """A delivery in its latest wave."""

    id: int
    wave: int
    channel: Channel
    status: Status


class Requeueing:
    """What an import or an edit does to deliveries. What `settle` decides, of very many, is written
    by `carry_out`; `hasten` and `hold`, which concern few, write at once.
    """

    def __init__(self, tx: Connection, at: datetime) -> None:
        self._tx = tx
        self._at = at
        self._opened: list[tuple[Any, ...]] = []
        self._restarted: list[dict[str, Any]] = []
        self._dropped: list[dict[str, Any]] = []

    def settle(
        self,
        key: str,
        delivery: Latest | None,
        channel: Channel | None,
        *,
        renewed: bool,
        touched: Sequence[Status] = TOUCHED_BY_IMPORT,
    ) -> None:
        """Decide for one recipient. `renewed`: its record is not what it was."""
        if delivery is None:
            if channel is not None:
                self._opened.append((key, 1, str(channel), str(Status.QUEUED), self._at))
            return
        if delivery.wave > 1 and takes_over(delivery.channel, channel):
            channel = delivery.channel  # a reminder goes the way that the first letter reached them
        # Refused for now, and the address it would go to again is gone.
        is_cut_off = delivery.status is Status.DEFERRED and channel is not delivery.channel
        if delivery.status not in touched and not is_cut_off:
            return
        if channel is None:
            if (
                is_cut_off or delivery.status in TOUCHED_BY_IMPORT
            ):  # a failed delivery keeps its status
                self._dropped.append({"which": delivery.id})
        elif renewed or channel is not delivery.channel:
            self._restarted.append({"which": delivery.id, "to_channel": channel})

    def hasten(self, delivery: Latest) -> None:
        """A deferred e-mail goes to another address: it need not wait for the one before.

        All else that is known of it stays, so that a late proof still finds it.
        """
        this_one = update(_deliveries).where(_deliveries.c.id == delivery.id)
        self._tx.execute(
            this_one.where(_deliveries.c.status == Status.DEFERRED).values(
                not_before=self._at, claimant=None
            )
        )

    def hold(self, delivery: Latest | None, fault: LetterFault) -> None:
        """Nothing has left, and nothing is to leave before a later sheet says otherwise."""
        if delivery is not None and delivery.status in TOUCHED_BY_IMPORT:
            this_one = update(_deliveries).where(_deliveries.c.id == delivery.id)
            self._tx.execute(this_one.values(held(fault, self._at)))

    def carry_out(self) -> None:
        """Write it down."""
        tx = self._tx
        this_one = _deliveries.c.id == bindparam("which")
        put(tx, _deliveries, ("recipient", "wave", "channel", "status", "at"), self._opened)
        if self._restarted:
            # One requeued after a doubt may have been taken: a late proof must still match it.
            may_be_proved = and_(
                is_one_of(_deliveries.c.status, TOUCHED_BY_IMPORT),
                _deliveries.c.channel == Channel.EMAIL,
                bindparam("to_channel") == Channel.EMAIL,
                was_in_doubt(),
            )
            kept = {
                name: case((may_be_proved, _deliveries.c[name]), else_=AFRESH[name])
                for name in _PROVABLE_BY
            }
            afresh = {**AFRESH, "channel": bindparam("to_channel"), **kept}
            tx.execute(
                update(_deliveries).where(this_one).values(**afresh, at=self._at), self._restarted
            )
        if self._dropped:
            # One that may have been taken once is held, not deleted: a proof must still find it.
            stays = and_(_deliveries.c.channel == Channel.EMAIL, was_in_doubt())
            tx.execute(
                update(_deliveries)
                .where(this_one, stays, _deliveries.c.status != Status.HELD)
                .values(held(address_lost(""), self._at)),
                self._dropped,
            )
            tx.execute(delete(_deliveries).where(this_one, not_(stays)), self._dropped)


def stored(tx: Connection, keys: Sequence[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    """These recipients' `RECIPIENT_COLUMNS`, their places and what edits decided, by key."""
    recipients = schema.recipients.c
    query = select(*RECIPIENT_COLUMNS, recipients.position, recipients.edited)
    found = tx.execute(query.where(is_listed(recipients.key)), {LIST: listed(keys)})
    return {row.key: row for row in found}


def waiting(tx: Connection, keys: Sequence[str]) -> dict[str, Latest]:
    """The latest delivery of each of these recipients, by key."""
    latest = [_deliveries.c[name] for name in ("recipient", *Latest._fields)]
    query = select(*latest).where(is_latest_wave(), is_listed(_deliveries.c.recipient))
    found = tx.execute(query, {LIST: listed(keys)})
    return {recipient: Latest(*rest) for recipient, *rest in found}


_REWRITE = "UPDATE recipients SET {} WHERE key = ?"


def rewrite(tx: Connection, columns: Mapping[str, Sequence[Any]]) -> None:
    """Store these columns of known recipients anew. The first are their keys."""
    keys, *rest = columns.values()
    names = ", ".join(f'"{name}" = ?' for name in list(columns)[1:])
    handle_of(tx).executemany(_REWRITE.format(names), zip(*rest, keys, strict=True))


# Another address


class Readdressed(NamedTuple):
    """A letter whose recipient an import gave another address."""

    key: str
    delivery: Latest
    kept: Mapping[str, Any]  # its columns, as JSON has them
    record: Mapping[str, Any]  # its recipient before the import
    came_back: Mapping[str, Any] | None = None  # its columns when the present address failed

    @property
    def is_returned(self) -> bool:
        """By the post, and waits again."""
        return self.delivery.status is Status.RETURNED

    @property
    def is_deferred(self) -> bool:
        """Its e-mail was refused for now."""
        return self.delivery.status is Status.DEFERRED


def readdressed(tx: Connection, import_id: int) -> list[Readdressed]:
    """Letters that were returned or deferred and to which this import gives another address, and
    those requeued earlier, if this import restores the address that failed.

    Looked at when the whole import is read: of two sheets with different addresses the last one
    counts, and nothing is requeued if the address ends as it was. Nor if the recipient has
    answered.
    """
    other = _before.alias()
    was_touched = exists().where(
        other.c.recipient == _deliveries.c.recipient,
        other.c.import_id != import_id,
        other.c.record.contains('"delivery": '),
    )
    place = [_deliveries.c[name] for name in _KEPT]
    letters = (
        select(_deliveries.c.recipient, _before.c.record, *place, *RECIPIENT_COLUMNS)
        .join(schema.recipients, schema.recipients.c.key == _deliveries.c.recipient)
        .join(_before, _before.c.recipient == _deliveries.c.recipient)
        .where(
            _before.c.import_id == import_id,
            is_latest_wave(),
            or_(
                and_(_deliveries.c.status.in_((Status.RETURNED, Status.DEFERRED)), ~has_answered()),
                and_(
                    _deliveries.c.channel == Channel.PAPER,
                    _deliveries.c.status == Status.QUEUED,
                    was_touched,
                ),
            ),
        )
        .order_by(schema.recipients.c.position)
    )
    found: list[Readdressed] = []
    for key, record, *rest in tx.execute(letters):
        kept = dict(zip(_KEPT, rest, strict=False))
        letter = Readdressed(
            key=key,
            delivery=Latest(kept["id"], kept["wave"], kept["channel"], kept["status"]),
            kept={name: _as_json(value) for name, value in kept.items()},
            record=json_object(record),
        )
        before, now = of_record(letter.record), recipient_of(rest[len(_KEPT) :])
        if letter.is_deferred:
            if kept["channel"] is Channel.EMAIL and is_another_mailbox(before, now):
                found.append(letter)
            continue
        came_back = _came_back(tx, letter, import_id).get(place_of(now))
        if letter.is_returned:
            if not came_back and _may_reach(now, before, kept["address"]):
                found.append(letter)
        elif came_back and place_of(before) != place_of(now):
            found.append(letter._replace(came_back=came_back))
    return found


def _came_back(
    tx: Connection, letter: Readdressed, import_id: int
) -> Mapping[str, Mapping[str, Any]]:
    """The columns of the returned letter as other imports kept them, by the address it went to."""
    found: dict[str, Mapping[str, Any]] = {}
    records = (
        select(_before.c.record)
        .where(_before.c.recipient == letter.key, _before.c.import_id != import_id)
        .order_by(_before.c.import_id)
    )
    for record in map(json_object, tx.scalars(records)):
        kept = record.get("delivery", {})
        if (kept.get("id"), kept.get("status")) == (letter.delivery.id, Status.RETURNED):
            found[kept["address"] or place_of(of_record(record))] = kept
    return found


def let_leave(tx: Connection, import_id: int, letters: Sequence[Readdressed], at: datetime) -> None:
    """Requeue the returned letters on paper, make the deferred ones due now, and set those back
    to `returned` that would go again to the address that failed.
    """
    plan = Requeueing(tx, at)
    for letter in letters:
        if letter.came_back:
            _stand_as(tx, letter.came_back)
        elif letter.is_returned:
            plan.settle(
                letter.key,
                letter.delivery,
                letter.delivery.channel,  # the e-mail may be what paper stands in for
                renewed=True,
                touched=(Status.RETURNED,),
            )
        else:
            plan.hasten(letter.delivery)
        tx.execute(
            update(_before)
            .where(_before.c.import_id == import_id, _before.c.recipient == letter.key)
            .values(record=json.dumps({**letter.record, "delivery": letter.kept}))
        )
    plan.carry_out()


def put_back(
    tx: Connection, record: Mapping[str, Any], delivery: Latest | None, after: Recipient
) -> bool:
    """The letter of one recipient as it was before the import that is undone, if that touched it.

    `after` is the recipient as it will be, `record` what the import had kept of it. False, and
    nothing done, when another letter has taken its place since, or an edit another address.
    """
    kept = record.get("delivery")
    if kept is None or delivery is None or delivery.id != kept["id"]:
        return False
    before = of_record(record)
    if kept["status"] == Status.DEFERRED:
        is_as_the_import_left_it = delivery.status is Status.DEFERRED
        is_as_before = not is_another_mailbox(before, after)
    else:
        was_returned = kept["status"] == Status.RETURNED
        left = TOUCHED_BY_IMPORT if was_returned else (Status.RETURNED,)
        is_as_the_import_left_it = delivery.status in left
        is_as_before = place_of(after) == place_of(before)
    if not (is_as_the_import_left_it and is_as_before):
        return False
    _stand_as(tx, kept)
    return True


def _stand_as(tx: Connection, kept: Mapping[str, Any]) -> None:
    """Restore the delivery's columns as an import kept them."""
    values = {name: _as_column(name, kept[name]) for name in _KEPT if name != "id"}
    this_one = _deliveries.c.id == kept["id"]
    tx.execute(update(_deliveries).where(this_one).values({**values, "claimant": None}))


def is_another_mailbox(before: Recipient, after: Recipient) -> bool:
    """Whether both have an e-mail address, and not the same."""
    return bool(before.email and after.email and before.email.casefold() != after.email.casefold())


def _may_reach(now: Recipient, before: Recipient, went_to: str) -> bool:
    """Whether both addresses are known and the new one differs from those that were tried."""
    told = {went_to, place_of(before)} - {""}
    there = place_of(now)
    return bool(told and there and there not in told)


def of_record(record: Mapping[str, Any]) -> Recipient:
    """The recipient as an import kept it; what an older ledger had no column for is ""."""
    known = {"is_person": False, **record}
    return recipient_of([known.get(column.name, "") for column in RECIPIENT_COLUMNS])


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _as_column(name: str, value: Any) -> Any:
    kind = _deliveries.c[name].type
    if value is not None and isinstance(kind, UtcTime):
        return datetime.fromisoformat(value)
    if value is not None and isinstance(kind, ChannelName):
        return Channel(value)
    if value is not None and isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    return value
