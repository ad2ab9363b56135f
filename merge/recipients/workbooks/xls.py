"""XLS: an Excel workbook of 1997 to 2003, or older; the door to xlrd.

calamine says neither the errors of these files nor their formats and hidden rows, and ends the
process where they promise too much.
"""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from merge.errors import SheetError
from merge.recipients.workbooks.cell_facts import SheetFacts
from merge.recipients.workbooks.moments import NIL
from merge.recipients.workbooks.numberformats import BUILT_IN, GENERAL, changes

_NIL_OF_MACINTOSH = datetime(1904, 1, 1)
_LOCKED_PACKAGE = "EncryptedPackage".encode("utf-16-le")  # an XLSX behind a password


class OldWorkbook:
    """An .xls.

    SheetError: "workbook-password", "workbook-damaged" for another OLE2 file, too.
    """

    def __init__(self, data: bytes) -> None:
        import xlrd

        try:
            self._book = xlrd.open_workbook(
                file_contents=data, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
            )
        except MemoryError:
            raise
        except Exception as error:  # whatever a torn file makes of it
            is_locked = "encrypted" in str(error) or _LOCKED_PACKAGE in data
            raise SheetError(f"workbook-{'password' if is_locked else 'damaged'}") from None
        own = {each.format_key: each.format_str for each in self._book.format_list}
        numbers = [style.format_key for style in self._book.xf_list]
        meant = [own.get(number) or BUILT_IN.get(number, GENERAL) for number in numbers]
        self._codes = {style: code for style, code in enumerate(meant) if changes(code)}
        self._nil = _NIL_OF_MACINTOSH if self._book.datemode else NIL
        self.sheets = [(sheet.name, not sheet.visibility) for sheet in self._book.sheets()]

    def read(self, name: str) -> tuple[list[list[Any]], SheetFacts]:
        """The values of a worksheet from A1 on, and what else it says."""
        import xlrd

        sheet = self._book.sheet_by_name(name)
        found = SheetFacts(last=sheet.nrows)
        found.hidden = [(row + 1, row + 1) for row, has in sheet.rowinfo_map.items() if has.hidden]
        found.merged = [(top + 1, below, left + 1) for top, below, left, _ in sheet.merged_cells]
        values: list[list[Any]] = []
        for row in range(sheet.nrows):
            values.append([])
            for column, cell in enumerate(sheet.row(row), start=1):
                value = cell.value
                match cell.ctype:
                    case xlrd.XL_CELL_BOOLEAN:
                        value = bool(value)
                    case xlrd.XL_CELL_DATE:
                        with suppress(OverflowError):
                            value = self._nil + timedelta(days=value)
                    case xlrd.XL_CELL_ERROR:
                        shown = xlrd.error_text_from_code.get(value)
                        found.shown.append((row + 1, column, shown))
                        value = ""
                values[-1].append(value)
                if code := self._codes.get(cell.xf_index):
                    found.formats[column, code].append(row + 1)
        return values, found
