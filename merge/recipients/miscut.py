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

_SAMPLE = 2000  # rows that tell which columns are filled
_EXAMPLES = 3
_EXAMPLE_AT_MOST = 120  # characters
_AS_LONG = 0.95  # of all rows, where it is a column that they have in common

Record = Sequence[str]


def _is_postcode(cell: str) -> bool:
    return bool(_POSTCODE.fullmatch(cell))


def _is_word(cell: str) -> bool:
    """Whether it may be a name, a street or a town: "119" and "12 bis" are a part of one."""
    return "@" not in cell and not _NUMBER.fullmatch(cell)


_POSTCODE = re.compile(r"\s*(?:FR?[- ]?)?(?:\d{4,5}|\d{2} \d{3})(?:\s+cedex.*)?\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[\d\s.]+(?:bis|ter|quater|[a-d])?\s*", re.IGNORECASE)
_CODE = re.compile(r"\s*(?:\d{4,5}|2[AB]\d{3})\s*", re.IGNORECASE)

# What a cell of a field looks like. Where it is written so, the cells before it stand in place.
_PROVES: Mapping[str, Callable[[str], bool]] = {
    "email": lambda cell: "@" in cell,
    "postcode": _is_postcode,
    "postcode_locality": lambda cell: parted(one_line(cell)) is not None,
    "insee": lambda cell: bool(_CODE.fullmatch(cell)),
}
_DENIES: Mapping[str, Callable[[str], bool]] = dict.fromkeys(
    ("address", "locality", "commune", "first_name", "surname"), _is_word
)


def miscut(below: Records, header: Header) -> list[RowProblem]:
    """What is told, in the order of the rows; a row whose problem is not `taken` is left out.

    SheetError: "rows-too-long".
    """
    width = len(header.names)
    longer = _Longer(below, header)
    longer.refuse_most()
    too_long = {
        row: " ".join(filter(str.strip, record[width:])) or _last(record)
        for row, record in longer.records.items()
        if row in longer.moved or any(map(str.strip, record[width:]))
    }
    swallowing = {
        row: cell
        for index in reversed(range(width))
        for row, cell in cells_with("\r\n", below.frame[index]).items()
        if _are_rows(cell, index, width, below.delimiter)
    }
    short = below.widths <= _last_filled(below, len(header.called))
    too_short = {row: _last(record) for row, record in numbered(below.frame[short])}
    told = {
        row: RowProblem(
            path=below.path,
            row=row,
            column="",
            value=shown(value),
            code=code,
            taken=code == "too-few-fields",
        )
        for code, rows in (  # of two that are about one row, the last is told
            ("too-few-fields", too_short),
            ("stray-quote", swallowing),
            ("too-many-fields", too_long),
        )
        for row, value in rows.items()
    }
    return [told[row] for row in sorted(told)]


def _last(record: Record) -> str:
    return [*filter(str.strip, record)][-1]


class _Longer:
    """The records that are longer than the header, by row; `moved` are those whose cells are in
    wrong columns.
    """

    def __init__(self, below: Records, header: Header) -> None:
        self._below = below
        self._header = header
        self._width = len(header.called)
        fields = [field_called(name) or "" for name in header.called]
        self._proofs = [(i, _PROVES[f]) for i, f in enumerate(fields) if f in _PROVES]
        self._denials = [(i, _DENIES[f]) for i, f in enumerate(fields) if f in _DENIES]
        long = below.frame[below.widths > self._width]
        self.records = {row: record[: below.widths[row]] for row, record in numbered(long)}
        self.moved = {row for row, record in self.records.items() if self._is_moved(record)}

    def _is_moved(self, record: Record) -> bool:
        """Whether a cell is not what its header says while one behind it is, or a space behind the
        delimiter shows where a sentence was cut.
        """
        by = len(record) - self._width
        wrong = -1
        for index, looks in (*self._denials, *self._proofs):
            cell, after = record[index], record[index + 1 : index + 1 + by]
            if cell.strip() and not looks(cell) and any(a.strip() and looks(a) for a in after):
                wrong = max(wrong, index)
        if wrong >= 0:
            return not any(index > wrong and looks(record[index]) for index, looks in self._proofs)
        begun = [index for index, cell in enumerate(record) if cell[:1] == " " and cell.strip()]
        in_place = max((index for index, looks in self._proofs if looks(record[index])), default=0)
        return bool(begun) and len(begun) <= by and in_place < min(begun) <= self._width

    def refuse_most(self) -> None:
        """SheetError("rows-too-long") where most rows have more cells than the header, and it is
        not one last column that has no name.
        """
        rows = len(self._below.frame)
        behind = self._below.filled.iloc[:, self._width :].any(axis="columns")
        filled = {*behind.index[behind].tolist()}
        are_few = 2 * len(filled) < rows or self._is_one_more_column(filled)
        if 2 * len(self.moved) < rows and are_few:
            return
        examples = []
        for row in sorted(filled | self.moved)[:_EXAMPLES]:
            text = shown(one_line(self._below.delimiter.join(self.records[row])))
            cut = text if len(text) <= _EXAMPLE_AT_MOST else f"{text[: _EXAMPLE_AT_MOST - 1]}…"
            examples.append(f"{row}: {cut}")
        raise SheetError(
            "rows-too-long",
            rows=max(len(filled), len(self.moved)),
            of=rows,
            examples=" / ".join(examples),
            delimiter=self._below.delimiter,
        )

    def _is_one_more_column(self, filled: set[int]) -> bool:
        if 2 * len(filled & self.moved) >= len(filled):
            return False
        last = self._width - 1
        proofs = [looks for index, looks in self._proofs if index == last]
        proven = sum(looks(self.records[r][last]) for r in filled - self.moved for looks in proofs)
        if self._below.delimiter != "," or 2 * proven >= len(filled):
            return True
        # A sentence has commas as it likes; rows that a program has written are all as long.
        widths = self._below.widths
        usual = widths.mode()[0]
        is_common = (widths == usual).mean() >= _AS_LONG
        return bool(is_common and usual <= max(self._header.width, self._width + 1))


def _last_filled(below: Records, width: int) -> int:
    """The last column that most rows have and most of them fill, -1 where there is none."""
    widths, filled = below.widths[:_SAMPLE], below.filled[:_SAMPLE]
    for column in reversed(range(width)):
        reached = (widths > column).sum()
        if 2 * reached >= len(widths) and 2 * filled[column].sum() > reached:
            return column
    return -1


def _are_rows(cell: str, index: int, width: int, delimiter: str) -> bool:
    """Whether the cell holds whole rows: a quotation mark was opened, and closed rows later."""
    lines = cell.splitlines()
    if width > 2:
        return any(line.count(delimiter) >= width - 1 for line in lines)
    # Many a note has one delimiter in a line. Of rows that were swallowed all have one, but for
    # the end of the first or the beginning of the last.
    whole, part = (lines[1:], lines[0]) if index else (lines[:-1], lines[-1])
    is_part = width == 2 and delimiter not in part
    return is_part and bool(whole) and all(_is_pair(line, delimiter) for line in whole)


def _is_pair(line: str, delimiter: str) -> bool:
    """Whether it is a row of two cells; a space behind the delimiter is a person's."""
    first, _, second = line.partition(delimiter)
    return bool(first and second) and delimiter not in second and second[0] != " "
