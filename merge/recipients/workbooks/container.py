"""The package of an XLSX or ODS (ZIP): may it be opened at all, and the elements of its parts.

calamine sees no workbook in what is encrypted, and takes all the memory that a file asks for.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from merge.errors import SheetError

_MEGABYTE = 1_000_000
_UNPACKED_MEGABYTES_AT_MOST = 2_000

_BINARY = "xl/workbook.bin"  # which calamine reads, and nothing here what it shows
_SHEETS = ("xl/", "content.xml", "encrypted-package")
_MANIFEST = "META-INF/manifest.xml"

BROKEN = (  # no zip, torn, a method unknown, cut off; a part is missing, is no XML, has no number
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError),
    *(KeyError, ElementTree.ParseError, ValueError, OverflowError),
)
"""What comes of reading a damaged package."""


def check_package(package: zipfile.ZipFile) -> None:
    """SheetError where it may not: "sheet-too-large", "workbook-password", "not-a-sheet"."""
    members = package.infolist()
    check_size(sum(member.file_size for member in members), _UNPACKED_MEGABYTES_AT_MOST)
    names = package.namelist()
    if _BINARY in names or not any(name.startswith(_SHEETS) for name in names):
        raise SheetError("not-a-sheet", kind="XLSB" if _BINARY in names else "ZIP")
    is_locked = _MANIFEST in names and b"encryption-data" in package.read(_MANIFEST)
    if is_locked or any(member.flag_bits & 1 for member in members):
        raise SheetError("workbook-password")


def check_size(size: int, megabytes_at_most: int) -> None:
    if size > megabytes_at_most * _MEGABYTE:
        raise SheetError("sheet-too-large", words=f"> {megabytes_at_most} MB")


def elements(
    package: zipfile.ZipFile, part: str, *kinds: str
) -> Iterator[tuple[str, ElementTree.Element]]:
    """Each element of these kinds (local names) when its end is read, its kind before it; it is
    cleared before the next.

    One of `BROKEN` where the part is missing or is no XML.
    """
    names = {name.lower(): name for name in package.namelist()}  # as calamine looks for them
    with package.open(names[part.lower()]) as content:
        for _, element in ElementTree.iterparse(content):  # noqa: S314 - expat stops what grows
            if element.tag.endswith(kinds):
                kind = element.tag.rpartition("}")[2]
                if kind in kinds:
                    yield kind, element
                    element.clear()
