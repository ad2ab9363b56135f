"""CSV, XLSX, XLS, ODS, JSON of any dialect → a table of text.

All cells are text, as they stand: leading zeros are kept, nothing becomes "nan". Rows are
numbered as a spreadsheet numbers them: the first of the file is 1, an empty one counts, a cell
with line breaks is in one row.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, get_type_hints

from merge.confined.plain import rebuilt
from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.cells import Cells, shown, unquoted
from merge.recipients.delimited import DelimitedText, check_encoding
from merge.recipients.header import Header, Record, header_of
from merge.recipients.source import Source
from merge.recipients.workbooks.container import check_size
from merge.recipients.workbooks.worksheet import Worksheet, worksheet

if TYPE_CHECKING:
    from merge.recipients.directory import Unfolding

_TEXT = frozenset({".csv", ".tsv", ".tab", ".txt", ""})
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_JSON = frozenset({".json"})
_LOCKS = ("~$", ".~lock.")  # Excel's and LibreOffice's
_JSON_MEGABYTES_AT_MOST = 200  # it is held in memory


class Row(NamedTuple):
    """One row under the header: its number in the spreadsheet, and a cell for each header."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What one sheet says, and what was guessed to read it.

    `encoding` and `delimiter` are "" for a workbook, `sheet` is "" for a text file.

    `rows` can be iterated again and again; each time the sheet is read anew, in its order: a `Row`,
    or the `RowProblem` of a row that could not be taken. Rows without any text are left out. A text
    file is never in memory as a whole. SheetError("sheet-changed") when it was changed meanwhile.
    """

    path: str
    headers: tuple[str, ...]
    header_row: int
    rows: Iterable[Row | RowProblem]
    filled: int = 0  # rows under the header that have text
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()  # the visible worksheets that have text
    hidden: frozenset[int] = frozenset()  # rows of a worksheet that are read and not shown
    # The columns of cells that the worksheet shows in a way that is not known here, by row.
    unlike: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    sha256: str = ""  # of the file's bytes
    problems: tuple[RowProblem, ...] = ()  # of the header and the columns

    def problem(
        self,
        code: str,
        row: int,
        column: str,
        value: str,
        suggestion: str = "",
        *,
        taken: bool = True,
    ) -> RowProblem:
        """A problem of this table."""
        return RowProblem(
            path=self.path,
            row=row,
            column=column,
            value=value,
            code=code,
            suggestion=suggestion,
            taken=taken,
        )

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """The workbook's worksheets that were not read and could be."""
        return tuple(name for name in self.sheets if name != self.sheet)


def read_sheet(
    source: Path | BinaryIO,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    sheet: str | None = None,
) -> Table:
    """The table in a file, or in a stream of bytes (standard input, "-"), which is spooled.

    What is given is not guessed. The sheet has been read once when this returns, so that only
    "sheet-changed" and "file-unreadable" can come later.

    SheetError, with the path: the file ("file-unreadable", "not-a-sheet", "sheet-empty",
    "sheet-too-large"), its text ("value-unfit", "wrong-encoding", "open-quote", "row-too-wide"), a
    workbook ("workbook-password", "workbook-damaged", "stray-cell", "not-one-of"), the header
    ("no-header", "header-row-beyond", "no-table-in-worksheet"), the rows
    ("rows-too-long").
    """
    path = str(source) if isinstance(source, Path) else "-"
    try:
        opened = Source(source)
        if Path(path).name.startswith(_LOCKS):
            raise SheetError("not-a-sheet", kind="lock")
        if opened.suffix not in _TEXT | _WORKBOOKS | _JSON:
            raise SheetError("not-a-sheet", kind=opened.suffix)
        kind = _kind(opened)
        if kind == "workbook":
            found = worksheet(opened, sheet)
            header = _header_in_worksheet(found, header_row)
            found.records.header_row = header.row
            table = _table(path, header, found.records)
            table = dataclasses.replace(
                table,
                sheet=found.name,
                sheets=found.names,
                hidden=found.hidden,
                unlike=_unlike(found, header),
            )
        elif kind == "JSON":
            records = _json(opened)
            table = _table(path, header_of(iter(records), 1, ""), records)
        else:
            text = _text(opened, encoding, delimiter)
            header = header_of(text.checked(), header_row, text.encoding, text.delimiter)
            table = _table(path, header, text, text.delimiter)
            table = dataclasses.replace(table, encoding=text.encoding, delimiter=text.delimiter)
        return dataclasses.replace(table, sha256=opened.sha256())
    except SheetError as error:
        error.path = path
        raise
    except OSError as error:
        raise SheetError("file-unreadable", path=path, words=error.strerror) from None


