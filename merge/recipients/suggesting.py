"""Suggest fields for columns by the content of their cells. A person decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from merge.french.communes import by_name, reference
from merge.recipients.address import is_address_cell, is_last_line, town_of
from merge.recipients.cells import MAILBOX, Cells, clean, one_line
from merge.recipients.columns import Columns
from merge.recipients.headers import WHOLE_NAMES
from merge.recipients.mayors import sex_of
from merge.recipients.wholenames import split_name

_HALF, _NEARLY_ALL = 0.5, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A field that a column may be. It fits `rows` of the `of` rows that were looked at.

    Two `fields` ask what comes first in a cell with a whole name; two or more `headers` ask which
    column counts. "None of them" is always an answer.
    """

    fields: tuple[str, ...]
    headers: tuple[str, ...]
    rows: int
    of: int
    example: str  # a cell

    @property
    def is_order(self) -> bool:
        """Whether it asks what comes first in a whole name."""
        return len(self.fields) > 1

    @property
    def header(self) -> str:
        """The only column, unless it asks which one counts."""
        return self.headers[0]


def suggestions(
    headers: Sequence[str],
    rows: Sequence[Cells],
    columns: Columns,
    decided: Collection[str] = (),
) -> tuple[Suggestion, ...]:
    """Suggestions, the most certain first: a column for a field without one; then which of several
    columns a field is; then the order in whole names.

    Headers in `decided` are not asked about again.
    """
    found = list(_columns(headers, rows, columns, decided))
    for field, claiming in columns.contested.items():
        texts = _texts(rows, headers.index(claiming[0]))
        found.append(_suggestion((field,), claiming, texts, texts, len(rows)))
    named = columns.fields.get("whole_name")
    if named is not None and named not in columns.others.values() and headers[named] not in decided:
        found += _order(headers[columns.fields["whole_name"]], columns, rows)
    return tuple(found)


def _columns(
    headers: Sequence[str], rows: Sequence[Cells], columns: Columns, decided: Collection[str]
) -> list[Suggestion]:
    asked = [header for header in columns.others if header not in decided]
    if "first_name" not in columns.fields and "surname" in columns.fields:
        asked += {headers[columns.fields["surname"]]} - {*decided}
    best: dict[str, tuple[float, Suggestion]] = {}  # by field
    for header in asked:
        texts = _texts(rows, columns.others.get(header, columns.fields.get("surname", 0)))
        for field in _open_fields(header, columns):
            look, share = _LOOKS[field]
            alike = [text for text in texts if look(text)]
            named = columns.close.get(header) == field
            weight = len(alike) / len(texts) if texts else 0.0
            if alike and (weight >= share or named):
                each = _suggestion((field,), (header,), alike, texts, len(rows))
                if field not in best or best[field][0] < weight:
                    best[field] = weight, each
                break
    taken: dict[str, Suggestion] = {}
    for _weight, each in best.values():
        taken.setdefault(each.header, each)
    return list(taken.values())


def _open_fields(header: str, columns: Columns) -> list[str]:
    """The fields that this column may be, the likeliest first."""
    fields = columns.fields.keys() | columns.contested.keys()
    has_name = not fields.isdisjoint({"first_name", "surname", *WHOLE_NAMES})
    is_of_communes = columns.audience == "communes"
    if header not in columns.others:  # "Nom" without a first name may hold both
        return ["whole_name"]
    closed = {
        "email": "email" in fields,
        "insee": bool(fields & {"insee", "key"}) or not is_of_communes,
        "postcode_locality": not fields.isdisjoint({"postcode", "postcode_locality"}),
        "address": "address" in fields,
        "postcode": not fields.isdisjoint({"postcode", "postcode_locality"}),
        "commune": columns.say_who or not is_of_communes,
        "sex": "sex" in fields,
        "whole_name": has_name,
    }
    near = columns.close.get(header)
    names = [name for name in closed if not closed[name]]
    return sorted(names, key=lambda name: name != near)


def _texts(rows: Sequence[Cells], index: int) -> list[str]:
    """The cells of a column that hold something."""
    return [text for row in rows if (text := clean(row[index]))]


def _suggestion(
    fields: tuple[str, ...],
    headers: tuple[str, ...],
    alike: Sequence[str],
    texts: Sequence[str],
    of: int,
) -> Suggestion:
    example = one_line(next(chain(alike, texts), ""))
    return Suggestion(fields=fields, headers=headers, rows=len(alike), of=of, example=example)


def _order(header: str, columns: Columns, rows: Sequence[Cells]) -> list[Suggestion]:
    """Ask for the order in whole names that neither capitals nor a comma tell."""
    doubtful = [
        text
        for text in _texts(rows, columns.fields["whole_name"])
        if split_name(text) is None
        and (split_name(text, "first_name_surname") or split_name(text, "surname_first_name"))
    ]
    if not doubtful:
        return []
    of = len(rows)
    orders = ("first_name_surname", "surname_first_name")
    return [_suggestion(orders, (header,), doubtful, doubtful, of)]


def _is_insee(text: str) -> bool:
    return text in reference()


def _is_postcode(text: str) -> bool:
    return len(text) == len("35000") and text.isdecimal()


def _is_town(text: str) -> bool:
    return len(text) > 1 and not text[0].isdecimal() and bool(by_name(town_of(text)))


def _is_name(text: str) -> bool:
    found = split_name(text)
    return found is not None and bool(found.first_name)


_LOOKS: Mapping[str, tuple[Callable[[str], bool], float]] = {
    "email": (lambda text: bool(MAILBOX.search(text)), _HALF),
    "insee": (_is_insee, _NEARLY_ALL),
    "postcode_locality": (is_last_line, _HALF),
    "address": (is_address_cell, _HALF),
    "postcode": (_is_postcode, _NEARLY_ALL),
    "commune": (_is_town, _NEARLY_ALL),
    "sex": (lambda text: sex_of(text) is not None, _NEARLY_ALL),
    "whole_name": (_is_name, _HALF),
}
"""Each field's test of a cell, and the share of filled cells that must pass it."""
