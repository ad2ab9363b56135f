"""The file around a workbook (ZIP or OLE2): may it be opened at all?

calamine sees no workbook in what is encrypted, and takes all the memory that a file asks for.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Mapping
from functools import partial
from typing import IO

from merge.errors import SheetError
from merge.recipients.biff import is_encrypted, promises_too_much
from merge.recipients.ole import BadOleFile, streams
from merge.recipients.scan import Most, Scanned, column_letters, scan
from merge.recipients.source import Source
from merge.recipients.xlsb import filled_cells

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
_BINARY_WORKSHEET = b"\x81\x01"  # BrtBeginSheet, the first record of one ([MS-XLSB] 2.1.7.62)


Scans = Mapping[str, Mapping[str, Scanned]]
"""The worksheets in each part of a workbook of XML, as `scan` has them; of any other, none."""


def check_container(source: Source) -> Scans:
    """What stands in the file's XML, when it may be opened.

    SheetError when not: "workbook-too-large", "workbook-password", "workbook-damaged",
    "stray-cell" (`cell` is far away from all others), "too-many-rows", "cell-too-long",
    "not-a-sheet".
    """
    _check_size(source.size, _MEGABYTES_AT_MOST)
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
        except BadOleFile:
            raise SheetError("workbook-damaged") from None
    return {}


def _check_zip(package: zipfile.ZipFile) -> Scans:
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
    most = Most(
        cells=_CELLS_AT_MOST,
        rows=_ROWS_AT_MOST,
        equal=_EQUAL_AT_MOST,
        text=_TEXT_MEGABYTES_AT_MOST * _MEGABYTE,
    )
    scans: dict[str, Mapping[str, Scanned]] = {}
    # Unpacked once: what is larger than the list of its contents says is found here.
    for member in members:
        with package.open(member) as content:
            is_binary = content.read(2) == _BINARY_WORKSHEET
        if not is_binary:
            scans[member.filename] = scan(partial(package.open, member), most, _BLOCK_BYTES)
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
    for row, column in filled_cells(content):
        if row >= _ROWS or column >= _COLUMNS:
            raise SheetError("workbook-damaged")
        first = row if first is None else first
        right, last = max(right, column), max(last, row)
        if (right + 1) * (last - first + 1) > _CELLS_AT_MOST:
            raise SheetError("stray-cell", cell=f"{column_letters(column + 1)}{row + 1}")


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
