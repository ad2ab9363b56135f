"""What is known of the cells of a worksheet beside their values. All is counted from 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from merge.errors import SheetError
from merge.recipients import records


@dataclass(slots=True)
class SheetFacts:
    """What one worksheet says.

    `shown` is what cells show instead of their values, by row and column: errors, and in an ODS
    numbers (None for one that is shown shorter than it is). `formats` are the rows of each column
    and format code that shows cells in another way than General. `hidden` are the first and the
    last of rows, `merged` the first and the last row and the column of cells that share a value.
    """

    first: int = 0  # row that has a cell that holds something, 0 for none
    last: int = 0
    right: int = 0  # column
    shown: list[tuple[int, int, str | None]] = field(default_factory=list)
    formats: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    hidden: list[tuple[int, int]] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    _before: tuple[int, int] = (0, 0)  # `right` before it last grew, and the row in which it did

    def fill(self, row: int, column: int) -> None:
        """A cell holds something.

        SheetError("stray-cell") where that makes more cells than memory holds: calamine allocates
        all of them, from column A and the first row to the last ones that hold something.
        """
        if self.first <= row <= self.last and column <= self.right:
            return
        self.first = min(self.first or row, row)
        self.last = max(self.last, row)
        if column > self.right:
            self._before, self.right = (self.right, row), column
        rows = self.last - self.first + 1
        if rows * self.right > records.CELLS_AT_MOST:
            right, grown = self._before
            if rows * right <= records.CELLS_AT_MOST:  # without that one it would do
                row, column = grown, self.right
            raise SheetError("stray-cell", cell=f"{column_letters(column)}{row}")

    def hidden_rows(self) -> Iterator[int]:
        """The rows that are hidden, as far as there is something in the worksheet."""
        for first, last in self.hidden:
            yield from range(first, min(last, self.last) + 1)


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
