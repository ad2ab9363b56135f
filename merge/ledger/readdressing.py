"""Letters that an import lets leave again, or sooner, because the sheet brings another address.

Those that wait for it stay returned when a sheet names again the one that they came back from.

Each function works inside the caller's transaction. What such a letter was before is kept with the
recipient's own record of that time (`import_before`), so that undoing the import puts it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Enum, and_, exists, or_, select, update

from merge.french import postal
from merge.ledger import schema
from merge.ledger.database import json_object
from merge.ledger.queueing import AFRESH, Plan, Waiting
from merge.ledger.reading import is_latest_wave
from merge.ledger.reminders import has_answered
from merge.ledger.rows import RECIPIENT_COLUMNS, recipient_of
from merge.ledger.schema import UtcTime
from merge.ledger.states import TOUCHED_BY_IMPORT
from merge.model import Channel, Recipient, Status

_deliveries = schema.deliveries
_before = schema.import_before
_KEPT = ("id", "wave", "channel", "at", *AFRESH)
_MAYOR = ("Mairie", "Maire")  # the two lines above the street, whatever they say


class Readdressed(NamedTuple):
    """A letter whose recipient an import gave another address."""

    key: str
    delivery: Waiting
    kept: Mapping[str, Any]  # its columns, as JSON has them
    record: Mapping[str, Any]  # its recipient before the import
    came_back: Mapping[str, Any] | None = None  # its columns when it did, from where it would go

    @property
    def is_returned(self) -> bool:
        """By the post, and waits again."""
        return self.delivery.status is Status.RETURNED

    @property
    def is_deferred(self) -> bool:
        """Its e-mail was refused for now."""
        return self.delivery.status is Status.DEFERRED


def readdressed(tx: Connection, import_id: int) -> list[Readdressed]:
    """Whose letter was returned, or refused for now, where this import names another address; and
    whose waits for that, where this import names one that it came back from.

    Seen at the end of the import: of two sheets of which each has an address the last one counts,
    and a town whose address is as it was before both gets nothing. Whoever has answered gets
    nothing either.
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
            delivery=Waiting(kept["id"], kept["wave"], kept["channel"], kept["status"]),
            kept={name: _as_json(value) for name, value in kept.items()},
            record=json_object(record),
        )
        before, now = _recipient(letter.record), recipient_of(rest[len(_KEPT) :])
        if letter.is_deferred:
            if kept["channel"] is Channel.EMAIL and is_another_mailbox(before, now):
                found.append(letter)
            continue
        came_back = _came_back(tx, letter, import_id).get(_on_the_envelope(now))
        if letter.is_returned:
            if not came_back and _may_reach(now, before, kept["address"]):
                found.append(letter)
        elif came_back and _on_the_envelope(before) != _on_the_envelope(now):
            found.append(letter._replace(came_back=came_back))
    return found


def _came_back(
    tx: Connection, letter: Readdressed, import_id: int
) -> Mapping[str, Mapping[str, Any]]:
    """The letter as other imports found it when the post had returned it, by where it had gone."""
    found: dict[str, Mapping[str, Any]] = {}
    records = (
        select(_before.c.record)
        .where(_before.c.recipient == letter.key, _before.c.import_id != import_id)
        .order_by(_before.c.import_id)
    )
    for record in map(json_object, tx.scalars(records)):
        kept = record.get("delivery", {})
        if (kept.get("id"), kept.get("status")) == (letter.delivery.id, Status.RETURNED):
            found[kept["address"] or _on_the_envelope(_recipient(record))] = kept
    return found


def let_leave(tx: Connection, import_id: int, letters: Sequence[Readdressed], at: datetime) -> None:
    """What was returned waits for paper again, what was refused for now is due; what would go
    where it came back from does not.
    """
    plan = Plan(at)
    for letter in letters:
        if letter.came_back:
            _stand_as(tx, letter.came_back)
        elif letter.is_returned:
            plan.settle(
                letter.key,
                letter.delivery,
                Channel.PAPER,  # the e-mail may be what paper stands in for
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
    plan.carry_out(tx)


def put_back(
    tx: Connection, record: Mapping[str, Any], delivery: Waiting | None, after: Recipient
) -> bool:
    """The letter of one recipient as it was before the import that is undone, if that touched it.

    `after` is the recipient as it will be, `record` what the import had kept of it. False, and
    nothing done, when another letter has taken its place since, or an edit another address.
    """
    kept = record.get("delivery")
    if kept is None or delivery is None or delivery.id != kept["id"]:
        return False
    before = _recipient(record)
    if kept["status"] == Status.DEFERRED:
        is_as_the_import_left_it = delivery.status is Status.DEFERRED
        is_as_before = not is_another_mailbox(before, after)
    else:
        was_returned = kept["status"] == Status.RETURNED
        left = TOUCHED_BY_IMPORT if was_returned else (Status.RETURNED,)
        is_as_the_import_left_it = delivery.status in left
        is_as_before = _on_the_envelope(after) == _on_the_envelope(before)
    if not (is_as_the_import_left_it and is_as_before):
        return False
    _stand_as(tx, kept)
    return True


def _stand_as(tx: Connection, kept: Mapping[str, Any]) -> None:
    """Let a letter stand as an import has kept it."""
    values = {name: _as_column(name, kept[name]) for name in _KEPT if name != "id"}
    this_one = _deliveries.c.id == kept["id"]
    tx.execute(update(_deliveries).where(this_one).values({**values, "claimant": None}))


def is_another_mailbox(before: Recipient, after: Recipient) -> bool:
    """Whether both have an e-mail address, and not the same."""
    return bool(before.email and after.email and before.email.casefold() != after.email.casefold())


def _may_reach(now: Recipient, before: Recipient, went_to: str) -> bool:
    """Whether an envelope would bear another address than it did: where that is known."""
    told = {went_to, _on_the_envelope(before)} - {""}
    there = _on_the_envelope(now)
    return bool(told and there and there not in told)


def _on_the_envelope(recipient: Recipient) -> str:
    """The street and the town as a delivery's `address` has them; "" where none can be printed."""
    lines = [*_MAYOR, *recipient.street]
    block = postal.block(lines, recipient.postcode, recipient.locality)
    return "" if isinstance(block, postal.PostalProblem) else ", ".join(block.lines[len(_MAYOR) :])


def _recipient(record: Mapping[str, Any]) -> Recipient:
    return recipient_of([record[column.name] for column in RECIPIENT_COLUMNS])


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _as_column(name: str, value: Any) -> Any:
    kind = _deliveries.c[name].type
    if value is not None and isinstance(kind, UtcTime):
        return datetime.fromisoformat(value)
    if value is not None and isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(value)
    return value
