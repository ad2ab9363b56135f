"""The cells of a worksheet that show an error (#N/A), and the formulas that nobody has computed:
calamine gives both as empty ones.

XLSB has them too, in a form that is not read here.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from merge.recipients import biff
from merge.recipients.cells import UNCOMPUTED
from merge.recipients.package import attribute, found_in, local, ods_rows, xlsx_rows
from merge.recipients.source import Source

Errors = Mapping[int, Mapping[int, str]]
"""What is shown, by row, then by column, both counted from 1."""


def error_cells(source: Source, sheet: str) -> Errors:
    """The errors in one worksheet of a workbook that `check_container` let pass."""
    found: dict[int, dict[int, str]] = {}
    cells = found_in(
        source,
        of_xls=lambda workbook: biff.errors(workbook, sheet),
        of_xlsx=lambda package: _of_xlsx(package, sheet),
        of_ods=lambda package: _of_ods(package, sheet),
    )
    for row, column, shown in cells:
        found.setdefault(row, {})[column] = shown
    return found


# XLSX: ECMA-376 part 1, 18.3.1.4 (c), 18.18.11 (the type "e")

_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^>/])>\s*<(?:\w+:)?f[\s>/](.*?)</(?:\w+:)?c>", re.DOTALL
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_RESULT = re.compile(rb"<(?:\w+:)?v>[^<]")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


def _of_xlsx(package: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, str]]:
    for rows in xlsx_rows(package, sheet):
        if b't="e"' in rows:
            for cell in _CELL.finditer(rows):
                place, value = _PLACE.search(cell[1]), _VALUE.search(cell[2])
                if place and value:
                    row, column = int(place[2]), column_number(place[1].decode())
                    yield row, column, html.unescape(value[1].decode(errors="replace"))
        if b"<f" in rows or b":f" in rows:
            for cell in _FORMULA.finditer(rows):
                place = _PLACE.search(cell[1])
                # One that has computed to no text at all says so: t="str".
                if place and b't="' not in cell[1] and not _RESULT.search(cell[2]):
                    yield int(place[2]), column_number(place[1].decode()), UNCOMPUTED


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# ODS: OpenDocument 1.3 part 3, 9.1; the type "error" is LibreOffice's own (calcext)

_ODS_ERROR = b'value-type="error"'


def _of_ods(package: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, str]]:
    for rows, element in ods_rows(package, sheet, _ODS_ERROR):
        for column, value in _errors_of_row(element):
            yield rows.start, column, value


def _errors_of_row(row: ElementTree.Element) -> Iterator[tuple[int, str]]:
    column = 1
    for cell in row:
        repeated = int(attribute(cell, "number-columns-repeated") or 1)
        if any(local(k) == "value-type" and v == "error" for k, v in cell.attrib.items()):
            # Its own paragraph: one of an annotation stands deeper.
            shown = (each for each in cell if local(each.tag) == "p")
            text = "".join(part for each in shown for part in each.itertext()).strip()
            yield from ((column + i, text) for i in range(repeated))
        column += repeated
