"""XLSX: how far the cells of a worksheet go, its errors and hidden rows, its number formats.

ECMA-376 part 1: 18.3.1.73 (row), 18.3.1.4 (c; its style is s), 18.18.11 (the type "e"), 18.8.30
(numFmt), 18.8.10 (cellXfs).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import lru_cache
from zipfile import ZipFile

from merge.recipients.cells import UNCOMPUTED
from merge.recipients.workbooks.cell_facts import SheetFacts, column_number
from merge.recipients.workbooks.container import elements
from merge.recipients.workbooks.numberformats import BUILT_IN, GENERAL, changes

_STYLES = "xl/styles.xml"

_number = lru_cache(column_number)


def facts(package: ZipFile, sheet: str) -> SheetFacts:
    """What one worksheet says. SheetError as of `SheetFacts.fill` and `elements`."""
    found = SheetFacts()
    codes = _codes(package) if _STYLES in package.namelist() else {}
    row = 0
    for _, element in elements(package, _part(package, sheet), "row"):
        row = int(element.get("r") or row + 1)
        if element.get("hidden") in ("1", "true"):
            found.hidden.append((row, row))
        column = 0
        for cell in element:
            if place := cell.get("r"):
                letters = place.rstrip("0123456789")
                row, column = int(place[len(letters) :]), _number(letters)
            else:
                column += 1
            if not len(cell):
                continue
            found.fill(row, column)
            kind = cell.get("t")
            # A formula that has computed to no text at all says so: t="str".
            if kind == "e" or (not kind and cell[0].tag.endswith("}f")):
                value = "".join(each.text or "" for each in cell if each.tag.endswith("}v"))
                if kind or not value:
                    found.shown.append((row, column, value or UNCOMPUTED))
            if code := codes.get(cell.get("s", "")):
                found.formats[column, code].append(row)
    return found


def _part(package: ZipFile, sheet: str) -> str:
    """The part that a worksheet is in."""
    named = {}
    for _, element in elements(package, "xl/workbook.xml", "sheet"):
        identity = next((value for name, value in element.items() if name.endswith("}id")), "")
        named[identity] = element.get("name")
    for _, element in elements(package, "xl/_rels/workbook.xml.rels", "Relationship"):
        if named.get(element.get("Id", "")) == sheet:
            path = posixpath.join("/xl", element.get("Target", ""))
            return posixpath.normpath(path).lstrip("/")
    raise KeyError(sheet)


def _codes(package: ZipFile) -> Mapping[str, str]:
    """The format code of each style, by its number, where it changes what is shown."""
    own: dict[str | None, str | None] = {}
    codes = {}
    for kind, element in elements(package, _STYLES, "numFmts", "cellXfs"):
        if kind == "numFmts":
            own = {each.get("numFmtId"): each.get("formatCode") for each in element}
            continue
        for style, each in enumerate(element):
            number = each.get("numFmtId", "0")
            code = own.get(number) or BUILT_IN.get(int(number), GENERAL)
            if changes(code):
                codes[str(style)] = code
    return codes
