"""What a confined helper does with a sheet: it opens it, and understands its rows (`answers`).

It keeps the sheet that it opened last for who asks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.answers import (
    AT_ONCE,
    NOTICED,
    PARTS,
    Question,
    RowCounts,
    SheetHead,
    Understood,
    column,
)
from merge.recipients.mayors import FileAge

if TYPE_CHECKING:
    from pandas import DataFrame

    from merge.recipients.sheet import Sheet

_kept: dict[tuple[Any, ...], Sheet] = {}  # one, by where, what and how it was read


def look(path: Path, reading: Mapping[str, Any], most: int | None = None) -> SheetHead:
    """Open the sheet. All of its rows, or the first. SheetError as in `read_sheet`."""
    from merge.recipients.sheet import read_sheet

    _kept.clear()
    sheet = read_sheet(path, **reading)
    _kept[path, sheet.sha256, *reading.values()] = sheet
    return sheet.head(most)


def understand(
    path: Path, reading: Mapping[str, Any], sha256: str, question: Question
) -> Iterator[object]:
    """`Understood`, then some people, problems and cells at a time, as `answers` takes them; those
    to whom the sheet says not to write come last.

    SheetError: those of `mending`, `contacts.read`; "sheet-changed" where it has
    another hash by now.
    """
    from merge.recipients import contacts
    from merge.recipients.frame import kept
    from merge.recipients.mending import mended

    if (path, sha256, *reading.values()) not in _kept:
        look(path, reading, 0)
    (sheet,) = _kept.values()
    if sheet.sha256 != sha256:
        raise SheetError("sheet-changed")
    columns = question.columns
    sheet, done = mended(sheet, columns, question.known, question.here)
    group, department = question.group, question.department
    found = contacts.read(sheet, columns, department=department, group=group)
    who, asked_not = (
        some.having(**{part: some[part] for part in PARTS}).cells
        for some in (found.recipients, found.asked_not)
    )
    taken = {n for row, rows in zip(who["row"], who["rows"], strict=True) for n in rows or (row,)}
    yield Understood(
        counts=RowCounts.of(sheet.filled, taken, found.problems),
        age=FileAge.of(sheet.frame),
        mended=tuple(done),
    )
    for some in _cut(found.problems):
        cells = (_cell(sheet.frame, each) for each in some)
        noticed = [attrgetter(*NOTICED[:-1])(each) for each in some]
        yield "problems", [len(some), *zip(*noticed, strict=True), [*cells]]
    nobody = {each.row for each in found.problems if each.code == "aside-row"}
    for some in _cut(sheet.frame.drop(index=[*nobody])) if group else ():
        yield "rows", [len(some), some.index.tolist(), *(some[h].tolist() for h in question.summed)]
    for some in chain.from_iterable(map(_cut, (who, asked_not))):
        names = (*PARTS, *map(kept, columns.others))
        yield "people", [len(some), *(column(some[name].tolist()) for name in names)]


def _cut(rows: Any) -> Iterator[Any]:
    """Some of the rows at a time."""
    return (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE))


def _cell(frame: DataFrame, problem: RowProblem) -> str | None:
    is_there = problem.row in frame.index and problem.column in frame
    return str(frame.at[problem.row, problem.column]) if is_there else None
