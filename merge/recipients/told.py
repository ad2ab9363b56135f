"""A sheet as a confined helper tells it: the table without its rows, then rows, some at a time.

The rows are of JSON's own kinds, [number, [cell, …]], which costs least; a problem is told with all
its fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, get_type_hints

from merge.confined.plain import rebuilt
from merge.model import RowProblem
from merge.recipients.sheet import Row, Table, read_sheet

_ROWS_AT_ONCE = 500

_HEAD = {name: kind for name, kind in get_type_hints(Table).items() if name not in ("path", "rows")}
"""The fields of a table that are told first, and their types."""


def tell(path: Path, reading: dict[str, Any]) -> Iterator[object]:
    """Read the sheet and tell it. SheetError as in `read_sheet`."""
    table = read_sheet(path, **reading)
    yield [getattr(table, name) for name in _HEAD]
    rows = iter(table.rows)
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield [(row.number, row.cells) if isinstance(row, Row) else (0, row, "") for row in some]


def heard(head: list[Any], rows: Iterable[Row | RowProblem], path: str) -> Table:
    """The table of which this was told first. ValueError when it is none."""
    told = {name: rebuilt(_HEAD[name], value) for name, value in zip(_HEAD, head, strict=True)}
    problems = tuple(_here(problem, path) for problem in told.pop("problems"))
    return Table(path=path, rows=rows, problems=problems, **told)


def rows_heard(told: list[Any], path: str) -> Iterator[Row | RowProblem]:
    """The rows of one answer behind the first."""
    for number, cells, *problem in told:
        if problem:
            yield _here(rebuilt(RowProblem, cells), path)
        else:
            yield Row(number, tuple(cells))


def _here(problem: RowProblem, path: str) -> RowProblem:
    """By the name that a person gave the sheet: a helper may have read a copy."""
    return replace(problem, path=path)
