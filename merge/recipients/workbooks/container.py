"""The file around a workbook (ZIP or OLE2): may it be opened at all, and what calamine leaves out.

calamine sees no workbook in what is encrypted, and takes all the memory that a file asks for. An
XLSX or ODS is a ZIP package of XML, an XLSB one of records, an .xls a stream of records in an OLE2
file.
"""

from __future__ import annotations

import lzma
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from merge.errors import SheetError
from merge.recipients.source import Source
from merge.recipients.workbooks import ods, xls, xlsb, xlsx
from merge.recipients.workbooks.cell_facts import SheetFacts, column_letters
from merge.recipients.workbooks.numberformats import BUILT_IN, GENERAL, changes
from merge.recipients.workbooks.xml_parts import (
    WorkbookLimits,
    XmlPart,
    check_texts,
    local,
    parsed,
    refuse_document_type,
)

_MEGABYTE = 1_000_000
_BLOCK_BYTES = 1 << 20
_MEGABYTES_AT_MOST = 200
_UNPACKED_MEGABYTES_AT_MOST = 2_000

# calamine gives room to every cell between the first and the last one that hold something.
_CELLS_AT_MOST = 30_000_000
_ROWS, _COLUMNS = 1_048_576, 16_384  # of a worksheet
_ROWS_AT_MOST = 2_000_000  # as of any other sheet
_EQUAL_AT_MOST = 30_000_000  # rows or cells of LibreOffice; the empty ones to its end are a million
_TEXT_MEGABYTES_AT_MOST = 500  # of an XLSX, which calamine holds in memory several times

_FOREIGN = (  # by which other ZIP files are known
    ("word/document.xml", "Word"),
    ("ppt/presentation.xml", "PowerPoint"),
    ("Index/Document.iwa", "Numbers"),
)
_BROKEN_ZIP = (  # no zip, torn data, a method unknown, cut off, a name in no encoding
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, EOFError, UnicodeDecodeError),
)
_SHEETS = ("xl/", "content.xml", "encrypted-package")
_BINARY_WORKSHEET = b"\x81\x01"  # BrtBeginSheet, the first record of one ([MS-XLSB] 2.1.7.62)
_OF_OPEN_DOCUMENT = "content.xml"
_BINARY = "xl/workbook.bin"

Scans = Mapping[str, Mapping[str, SheetFacts]]
"""The worksheets in each part of a workbook of XML, as `_scan` has them; of any other, none."""


def check_container(source: Source) -> Scans:
    """What stands in the file's XML, when it may be opened.

    SheetError when not: "sheet-too-large", "workbook-password", "workbook-damaged",
    "stray-cell" (`cell` is far away from all others), "not-a-sheet".
    """
    check_size(source.size, _MEGABYTES_AT_MOST)
    with source.open() as file:
        if file.read(2) == b"PK":
            try:
                with zipfile.ZipFile(file) as package:
                    return _check_zip(package)
            except _BROKEN_ZIP:
                raise SheetError("workbook-damaged") from None
        file.seek(0)
        try:
            _check_ole(file)
        except xls.BadOleFile:
            raise SheetError("workbook-damaged") from None
    return {}


def _check_zip(package: zipfile.ZipFile) -> Scans:
    members = package.infolist()
    check_size(sum(member.file_size for member in members), _UNPACKED_MEGABYTES_AT_MOST)
    names = {member.filename for member in members}
    for name, kind in _FOREIGN:
        if name in names:
            raise SheetError("not-a-sheet", kind=kind)
    if not any(name.startswith(_SHEETS) for name in names):
        raise SheetError("not-a-sheet", kind="ZIP")
    if any(member.flag_bits & 1 for member in members):
        raise SheetError("workbook-password")
    if "META-INF/manifest.xml" in names and b"encryption-data" in package.read(
        "META-INF/manifest.xml"
    ):
        raise SheetError("workbook-password")
    most = WorkbookLimits(
        cells=_CELLS_AT_MOST,
        rows=_ROWS_AT_MOST,
        equal=_EQUAL_AT_MOST,
        text=_TEXT_MEGABYTES_AT_MOST * _MEGABYTE,
    )
    scans: dict[str, Mapping[str, SheetFacts]] = {}
    # Unpacked once: what is larger than the list of its contents says is found here.
    for member in members:
        with package.open(member) as content:
            is_binary = content.read(2) == _BINARY_WORKSHEET
        if not is_binary:
            scans[member.filename] = _scan(partial(package.open, member), most)
            continue
        with package.open(member) as content:
            _check_binary_extent(content)
            while content.read(_BLOCK_BYTES):
                pass
    return scans


def _check_binary_extent(content: IO[bytes]) -> None:
    """By all its cells that hold something: what it says of itself calamine does not believe."""
    first: int | None = None
    right = last = 0
    for row, column in xlsb.filled_cells(content):
        if row >= _ROWS or column >= _COLUMNS:
            raise SheetError("workbook-damaged")
        first = row if first is None else first
        right, last = max(right, column), max(last, row)
        if (right + 1) * (last - first + 1) > _CELLS_AT_MOST:
            raise SheetError("stray-cell", cell=f"{column_letters(column + 1)}{row + 1}")


def _check_ole(file: IO[bytes]) -> None:
    found = xls.streams(file)
    if "EncryptedPackage" in found:  # [MS-OFFCRYPTO] 2.3.4.4
        raise SheetError("workbook-password")
    if "WordDocument" in found:
        raise SheetError("not-a-sheet", kind="Word")
    workbook = found.get("Workbook") or found.get("Book") or b""
    if xls.is_encrypted(workbook):
        raise SheetError("workbook-password")
    if xls.promises_too_much(workbook):
        raise SheetError("workbook-damaged")


