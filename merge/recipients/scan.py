"""The XML of a workbook, gone through once by a parser, before calamine may have it.

It tells how far the cells go that hold something, for calamine gives room to every one between the
first and the last; and what calamine keeps silent about: the cells that show an error, the formulas
that nobody has computed, the rows that nobody sees. A part is known by its first element and not by
its name: any part may be a worksheet.

What is no well-formed XML is looked at up to its fault, and then calamine's affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from merge.errors import SheetError
from merge.recipients.cells import UNCOMPUTED
from merge.recipients.numberformats import general, tidy
from merge.recipients.spans import Spans

_LONGEST_TEXT = 1_000_000  # bytes without a tag; Excel has 32,767 characters in a cell
_NAMES_KEPT = 1_000
_PLAIN_CELLS_AT_MOST = 26 * 1_048_576  # see `_is_plain`


@dataclass(slots=True)
class Scanned:
    """What one worksheet says. Rows and columns are counted from 1.

    `errors` has what is shown, by row, then by column. `hidden` are the first and the last of rows
    that are hidden, one behind the other. Of an ODS alone, `shown` is what numbers are shown as
    (None for one that is shown shorter than it is), `merged` the first and the last row and the
    column of cells that share a value.
    """

    first: int = 0  # row that has a cell that holds something, 0 for none
    last: int = 0
    right: int = 0  # column
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden: list[tuple[int, int]] = field(default_factory=list)
    shown: Spans[str | None] = field(default_factory=Spans)
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    def note_error(self, row: int, column: int, shown: str) -> None:
        """One cell shows an error."""
        self.errors.setdefault(row, {})[column] = shown

    def note_hidden(self, first: int, last: int) -> None:
        """These rows are hidden."""
        if self.hidden and self.hidden[-1][1] == first - 1:
            first = self.hidden.pop()[0]
        self.hidden.append((first, last))

    def hidden_rows(self) -> Iterator[int]:
        """The rows that are hidden, as far as there is something in the worksheet."""
        for first, last in self.hidden:
            yield from range(first, min(last, self.last) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """What a workbook may have of each."""

    cells: int  # of one worksheet, from column A on
    rows: int
    equal: int  # of LibreOffice, written once
    text: int  # bytes of XML that hold texts


def scan(opened: Callable[[], IO[bytes]], most: Most, block_bytes: int) -> Mapping[str, Scanned]:
    """The worksheets in one part of a workbook: by their names in an ODS, else one called "".

    SheetError: "stray-cell" (`cell` is far away from all others), "too-many-rows", "cell-too-long",
    "workbook-too-large", "workbook-damaged".
    """
    with opened() as content:
        kind = _kind_of(content, block_bytes)
    with opened() as content:
        if kind is _Texts:
            _check_texts(content, most, block_bytes)
        parser_looks = kind is _Tables or (
            kind is _Worksheet
            and not (most.cells >= _PLAIN_CELLS_AT_MOST and _is_plain(content, block_bytes))
        )
        while content.read(block_bytes):  # to its end, where what is damaged says so
            pass
    if kind is None or not parser_looks:
        return {"": Scanned()}
    with opened() as content:
        return _parsed(content, kind, most, block_bytes)


def _kind_of(content: IO[bytes], block_bytes: int) -> type[_Kind] | None:
    """By the first element; None for what a workbook may have beside its cells."""
    found: list[str] = []
    parser = expat.ParserCreate()

    def first(name: str, _: object) -> None:
        found.append(_local(name))
        parser.StartElementHandler = None

    parser.StartElementHandler = first
    parser.StartDoctypeDeclHandler = _refuse_document_type
    with suppress(expat.ExpatError):
        while not found and (block := content.read(block_bytes)):
            parser.Parse(block, False)
    kinds: dict[str, type[_Kind]] = {
        "worksheet": _Worksheet,
        "sst": _Texts,
        "document-content": _Tables,
    }
    return kinds.get(found[0]) if found else None


def _refuse_document_type(*_: object) -> None:
    """No spreadsheet program writes one: it could define texts that grow."""
    raise SheetError("workbook-damaged")


def _check_texts(content: IO[bytes], most: Most, block_bytes: int) -> None:
    """The texts that the cells of an XLSX share: not too many, none too long."""
    size = silent = 0
    while block := content.read(block_bytes):
        size += len(block)
        silent = silent + len(block) if b"<" not in block else len(block) - block.rindex(b"<")
        if silent > _LONGEST_TEXT:
            raise SheetError("cell-too-long", reason="workbook", most=_LONGEST_TEXT)
        if size > most.text:
            megabytes = size // 1_000_000
            raise SheetError("workbook-too-large", megabytes=megabytes, most=most.text // 1_000_000)


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


def _is_plain(content: IO[bytes], block_bytes: int) -> bool:
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


def _parsed(
    content: IO[bytes], kind: type[_Kind], most: Most, block_bytes: int
) -> Mapping[str, Scanned]:
    sheets: dict[str, Scanned] = {}
    parser = expat.ParserCreate()
    parser.buffer_text = parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    looking = kind(parser, most, sheets)
    parser.StartElementHandler = looking.start
    tags, silent = 0, 0
    while block := content.read(block_bytes):
        try:
            parser.Parse(block, False)
        except expat.ExpatError:
            break
        except (ValueError, OverflowError):  # a number that is none
            raise SheetError("workbook-damaged") from None
        silent = silent + len(block) if looking.tags == tags else 0
        tags = looking.tags
        if silent > _LONGEST_TEXT:
            raise SheetError(
                "cell-too-long", reason="workbook", row=looking.row or None, most=_LONGEST_TEXT
            )
    while content.read(block_bytes):
        pass
    return sheets


class _Kind:
    """What is looked for in one kind of part. `start` is called with each element that begins."""

    def __init__(self, parser: expat.XMLParserType, most: Most, sheets: dict[str, Scanned]) -> None:
        self.tags = 0
        self.row = 0
        self._right_before = self._right_row = 0  # before its last column, and where that stands
        self._parser = parser
        self._most = most
        self._sheets = sheets

    def start(self, name: str, attributes: list[str]) -> None:
        self.tags += 1

    def _fill(self, sheet: Scanned, row: int, column: int) -> None:
        """A cell holds something."""
        sheet.first = min(sheet.first or row, row)
        sheet.last = max(sheet.last, row)
        if column > sheet.right:
            self._right_before, self._right_row = sheet.right, row
            sheet.right = column
        rows = sheet.last - sheet.first + 1
        if rows > self._most.rows:
            raise SheetError("too-many-rows", rows=rows, most=self._most.rows)
        if rows * sheet.right > self._most.cells:
            if rows * self._right_before <= self._most.cells:  # without that one it would do
                row, column = self._right_row, sheet.right
            raise SheetError("stray-cell", cell=f"{column_letters(column)}{row}")


class _Texts(_Kind):
    """The texts that the cells of an XLSX share."""


class _Worksheet(_Kind):
    """XLSX: ECMA-376 part 1, 18.3.1.73 (row), 18.3.1.4 (c), 18.18.11 (the type "e")."""

    def __init__(self, parser: expat.XMLParserType, most: Most, sheets: dict[str, Scanned]) -> None:
        super().__init__(parser, most, sheets)
        self._sheet = sheets.setdefault("", Scanned())
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
            is_error = "e" in cell and _value(cell, "t") == "e"
            if is_error or (kind == "f" and not _value(cell, "t")):
                self._place = self._place_of(cell) if is_known else self._place
                self._asked, self._value = cell, None
                self._parser.EndElementHandler = self._end
                if kind == "v":
                    self._collect()
        elif kind == "row":
            said = _value(attributes, "r")
            self.row = int(said) if said else self.row + 1
            self._digits = str(self.row)
            self._is_new_row = True
            self._place = (self.row, 0)
            self._cell = self._before = None
            if "hidden" in attributes and _value(attributes, "hidden") in ("1", "true"):
                self._sheet.note_hidden(self.row, self.row)
        elif kind == "v" and self._asked is not None:
            self._collect()

    def _kind(self, name: str) -> str:
        """The name without its prefix; "-" for what tells nothing."""
        if len(self._names) > _NAMES_KEPT:
            self._names.clear()
        kind = _local(name)
        self._names[name] = kind if kind in ("row", "c", "v", "f", "is") else "-"
        return self._names[name]

    def _go_on(self, empty: list[str] | None) -> None:
        """Where the cell stands that comes before one that may not say where it stands itself."""
        if empty is not None:
            self._place = self._place_of(empty)
        elif self._before is not None and _value(self._before, "r"):
            self._place = self._place_of(self._before)

    def _place_of(self, cell: list[str]) -> tuple[int, int]:
        said = _value(cell, "r")
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
            if not _value(self._asked, "t"):
                shown = "" if shown else UNCOMPUTED
            if shown:
                self._sheet.note_error(*self._place, shown)
            self._asked = self._value = None
            self._parser.EndElementHandler = self._parser.CharacterDataHandler = None


_NUMBERS = frozenset({"float", "percentage", "currency"})
_NOT_THE_NUMBER = re.compile(r"\d[Ee][+-]?\d|\A#(?:FMT|#)")  # "1,2E+05", "#FMT", "###"


class _Tables(_Kind):
    """ODS: OpenDocument 1.3 part 3, 9.1, 19.675 (rows) and 19.749 (visibility); the type "error" is
    LibreOffice's own (calcext)."""

    def __init__(self, parser: expat.XMLParserType, most: Most, sheets: dict[str, Scanned]) -> None:
        super().__init__(parser, most, sheets)
        self._sheet = Scanned()
        self._names: dict[str, str] = {}
        self._rows = range(0)
        self._columns = range(0)
        self._depth = 0  # within a cell that shows an error
        self._shown: list[str] | None = None
        self._number: float | None = None  # of the cell, None for one that shows an error
        self._value, self._spanned = "nan", 1  # as the last element says

    def start(self, name: str, attributes: list[str]) -> None:
        self.tags += 1
        kind = self._local(name)
        if self._shown is not None:
            self._depth += 1
            # Its own paragraph: one of an annotation stands deeper.
            if self._depth == 1 and kind == "p":
                self._parser.CharacterDataHandler = self._shown.append
            elif kind == "s" and self._parser.CharacterDataHandler:
                self._shown.append(" ")
        elif kind in ("table-cell", "covered-table-cell"):
            repeated, type_ = self._repeated(attributes, "number-columns-repeated", "value-type")
            begin = self._columns.stop
            self._columns = range(begin, begin + repeated)
            if type_:
                self._holds()
            if type_ == "error" or type_ in _NUMBERS:
                self._shown, self._depth = [], 0
                self._number = float(self._value) if type_ in _NUMBERS else None
                self._parser.EndElementHandler = self._end
            if self._spanned > 1:
                last = self._rows.start + self._spanned - 1
                self._sheet.merged.append((self._rows.start, last, begin))
        elif kind == "table-row":
            repeated, seen = self._repeated(attributes, "number-rows-repeated", "visibility")
            self._rows = range(self._rows.stop, self._rows.stop + repeated)
            self._columns = range(1, 1)
            self.row = self._rows.start
            if seen in ("collapse", "filter"):
                self._sheet.note_hidden(self._rows.start, self._rows.stop - 1)
        elif kind == "table":
            found = (v for k, v in _pairs(attributes) if self._local(k) == "name")
            self._sheet = self._sheets.setdefault(next(found, ""), Scanned())
            self._rows = range(1, 1)

    def _local(self, name: str) -> str:
        """The name without its prefix."""
        found = self._names.get(name)
        if found is None:
            if len(self._names) > _NAMES_KEPT:
                self._names.clear()
            found = self._names[name] = _local(name)
        return found

    def _repeated(self, attributes: list[str], number: str, other: str) -> tuple[int, str]:
        """How many equal ones this is, and the value of another attribute: the last one of it, for
        what LibreOffice adds follows what the standard has."""
        repeated, said = 1, ""
        self._value, self._spanned = "nan", 1
        for name, value in _pairs(attributes):
            local = self._local(name)
            if local == number:
                repeated = int(value) if len(value) <= len(str(self._most.equal)) else 0
                if not 0 < repeated <= self._most.equal:
                    raise SheetError("workbook-damaged")
            elif local == other and said != "error":
                said = value
            elif local == "value":
                self._value = value
            elif local == "number-rows-spanned":
                self._spanned = int(value)
        return repeated, said

    def _holds(self) -> None:
        sheet, rows, right = self._sheet, self._rows, self._columns.stop - 1
        if right > sheet.right or rows.stop - 1 > sheet.last or rows.start < sheet.first:
            self._fill(sheet, rows.start, right)
            self._fill(sheet, rows.stop - 1, right)

    def _end(self, name: str) -> None:
        if self._depth > 0:
            if self._depth == 1:
                self._parser.CharacterDataHandler = None
            self._depth -= 1
            return
        shown = "".join(self._shown or ()).strip()
        if self._number is None:
            for row in self._rows:
                for column in self._columns:
                    self._sheet.note_error(row, column, shown)
        elif shown and shown.replace(".", ",") != general(self._number):
            exact = None if _NOT_THE_NUMBER.search(shown) else tidy(shown)
            for column in self._columns:
                self._sheet.shown.note(self._rows.start, self._rows.stop - 1, column, exact)
        self._shown = self._number = None
        self._parser.EndElementHandler = None


def _local(name: str) -> str:
    """The name without its prefix."""
    return name.rpartition(":")[2]


def _pairs(attributes: list[str]) -> Iterator[tuple[str, str]]:
    return zip(attributes[::2], attributes[1::2], strict=True)


def _value(attributes: list[str], name: str) -> str:
    """The value of the attribute, "" for none."""
    return next((value for key, value in _pairs(attributes) if key == name), "")


def column_number(letters: str) -> int:
    """1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
