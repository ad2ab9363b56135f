"""The cells of a worksheet that show an error (#N/A), and the formulas that nobody has computed:
calamine gives both as empty ones.

XLSB has them too, in a form that is not read here.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Container, Iterator, Mapping
from typing import IO
from xml.etree import ElementTree

from merge.recipients import biff
from merge.recipients.cells import UNCOMPUTED
from merge.recipients.ole import streams
from merge.recipients.source import Source

Errors = Mapping[int, Mapping[int, str]]
"""What is shown, by row, then by column, both counted from 1."""

_BLOCK_BYTES = 1 << 20


def error_cells(source: Source, sheet: str) -> Errors:
    """The errors in one worksheet of a workbook that `check_container` let pass."""
    found: dict[int, dict[int, str]] = {}
    for row, column, shown in _errors(source, sheet):
        found.setdefault(row, {})[column] = shown
    return found


def _errors(source: Source, sheet: str) -> Iterator[tuple[int, int, str]]:
    with source.open() as file:
        if file.read(2) != b"PK":
            file.seek(0)
            yield from biff.errors(streams(file).get("Workbook", b""), sheet)
            return
        with zipfile.ZipFile(file) as package:
            is_ods = "content.xml" in package.namelist()
            yield from (_of_ods if is_ods else _of_xlsx)(package, sheet)


# XLSX: ECMA-376 part 1, 18.3.1.4 (c), 18.18.11 (the type "e")

_CELL = re.compile(rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*[^>/])>\s*<(?:\w+:)?f[\s>/](.*?)</(?:\w+:)?c>", re.DOTALL
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_RESULT = re.compile(rb"<(?:\w+:)?v>[^<]")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


def _of_xlsx(package: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, str]]:
    part = part_of(package, sheet)
    if part not in package.namelist():
        return
    with package.open(part) as content:
        rest = b""
        while block := content.read(_BLOCK_BYTES):
            text = rest + block
            end = text.rfind(b"</row>") + 1 or text.rfind(b"row>") + 1
            if b't="e"' in text:
                for cell in _CELL.finditer(text, 0, end):
                    place, value = _PLACE.search(cell[1]), _VALUE.search(cell[2])
                    if place and value:
                        row, column = int(place[2]), column_number(place[1].decode())
                        yield row, column, html.unescape(value[1].decode(errors="replace"))
            if b"<f" in text or b":f" in text:
                for cell in _FORMULA.finditer(text, 0, end):
                    place = _PLACE.search(cell[1])
                    # One that has computed to no text at all says so: t="str".
                    if place and b't="' not in cell[1] and not _RESULT.search(cell[2]):
                        yield int(place[2]), column_number(place[1].decode()), UNCOMPUTED
            rest = text[end:]


def part_of(package: zipfile.ZipFile, sheet: str) -> str:
    """The member of the package that a worksheet is in."""
    relation = ""
    for element in elements(package, "xl/workbook.xml"):
        if local(element.tag) == "sheet" and element.get("name") == sheet:
            relation = attribute(element, "id")
    for element in elements(package, "xl/_rels/workbook.xml.rels"):
        if element.get("Id") == relation:
            return posixpath.join("/xl", element.get("Target", "")).lstrip("/")
    return ""


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


# ODS: OpenDocument 1.3 part 3, 9.1; the type "error" is LibreOffice's own (calcext)

_ODS_ERROR = b'value-type="error"'


def _of_ods(package: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, str]]:
    with package.open("content.xml") as content:
        if not holds(content, _ODS_ERROR):
            return
    row, is_wanted = 0, False
    for element in elements(package, "content.xml", begun=("table",)):
        tag = local(element.tag)
        if tag == "table":
            row, is_wanted = 0, attribute(element, "name") == sheet
        elif tag == "table-row":
            if is_wanted:
                for column, value in _errors_of_row(element):
                    yield row + 1, column, value
            row += int(attribute(element, "number-rows-repeated") or 1)
            element.clear()


def _errors_of_row(row: ElementTree.Element) -> Iterator[tuple[int, str]]:
    column = 1
    for cell in row:
        repeated = int(attribute(cell, "number-columns-repeated") or 1)
        if any(local(k) == "value-type" and v == "error" for k, v in cell.attrib.items()):
            text = "".join(cell.itertext()).strip()
            yield from ((column + i, text) for i in range(repeated))
        column += repeated


def holds(content: IO[bytes], sought: bytes) -> bool:
    """Whether these bytes stand in it."""
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        if sought in rest + block:
            return True
        rest = block[-len(sought) :]
    return False


def elements(
    package: zipfile.ZipFile, member: str, begun: Container[str] = ()
) -> Iterator[ElementTree.Element]:
    """The elements of a part of the package as they end, or begin; none where it is no XML."""
    try:
        with package.open(member) as content:
            # Expat itself stops entities that grow (since 2.4.1), and nobody here opens others.
            for event, element in ElementTree.iterparse(content, ("start", "end")):  # noqa: S314
                if (event == "start") == (local(element.tag) in begun):
                    yield element
    except (KeyError, ElementTree.ParseError):
        return


def local(name: str) -> str:
    """The name without its namespace."""
    return name.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str:
    """The value of the attribute of that local name, "" for none."""
    return next((v for k, v in element.attrib.items() if local(k) == name), "")