# Not a title: "[Liste provisoire]". Zeros are those of UTF-16.
_JSON_BEGINS = re.compile(rb"\{[\s\0]*[\"}]|\[[\s\0]*[{\[\]\"]")


def _kind(source: Source) -> str:
    """By the first bytes, whatever the file is called. SheetError for what holds no rows."""
    with source.open() as file:
        start = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "workbook"
    for mark, kind in (
        (b"%pdf", "PDF"),
        (b"{\\rtf", "RTF"),
        (b"<", "HTML"),
        (b"\x89png", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"\x1f\x8b", "GZIP"),
        *((b"bzh%d1ay&sy" % level, "BZIP2") for level in range(1, 10)),  # "BZH" is Brittany
        (b"7z\xbc\xaf", "7Z"),
    ):
        if start.startswith(mark):
            raise SheetError("not-a-sheet", kind=kind)
    return "JSON" if _JSON_BEGINS.match(start) else "text"


def _header_in_worksheet(found: Worksheet, header_row: int | None) -> Header:
    """The header of a worksheet; without one, what to try is the workbook's other worksheets."""
    try:
        return header_of(iter(found.records), header_row, "")
    except SheetError as error:
        others = ", ".join(name for name in found.names if name != found.name)
        if not others or header_row or error.code not in ("sheet-empty", "no-header"):
            raise
        raise SheetError("no-table-in-worksheet", sheet=found.name, others=others) from None


def _unlike(found: Worksheet, header: Header) -> Mapping[int, tuple[str, ...]]:
    names = dict(enumerate(header.names, start=1))
    return {
        row: tuple(names[column] for column in columns if names.get(column))
        for row, columns in found.records.unlike.items()
    }


def _json(source: Source) -> list[Cells]:
    from merge.recipients.directory import read_json

    check_size(source.size, _JSON_MEGABYTES_AT_MOST)
    with source.open() as file:
        return read_json(file)


def _text(source: Source, encoding: str | None, delimiter: str | None) -> DelimitedText:
    if delimiter in ("tab", "\\t"):
        delimiter = "\t"
    if delimiter and (len(delimiter) > 1 or delimiter in '"\r\n\0' or not delimiter.isascii()):
        raise SheetError("value-unfit", value=delimiter, example="; tab")
    if encoding:
        check_encoding(encoding)
    return DelimitedText(source, encoding or "", delimiter or "")


