"""One worksheet of an XLSX, XLSB, XLS or ODS → records of text; the door to calamine."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from merge.errors import SheetError
from merge.recipients.cells import Cells
from merge.recipients.source import Source
from merge.recipients.workbooks import moments
from merge.recipients.workbooks.cell_facts import CellRange, CellRanges, SheetFacts
from merge.recipients.workbooks.container import check_container, left_out
from merge.recipients.workbooks.numberformats import general, shown, shown_text

if TYPE_CHECKING:
    from python_calamine import CalamineSheet


# What LibreOffice keeps in an ODS of the workbooks that formulas look into: 'file:///a.ods'#$Sheet1
_OF_ANOTHER = re.compile(r"'\w+:.*'#", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """What was wanted; `names` are the visible worksheets that have text, `hidden` the numbers of
    the rows that are not shown.
    """

    name: str
    names: tuple[str, ...]
    records: WorksheetRecords
    hidden: frozenset[int]


def worksheet(source: Source, wanted: str | None) -> Worksheet:
    """The wanted worksheet, which may be hidden; else the first visible one with text.

    SheetError: "sheet-too-large", "workbook-password", "workbook-damaged", "stray-cell",
    "not-a-sheet", "not-one-of", "sheet-empty".
    """
    from python_calamine import CalamineError, PasswordError, SheetVisibleEnum, load_workbook

    scans = check_container(source)
    try:
        with source.open() as file, load_workbook(file) as book:
            own = [each for each in book.sheets_metadata if not _OF_ANOTHER.match(each.name)]
            if wanted is not None and wanted not in (each.name for each in own):
                raise SheetError(
                    "not-one-of", value=wanted, choices=", ".join(each.name for each in own)
                )
            name, found, names = wanted, None, []
            for each in own:
                is_visible = each.visible == SheetVisibleEnum.Visible
                if not is_visible and each.name != wanted:
                    continue
                sheet = book.get_sheet_by_name(each.name)
                if is_visible and _has_text(sheet):
                    names.append(each.name)
                    name = name or each.name
                if each.name == name:
                    found = sheet
    except PasswordError:
        raise SheetError("workbook-password") from None
    except CalamineError:
        raise SheetError("workbook-damaged") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise SheetError("workbook-damaged") from None  # calamine's, of a part that is cut
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine's Rust; its class has no address
            raise
        raise SheetError("workbook-damaged") from None
    if name is None or found is None:
        raise SheetError("sheet-empty")
    facts = left_out(source, scans, name)
    return Worksheet(
        name=name,
        names=tuple(names),
        records=WorksheetRecords(found, facts, _merged(found, facts)),
        hidden=frozenset(facts.hidden_rows()),
    )


def _merged(sheet: CalamineSheet, facts: SheetFacts) -> CellRanges[int]:
    """The cells that are one with those below them."""
    merged: CellRanges[int] = CellRanges()
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            merged.note(top + 1, bottom + 1, left + 1, top)
    for first, last, column in facts.merged:
        merged.note(first, last, column, first)
    return merged


class WorksheetRecords:
    """The rows of one worksheet from the first one on, from column A on; made when asked for.

    `unlike` has the columns of cells that the sheet shows otherwise than they are given, by row;
    it is known of each row once that has been read. A merge that begins above the header's row, or
    in it, is none of the table's: set `header_row` once it is known.
    """

    def __init__(self, sheet: CalamineSheet, facts: SheetFacts, merged: CellRanges[int]) -> None:
        self._sheet = sheet
        self._errors = facts.errors
        self._shown = facts.shown
        self._formats = facts.formats
        self._merged = merged
        self.header_row = 0
        self.unlike: dict[int, tuple[int, ...]] = {}

    def __iter__(self) -> Iterator[Cells]:
        skipped = (self._sheet.start or (0, 0))[1]
        left = ("",) * skipped
        formats, shown = self._formats.walk(), self._shown.walk()
        sharing = _Sharing(self._merged, self.header_row) if self._merged else None
        for number, row in enumerate(self._sheet.iter_rows(), start=1):
            cells = left + tuple(map(_cell_text, row))
            if number in self._errors:
                cells = _with_errors(cells, self._errors[number])
            if here := formats.at(number):
                cells = self._formatted(number, cells, row, here, skipped)
            if self._shown:
                texts = [(each.column, each.value) for each in shown.at(number)]
                cells = self._replaced(number, cells, texts)
            yield sharing.filled(number, cells) if sharing else cells

    def _formatted(
        self,
        number: int,
        cells: Cells,
        row: Sequence[Any],
        formats: Sequence[CellRange[str]],
        skipped: int,
    ) -> Cells:
        """The cells as their formats show them; `row` has the values from the column on that
        follows those that are skipped.
        """
        made = []
        for span in formats:
            at = span.column - 1 - skipped
            value = row[at] if 0 <= at < len(row) else ""
            if type(value) is float or type(value) is int:  # nearly all; a truth is none
                made.append((span.column, shown(value, span.value)))
            elif isinstance(value, date | time | timedelta):
                made.append((span.column, moments.shown(value, span.value)))
            elif value and isinstance(value, str):
                made.append((span.column, shown_text(value, span.value)))
        return self._replaced(number, cells, made)

    def _replaced(self, number: int, cells: Cells, made: Sequence[tuple[int, str | None]]) -> Cells:
        """The cells with what is shown in their place; None where that is not known."""
        if not made:
            return cells
        replaced, unlike = list(cells), []
        for column, text in made:
            if text is None:
                unlike.append(column)
            elif column <= len(replaced):
                replaced[column - 1] = text
        if unlike:
            self.unlike[number] = tuple(unlike)
        return tuple(replaced)


class _Sharing:
    """Cells that are merged with those below them: the value is that of each of the rows.

    A row without anything of its own stays empty: it is the lower half of one that is twice as
    high.
    """

    def __init__(self, merged: CellRanges[int], header_row: int) -> None:
        self._walk = merged.walk()
        self._header_row = header_row
        self._values: dict[int, tuple[int, str]] = {}  # of the uppermost row, by column

    def filled(self, number: int, cells: Cells) -> Cells:
        """The cells of the row, with those that they share."""
        here = self._walk.at(number)
        if not here:
            return cells
        filled = list(cells)
        for span in here:
            if span.first == number and span.column <= len(cells):
                self._values[span.column] = number, cells[span.column - 1]
        if any(map(str.strip, cells)):
            for span in here:
                first, value = self._values.get(span.column, (0, ""))
                is_below = span.first == first < number and first > self._header_row
                if is_below and span.column <= len(filled) and not filled[span.column - 1]:
                    filled[span.column - 1] = value
        return tuple(filled)


def _with_errors(cells: Cells, errors: Mapping[int, str]) -> Cells:
    width = max(len(cells), *errors)
    padded = cells + ("",) * (width - len(cells))
    return tuple(errors.get(column, cell) for column, cell in enumerate(padded, start=1))


def _has_text(sheet: CalamineSheet) -> bool:
    return any(_cell_text(cell).strip() for row in sheet.iter_rows() for cell in row)


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
