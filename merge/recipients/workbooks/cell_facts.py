"""What is known of the cells of a worksheet beside their values. All is counted from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class CellRange(Generic[T]):
    """From the first to the last row of one column."""

    first: int
    last: int
    column: int
    value: T


@dataclass(slots=True)
class CellRanges(Generic[T]):
    """Those of one worksheet; equal ones that meet are one."""

    _spans: list[CellRange[T]] = field(default_factory=list)
    _latest: dict[int, CellRange[T]] = field(default_factory=dict)  # by column

    def __bool__(self) -> bool:
        return bool(self._spans)

    def note(self, first: int, last: int, column: int, value: T) -> None:
        """One more."""
        before = self._latest.get(column)
        if before and before.last == first - 1 and before.value == value:
            before.last = last
            return
        span = self._latest[column] = CellRange(first, last, column, value)
        self._spans.append(span)

    def walk(self) -> Walk[T]:
        """Those of each row, from the first row on."""
        return Walk(sorted(self._spans, key=lambda span: span.first))


class Walk(Generic[T]):
    """Goes down the rows once."""

    def __init__(self, spans: Sequence[CellRange[T]]) -> None:
        self._coming = spans
        self._next = 0
        self._here: dict[int, CellRange[T]] = {}
        self._found: Sequence[CellRange[T]] = ()
        self._until = 0  # the last row for which those that were found hold

    def at(self, row: int) -> Sequence[CellRange[T]]:
        """Those that hold in the row, which is below the last one asked for."""
        if row <= self._until:
            return self._found
        while self._next < len(self._coming) and self._coming[self._next].first <= row:
            span = self._coming[self._next]
            self._here[span.column] = span
            self._next += 1
        self._found = [span for span in self._here.values() if row <= span.last]
        self._until = min((span.last for span in self._found), default=_NO_END)
        if self._next < len(self._coming):
            self._until = min(self._until, self._coming[self._next].first - 1)
        return self._found


_NO_END = 1 << 62


@dataclass(slots=True)
class SheetFacts:
    """What one worksheet says.

    `errors` has what is shown, by row, then by column. `hidden` are the first and the last of rows
    that are hidden, one behind the other. Of an ODS alone, `shown` is what numbers are shown as
    (None for one that is shown shorter than it is), `merged` the first and the last row and the
    column of cells that share a value. `formats` are the codes of cells that are shown in another
    way than General; an ODS has what is shown in `shown`.
    """

    first: int = 0  # row that has a cell that holds something, 0 for none
    last: int = 0
    right: int = 0  # column
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden: list[tuple[int, int]] = field(default_factory=list)
    shown: CellRanges[str | None] = field(default_factory=CellRanges)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    formats: CellRanges[str] = field(default_factory=CellRanges)

    def note_error(self, row: int, column: int, shown: str) -> None:
        """One cell shows an error."""
        self.errors.setdefault(row, {})[column] = shown

    def note_hidden(self, first: int, last: int) -> None:
        """These rows are hidden."""
        if self.hidden and self.hidden[-1][1] == first - 1:
            first = self.hidden.pop()[0]
        self.hidden.append((first, last))

    def hidden_rows(self) -> Iterator[int]:
        """The rows that are hidden, as far as there is something in the worksheet."""
        for first, last in self.hidden:
            yield from range(first, min(last, self.last) + 1)


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
