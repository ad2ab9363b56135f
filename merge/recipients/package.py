"""What `check_container` has seen of one worksheet, for what calamine leaves out.

An XLSX or ODS workbook is a ZIP package of XML, an .xls a stream of records (see `biff`). An XLSB
has errors and hidden rows too, in a form that is not read here.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from merge.recipients import biff, xlsb
from merge.recipients.container import Scans
from merge.recipients.ole import streams
from merge.recipients.scan import Scanned
from merge.recipients.source import Source

_OF_OPEN_DOCUMENT = "content.xml"
_BINARY = "xl/workbook.bin"


def scanned(source: Source, scans: Scans, sheet: str) -> Scanned:
    """The errors and hidden rows of one worksheet."""
    with source.open() as file:
        if file.read(2) != b"PK":
            file.seek(0)
            return _of_xls(streams(file).get("Workbook", b""), sheet)
        if _OF_OPEN_DOCUMENT in scans:
            return scans[_OF_OPEN_DOCUMENT].get(sheet, Scanned())
        with zipfile.ZipFile(file) as package:
            return scans.get(part_of(package, sheet), {}).get("", Scanned())


def _of_xls(workbook: bytes, sheet: str) -> Scanned:
    found = Scanned()
    for row, column, shown in biff.errors(workbook, sheet):
        found.note_error(row, column, shown)
    for row in biff.hidden_rows(workbook, sheet):
        found.note_hidden(row, row)
        found.last = max(found.last, row)
    return found


def part_of(package: zipfile.ZipFile, sheet: str) -> str:
    """The member of the package that a worksheet is in."""
    if _BINARY in package.namelist():
        with package.open(_BINARY) as content:
            relation = xlsb.relation_of(content, sheet)
        return _target(package, lambda relations: relations.get("Id") == relation)
    relation = ""
    for element in _elements(package, "xl/workbook.xml"):
        if local(element.tag) == "sheet" and element.get("name") == sheet:
            relation = next((v for k, v in element.attrib.items() if local(k) == "id"), "")
    return _target(package, lambda relations: relations.get("Id") == relation)


def styles_of(package: zipfile.ZipFile) -> str:
    """The member that says how cells are shown."""
    is_binary = _BINARY in package.namelist()
    found = _target(package, lambda relation: relation.get("Type", "").endswith("/styles"))
    return found or f"xl/styles.{'bin' if is_binary else 'xml'}"


def _target(package: zipfile.ZipFile, is_meant: Callable[[ElementTree.Element], bool]) -> str:
    name = "bin" if _BINARY in package.namelist() else "xml"
    for element in _elements(package, f"xl/_rels/workbook.{name}.rels"):
        if is_meant(element):
            path = posixpath.join("/xl", element.get("Target", ""))
            return posixpath.normpath(path).lstrip("/")
    return ""


def local(name: str) -> str:
    """The name without its namespace, or the prefix that stands for it."""
    return name.rpartition("}")[2].rpartition(":")[2]


def _elements(package: zipfile.ZipFile, member: str) -> Iterator[ElementTree.Element]:
    """The elements of a part of the package as they end; none where it is no XML."""
    try:
        with package.open(member) as content:
            # Expat itself stops entities that grow (since 2.4.1), and nobody here opens others.
            for _, element in ElementTree.iterparse(content):  # noqa: S314 - for that reason
                yield element
    except (KeyError, ElementTree.ParseError):
        return
