"""The rows of a worksheet that nobody sees, because of a filter or by hand: calamine gives them as
all others.

XLSB has them too, in a form that is not read here.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from merge.recipients import biff
from merge.recipients.errorcells import attribute, elements, holds, local, part_of
from merge.recipients.ole import streams
from merge.recipients.source import Source

_BLOCK_BYTES = 1 << 20


def hidden_rows(source: Source, sheet: str) -> frozenset[int]:
    """Their numbers, from 1, in one worksheet of a workbook that `check_container` let pass."""
    with source.open() as file:
        if file.read(2) != b"PK":
            file.seek(0)
            return frozenset(biff.hidden_rows(streams(file).get("Workbook", b""), sheet))
        with zipfile.ZipFile(file) as package:
            is_ods = "content.xml" in package.namelist()
            return frozenset((_of_ods if is_ods else _of_xlsx)(package, sheet))


# XLSX: ECMA-376 part 1, 18.3.1.73 (row)

_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_IS_HIDDEN = re.compile(rb'\shidden="(?:1|true)"')
_NUMBER = re.compile(rb'\sr="(\d+)"')


def _of_xlsx(package: zipfile.ZipFile, sheet: str) -> Iterator[int]:
    part = part_of(package, sheet)
    if part not in package.namelist():
        return
    with package.open(part) as content:
        rest = b""
        while block := content.read(_BLOCK_BYTES):
            text = rest + block
            end = text.rfind(b"<")
            if b"hidden=" in text:
                for row in _ROW.finditer(text, 0, end):
                    number = _NUMBER.search(row[0])
                    if number and _IS_HIDDEN.search(row[0]):
                        yield int(number[1])
            rest = text[end:]


# ODS: OpenDocument 1.3 part 3, 19.749 (table:visibility)


def _of_ods(package: zipfile.ZipFile, sheet: str) -> Iterator[int]:
    with package.open("content.xml") as content:
        if not holds(content, b':visibility="'):
            return
    row, is_wanted = 1, False
    for element in elements(package, "content.xml", begun=("table",)):
        tag = local(element.tag)
        if tag == "table":
            row, is_wanted = 1, attribute(element, "name") == sheet
        elif tag == "table-row":
            last = row + int(attribute(element, "number-rows-repeated") or 1)
            if is_wanted and attribute(element, "visibility") in ("collapse", "filter"):
                yield from range(row, last)
            row = last
            element.clear()
