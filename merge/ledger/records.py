"""Rows of the ledger ↔ the records of `merge.model`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from sqlalchemy import Table, func, select

from merge.ledger import schema
from merge.model import Attempt, Delivery, Job, Lot, Recipient

_Record = TypeVar("_Record")

_LISTS = ("alternates", "street")
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_read = json.JSONDecoder().raw_decode  # what we wrote has no spaces around it
_ATTRIBUTES = tuple(field.name for field in fields(Recipient))
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

_DELIVERY_NAMES = tuple(field.name for field in fields(Delivery))
_ATTEMPT_NAMES = tuple(field.name for field in fields(Attempt))
_LOT_NAMES = tuple(field.name for field in fields(Lot))
_JOB_NAMES = tuple(field.name for field in fields(Job))


def _maker(record: type[_Record]) -> Callable[..., _Record]:
    """Makes a record of its values in their order, in a sixth of the time that it takes itself.

    A frozen dataclass sets each of its fields through `object.__setattr__`. Here they are set
    while it is of a class that has the same slots and is not frozen.
    """
    names = [each.name for each in fields(cast("Any", record))]
    source = [
        f"def make({', '.join(names)}):",
        "    made = thawed()",
        *(f"    made.{name} = {name}" for name in names),
        "    made.__class__ = record",
        "    return made",
    ]
    thawed = type(record.__name__, (), {"__slots__": tuple(names)})
    scope: dict[str, Any] = {"thawed": thawed, "record": record}
    exec("\n".join(source), scope)  # noqa: S102 - as dataclasses does
    return cast("Callable[..., _Record]", scope["make"])


_recipient, _delivery = _maker(Recipient), _maker(Delivery)
_attempt, _lot, _job = _maker(Attempt), _maker(Lot), _maker(Job)


def _columns(table: Table, names: Sequence[str], **elsewhere: Any) -> tuple[Any, ...]:
    return tuple(elsewhere[name] if name in elsewhere else table.c[name] for name in names)


RECIPIENT_COLUMNS = _columns(schema.recipients, _ATTRIBUTES)
DELIVERY_COLUMNS = _columns(
    schema.deliveries, _DELIVERY_NAMES, key=schema.deliveries.c.recipient, attempts=_tries
)
ATTEMPT_COLUMNS = _columns(schema.attempts, _ATTEMPT_NAMES, key=schema.attempts.c.recipient)
LOT_COLUMNS = _columns(schema.lots, _LOT_NAMES)
JOB_COLUMNS = _columns(schema.jobs, _JOB_NAMES)


def recipient_row(recipient: Recipient) -> dict[str, Any]:
    """The columns of `schema.recipients` that a recipient fills."""
    row: dict[str, Any] = {name: getattr(recipient, name) for name in _ATTRIBUTES}
    for name in _LISTS:
        row[name] = _json(row[name]) if row[name] else "[]"
    row["fields"] = _json(dict(row["fields"])) if row["fields"] else "{}"
    return row


def recipient_of(row: Sequence[Any]) -> Recipient:
    """A recipient from its `RECIPIENT_COLUMNS` (more may follow)."""
    values = [*row[: len(_ATTRIBUTES)]]
    for place in _LIST_PLACES:
        values[place] = tuple(_read(values[place])[0]) if values[place] != "[]" else ()
    values[_FIELDS_PLACE] = _read(values[_FIELDS_PLACE])[0] if values[_FIELDS_PLACE] != "{}" else {}
    return _recipient(*values)


def delivery_of(row: Sequence[Any]) -> Delivery:
    """A delivery from its `DELIVERY_COLUMNS`."""
    return _delivery(*row)


def attempt_of(row: Sequence[Any]) -> Attempt:
    """An attempt from its `ATTEMPT_COLUMNS`."""
    return _attempt(*row)


def lot_of(row: Sequence[Any]) -> Lot:
    """A lot from its `LOT_COLUMNS`."""
    return _lot(*row)


def job_of(row: Sequence[Any]) -> Job:
    """A job from its `JOB_COLUMNS`."""
    return _job(*row)


def what_was_edited(
    before: Recipient | None, after: Recipient, named: Mapping[str, str], earlier: str
) -> str:
    """What edits have decided about a recipient so far, as JSON by attribute.

    Everything that the edit changed, everything it named even if the value is as it was, and
    what `earlier` edits decided; `fields` by header.
    """
    decided: dict[str, Any] = json.loads(earlier) if earlier else {}
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
    decided: dict[str, Any] = json.loads(edited)
    for name in _LISTS:
        if name in decided:
            decided[name] = tuple(decided[name])
    if "fields" in decided:
        decided["fields"] = {**recipient.fields, **decided["fields"]}
    return replace(recipient, **decided)
