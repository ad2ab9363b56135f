"""Suggest fields for columns by the content of their cells. A person decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from merge.french.communes import by_name, reference
from merge.recipients.address import is_address_cell, is_last_line, town_of
from merge.recipients.cells import MAILBOX, Cells, clean, one_line
from merge.recipients.columns import Columns
from merge.recipients.headers import IDENTITY, NAMES, NameOrder
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
    texts = {
        header: [text for row in rows if (text := clean(row[i]))]
        for i, header in enumerate(headers)
    }
    open_to_doubt = {header: texts[header] for header in headers if header not in decided}
    found = [
        *_columns(headers, open_to_doubt, columns),
        *(((field,), some, texts[some[0]]) for field, some in columns.contested.items()),
        *_orders(headers, open_to_doubt, columns),
    ]
    return tuple(
        Suggestion(
            fields=fields,
            headers=claiming,
            rows=len(alike),
            of=len(rows),
            example=one_line(next(iter(alike), "")),
        )
        for fields, claiming, alike in found
    )


_Found = tuple[tuple[str, ...], tuple[str, ...], Sequence[str]]  # with the cells that speak for it


def _columns(
    headers: Sequence[str], texts: Mapping[str, Sequence[str]], columns: Columns
) -> Iterable[_Found]:
    """The column that each field without one is most likely to be."""
    said = columns.fields.keys() | columns.contested.keys()
    asked = [
        field
        for field, (_test, _share, but) in _LOOKS.items()
        if said.isdisjoint(but)
        and (columns.audience == "communes" or field not in ("insee", "commune"))
    ]
    surname = columns.fields.get("surname")
    best: dict[str, tuple[float, _Found]] = {}
    for header, cells in texts.items():
        near, fields = columns.close.get(header), asked
        if surname is not None and header == headers[surname]:
            fields = [] if "first_name" in columns.fields else ["whole_name"]  # it may hold both
        elif header not in columns.others:
            continue
        for field in sorted(fields, key=lambda field: field != near):
            test, share, _but = _LOOKS[field]
            alike = [text for text in cells if test(text)]
            weight = len(alike) / max(len(cells), 1)
            if alike and (weight >= share or field == near):
                if field not in best or best[field][0] < weight:
                    best[field] = weight, ((field,), (header,), alike)
                break
    return [found for _weight, found in best.values()]


def _orders(
    headers: Sequence[str], texts: Mapping[str, Sequence[str]], columns: Columns
) -> Iterable[_Found]:
    """Which name comes first in whole names of which neither capitals nor a comma tell it."""
    whole = columns.fields.get("whole_name")
    if whole is None or headers[whole] in columns.others:
        return
    orders: tuple[NameOrder, ...] = ("first_name_surname", "surname_first_name")
    doubtful = [
        text
        for text in texts.get(headers[whole], ())
        if split_name(text) is None and any(split_name(text, order) for order in orders)
    ]
    if doubtful:
        told = _told_by_repeating(doubtful) if columns.audience == "communes" else None
        yield (told,) if told else orders, (headers[whole],), doubtful


_REPEATS, _TIMES = 5, 3


def _told_by_repeating(names: Sequence[str]) -> NameOrder | None:
    """Which comes first, if the column tells: many share a first name, few a surname.

    None where neither repeats far more often. Of mayors alone: in lists of people couples share a
    surname. Of 30,000 samples of 20 to 180 French mayors it was wrong about none.
    """
    taken = [found for text in names if (found := split_name(text, "first_name_surname"))]
    before = len(taken) - len({each.first_name for each in taken})
    behind = len(taken) - len({each.surname for each in taken})
    if before >= _REPEATS and before >= _TIMES * behind:
        return "first_name_surname"
    if behind >= _REPEATS and behind >= _TIMES * before:
        return "surname_first_name"
    return None


def _is_insee(text: str) -> bool:
    return text in reference()


def _is_postcode(text: str) -> bool:
    return len(text) == len("35000") and text.isdecimal()


def _is_town(text: str) -> bool:
    return len(text) > 1 and not text[0].isdecimal() and bool(by_name(town_of(text)))


def _is_name(text: str) -> bool:
    found = split_name(text)
    return found is not None and bool(found.first_name)


# Each field's test of a cell, the share of filled cells that must pass it, and the fields of which
# one is enough not to ask.
_LOOKS: Mapping[str, tuple[Callable[[str], bool], float, Collection[str]]] = {
    "email": (lambda text: bool(MAILBOX.search(text)), _HALF, {"email"}),
    "insee": (_is_insee, _NEARLY_ALL, {"insee", "key"}),
    "postcode_locality": (is_last_line, _HALF, {"postcode", "postcode_locality"}),
    "address": (is_address_cell, _HALF, {"address"}),
    "postcode": (_is_postcode, _NEARLY_ALL, {"postcode", "postcode_locality"}),
    "commune": (_is_town, _NEARLY_ALL, IDENTITY["communes"]),
    "sex": (lambda text: sex_of(text) is not None, _NEARLY_ALL, {"sex"}),
    "whole_name": (_is_name, _HALF, NAMES[1:]),
}