def _table(path: str, header: Header, records: Iterable[Record], delimiter: str = "") -> Table:
    from merge.recipients.directory import unfolding

    rows: Iterable[Row | RowProblem] = _Rows(path, header, records, delimiter)
    headers = tuple(filter(None, header.names))
    folded = unfolding(headers)
    if folded:
        headers, rows = folded.headers, _Unfolded(path, rows, folded)
    return Table(
        path=path,
        headers=headers,
        header_row=header.row,
        rows=rows,
        filled=header.rows,
        problems=tuple(dataclasses.replace(problem, path=path) for problem in header.problems),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Records → rows under the header, without the columns that hold nothing."""

    path: str
    header: Header
    records: Iterable[Record]
    delimiter: str

    def __iter__(self) -> Iterator[Row | RowProblem]:
        width = len(self.header.names)
        used = [i for i, name in enumerate(self.header.names) if name]
        moved, short = _Numbers(self.header.moved), _Numbers(self.header.short)
        for number, record in enumerate(self.records, start=1):
            if number <= self.header.row:
                continue
            text = "".join(record)
            if not text or text.isspace():
                continue
            if '"' in text or "'" in text:
                record = [
                    unquoted(cell, is_of_text_file=bool(self.delimiter))
                    if '"' in cell or "'" in cell
                    else cell
                    for cell in record
                ]
            cells = tuple(record[:width])
            if moved.has(number) or (len(record) > width and any(map(str.strip, record[width:]))):
                yield self._surplus(number, record)
            elif self.delimiter and ("\n" in text or "\r" in text) and self._swallowed(cells):
                yield self._problem(number, self._swallowed(cells), "stray-quote")
            else:
                if short.has(number):
                    yield self._cut_off(number, cells)
                cells += ("",) * (width - len(cells))
                yield Row(number, cells if len(used) == width else tuple(cells[i] for i in used))

    def _surplus(self, number: int, record: Record) -> RowProblem:
        """A field too many: one cell was cut in two, and which one is not certain."""
        filled = [*filter(str.strip, record[len(self.header.names) :])]
        surplus = filled or [*filter(str.strip, record)][-1:]
        return self._problem(number, " ".join(surplus), "too-many-fields")

    def _cut_off(self, number: int, cells: Cells) -> RowProblem:
        """A field too few: perhaps a delimiter is missing, and where is not certain."""
        last = next(cell for cell in reversed(cells) if cell.strip())
        problem = self._problem(number, last, "too-few-fields")
        return dataclasses.replace(problem, taken=True)

    def _swallowed(self, cells: Cells) -> str:
        """A cell that holds whole rows: a quotation mark was opened and closed rows later."""
        for index, cell in enumerate(cells):
            if ("\n" in cell or "\r" in cell) and self._are_rows(cell, index, len(cells)):
                return cell
        return ""

    def _are_rows(self, cell: str, index: int, width: int) -> bool:
        lines = cell.splitlines()
        if width > 2:
            return any(line.count(self.delimiter) >= width - 1 for line in lines)
        # Many a note has one delimiter in a line. Of rows that were swallowed all have one, but for
        # the end of the first or the beginning of the last.
        whole, part = (lines[1:], lines[0]) if index else (lines[:-1], lines[-1])
        is_part = width == 2 and self.delimiter not in part
        return is_part and bool(whole) and all(map(self._is_pair, whole))

    def _is_pair(self, line: str) -> bool:
        """Whether it is a row of two cells; a space behind the delimiter is a person's."""
        first, _, second = line.partition(self.delimiter)
        return bool(first and second) and self.delimiter not in second and second[0] != " "

    def _problem(self, number: int, value: str, code: str) -> RowProblem:
        return RowProblem(
            path=self.path, row=number, column="", value=shown(value), code=code, taken=False
        )


class _Numbers:
    """Ascending numbers, asked for in ascending order."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._left = iter(numbers)
        self._next = next(self._left, 0)

    def has(self, number: int) -> bool:
        while 0 < self._next < number:
            self._next = next(self._left, 0)
        return self._next == number


@dataclass(frozen=True, slots=True)
class _Unfolded:
    """Rows of the annuaire, its nested fields as columns of their own."""

    path: str
    rows: Iterable[Row | RowProblem]
    unfolding: Unfolding

    def __iter__(self) -> Iterator[Row | RowProblem]:
        problems: deque[RowProblem] = deque()
        for row in self.unfolding.rows(_without_problems(self.rows, problems)):
            while problems:
                yield problems.popleft()
            yield dataclasses.replace(row, path=self.path) if isinstance(row, RowProblem) else row
        yield from problems


def _without_problems(
    rows: Iterable[Row | RowProblem], problems: deque[RowProblem]
) -> Iterator[Row]:
    for row in rows:
        if isinstance(row, RowProblem):
            problems.append(row)
        else:
            yield row


# --- as a confined helper sends it: the table without its rows, then some rows at a time ----------

_ROWS_AT_ONCE = 500
_SENT_FIRST = {
    name: kind for name, kind in get_type_hints(Table).items() if name not in ("path", "rows")
}
"""The fields of a table that are sent first, and their types."""


def send(path: Path, reading: dict[str, Any]) -> Iterator[object]:
    """Read the sheet and send it. SheetError as in `read_sheet`.

    The rows are of JSON's own kinds, [number, [cell, …]], which costs least; a problem is sent with
    all its fields.
    """
    table = read_sheet(path, **reading)
    yield [getattr(table, name) for name in _SENT_FIRST]
    rows = iter(table.rows)
    while some := list(itertools.islice(rows, _ROWS_AT_ONCE)):
        yield [(row.number, row.cells) if isinstance(row, Row) else (0, row, "") for row in some]


def received(head: list[Any], rows: Iterable[Row | RowProblem], path: str) -> Table:
    """The table that was sent, by the name that a person gave it: a helper may have read a copy.

    ValueError when it is none.
    """
    sent = {
        name: rebuilt(kind, value)
        for (name, kind), value in zip(_SENT_FIRST.items(), head, strict=True)
    }
    sent["problems"] = tuple(dataclasses.replace(each, path=path) for each in sent["problems"])
    return Table(path=path, rows=rows, **sent)


def rows_received(some: list[Any], path: str) -> Iterator[Row | RowProblem]:
    """The rows of one answer behind the first."""
    for number, cells, *problem in some:
        if problem:
            yield dataclasses.replace(rebuilt(RowProblem, cells), path=path)
        else:
            yield Row(number, tuple(cells))
