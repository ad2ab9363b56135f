"""Replace cells of a sheet by a person's corrections.

A correction applies to a later file, too, where the cell has the same text and its row is about the
same recipient; any other text of the file counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from merge.model import MendedCell, RowProblem
from merge.recipients.cells import Cells, shown
from merge.recipients.columns import Columns
from merge.recipients.sheet import Row, Table

Place = tuple[int, str]
"""A row's number and a header."""


@dataclass(slots=True)
class Mending:
    """Corrections for one table; `done` are those that were applied.

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
        """The corrected table; behind its row each correction is a RowProblem "cell-mended"."""
        if not self.known and not self.here:
            return self.table
        self.done.clear()
        return replace(self.table, rows=[*self._rows()])

    def _rows(self) -> Iterator[Row | RowProblem]:
        named = (*self.columns.identity, "department")
        who = [i for name, i in self.columns.fields.items() if name in named]
        known: dict[tuple[str, str, Cells], list[MendedCell]] = defaultdict(list)
        for each in self.known:
            known[each.column, each.before, each.anchor].append(each)
        columns = dict.fromkeys(each.column for each in self.known)
        here: dict[int, dict[str, str]] = defaultdict(dict)
        for (number, header), after in self.here.items():
            here[number][header] = after
        for row in self.table.rows:
            if isinstance(row, RowProblem):
                yield row
                continue
            cells = dict(zip(self.table.headers, row.cells, strict=True))
            anchor = tuple(row.cells[i] for i in who)
            alike = ((name, known.get((name, cells.get(name, ""), anchor), ())) for name in columns)
            meant = {name: after for name, some in alike for after in _meant(some, row.number)}
            changes = {
                header: after
                for header, after in (meant | here[row.number]).items()
                if cells.get(header, after) != after
            }
            yield Row(row.number, tuple((cells | changes).values()))
            for header, after in changes.items():
                before = cells[header]
                self.done.append(MendedCell(row.number, header, before, after, anchor))
                yield self.table.problem("cell-mended", row.number, header, shown(before), after)


def _meant(alike: Sequence[MendedCell], row: int) -> list[str]:
    """What the last of these says; where several differ only in their place, that of the row."""
    if len({each.after for each in alike}) > 1:
        alike = [each for each in alike if each.row == row]
    return [each.after for each in alike[-1:]]
