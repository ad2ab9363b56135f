"""CSV, XLSX, XLS, ODS, JSON of any dialect → a table of text.

All cells are text, as they stand: leading zeros are kept, nothing becomes "nan". Rows are
numbered as a spreadsheet numbers them: the first of the file is 1, an empty one counts, a cell
with line breaks is in one row.
"""

from __future__ import annotations

import codecs
import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, get_type_hints

from merge.confined.plain import rebuilt
from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.cells import Cells
from merge.recipients.directory import read_json, unfolded
from merge.recipients.header import Header, header_of
from merge.recipients.miscut import miscut
from merge.recipients.records import Records, framed
from merge.recipients.source import Source
from merge.recipients.text import read_text
from merge.recipients.workbooks.container import check_size
from merge.recipients.workbooks.worksheet import worksheet

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

    `rows` has, in the order of the sheet, a `Row`, or the `RowProblem` of a row that could not be
    taken. Rows without any text are left out.
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
    """The table in a file, or in a stream of bytes (standard input, "-").

    What is given is not guessed.

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
        kind = _kind(opened.data[:512])
        if kind == "workbook":
            table = _of_workbook(opened, sheet, header_row)
        else:
            if kind == "JSON":
                check_size(opened.size, _JSON_MEGABYTES_AT_MOST)
                records, header_row = Records(path, framed(read_json(opened.data))), 1
            else:
                records = read_text(opened, encoding or "", delimiter or "")
            table = _table(records, header_of(records, header_row))
        return dataclasses.replace(table, sha256=opened.sha256)
    except SheetError as error:
        error.path = path
        raise
    except OSError as error:  # of calamine
        raise SheetError("file-unreadable", path=path, words=error.strerror) from None


# Zeros are those of UTF-16. "[Liste provisoire]" is a title.
_BEFORE_TEXT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*")
_JSON_BEGINS = re.compile(rb"\{[\s\0]*[\"}]|\[[\s\0]*[{\[\]\"]")


def _kind(start: bytes) -> str:
    """By the first bytes, whatever the file is called. SheetError for what holds no rows."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise SheetError("not-a-sheet", kind="UTF-32")
    start = _BEFORE_TEXT.sub(b"", start, 1).lower()
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


def _of_workbook(source: Source, wanted: str | None, header_row: int | None) -> Table:
    found = worksheet(source, wanted)
    try:
        header = header_of(Records(source.name, framed([*found.records])), header_row)
    except SheetError as error:
        others = ", ".join(name for name in found.names if name != found.name)
        if not others or header_row or error.code not in ("sheet-empty", "no-header"):
            raise
        raise SheetError("no-table-in-worksheet", sheet=found.name, others=others) from None
    found.records.header_row = header.row
    table = _table(Records(source.name, framed([*found.records])), header)
    names = dict(enumerate(header.names, start=1))
    unlike = {
        row: tuple(names[column] for column in columns if names.get(column))
        for row, columns in found.records.unlike.items()
    }
    return dataclasses.replace(
        table, sheet=found.name, sheets=found.names, hidden=found.hidden, unlike=unlike
    )


def _table(records: Records, header: Header) -> Table:
    """The rows under the header, without those that were cut in wrong places and without the
    columns that hold nothing.
    """
    below = records.below(header.row)
    told = miscut(below, header) if records.delimiter else []
    frame = below.frame.drop(index=[problem.row for problem in told if not problem.taken])
    columns = (frame[index].tolist() for index, name in enumerate(header.names) if name)
    cells = zip(*columns, strict=True)
    rows: list[Row | RowProblem] = [*told, *map(Row, frame.index.tolist(), cells)]
    if told:
        rows.sort(key=lambda each: each.number if isinstance(each, Row) else each.row)
    table = Table(
        path=records.path,
        headers=tuple(filter(None, header.names)),
        header_row=header.row,
        rows=rows,
        filled=len(below.frame),
        encoding=records.encoding,
        delimiter=records.delimiter,
        problems=header.problems,
    )
    return unfolded(table)


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