def check_size(size: int, megabytes_at_most: int) -> None:
    if size > megabytes_at_most * _MEGABYTE:
        raise SheetError("sheet-too-large", words=f"> {megabytes_at_most} MB")


# --- one part of a package ------------------------------------------------------------------------


def _scan(opened: Callable[[], IO[bytes]], most: WorkbookLimits) -> Mapping[str, SheetFacts]:
    """The worksheets in one part of a workbook: by their names in an ODS, else one called "".

    SheetError: "stray-cell" (`cell` is far away from all others), "sheet-too-large",
    "workbook-damaged".
    """
    with opened() as content:
        name = _first_element(content)
    with opened() as content:
        if name == "sst":
            check_texts(content, most, _BLOCK_BYTES)
        is_plain = (
            name == "worksheet"
            and most.cells >= xlsx.PLAIN_CELLS_AT_MOST
            and xlsx.is_plain(content, _BLOCK_BYTES)
        )
        while content.read(_BLOCK_BYTES):  # to its end, where what is damaged says so
            pass
    parts: dict[str, type[XmlPart]] = {
        "worksheet": xlsx.WorksheetPart,
        "document-content": ods.TablesPart,
    }
    if name not in parts or is_plain:
        return {"": SheetFacts()}
    with opened() as content:
        return parsed(content, parts[name], most, _BLOCK_BYTES)


def _first_element(content: IO[bytes]) -> str:
    """What the part is, whatever it is called: any part may be a worksheet. "" for no XML."""
    found: list[str] = []
    parser = expat.ParserCreate()

    def first(name: str, _: object) -> None:
        found.append(local(name))
        parser.StartElementHandler = None

    parser.StartElementHandler = first
    parser.StartDoctypeDeclHandler = refuse_document_type
    with suppress(expat.ExpatError):
        while not found and (block := content.read(_BLOCK_BYTES)):
            parser.Parse(block, False)
    return found[0] if found else ""


# --- what calamine leaves out of one worksheet ----------------------------------------------------


def left_out(source: Source, scans: Scans, sheet: str) -> SheetFacts:
    """The errors, hidden rows and number formats of one worksheet. `scans` are `check_container`'s.

    An XLSB has errors and hidden rows too, in a form that is not read here.
    """
    with source.open() as file:
        if file.read(2) != b"PK":
            file.seek(0)
            return _of_xls(xls.streams(file).get("Workbook", b""), sheet)
        if _OF_OPEN_DOCUMENT in scans:
            return scans[_OF_OPEN_DOCUMENT].get(sheet, SheetFacts())
        with zipfile.ZipFile(file) as package:
            part = _part_of(package, sheet)
            found = scans.get(part, {}).get("", SheetFacts())
            _note_formats(package, part, found)
    return found


def _of_xls(workbook: bytes, sheet: str) -> SheetFacts:
    found = SheetFacts()
    for row, column, shown in xls.errors(workbook, sheet):
        found.note_error(row, column, shown)
    for row in xls.hidden_rows(workbook, sheet):
        found.note_hidden(row, row)
        found.last = max(found.last, row)
    if styles := _telling(*xls.formats(workbook)):
        for row, column, style in xls.styled_cells(workbook, sheet):
            if style in styles:
                found.formats.note(row, row, column, styles[style])
    return found


def _note_formats(package: zipfile.ZipFile, part: str, found: SheetFacts) -> None:
    """The format code of each cell whose number, or text, is shown in another way than General."""
    is_binary = _BINARY in package.namelist()
    named = _target(package, lambda relation: relation.get("Type", "").endswith("/styles"))
    named = named or f"xl/styles.{'bin' if is_binary else 'xml'}"
    if part not in package.namelist() or named not in package.namelist():
        return
    is_binary = named.endswith(".bin")
    with package.open(named) as content:
        styles = _telling(*(xlsb.formats if is_binary else xlsx.formats)(content))
    if not styles:
        return
    with package.open(part) as content:
        if not is_binary:
            xlsx.note_formats(content, styles, found.formats)
            return
        for row, column, style in xlsb.styled_cells(content):
            if style in styles:
                found.formats.note(row + 1, row + 1, column + 1, styles[style])


def _telling(codes: Mapping[int, str], styles: list[int]) -> Mapping[int, str]:
    """The format code of each style, by its number, where it changes what is shown."""
    meant = {style: codes.get(n) or BUILT_IN.get(n, GENERAL) for style, n in enumerate(styles)}
    return {style: code for style, code in meant.items() if changes(code)}


def _part_of(package: zipfile.ZipFile, sheet: str) -> str:
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


def _target(package: zipfile.ZipFile, is_meant: Callable[[ElementTree.Element], bool]) -> str:
    name = "bin" if _BINARY in package.namelist() else "xml"
    for element in _elements(package, f"xl/_rels/workbook.{name}.rels"):
        if is_meant(element):
            path = posixpath.join("/xl", element.get("Target", ""))
            return posixpath.normpath(path).lstrip("/")
    return ""


def _elements(package: zipfile.ZipFile, member: str) -> Iterator[ElementTree.Element]:
    """The elements of a part of the package as they end; none where it is no XML."""
    try:
        with package.open(member) as content:
            # Expat itself stops entities that grow (since 2.4.1), and nobody here opens others.
            for _, element in ElementTree.iterparse(content):  # noqa: S314 - for that reason
                yield element
    except (KeyError, ElementTree.ParseError):
        return
