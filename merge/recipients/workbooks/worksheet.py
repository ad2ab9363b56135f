"""One worksheet of an XLSX, XLS or ODS → records of text; the door to calamine."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zipfile import ZipFile

from merge.errors import SheetError
from merge.recipients.source import Source
from merge.recipients.workbooks import moments, ods, xlsx
from merge.recipients.workbooks.cell_facts import SheetFacts
from merge.recipients.workbooks.container import BROKEN, check_package, check_size
from merge.recipients.workbooks.numberformats import general, shown, shown_text
from merge.recipients.workbooks.xls import OldWorkbook

_MEGABYTES_AT_MOST = 200

# What LibreOffice keeps in an ODS of the workbooks that formulas look into: 'file:///a.ods'#$Sheet1
_OF_ANOTHER = re.compile(r"'\w+:.*'#", re.DOTALL)

Values = list[list[Any]]
"""Of the cells of a worksheet from A1 on, of whatever type; "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """What was wanted: its rows from the first one on, from column A on; by row, the columns of
    cells that it shows otherwise; the numbers of hidden rows. `names` are the visible worksheets.
    """

    name: str
    names: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    unlike: Mapping[int, Sequence[int]]
    hidden: frozenset[int]


def worksheet(source: Source, wanted: str | None) -> Worksheet:
    """The wanted worksheet, which may be hidden; else the first visible one with text.

    SheetError: "sheet-too-large", "workbook-password", "workbook-damaged", "stray-cell" (`cell` is
    far away from all others), "not-a-sheet", "not-one-of", "sheet-empty".
    """
    check_size(source.size, _MEGABYTES_AT_MOST)
    with _damage_told():
        book = _Package(source) if source.data.startswith(b"PK") else OldWorkbook(source.data)
        name, names, values, facts = _chosen(book, wanted)
    rows, unlike = _as_shown(values, facts)
    hidden = frozenset(facts.hidden_rows())
    return Worksheet(name=name, names=names, rows=rows, unlike=unlike, hidden=hidden)


@contextmanager
def _damage_told() -> Iterator[None]:
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError:
        raise SheetError("workbook-password") from None
    except (CalamineError, *BROKEN):
        raise SheetError("workbook-damaged") from None
    except BaseException as error:
        # calamine's own: an OSError without a number, of a part that is cut, and a panic of Rust,
        # whose class has no address.
        is_panic = type(error).__name__ == "PanicException"
        if not is_panic and getattr(error, "errno", 0) is not None:
            raise
        raise SheetError("workbook-damaged") from None


class _Package:
    """An XLSX or ODS."""

    def __init__(self, source: Source) -> None:
        from python_calamine import SheetVisibleEnum, load_workbook

        self._package = package = ZipFile(source.open())
        check_package(package)
        self._tables = ods.facts(package) if ods.CONTENT in package.namelist() else None
        self._book = load_workbook(source.open())
        self.sheets = [
            (each.name, each.visible == SheetVisibleEnum.Visible)
            for each in self._book.sheets_metadata
            if not _OF_ANOTHER.match(each.name)
        ]

    def read(self, name: str) -> tuple[Values, SheetFacts]:
        """The worksheet's values, and what else it says."""
        # Before calamine, which allocates every cell up to the last one.
        facts = self._tables[name] if self._tables else xlsx.facts(self._package, name)
        sheet = self._book.get_sheet_by_name(name)
        for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
            facts.merged.append((top + 1, bottom + 1, left + 1))
        return sheet.to_python(skip_empty_area=False), facts


def _chosen(
    book: _Package | OldWorkbook, wanted: str | None
) -> tuple[str, tuple[str, ...], Values, SheetFacts]:
    """The name of the worksheet that is read, those that could be, and what it says."""
    if wanted is not None and wanted not in (name for name, _ in book.sheets):
        choices = ", ".join(name for name, _ in book.sheets)
        raise SheetError("not-one-of", value=wanted, choices=choices)
    visible = tuple(name for name, is_visible in book.sheets if is_visible)
    for name in [wanted] if wanted else visible:
        values, facts = book.read(name)
        if wanted or any(_cell_text(cell).strip() for row in values for cell in row):
            return name, visible, values, facts
    raise SheetError("sheet-empty")


def _as_shown(values: Values, facts: SheetFacts) -> tuple[list[list[str]], dict[int, list[int]]]:
    """The rows as the sheet shows them, and by row the columns of cells that it shows otherwise."""
    rows = [[_cell_text(value) for value in row] for row in values]
    unlike: dict[int, list[int]] = {}
    formatted = (
        (row, column, _formatted(values[row - 1][column - 1], code))
        for (column, code), numbers in facts.formats.items()
        for row in numbers
        if row <= len(values) and column <= len(values[row - 1])
    )
    for row, column, text in itertools.chain(formatted, facts.shown):
        rows.extend([] for _ in range(len(rows), row))
        cells = rows[row - 1]
        cells.extend([""] * (column - len(cells)))
        if text is None:
            unlike.setdefault(row, []).append(column)
        else:
            cells[column - 1] = text
    for first, last, column in facts.merged:
        for cells in rows[first:last]:
            # One without anything of its own is the lower half of one that is twice as high.
            if column <= len(cells) and not cells[column - 1] and any(map(str.strip, cells)):
                cells[column - 1] = "".join(rows[first - 1][column - 1 : column])
    return rows, unlike


def _formatted(value: Any, code: str) -> str | None:
    """The value as the format shows it; None where that is not known."""
    if isinstance(value, date | time | timedelta):
        return moments.shown(value, code)
    if isinstance(value, bool) or value == "":
        return _cell_text(value)
    return shown_text(value, code) if isinstance(value, str) else shown(value, code)


def _cell_text(value: Any) -> str:
    """A cell without a format of its own as a person reads it: 1001 and not "1001.0", and of a
    moment the day.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return general(value) if math.isfinite(value) else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)
