"""Rows of a text file that were cut in wrong places → what is told of them.

A delimiter or a quotation mark too many, or one too few, moves the cells behind it. Which one is
not certain: a row that is too long, or that has swallowed others, is left out; one that is too
short may be whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.address import parted
from merge.recipients.cells import one_line, shown
from merge.recipients.header import Header
from merge.recipients.headers import field_called
from merge.recipients.records import Records, cells_with, numbered

_ALIKE = 0.95  # of the rows that a program has written, and of no sentences with commas
_EXAMPLES = 3
_EXAMPLE_AT_MOST = 120  # characters

_POSTCODE = re.compile(r"\s*(?:FR?[- ]?)?(?:\d{4,5}|\d{2} \d{3})(?:\s+cedex.*)?\s*", re.IGNORECASE)
_CODE = re.compile(r"\s*(?:\d{4,5}|2[AB]\d{3})\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[\d\s.]+(?:bis|ter|quater|[a-d])?\s*", re.IGNORECASE)

_LOOKS: Mapping[str, Callable[[str], object]] = {
    "email": lambda cell: "@" in cell,
    "postcode": _POSTCODE.fullmatch,
    "postcode_locality": lambda cell: parted(one_line(cell)),
    "insee": _CODE.fullmatch,
    "address": lambda cell: not _NUMBER.fullmatch(cell),  # of "12 bis, rue X" the rest is behind
}
"""What a cell of a field looks like."""


def miscut(below: Records, header: Header) -> list[RowProblem]:
    """What is told, in the order of the rows; a row whose problem is not `taken` is left out.

    SheetError: "rows-too-long".
    """
    width, rows = len(header.called), len(below.frame)
    wider = below.frame[below.widths > width]
    records = {row: record[: below.widths[row]] for row, record in numbered(wider)}
    moved = {row for row, record in records.items() if _is_moved(record, header.called)}
    longer = {row for row, record in records.items() if any(map(str.strip, record[width:]))}
    usual = int(below.widths.mode().max())
    are_alike = (below.widths == usual).mean() >= _ALIKE
    if 2 * len(moved) >= rows or (2 * len(longer) >= rows and not are_alike):
        raise _most_are_long(below, {row: records[row] for row in sorted(longer | moved)})

    reached = len(header.names)
    too_long = {
        row: beyond or _last(record)
        for row, record in records.items()
        if (beyond := " ".join(filter(str.strip, record[reached:])))
        or row in moved
        or len(record) > max(usual, header.width)
    }
    swallowing = {
        row: cell
        for index in reversed(range(reached))
        for row, cell in cells_with("\r\n", below.frame[index]).items()
        if _are_rows(cell, before=index, behind=reached - 1 - index, delimiter=below.delimiter)
    }
    counts = below.filled.sum()
    filled = max((index for index in range(width) if 2 * counts[index] >= rows), default=0)
    short = below.frame[below.widths <= filled]
    too_short = {row: _last(record) for row, record in numbered(short)}
    told = {
        row: RowProblem(
            path=below.path,
            row=row,
            column="",
            value=shown(value),
            code=code,
            taken=code == "too-few-fields",
        )
        for code, found in (  # of two that are about one row, the last is told
            ("too-few-fields", too_short),
            ("stray-quote", swallowing),
            ("too-many-fields", too_long),
        )
        for row, value in found.items()
    }
    return [told[row] for row in sorted(told)]


def _is_moved(record: Sequence[str], headers: Sequence[str]) -> bool:
    """Whether a cell is not what its header says, while one behind it is."""
    by = len(record) - len(headers)
    for index, header in enumerate(headers):
        looks = _LOOKS.get(field_called(header) or "")
        if looks and record[index].strip() and not looks(record[index]):
            after = record[index + 1 : index + 1 + by]
            if any(cell.strip() and looks(cell) for cell in after):
                return True
    return False


def _are_rows(cell: str, before: int, behind: int, delimiter: str) -> bool:
    """Whether the cell holds rows: a quotation mark was opened, and closed rows later. Then its
    first line ends a row and its last one begins one, or a line between is whole.
    """
    first, *between = cell.splitlines()
    if not between or not before + behind:
        return False
    *between, last = between
    is_whole = any(line.count(delimiter) >= before + behind for line in between)
    return is_whole or (first.count(delimiter) >= behind and last.count(delimiter) >= before)


def _last(record: Sequence[str]) -> str:
    return [*filter(str.strip, record)][-1]


def _most_are_long(below: Records, records: Mapping[int, Sequence[str]]) -> SheetError:
    """ "rows-too-long", with the first of them."""
    examples = []
    for row in [*records][:_EXAMPLES]:
        text = shown(one_line(below.delimiter.join(records[row])))
        cut = text if len(text) <= _EXAMPLE_AT_MOST else f"{text[: _EXAMPLE_AT_MOST - 1]}…"
        examples.append(f"{row}: {cut}")
    return SheetError(
        "rows-too-long",
        rows=len(records),
        of=len(below.frame),
        examples=" / ".join(examples),
        delimiter=below.delimiter,
    )
