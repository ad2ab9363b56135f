"""One part of a workbook of XML, gone through by a parser before calamine may have it.

It finds how far the filled cells go, because calamine allocates every cell between the first and
the last; and what calamine does not report: cells that show an error, formulas without a computed
result, hidden rows.

XML that is not well-formed is read up to its fault; the error is then left to calamine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

from merge.errors import SheetError
from merge.recipients.workbooks.cell_facts import SheetFacts, column_letters

LONGEST_TEXT = 1_000_000  # bytes without a tag; Excel has 32,767 characters in a cell
NAMES_KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookLimits:
    """What a workbook may have of each."""

    cells: int  # of one worksheet, from column A on
    rows: int
    equal: int  # of LibreOffice, written once
    text: int  # bytes of XML that hold texts


class XmlPart:
    """What is looked for in one kind of part. `start` is called with each element that begins."""

    def __init__(
        self, parser: expat.XMLParserType, most: WorkbookLimits, sheets: dict[str, SheetFacts]
    ) -> None:
        self.tags = 0
        self.row = 0
        self._right_before = self._right_row = 0  # before its last column, and where that stands
        self._parser = parser
        self._most = most
        self._sheets = sheets

    def start(self, name: str, attributes: list[str]) -> None:
        """An element begins; `attributes` are names and values by turns."""
        self.tags += 1

    def _fill(self, sheet: SheetFacts, row: int, column: int) -> None:
        """A cell holds something."""
        sheet.first = min(sheet.first or row, row)
        sheet.last = max(sheet.last, row)
        if column > sheet.right:
            self._right_before, self._right_row = sheet.right, row
            sheet.right = column
        rows = sheet.last - sheet.first + 1
        if rows > self._most.rows:
            raise SheetError("sheet-too-large", words=f"{rows} > {self._most.rows}")
        if rows * sheet.right > self._most.cells:
            if rows * self._right_before <= self._most.cells:  # without that one it would do
                row, column = self._right_row, sheet.right
            raise SheetError("stray-cell", cell=f"{column_letters(column)}{row}")


def parsed(
    content: IO[bytes], kind: type[XmlPart], most: WorkbookLimits, block_bytes: int
) -> Mapping[str, SheetFacts]:
    """The worksheets in one part of that kind: by their names in an ODS, else one called ""."""
    sheets: dict[str, SheetFacts] = {}
    parser = expat.ParserCreate()
    parser.buffer_text = parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = refuse_document_type
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
        if silent > LONGEST_TEXT:
            words = f"> {LONGEST_TEXT}"
            raise SheetError("sheet-too-large", row=looking.row or None, words=words)
    while content.read(block_bytes):
        pass
    return sheets


def check_texts(content: IO[bytes], most: WorkbookLimits, block_bytes: int) -> None:
    """The texts that the cells of an XLSX share: not too many, none too long."""
    size = silent = 0
    while block := content.read(block_bytes):
        size += len(block)
        silent = silent + len(block) if b"<" not in block else len(block) - block.rindex(b"<")
        if silent > LONGEST_TEXT:
            raise SheetError("sheet-too-large", words=f"> {LONGEST_TEXT}")
        if size > most.text:
            raise SheetError("sheet-too-large", words=f"> {most.text // 1_000_000} MB")


def refuse_document_type(*_: object) -> None:
    """No spreadsheet program writes one: it could define texts that grow."""
    raise SheetError("workbook-damaged")


def local(name: str) -> str:
    """The name without its namespace, or the prefix that stands for it."""
    return name.rpartition("}")[2].rpartition(":")[2]


def pairs(attributes: list[str]) -> Iterator[tuple[str, str]]:
    """Each name with its value."""
    return zip(attributes[::2], attributes[1::2], strict=True)


def value_of(attributes: list[str], name: str) -> str:
    """The value of the attribute, "" for none."""
    return next((value for key, value in pairs(attributes) if key == name), "")
