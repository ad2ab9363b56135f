"""Replace cells of a sheet by a person's corrections.

A correction applies to a later file, too, where the cell has the same text and its row is about the
same recipient; any other text of the file counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from merge.model import MendedCell, RowProblem
from merge.recipients.cells import Cells, shown
from merge.recipients.columns import Columns
from merge.recipients.sheet import Row, Table

Place = tuple[int, str]
"""A row's number and a header."""


@dataclass(slots=True)
class Mending:
    """Corrections for one table; `done` are those that the last iteration has applied.

    `here` are corrections of this very file by their place; they win over those `known` from
    earlier files.
    """

    table: Table
    columns: Columns
    known: Sequence[MendedCell] = ()
    here: Mapping[Place, str] = field(default_factory=dict)
    done: list[MendedCell] = field(default_factory=list)

    @property
    def mended(self) -> Table:
        """The corrected table; each correction yields a RowProblem "cell-mended"."""
        if not self.known and not self.here:
            return self.table
        return replace(self.table, rows=_Mended(self))


@dataclass(frozen=True, slots=True)
class _Mended:
    """The corrected rows; can be iterated again, as those of any table."""

    mending: Mending

    def __iter__(self) -> Iterator[Row | RowProblem]:
        mending = self.mending
        mending.done.clear()
        table = mending.table
        places = {header: place for place, header in enumerate(table.headers)}
        who = [
            place
            for name, place in mending.columns.fields.items()
            if name in (*mending.columns.identity, "department")
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
    """Corrections of earlier files, found by the text of the cell and the recipient of its row."""

    def __init__(self, cells: Iterable[MendedCell], places: Mapping[str, int]) -> None:
        self._columns = {
            cell.column: places[cell.column] for cell in cells if cell.column in places
        }
        self._cells: dict[tuple[str, str, tuple[str, ...]], list[MendedCell]] = defaultdict(list)
        for cell in cells:
            self._cells[cell.column, cell.before, cell.anchor].append(cell)

    def of(self, row: Row, anchor: Cells) -> Iterator[tuple[str, str]]:
        """Header and corrected text of each cell of the row that has a correction.

        Where several differ only in their place, that of this row counts.
        """
        for header, place in self._columns.items():
            alike = self._cells.get((header, row.cells[place], anchor), [])
            if len({cell.after for cell in alike}) > 1:
                alike = [cell for cell in alike if cell.row == row.number]
            for cell in alike[-1:]:
                yield header, cell.after
