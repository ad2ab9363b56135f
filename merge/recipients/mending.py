"""Cells that a person mended in what was read of a sheet, put in the place of the sheet's own.

A cell is found again in a later file by what it says and by who its row is about; where the file
says something else by then, the file counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from merge.model import MendedCell, RowProblem
from merge.recipients.cells import Cells, shown
from merge.recipients.columns import IDENTITY, Columns
from merge.recipients.sheet import Row, Table

Place = tuple[int, str]
"""A row's number and a header."""


@dataclass(slots=True)
class Mending:
    """The rows of a table with mended cells in them; `done` are those of the last time through.

    `here` are cells of this very file, by their place; each is what it says now, and wins over one
    that is `known` from before. What it says already is not mended.
    """

    table: Table
    columns: Columns
    known: Sequence[MendedCell] = ()
    here: Mapping[Place, str] = field(default_factory=dict)
    done: list[MendedCell] = field(default_factory=list)

    @property
    def mended(self) -> Table:
        """The table with them; a mended cell is told as "cell-mended"."""
        if not self.known and not self.here:
            return self.table
        return replace(self.table, rows=_Mended(self))


@dataclass(frozen=True, slots=True)
class _Mended:
    """Can be iterated again and again, as the rows of a table can."""

    mending: Mending

    def __iter__(self) -> Iterator[Row | RowProblem]:
        mending = self.mending
        mending.done.clear()
        table = mending.table
        places = {header: place for place, header in enumerate(table.headers)}
        who = [
            place
            for name, place in mending.columns.fields.items()
            if name in (*IDENTITY, "department")
        ]
        known = _Known(mending.known, places)
        here: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for (number, header), after in mending.here.items():
            if header in places:
                here[number].append((header, after))
        for row in table.rows:
            if isinstance(row, RowProblem):
                yield row
                continue
            anchor = tuple(row.cells[place] for place in who)
            meant = dict(known.of(row, anchor))
            meant |= here.get(row.number, {})
            changes = {
                header: after
                for header, after in meant.items()
                if row.cells[places[header]] != after
            }
            if not changes:
                yield row
                continue
            cells, told = list(row.cells), list[RowProblem]()
            for header, after in changes.items():
                before = cells[places[header]]
                cells[places[header]] = after
                mending.done.append(MendedCell(row.number, header, before, after, anchor))
                told.append(table.problem("cell-mended", row.number, header, shown(before), after))
            yield Row(row.number, tuple(cells))
            yield from told


class _Known:
    """The cells that were mended before, found by what they say and whose they are."""

    def __init__(self, cells: Iterable[MendedCell], places: Mapping[str, int]) -> None:
        self._columns = {
            cell.column: places[cell.column] for cell in cells if cell.column in places
        }
        self._cells: dict[tuple[str, str, tuple[str, ...]], list[MendedCell]] = defaultdict(list)
        for cell in cells:
            self._cells[cell.column, cell.before, cell.anchor].append(cell)

    def of(self, row: Row, anchor: Cells) -> Iterator[tuple[str, str]]:
        """Header and text of each cell of the row that is mended. Of several that are alike in all
        but their place, that of this row.
        """
        for header, place in self._columns.items():
            alike = self._cells.get((header, row.cells[place], anchor), [])
            if len({cell.after for cell in alike}) > 1:
                alike = [cell for cell in alike if cell.row == row.number]
            for cell in alike[-1:]:
                yield header, cell.after
