"""ODS: how far the cells of its tables go, their errors and hidden rows, what is shown in them.

OpenDocument 1.3 part 3, 9.1, 19.675 (rows) and 19.749 (visibility); the type "error" is
LibreOffice's own (calcext).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from merge.recipients.workbooks import moments
from merge.recipients.workbooks.cell_facts import SheetFacts
from merge.recipients.workbooks.container import elements
from merge.recipients.workbooks.numberformats import general, tidy

CONTENT = "content.xml"

_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TABLE, _TEXT = (f"{_NAMES}{name}:1.0}}" for name in ("office", "table", "text"))
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_NUMBERS = frozenset({"float", "percentage", "currency"})
_MOMENTS = frozenset({"date", "time"})
_NOT_THE_NUMBER = re.compile(r"\d[Ee][+-]?\d|\A#(?:FMT|#)")  # "1,2E+05", "#FMT", "###"


def facts(package: ZipFile) -> Mapping[str, SheetFacts]:
    """What the tables say, by their names. SheetError as of `SheetFacts.fill` and `elements`."""
    tables: dict[str, SheetFacts] = {}
    found, below = SheetFacts(), 1
    for kind, element in elements(package, CONTENT, "table", "table-row"):
        if kind == "table":
            tables[element.get(f"{_TABLE}name", "")] = found
            found, below = SheetFacts(), 1
            continue
        row, below = below, below + _repeated(element, "rows")
        if element.get(f"{_TABLE}visibility") in ("collapse", "filter"):
            found.hidden.append((row, below - 1))
        right = 0
        for cell in element:
            left, right = right + 1, right + _repeated(cell, "columns")
            _note(found, cell, range(row, below), range(left, right + 1))
    return tables


def _note(found: SheetFacts, cell: Element, rows: range, columns: range) -> None:
    """What a cell says, which stands in all these places."""
    if spanned := cell.get(f"{_TABLE}number-rows-spanned"):
        found.merged.append((rows.start, rows.start + int(spanned) - 1, columns.start))
    kind = cell.get(f"{_CALC}value-type") or cell.get(f"{_OFFICE}value-type")
    if not kind:
        return
    found.fill(rows.start, columns[-1])
    found.fill(rows[-1], columns[-1])
    shown = _shown(cell, kind)
    if shown != "":
        found.shown += [(row, column, shown) for row in rows for column in columns]


def _shown(cell: Element, kind: str) -> str | None:
    """What the cell shows; "" where calamine's value reads the same, None where the cell shows less
    than its value ("###").
    """
    if kind != "error" and kind not in _NUMBERS and kind not in _MOMENTS:
        return ""
    for space in cell.iter(f"{_TEXT}s"):
        space.text = " "
    # Its own paragraphs: one of a note stands deeper.
    text = "".join(part for p in cell.iterfind(f"{_TEXT}p") for part in p.itertext()).strip()
    if kind == "error" or not text:
        return text
    if kind in _MOMENTS:
        with suppress(ValueError):
            day = date.fromisoformat(cell.get(f"{_OFFICE}date-value", "").partition("T")[0])
            read = moments.as_read(text, day)
            return "" if read == day.isoformat() else read
        return text
    if text.replace(".", ",") == general(float(cell.get(f"{_OFFICE}value", "nan"))):
        return ""
    return None if _NOT_THE_NUMBER.search(text) else tidy(text)


def _repeated(element: Element, what: str) -> int:
    """How many equal ones this is."""
    return int(element.get(f"{_TABLE}number-{what}-repeated", "1"))
