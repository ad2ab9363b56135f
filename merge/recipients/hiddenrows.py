"""The rows of a worksheet that nobody sees, because of a filter or by hand: calamine gives them as
all others.

XLSB has them too, in a form that is not read here.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from merge.recipients import biff
from merge.recipients.package import attribute, found_in, ods_rows, xlsx_rows
from merge.recipients.source import Source


def hidden_rows(source: Source, sheet: str) -> frozenset[int]:
    """Their numbers, from 1, in one worksheet of a workbook that `check_container` let pass."""
    found = found_in(
        source,
        of_xls=lambda workbook: biff.hidden_rows(workbook, sheet),
        of_xlsx=lambda package: _of_xlsx(package, sheet),
        of_ods=lambda package: _of_ods(package, sheet),
    )
    return frozenset(found)


# XLSX: ECMA-376 part 1, 18.3.1.73 (row)

_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_IS_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_NUMBER = re.compile(rb'\sr="(\d+)"')


def _of_xlsx(package: zipfile.ZipFile, sheet: str) -> Iterator[int]:
    for rows in xlsx_rows(package, sheet):
        if b"hidden=" in rows:
            for row in _ROW.finditer(rows):
                number = _NUMBER.search(row[0])
                if number and _IS_HIDDEN.search(row[0]):
                    yield int(number[1])


# ODS: OpenDocument 1.3 part 3, 19.749 (table:visibility)


def _of_ods(package: zipfile.ZipFile, sheet: str) -> Iterator[int]:
    for rows, element in ods_rows(package, sheet, b':visibility="'):
        if attribute(element, "visibility") in ("collapse", "filter"):
            yield from rows
