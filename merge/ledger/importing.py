"""What sheets and edits bring into the books.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from merge.campaign.plan import channel_for
from merge.campaign.ports import ImportChange
from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.reading import is_latest_wave
from merge.ledger.records import (
    RECIPIENT_COLUMNS,
    recipient_of,
    recipient_row,
    what_was_edited,
    with_edits,
)
from merge.ledger.states import REQUEUED_BY_EDIT, TOUCHED_BY_IMPORT
from merge.model import Channel, Recipient, Status

_WHERE_IT_STOOD = {"source", "row"}  # a sheet sorted anew changes nobody

# What a delivery loses when it starts again; its attempts keep the story.
_AFRESH: dict[str, Any] = {
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
}


class _Waiting(NamedTuple):
    """A delivery in its latest wave."""

    id: int
    channel: Channel
    status: Status


def store_import(
    tx: Connection,
    recipients: Sequence[Recipient],
    channels: Mapping[str, Channel | None],
    *,
    sources: Sequence[tuple[str, str]],
    at: datetime,
) -> ImportChange:
    """Upsert by key with edits on top, and queue, move or drop the deliveries that still wait.

    Known recipients keep their place; others come after them in the order of the sheet.
    An edited recipient is reached as its edited record says, whatever `channels` has.
    """
    columns = (*RECIPIENT_COLUMNS, schema.recipients.c.edited, schema.recipients.c.position)
    known = {row.key: row for row in tx.execute(select(*columns))}
    waiting = _waiting(tx)
    place = max((row.position for row in known.values()), default=-1)
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []  # same recipient, other row of the sheet
    plan = _Plan(at)

    for recipient in recipients:
        key = recipient.key
        channel = channels[key]
        row = known.get(key)
        if row is None:
            place += 1
            added.append({**recipient_row(recipient), "position": place})
            plan.settle(key, None, channel, renewed=True)
            continue
        if row.edited:
            recipient = with_edits(recipient, row.edited)
            channel = channel_for(recipient)
        values = recipient_row(recipient)
        old = row._mapping
        differing = {name for name, value in values.items() if old[name] != value}
        if differing - _WHERE_IT_STOOD:
            changed.append(values)
        elif differing:
            moved.append(values)
        plan.settle(key, waiting.get(key), channel, renewed=bool(differing - _WHERE_IT_STOOD))

    if added:
        tx.execute(insert(schema.recipients), added)
    _update_recipients(tx, changed + moved)
    plan.carry_out(tx)
    here = {recipient.key for recipient in recipients}
    change = ImportChange(
        added=tuple(row["key"] for row in added),
        changed=tuple(row["key"] for row in changed),
        unchanged=len(recipients) - len(added) - len(changed),
        absent=tuple(key for key in known if key not in here),
    )
    _record(tx, change, sources, at)
    return change


def edit(
    tx: Connection,
    recipient: Recipient,
    changes: Mapping[str, str],
    channel: Channel | None,
    at: datetime,
) -> None:
    """Store the edited recipient; requeue it if it waited, was held, failed or bounced.

    A claim on it is void from here on: whoever was about to send the letter as it was finds
    its intent refused. LedgerError("recipient-missing") when the ledger has no such key.
    """
    columns = (*RECIPIENT_COLUMNS, schema.recipients.c.edited)
    row = tx.execute(select(*columns).where(schema.recipients.c.key == recipient.key)).one_or_none()
    if row is None:
        raise LedgerError("recipient-missing", key=recipient.key)
    edited = what_was_edited(recipient_of(row), recipient, changes, row.edited)
    _update_recipients(tx, [recipient_row(recipient)])
    tx.execute(
        update(schema.recipients)
        .where(schema.recipients.c.key == recipient.key)
        .values(edited=edited)
    )
    if changes:
        log = [
            {"recipient": recipient.key, "at": at, "field": field, "value": value}
            for field, value in changes.items()
        ]
        tx.execute(insert(schema.edits), log)
    plan = _Plan(at)
    plan.settle(
        recipient.key,
        _waiting(tx, recipient.key).get(recipient.key),
        channel,
        renewed=True,
        touched=(Status.QUEUED, *REQUEUED_BY_EDIT),
    )
    plan.carry_out(tx)


class _Plan:
    """What is to become of the deliveries of an import or an edit."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._opened: list[dict[str, Any]] = []
        self._restarted: list[dict[str, Any]] = []
        self._dropped: list[dict[str, Any]] = []

    def settle(
        self,
        key: str,
        delivery: _Waiting | None,
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
        elif delivery.status is Status.DEFERRED and channel is not delivery.channel:
            # Refused for now, and the address it would go to again is gone.
            self._restarted.append({"which": delivery.id, "to_channel": channel})
        elif delivery.status not in touched:
            return
        elif channel is None:
            if delivery.status in TOUCHED_BY_IMPORT:  # what failed stays told as failed
                self._dropped.append({"which": delivery.id})
        elif renewed or channel is not delivery.channel:
            self._restarted.append({"which": delivery.id, "to_channel": channel})

    def carry_out(self, tx: Connection) -> None:
        """Write it down."""
        deliveries = schema.deliveries
        this_one = deliveries.c.id == bindparam("which")
        if self._opened:
            tx.execute(insert(deliveries), self._opened)
        if self._restarted:
            tx.execute(
                update(deliveries)
                .where(this_one)
                .values(channel=bindparam("to_channel"), at=self._at, **_AFRESH),
                self._restarted,
            )
        if self._dropped:
            tx.execute(delete(deliveries).where(this_one), self._dropped)


def _waiting(tx: Connection, key: str | None = None) -> dict[str, _Waiting]:
    """The latest delivery of every recipient (or of one), by key."""
    deliveries = schema.deliveries
    query = select(
        deliveries.c.recipient, deliveries.c.id, deliveries.c.channel, deliveries.c.status
    ).where(is_latest_wave())
    if key is not None:
        query = query.where(deliveries.c.recipient == key)
    return {recipient: _Waiting(*rest) for recipient, *rest in tx.execute(query)}


def _update_recipients(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    names = [name for name in rows[0] if name != "key"]
    statement = (
        update(schema.recipients)
        .where(schema.recipients.c.key == bindparam("to_key"))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    tx.execute(statement, [{f"to_{name}": value for name, value in row.items()} for row in rows])


def _record(
    tx: Connection, change: ImportChange, sources: Sequence[tuple[str, str]], at: datetime
) -> None:
    number = tx.execute(select(func.coalesce(func.max(schema.imports.c.id), 0) + 1)).scalar_one()
    tx.execute(
        insert(schema.imports).values(
            id=number,
            at=at,
            added=len(change.added),
            changed=len(change.changed),
            unchanged=change.unchanged,
            absent=len(change.absent),
        )
    )
    if sources:
        rows = [
            {"import_id": number, "place": place, "file": file, "sha256": sha256}
            for place, (file, sha256) in enumerate(sources)
        ]
        tx.execute(insert(schema.import_sources), rows)
