"""What an import changed in one recipient, in words that a person can compare."""

from __future__ import annotations

from collections import Counter
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
    """Each field of those `differing` that is not what it was; of lines those that differ."""
    before = recipient_of(row)
    pairs = {
        name: (_as_text(getattr(before, name)), _as_text(getattr(after, name)))
        for name in sorted(differing - WHERE_IT_STOOD - {"fields", "fault", "is_person", "lines"})
    }
    if "lines" in differing:
        old_lines, new_lines = (Counter(map(_line, each.lines)) for each in (before, after))
        if old_lines != new_lines:  # not only in another order
            gone, come = old_lines - new_lines, new_lines - old_lines
            pairs["lines"] = (
                "; ".join(sorted(gone.elements())),
                "; ".join(sorted(come.elements())),
            )
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


def _line(cells: Mapping[str, str]) -> str:
    return ", ".join(filter(None, cells.values()))


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)
