"""The number formats of the cells of one worksheet, where they show more than the number itself.

Of an XLSX, XLSB or XLS; an ODS has what is shown in its cells (see `scan`).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from merge.recipients import biff, xlsb
from merge.recipients.numberformats import BUILT_IN, GENERAL, changes
from merge.recipients.ole import streams
from merge.recipients.package import local, part_of, styles_of
from merge.recipients.scan import column_number
from merge.recipients.source import Source
from merge.recipients.spans import Spans

_BLOCK_BYTES = 1 << 20

Styles = Mapping[int, str]
"""The format code of each style, by its number, where it changes what is shown."""


def cell_formats(source: Source, sheet: str) -> Spans[str]:
    """The format code of each cell whose number, or text, is shown in another way than General."""
    found: Spans[str] = Spans()
    with source.open() as file:
        if file.read(2) != b"PK":
            file.seek(0)
            workbook = streams(file).get("Workbook", b"")
            if styles := telling(*biff.formats(workbook)):
                for row, column, style in biff.styled_cells(workbook, sheet):
                    if style in styles:
                        found.note(row, row, column, styles[style])
            return found
        with zipfile.ZipFile(file) as package:
            part, named = part_of(package, sheet), styles_of(package)
            if part not in package.namelist() or named not in package.namelist():
                return found
            with package.open(named) as content:
                is_binary = named.endswith(".bin")
                styles = telling(*(xlsb.formats if is_binary else _formats)(content))
            if styles:
                with package.open(part) as content:
                    (_of_binary if is_binary else _of_xml)(content, styles, found)
    return found


def telling(codes: Mapping[int, str], styles: list[int]) -> Styles:
    """By the codes that the file defines and the number of the format of each style."""
    meant = {style: codes.get(n) or BUILT_IN.get(n, GENERAL) for style, n in enumerate(styles)}
    return {style: code for style, code in meant.items() if changes(code)}


def _of_binary(content: IO[bytes], styles: Styles, found: Spans[str]) -> None:
    for row, column, style in xlsb.styled_cells(content):
        if style in styles:
            found.note(row + 1, row + 1, column + 1, styles[style])


# XLSX: ECMA-376 part 1, 18.8.30 (numFmt), 18.8.10 (cellXfs), 18.3.1.4 (c, its style is s)


def _formats(content: IO[bytes]) -> tuple[Mapping[int, str], list[int]]:
    """The codes that a workbook defines, by their numbers, and the number of each style's."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    is_inside = False

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal is_inside
        kind = local(name)
        if kind == "numFmt" and attributes.get("numFmtId", "").isdecimal():
            codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif kind == "xf" and is_inside:
            number = attributes.get("numFmtId", "")
            styles.append(int(number) if number.isdecimal() else 0)
        elif kind in ("cellXfs", "cellStyleXfs", "dxfs", "cellStyles"):
            is_inside = kind == "cellXfs"

    _parse(content, start)
    return codes, styles


def _of_xml(content: IO[bytes], styles: Styles, found: Spans[str]) -> None:
    wanted = {str(style): code for style, code in styles.items()}
    row = column = 0
    digits = "0"
    numbers: dict[str, int] = {}  # of the letters of each column
    cells, rows = {"c"}, {"row"}  # with whatever prefix they are written

    def start(name: str, attributes: Mapping[str, str]) -> None:
        # Called for every cell of a column of all communes: what is usual comes first.
        nonlocal row, column, digits
        if name in cells:
            place = attributes.get("r", "")
            letters = place[: -len(digits)]
            if not place:
                column += 1
            elif place.endswith(digits) and letters in numbers:
                column = numbers[letters]
            elif (letters := place.rstrip("0123456789").upper()) and letters.isalpha():
                column = numbers[letters] = column_number(letters)
            code = wanted.get(attributes.get("s", ""))
            if code is not None:
                found.note(row, row, column, code)
        elif name in rows:
            digits = attributes.get("r") or str(row + 1)
            row, column = int(digits), 0
        elif ":" in name and local(name) in ("c", "row"):
            (cells if local(name) == "c" else rows).add(name)
            start(name, attributes)

    # Most workbooks have styles that this worksheet does not use.
    numbers_used = "|".join(wanted)
    if not _holds(content, re.compile(rf"""\bs\s*=\s*["'](?:{numbers_used})["']""".encode())):
        return
    content.seek(0)
    _parse(content, start)


def _holds(content: IO[bytes], sought: re.Pattern[bytes]) -> bool:
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        text = rest + block
        if sought.search(text):
            return True
        rest = text[-40:]
    return False


def _parse(content: IO[bytes], start: Callable[[str, dict[str, str]], None]) -> None:
    """As far as it is XML, and its numbers are some: the rest stays as calamine has it."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    try:
        while block := content.read(_BLOCK_BYTES):
            parser.Parse(block, False)
    except (expat.ExpatError, ValueError):
        return
