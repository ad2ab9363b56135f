"""The rows of one worksheet as its file has them, for what calamine leaves out.

An XLSX or ODS workbook is a ZIP package of XML, an .xls a stream of records (see `biff`).
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Container, Iterable, Iterator
from typing import IO, TypeVar
from xml.etree import ElementTree

from merge.recipients.ole import streams
from merge.recipients.source import Source

_BLOCK_BYTES = 1 << 20

_Found = TypeVar("_Found")


def found_in(
    source: Source,
    *,
    of_xls: Callable[[bytes], Iterable[_Found]],
    of_xlsx: Callable[[zipfile.ZipFile], Iterable[_Found]],
    of_ods: Callable[[zipfile.ZipFile], Iterable[_Found]],
) -> Iterator[_Found]:
    """What the one of these finds that a workbook is for, which `check_container` let pass."""
    with source.open() as file:
        if file.read(2) != b"PK":
            file.seek(0)
            yield from of_xls(streams(file).get("Workbook", b""))
            return
        with zipfile.ZipFile(file) as package:
            is_ods = "content.xml" in package.namelist()
            yield from (of_ods if is_ods else of_xlsx)(package)


def xlsx_rows(package: zipfile.ZipFile, sheet: str) -> Iterator[bytes]:
    """The XML of a worksheet's rows, many whole ones at a time."""
    part = _part_of(package, sheet)
    if part not in package.namelist():
        return
    with package.open(part) as content:
        rest = b""
        while block := content.read(_BLOCK_BYTES):
            text = rest + block
            end = text.rfind(b"row>") + 1
            yield text[:end]
            rest = text[end:]


def ods_rows(
    package: zipfile.ZipFile, sheet: str, sought: bytes
) -> Iterator[tuple[range, ElementTree.Element]]:
    """The numbers, from 1, of equal rows, and one of them; none where `sought` stands nowhere."""
    with package.open("content.xml") as content:
        if not _holds(content, sought):
            return
    row, is_wanted = 1, False
    for element in _elements(package, "content.xml", begun=("table",)):
        tag = local(element.tag)
        if tag == "table":
            row, is_wanted = 1, attribute(element, "name") == sheet
        elif tag == "table-row":
            behind = row + int(attribute(element, "number-rows-repeated") or 1)
            if is_wanted:
                yield range(row, behind), element
            row = behind
            element.clear()


def local(name: str) -> str:
    """The name without its namespace."""
    return name.rpartition("}")[2]


def attribute(element: ElementTree.Element, name: str) -> str:
    """The value of the attribute of that local name, "" for none."""
    return next((v for k, v in element.attrib.items() if local(k) == name), "")


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
    """The member of the package that a worksheet is in."""
    relation = ""
    for element in _elements(package, "xl/workbook.xml"):
        if local(element.tag) == "sheet" and element.get("name") == sheet:
            relation = attribute(element, "id")
    for element in _elements(package, "xl/_rels/workbook.xml.rels"):
        if element.get("Id") == relation:
            return posixpath.join("/xl", element.get("Target", "")).lstrip("/")
    return ""


def _holds(content: IO[bytes], sought: bytes) -> bool:
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        if sought in rest + block:
            return True
        rest = block[-len(sought) :]
    return False


def _elements(
    package: zipfile.ZipFile, member: str, begun: Container[str] = ()
) -> Iterator[ElementTree.Element]:
    """The elements of a part of the package as they end, or begin; none where it is no XML."""
    try:
        with package.open(member) as content:
            # Expat itself stops entities that grow (since 2.4.1), and nobody here opens others.
            events = ElementTree.iterparse(content, ("start", "end"))  # noqa: S314 - for that reason
            for event, element in events:
                if (event == "start") == (local(element.tag) in begun):
                    yield element
    except (KeyError, ElementTree.ParseError):
        return
