"""The rows of a sheet as a pandas frame. Cells are read by a function that is called once for all
rows in which they are equal.

A frame has a row for each row of the sheet, under its number there. No cell is NaN: what a row does
not say is "", or None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from merge.model import Recipient
from merge.recipients.cells import CellProblem, Problems

pd.set_option("mode.performance_warnings", False)  # columns of a wide sheet are put in one by one

Column: TypeAlias = "pd.Series[Any]"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a sheet: a frame of cells, and what is wrong with them."""

    cells: pd.DataFrame
    problems: defaultdict[Any, Problems]  # by row

    @classmethod
    def of(
        cls, rows: Iterable[Sequence[Any]], numbers: Iterable[int], columns: Iterable[str]
    ) -> Rows:
        cells = pd.DataFrame([*rows], index=[*numbers], columns=[*columns], dtype=object)
        return cls(cells, defaultdict(Problems))

    def __getitem__(self, column: str) -> Column:
        """The cells of a column, "" where there is none of that name."""
        return self.cells[column] if column in self.cells else self.column_of("")

    def __iter__(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Each row's number and cells."""
        for number, *cells in self.cells.itertuples(name=None):
            yield number, tuple(cells)

    def column_of(self, cell: Any) -> Column:
        """A column with this cell in all rows."""
        return pd.Series([cell] * len(self.cells), index=self.cells.index, dtype=object)

    def having(self, /, **columns: Any) -> Rows:
        """These rows with columns put in or replaced."""
        cells = self.cells.copy(deep=False)
        for name, column in columns.items():
            cells[name] = pd.Series(column, cells.index, dtype=object)
        return Rows(cells, self.problems)

    def where(self, chosen: Any) -> Rows:
        """The rows for which `chosen`, a column of booleans, is True."""
        return self if chosen.all() else Rows(self.cells[chosen], self.problems)

    def without(self, lost: Mapping[Any, CellProblem]) -> Rows:
        """These rows without the `lost` ones, whose one problem is now the one given here."""
        self.problems.update((row, Problems([problem])) for row, problem in lost.items())
        return self.where(~self.cells.index.isin([*lost]))

    def asked(
        self, careful: Callable[..., Any], reads: Sequence[str], gives: Sequence[str] | None = None
    ) -> Rows:
        """These rows with the columns `gives`, by default the first that it `reads`.

        `careful` is called once for all rows with equal cells in the columns that it `reads`. It
        returns the cell to give, or a tuple of them where several columns are given, and adds what
        is wrong to its argument `problems`: then each of these rows has that problem.
        """
        gives = reads[:1] if gives is None else gives
        columns = [self[name] for name in reads]
        alike = columns[0].groupby(columns, sort=False, dropna=False).ngroup()
        is_first = ~alike.duplicated()
        made: list[Any] = []
        doubtful: dict[int, Problems] = {}
        problems = Problems()
        for cells in zip(*(column[is_first] for column in columns), strict=True):
            made.append(careful(*cells, problems=problems))
            if problems:
                doubtful[len(made) - 1], problems = problems, Problems()
        for row, number in alike[alike.isin(doubtful)].items() if doubtful else ():
            self.problems[row] += doubtful[number]
        if len(gives) == 1:
            return self.having(**{gives[0]: _spread(made, alike)})
        parts = ([each[i] for each in made] for i in range(len(gives)))
        return self.having(
            **{name: _spread(part, alike) for name, part in zip(gives, parts, strict=True)}
        )


def kept(header: str) -> str:
    """The name of the column for cells that a recipient keeps under their header."""
    return f"[{header}]"


def recipients_of(people: Rows) -> Iterator[Recipient]:
    """The recipient of each row; the columns are the parts of a recipient, and `kept` cells."""
    names = [name for name in map(str, people.cells) if name.startswith("[")]
    headers = [name[1:-1] for name in names]
    texts = people.cells[names].itertuples(name=None)
    fields = (dict(zip(headers, cells, strict=True)) for _row, *cells in texts)
    parts = (fields if part == "fields" else people[part] for part in Recipient._fields)
    return map(Recipient._make, zip(*parts, strict=True))


def mapped(careful: Callable[[Any], Any], column: Column) -> Column:
    """What `careful` makes of the cells of a column."""
    alike, distinct = column.factorize()
    return _spread([*map(careful, distinct)], pd.Series(alike, column.index))


def whether(careful: Callable[[Any], object], column: Column) -> Column:
    """A column of booleans: what `careful` says of each cell."""
    return mapped(careful, column).astype(bool)


def _spread(values: list[Any], alike: Column) -> Column:
    """A column with, in each row, the value at the index that `alike` has there."""
    return pd.Series(values, dtype=object).take(alike.to_numpy()).set_axis(alike.index)
