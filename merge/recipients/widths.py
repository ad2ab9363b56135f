"""Rows of a text file that are longer or shorter than its header: what was cut in two, or lost.

A delimiter in a cell without quotation marks moves whatever stands behind it by one column, and a
delimiter that is missing moves it back. A longer row may also be honest: a delimiter at the end of
every row, or a last column without a header.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from merge.errors import SheetError
from merge.recipients.address import parted
from merge.recipients.cells import one_line, shown
from merge.recipients.headers import field_called

Record = Sequence[str]

_SAMPLE = 2000  # rows that tell which columns are filled
_EXAMPLES = 3
_EXAMPLE_AT_MOST = 120  # characters
_AS_LONG = 0.95  # of all rows, where it is a column that they have in common


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


class Widths:
    """Shown each row with text under the header, by `see`; then asked.

    `moved` and `short` are the numbers of single rows, in order: a field too many, although nothing
    stands behind the last header; and one too few, where the other rows have something.
    """

    def __init__(self, header: Record, names: Sequence[str], delimiter: str) -> None:
        """`names` are the headers without the empty ones at the end."""
        self._delimiter = delimiter
        self._header_width = len(header)
        self._width = len(names)
        fields = [field_called(name) or "" for name in names]
        self._proofs = [(i, _PROVES[f]) for i, f in enumerate(fields) if f in _PROVES]
        self._denials = [(i, _DENIES[f]) for i, f in enumerate(fields) if f in _DENIES]
        self._rows = 0
        self._widths: dict[int, int] = {}  # rows of each width
        self._reached = [0] * self._width  # rows of the sample that go so far, by column
        self._filled = [0] * self._width  # and have something there
        self._longer = 0  # rows with text behind the last header
        self._longer_moved = 0  # of those, whose cells are in wrong columns
        self._longer_proven = 0  # of those, whose last column holds what its header says
        self._examples: list[str] = []
        self._short = array("L"), array("L")  # their numbers, and how long they are
        self.moved = array("L")

    def see(self, number: int, record: Record) -> None:
        """One row with text, under its number in the spreadsheet."""
        self._rows += 1
        width = len(record)
        self._widths[width] = self._widths.get(width, 0) + 1
        if self._rows <= _SAMPLE:
            for index, cell in enumerate(islice(record, self._width)):
                self._reached[index] += 1
                self._filled[index] += bool(cell.strip())
        if width < self._width:
            self._short[0].append(number)
            self._short[1].append(width)
        elif width > self._width:
            self._see_longer(number, record)

    def _see_longer(self, number: int, record: Record) -> None:
        is_moved = self._is_moved(record)
        has_more = any(map(str.strip, record[self._width :]))
        if is_moved:
            self.moved.append(number)
        if has_more:
            last = [looks for index, looks in self._proofs if index == self._width - 1]
            self._longer += 1
            self._longer_moved += is_moved
            self._longer_proven += not is_moved and any(
                looks(record[self._width - 1]) for looks in last
            )
        if (has_more or is_moved) and len(self._examples) < _EXAMPLES:
            text = shown(one_line(self._delimiter.join(record)))
            cut = text if len(text) <= _EXAMPLE_AT_MOST else f"{text[: _EXAMPLE_AT_MOST - 1]}…"
            self._examples.append(f"{number}: {cut}")

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

    def check(self) -> None:
        """SheetError("rows-too-long") where most rows have more cells than the header, and it is
        not one last column that has no name.
        """
        if 2 * len(self.moved) >= self._rows or (
            2 * self._longer >= self._rows and not self._is_one_more_column()
        ):
            raise SheetError(
                "rows-too-long",
                rows=max(self._longer, len(self.moved)),
                of=self._rows,
                examples=" / ".join(self._examples),
                delimiter=self._delimiter,
            )

    def _is_one_more_column(self) -> bool:
        if 2 * self._longer_moved >= self._longer:
            return False
        if self._delimiter != "," or 2 * self._longer_proven >= self._longer:
            return True
        # A sentence has commas as it likes; rows that a program has written are all as long.
        width, rows = max(self._widths.items(), key=lambda pair: pair[1])
        return rows >= _AS_LONG * self._rows and width <= max(self._header_width, self._width + 1)

    def short(self) -> array[int]:
        """The rows that end before a column that most of the others fill."""
        half = min(self._rows, _SAMPLE) / 2
        pairs = enumerate(zip(self._reached, self._filled, strict=True))
        last = max((i for i, (n, full) in pairs if n >= half and 2 * full > n), default=-1)
        numbers, widths = self._short
        return array("L", (n for n, w in zip(numbers, widths, strict=True) if w <= last))
