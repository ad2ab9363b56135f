"""All rows of a file as one frame of text, before it is known what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING

from merge.errors import SheetError
from merge.recipients.cells import unquoted

if TYPE_CHECKING:
    from pandas import DataFrame, Series

CELLS_AT_MOST = 20_000_000  # in 2 GB of memory


def check_cells(rows: int, columns: int, row: int = 0) -> None:
    """SheetError("sheet-too-large") where memory would not hold them."""
    if rows * columns > CELLS_AT_MOST:
        words = f"{rows} × {columns} > {CELLS_AT_MOST}"
        raise SheetError("sheet-too-large", row=row, words=words)


class Records:
    """The rows by their number in a spreadsheet, from 1 on; the columns by theirs, from 0 on.

    The cells are as a spreadsheet shows them, short rows are filled with "". `widths` has how many
    cells each record of a text file has; `encoding` and `delimiter` are those of one, too.
    """

    def __init__(
        self,
        path: str,
        frame: DataFrame,
        widths: Sequence[int] = (),
        encoding: str = "",
        delimiter: str = "",
    ) -> None:
        import pandas as pd

        frame.index = pd.RangeIndex(1, len(frame) + 1)
        filled = {}
        for name in frame:
            cells = frame[name].tolist()
            text = "\0".join(["", *cells])
            if "\0'" in text or "\0=" in text:  # a cell begins so
                cells = [*map(unquoted, cells)]
                frame[name] = pd.Series(cells, frame.index, dtype=str)
            filled[name] = [*map(bool, map(str.strip, cells))]
        self.path, self.encoding, self.delimiter = path, encoding, delimiter
        self.frame = frame
        self.filled = pd.DataFrame(filled, frame.index, dtype=bool)  # with more than white space
        self.widths = pd.Series(widths or frame.shape[1], frame.index)

    def below(self, row: int) -> Records:
        """The records below that one that hold something."""
        these = self.filled.any(axis="columns") & (self.frame.index > row)
        found = copy(self)
        found.frame, found.filled = self.frame[these], self.filled[these]
        found.widths = self.widths[these]
        return found


def framed(rows: Sequence[Sequence[str]]) -> DataFrame:
    """The rows as a frame of text."""
    import pandas as pd

    width = max(map(len, rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    return pd.DataFrame(padded, columns=range(width), dtype=str)


def cells_with(signs: str, column: Series[str]) -> dict[int, str]:
    """The cells of the column that hold one of these signs, by row."""
    cells = column.tolist()
    text = "".join(cells)
    some = [sign for sign in signs if sign in text]
    if not some:  # as in most columns
        return {}
    rows = zip(column.index.tolist(), cells, strict=True)
    return {row: cell for row, cell in rows for sign in some if sign in cell}


def numbered(frame: DataFrame) -> Iterator[tuple[int, list[str]]]:
    """The rows of the frame, with their numbers."""
    return zip(frame.index.tolist(), frame.to_numpy().tolist(), strict=True)
