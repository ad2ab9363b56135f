"""What an import changed in one recipient, in words that a person can compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row

from merge.ledger.records import FieldChange
from merge.ledger.requeueing import Latest
from merge.ledger.schema import recipient_of
from merge.ledger.states import WRITTEN_TO
from merge.model import Recipient

WHERE_IT_STOOD = {"source", "row", "rows"}
"""A sheet that is sorted anew changes nobody."""


def told_of(
    row: Row[*tuple[Any, ...]], after: Recipient, differing: set[str], delivery: Latest | None
) -> Iterator[FieldChange]:
    """Each field of those `differing` that is not what it was."""
    before = recipient_of(row)
    pairs = {
        name: (_as_text(getattr(before, name)), _as_text(getattr(after, name)))
        for name in sorted(differing - WHERE_IT_STOOD - {"fields", "fault", "is_person"})
    }
    if len({*pairs.get("lines", ())}) == 1:
        del pairs["lines"]  # the same in another order
    for header in {**before.fields, **after.fields}:
        old, new = before.fields.get(header, ""), after.fields.get(header, "")
        if old != new:
            pairs[header] = (old, new)
    for field, (old, new) in pairs.items():
        yield FieldChange(
            key=after.key,
            name=after.name,
            field=field,
            before=old,
            after=new,
            written_to=delivery is not None and delivery.status in WRITTEN_TO,
        )


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        if any(isinstance(each, Mapping) for each in value):
            return "; ".join(sorted(", ".join(filter(None, line.values())) for line in value))
        return ", ".join(value)
    return "" if value is None else str(value)
