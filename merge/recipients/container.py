"""The file around a workbook (ZIP or OLE2): may it be opened at all?

calamine sees no workbook in what is encrypted, and takes all the memory that a file asks for.
"""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from typing import IO

from merge.errors import SheetError
from merge.recipients.biff import is_encrypted, promises_too_much
from merge.recipients.errorcells import column_letters, column_number
from merge.recipients.ole import BadOleFile, streams
from merge.recipients.source import Source
from merge.recipients.xlsb import filled_cells

_MEGABYTE = 1_000_000
_MEGABYTES_AT_MOST = 200
_UNPACKED_MEGABYTES_AT_MOST = 2_000

# calamine gives room to every cell between the first and the last one that hold something.
_CELLS_AT_MOST = 30_000_000
_ROWS, _COLUMNS = 1_048_576, 16_384  # of a worksheet
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"(?:[^>]*[^>/])?>')
# Whatever a worksheet says of itself: without such a cell it is small enough.
_FAR_CELL = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{3}(?=\d)|[A-Z]{1,2}(?=\d{6}))(\d+)"(?:[^>]*[^>/])?>'
)
_LONGEST_TAG = 1_000
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')  # of an ODS

_FOREIGN = (  # what tells other ZIP files
    ("word/document.xml", "Word"),
    ("ppt/presentation.xml", "PowerPoint"),
    ("Index/Document.iwa", "Numbers"),
)
_BROKEN_ZIP = (  # no zip, torn data, a method unknown, cut off, a name in no encoding
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, EOFError, UnicodeDecodeError),
)
_SHEETS = ("xl/", "content.xml", "encrypted-package")


def check_container(source: Source) -> None:
    """SheetError when not: "workbook-too-large", "workbook-password", "workbook-damaged",
    "stray-cell" (`cell` is far away from all others), "not-a-sheet".
    """
    _check_size(source.size, _MEGABYTES_AT_MOST)
    with source.open() as file:
        if file.read(2) == b"PK":
            try:
                with zipfile.ZipFile(file) as package:
                    _check_zip(package)
            except _BROKEN_ZIP:
                raise SheetError("workbook-damaged") from None
        else:
            file.seek(0)
            try:
                _check_ole(file)
            except BadOleFile:
                raise SheetError("workbook-damaged") from None


def _check_zip(package: zipfile.ZipFile) -> None:
    members = package.infolist()
    _check_size(sum(member.file_size for member in members), _UNPACKED_MEGABYTES_AT_MOST)
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
    # Unpacked once: what is larger than the list of its contents says is found here.
    for member in members:
        with package.open(member) as content:
            if member.filename.startswith("xl/worksheets/"):
                is_binary = member.filename.endswith(".bin")
                (_check_binary_extent if is_binary else _check_extent)(content)
            elif member.filename == "content.xml":
                _check_repeated(content)
            while content.read(_MEGABYTE):
                pass


def _check_extent(content: IO[bytes]) -> None:
    """By its cells that hold something: all of them where the worksheet says that it is too large,
    or nothing; else those alone that are far away, for what it says may be wrong.

    A cell with a colour and nothing in it counts in what it says, and not here.
    """
    block = content.read(_MEGABYTE)
    said = _DIMENSION.search(block)
    first: bytes | None = None
    right, last, cells = b"A", b"1", _FILLED_CELL
    if said and _area(*said.groups()) <= _CELLS_AT_MOST:
        _left, first, right, last = said.groups()
        cells = _FAR_CELL
    rest = b""
    while block:
        text = rest + block
        end = text.rfind(b"<")
        for cell in cells.finditer(text, 0, end):
            first = first or cell[2]
            right, last = max(right, cell[1], key=_column), max(last, cell[2], key=int)
            if _area(b"A", first, right, last) > _CELLS_AT_MOST:
                raise SheetError("stray-cell", cell=(cell[1] + cell[2]).decode())
        # What is longer is the text of a cell, and would be copied with each block of it.
        rest, block = text[max(end, len(text) - _LONGEST_TAG) :], content.read(_MEGABYTE)


def _check_binary_extent(content: IO[bytes]) -> None:
    """By all its cells that hold something: what it says of itself calamine does not believe."""
    first: int | None = None
    right = last = 0
    for row, column in filled_cells(content):
        if row >= _ROWS or column >= _COLUMNS:
            raise SheetError("workbook-damaged")
        first = row if first is None else first
        right, last = max(right, column), max(last, row)
        if (right + 1) * (last - first + 1) > _CELLS_AT_MOST:
            raise SheetError("stray-cell", cell=f"{column_letters(column + 1)}{row + 1}")


def _check_repeated(content: IO[bytes]) -> None:
    """No spreadsheet has so many equal rows or cells: a few bytes would take all memory."""
    rest = b""
    while block := content.read(_MEGABYTE):
        text = rest + block
        for found in _REPEATED.finditer(text):
            if len(found[1]) > len(str(_CELLS_AT_MOST)) or int(found[1]) > _CELLS_AT_MOST:
                raise SheetError("workbook-damaged")
        rest = text[-_LONGEST_TAG:]


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    return (_column(right) - _column(left) + 1) * (int(bottom) - int(top) + 1)


def _column(letters: bytes) -> int:
    return column_number(letters.decode())


def _check_ole(file: IO[bytes]) -> None:
    found = streams(file)
    if "EncryptedPackage" in found:  # [MS-OFFCRYPTO] 2.3.4.4
        raise SheetError("workbook-password")
    if "WordDocument" in found:
        raise SheetError("not-a-sheet", kind="Word")
    workbook = found.get("Workbook") or found.get("Book") or b""
    if is_encrypted(workbook):
        raise SheetError("workbook-password")
    if promises_too_much(workbook):
        raise SheetError("workbook-damaged")


def _check_size(size: int, megabytes_at_most: int) -> None:
    if size > megabytes_at_most * _MEGABYTE:
        raise SheetError("workbook-too-large", megabytes=size // _MEGABYTE, most=megabytes_at_most)
