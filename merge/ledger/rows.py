"""Rows of the ledger ↔ the records of `merge.model`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, select

from merge.ledger import schema
from merge.ledger.database import json_object, telling_damage
from merge.model import Attempt, Delivery, Job, LetterFault, Lot, Recipient, Status

_LISTS = ("alternates", "street")
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_read = json.JSONDecoder().raw_decode  # what we wrote has no spaces around it
_ATTRIBUTES = Recipient._fields
_LIST_PLACES = [_ATTRIBUTES.index(name) for name in _LISTS]
_FIELDS_PLACE = _ATTRIBUTES.index("fields")

_tries = (
    select(func.count())
    .select_from(schema.attempts)
    .where(
        schema.attempts.c.recipient == schema.deliveries.c.recipient,
        schema.attempts.c.wave == schema.deliveries.c.wave,
    )
    .scalar_subquery()
)


def _columns(table: Table, names: Sequence[str], **elsewhere: Any) -> tuple[Any, ...]:
    return tuple(elsewhere[name] if name in elsewhere else table.c[name] for name in names)


RECIPIENT_COLUMNS = _columns(schema.recipients, _ATTRIBUTES)
DELIVERY_COLUMNS = _columns(
    schema.deliveries, Delivery._fields, key=schema.deliveries.c.recipient, attempts=_tries
)
ATTEMPT_COLUMNS = _columns(schema.attempts, Attempt._fields, key=schema.attempts.c.recipient)
LOT_COLUMNS = _columns(schema.lots, Lot._fields)
JOB_COLUMNS = _columns(schema.jobs, Job._fields)


def recipient_row(recipient: Recipient) -> dict[str, Any]:
    """The columns of `schema.recipients` that a recipient fills."""
    row: dict[str, Any] = recipient._asdict()
    for name in _LISTS:
        row[name] = _json(row[name]) if row[name] else "[]"
    row["fields"] = _json(dict(row["fields"])) if row["fields"] else "{}"
    return row


@telling_damage
def recipient_of(row: Sequence[Any]) -> Recipient:
    """A recipient from its `RECIPIENT_COLUMNS` (more may follow)."""
    values = [*row[: len(_ATTRIBUTES)]]
    for place in _LIST_PLACES:
        values[place] = tuple(_read(values[place])[0]) if values[place] != "[]" else ()
    fields = values[_FIELDS_PLACE]
    values[_FIELDS_PLACE] = dict(**_read(fields)[0]) if fields != "{}" else {}
    return Recipient(*values)


def what_was_edited(
    before: Recipient | None, after: Recipient, named: Mapping[str, str], earlier: str
) -> str:
    """What edits have decided about a recipient so far, as JSON by attribute.

    Everything that the edit changed, everything it named even if the value is as it was, and
    what `earlier` edits decided; `fields` by header.
    """
    decided = json_object(earlier) if earlier else {}
    for name in _ATTRIBUTES:
        if name in ("key", "source", "row", "fields"):
            continue
        if name in named or before is None or getattr(before, name) != getattr(after, name):
            decided[name] = getattr(after, name)
    headers: dict[str, str] = decided.get("fields", {})
    headers |= {
        header: value
        for header, value in after.fields.items()
        if header in named or before is None or before.fields.get(header) != value
    }
    if headers:
        decided["fields"] = headers
    return _json(decided)


def with_edits(recipient: Recipient, edited: str) -> Recipient:
    """A recipient from a sheet with what edits have decided on top."""
    decided = json_object(edited)
    for name in _LISTS:
        if name in decided:
            decided[name] = tuple(decided[name])
    if "fields" in decided:
        decided["fields"] = {**recipient.fields, **decided["fields"]}
    return recipient._replace(**decided)


def held(fault: LetterFault, at: datetime) -> dict[str, Any]:
    """What a delivery becomes that is kept back; `detail` is `code` or `code field=value`."""
    detail = f"{fault.code} {fault.field}={fault.value}" if fault.field else fault.code
    return {
        "status": Status.HELD,
        "at": at,
        "detail": detail,
        "claimant": None,
        "not_before": None,
    }
