"""One worksheet of an XLSX, XLSB, XLS or ODS → records of text; the door to calamine."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from merge.errors import SheetError
from merge.recipients.cells import Cells
from merge.recipients.container import check_container
from merge.recipients.package import scanned
from merge.recipients.source import Source

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

    SheetError: "workbook-too-large", "workbook-password", "workbook-damaged", "stray-cell",
    "not-a-sheet", "no-such-worksheet", "sheet-empty".
    """
    from python_calamine import CalamineError, PasswordError, SheetVisibleEnum, load_workbook

    scans = check_container(source)
    try:
        with source.open() as file, load_workbook(file) as book:
            own = [each for each in book.sheets_metadata if not _OF_ANOTHER.match(each.name)]
            if wanted is not None and wanted not in (each.name for each in own):
                raise SheetError(
                    "no-such-worksheet", sheet=wanted, sheets=", ".join(each.name for each in own)
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
    beside = scanned(source, scans, name)
    return Worksheet(
        name=name,
        names=tuple(names),
        records=WorksheetRecords(found, beside.errors),
        hidden=frozenset(beside.hidden_rows()),
    )


class WorksheetRecords:
    """The rows of one worksheet from the first one on, from column A on; made when asked for."""

    def __init__(self, sheet: CalamineSheet, errors: Mapping[int, Mapping[int, str]]) -> None:
        self._sheet = sheet
        self._errors = errors

    def __iter__(self) -> Iterator[Cells]:
        left = ("",) * (self._sheet.start or (0, 0))[1]
        for number, row in enumerate(self._sheet.iter_rows(), start=1):
            cells = left + tuple(map(_cell_text, row))
            yield _with_errors(cells, self._errors[number]) if number in self._errors else cells


def _with_errors(cells: Cells, errors: Mapping[int, str]) -> Cells:
    width = max(len(cells), *errors)
    padded = cells + ("",) * (width - len(cells))
    return tuple(errors.get(column, cell) for column, cell in enumerate(padded, start=1))


def _has_text(sheet: CalamineSheet) -> bool:
    return any(_cell_text(cell).strip() for row in sheet.iter_rows() for cell in row)


def _cell_text(value: Any) -> str:
    """A cell as a person reads it: 1001 and not "1001.0", a day without its midnight.

    Numbers are shown as Excel does, to 15 digits, but never as 3.3E+10. calamine has no number
    formats: 25 % is 0.25.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        return format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
