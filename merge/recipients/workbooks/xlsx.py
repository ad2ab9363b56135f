"""XLSX: how far the cells of a worksheet go, its errors and hidden rows, its number formats.

ECMA-376 part 1: 18.3.1.73 (row), 18.3.1.4 (c; its style is s), 18.18.11 (the type "e"), 18.8.30
(numFmt), 18.8.10 (cellXfs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import IO
from xml.parsers import expat

from merge.recipients.cells import UNCOMPUTED
from merge.recipients.workbooks.cell_facts import CellRanges, SheetFacts, column_number
from merge.recipients.workbooks.xml_parts import (
    NAMES_KEPT,
    WorkbookLimits,
    XmlPart,
    local,
    value_of,
)

PLAIN_CELLS_AT_MOST = 26 * 1_048_576  # see `is_plain`
_BLOCK_BYTES = 1 << 20


class WorksheetPart(XmlPart):
    """What is looked for in a worksheet."""

    def __init__(
        self, parser: expat.XMLParserType, most: WorkbookLimits, sheets: dict[str, SheetFacts]
    ) -> None:
        super().__init__(parser, most, sheets)
        self._sheet = sheets.setdefault("", SheetFacts())
        self._names: dict[str, str] = {}
        self._digits = ""  # of the row
        self._is_new_row = True  # of which no cell has been seen that holds something
        self._inside: set[str] = set()  # columns, by their letters, that have been seen
        self._cell: list[str] | None = None  # its attributes, until it is known to hold something
        self._before: list[str] | None = None  # those of the last one that did
        self._place = (0, 0)  # of the last cell, for one that does not say where it stands
        self._asked: list[str] | None = None  # of a cell whose value is: its attributes
        self._value: list[str] | None = None

    def start(self, name: str, attributes: list[str]) -> None:
        """See `XmlPart`."""
        # Called a million times for a sheet of all communes: what is usual comes first.
        self.tags += 1
        kind = self._names.get(name) or self._kind(name)
        cell = self._cell
        if kind == "c":
            if attributes[:1] != ["r"]:
                self._go_on(cell)
            self._cell = attributes
        elif kind == "-":
            return
        elif cell is not None and kind != "row":  # the first thing in it: it holds something
            self._cell, self._before = None, cell
            place = cell[1] if cell and cell[0] == "r" else ""
            letters = place[: -len(self._digits)]
            is_known = letters in self._inside and place == letters + self._digits
            if self._is_new_row or not is_known:
                self._place = row, column = self._place_of(cell)
                self._fill(self._sheet, row, column)
                self._inside.add(letters)
                self._is_new_row = self._is_new_row and row != self.row
            # A formula that has computed to no text at all says so: t="str".
            is_error = "e" in cell and value_of(cell, "t") == "e"
            if is_error or (kind == "f" and not value_of(cell, "t")):
                self._place = self._place_of(cell) if is_known else self._place
                self._asked, self._value = cell, None
                self._parser.EndElementHandler = self._end
                if kind == "v":
                    self._collect()
        elif kind == "row":
            said = value_of(attributes, "r")
            self.row = int(said) if said else self.row + 1
            self._digits = str(self.row)
            self._is_new_row = True
            self._place = (self.row, 0)
            self._cell = self._before = None
            if "hidden" in attributes and value_of(attributes, "hidden") in ("1", "true"):
                self._sheet.note_hidden(self.row, self.row)
        elif kind == "v" and self._asked is not None:
            self._collect()

    def _kind(self, name: str) -> str:
        """The name without its prefix; "-" for what is of no interest."""
        if len(self._names) > NAMES_KEPT:
            self._names.clear()
        kind = local(name)
        self._names[name] = kind if kind in ("row", "c", "v", "f", "is") else "-"
        return self._names[name]

    def _go_on(self, empty: list[str] | None) -> None:
        """Where the cell stands that comes before one that may not say where it stands itself."""
        if empty is not None:
            self._place = self._place_of(empty)
        elif self._before is not None and value_of(self._before, "r"):
            self._place = self._place_of(self._before)

    def _place_of(self, cell: list[str]) -> tuple[int, int]:
        said = value_of(cell, "r")
        if not said:
            return self._place[0], self._place[1] + 1
        letters = said.rstrip("0123456789")
        return int(said[len(letters) :]), column_number(letters.upper())

    def _collect(self) -> None:
        self._value = []
        self._parser.CharacterDataHandler = self._value.append

    def _end(self, name: str) -> None:
        kind = self._names.get(name) or self._kind(name)
        if kind == "v":
            self._parser.CharacterDataHandler = None
        elif kind == "c" and self._asked is not None:
            shown = "".join(self._value or ())
            if not value_of(self._asked, "t"):
                shown = "" if shown else UNCOMPUTED
            if shown:
                self._sheet.note_error(*self._place, shown)
            self._asked = self._value = None
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None


# What stands in a worksheet for which a parser has to look: a row that is hidden, an error, a
# formula, cells to the right of column ZZ, or to the right of Z and below row 9,999 as well; and
# what is neither tag nor text. Wherever it stands, in whatever order and with whatever space around
# it: what is found too much costs a second and nothing else.
_TELLS = tuple(
    map(
        re.compile,
        (rb"hidden", rb"""t\s*=\s*["']e["']""", rb"f[\s/>]", rb"""r\s*=\s*["'][A-Za-z]{3,}\d"""),
    )
) + tuple(map(re.compile, (rb"<[!?](?!xml)", rb"&#", rb"\0")))
_WIDE = re.compile(rb"""r\s*=\s*["'][A-Za-z]{2,}\d""")
_TALL = re.compile(rb"""r\s*=\s*["'][A-Za-z]+\d{5}""")


def is_plain(content: IO[bytes], block_bytes: int) -> bool:
    """Whether a worksheet shows nothing that a parser would have to look for.

    A sheet of all communes takes the parser a second, and this a tenth of it.
    """
    rest = b""
    is_wide = is_tall = False
    while block := content.read(block_bytes):
        text = rest + block
        end = max(text.rfind(b"<"), 0)
        if end == 0 < len(rest):
            return False  # a tag, or a text, without end
        is_wide = is_wide or _WIDE.search(text) is not None
        is_tall = is_tall or _TALL.search(text) is not None
        if (is_wide and is_tall) or any(tells.search(text) for tells in _TELLS):
            return False
        rest = text[end:]
    return True


# --- number formats -------------------------------------------------------------------------------


def formats(content: IO[bytes]) -> tuple[Mapping[int, str], list[int]]:
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


def note_formats(content: IO[bytes], styles: Mapping[int, str], found: CellRanges[str]) -> None:
    """The format codes of the cells, by the number of their styles."""
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

    # WorkbookLimits workbooks have styles that this worksheet does not use.
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
