"""CSV, XLSX, XLS, ODS, JSON of any dialect → a frame of text.

All cells are text, as they stand: leading zeros are kept, nothing becomes "nan". Rows are
numbered as a spreadsheet numbers them: the first of the file is 1, an empty one counts, a cell
with line breaks is in one row.
"""

from __future__ import annotations

import codecs
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.answers import SheetHead
from merge.recipients.directory import read_json, unfolded
from merge.recipients.header import Header, header_of
from merge.recipients.miscut import miscut
from merge.recipients.records import Records, framed, numbered
from merge.recipients.source import Source
from merge.recipients.text import read_text
from merge.recipients.workbooks.container import check_size
from merge.recipients.workbooks.worksheet import worksheet

if TYPE_CHECKING:
    from pandas import DataFrame

_SUFFIXES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", "", ".json", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
)
_LOCKS = ("~$", ".~lock.")  # Excel's and LibreOffice's
_JSON_MEGABYTES_AT_MOST = 200  # it is held in memory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet(SheetHead):
    """What one sheet says.

    `frame` has the cells, all text: a row under its number in a spreadsheet, a column under its
    header. Rows without any text are left out, and so are those of which `told` says that they
    could not be taken.
    """

    frame: DataFrame
    hidden: frozenset[int] = frozenset()  # rows of a worksheet that are read and not shown
    # The columns of cells that the worksheet shows in a way that is not known here, by row.
    unlike: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def head(self, most: int | None = None) -> SheetHead:
        """All of it but the frame, and the cells of all rows or of the first."""
        rows = {row: tuple(cells) for row, cells in numbered(self.frame[:most])}
        named = {each.name: getattr(self, each.name) for each in dataclasses.fields(SheetHead)}
        return SheetHead(**named | {"rows": rows})

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
        """A problem of this sheet."""
        return RowProblem(
            path=self.path,
            row=row,
            column=column,
            value=value,
            code=code,
            suggestion=suggestion,
            taken=taken,
        )


def read_sheet(
    source: Path | BinaryIO,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    sheet: str | None = None,
) -> Sheet:
    """The sheet in a file, or in a stream of bytes (standard input, "-").

    What is given is not guessed.

    SheetError, with the path: the file ("file-unreadable", "not-a-sheet", "sheet-empty",
    "sheet-too-large"), its text ("value-unfit", "wrong-encoding", "open-quote"), a
    workbook ("workbook-password", "workbook-damaged", "stray-cell", "not-one-of"), the header
    ("no-header", "header-row-beyond", "no-table-in-worksheet"), the rows
    ("rows-too-long").
    """
    opened = Source(source)
    try:
        if Path(opened.name).name.startswith(_LOCKS):
            raise SheetError("not-a-sheet", kind="lock")
        if opened.suffix not in _SUFFIXES:
            raise SheetError("not-a-sheet", kind=opened.suffix)
        kind = _kind(opened.data[:512])
        if kind == "workbook":
            found = _of_workbook(opened, sheet, header_row)
        else:
            if kind == "JSON":
                check_size(opened.size, _JSON_MEGABYTES_AT_MOST)
                records, header_row = Records(opened.name, framed(read_json(opened.data))), 1
            else:
                records = read_text(opened, encoding or "", delimiter or "")
            found = _under(records, header_of(records, header_row))
        return dataclasses.replace(found, sha256=opened.sha256)
    except SheetError as error:
        error.path = opened.name
        raise
    except OSError as error:  # of calamine
        raise SheetError("file-unreadable", path=opened.name, words=error.strerror) from None


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


def _of_workbook(source: Source, wanted: str | None, header_row: int | None) -> Sheet:
    found = worksheet(source, wanted)
    records = Records(source.name, framed(found.rows))
    try:
        header = header_of(records, header_row)
    except SheetError as error:
        others = ", ".join(name for name in found.names if name != found.name)
        if not others or header_row or error.code not in ("sheet-empty", "no-header"):
            raise
        raise SheetError("no-table-in-worksheet", sheet=found.name, others=others) from None
    below = _under(records, header)
    names = dict(enumerate(header.names, start=1))
    unlike = {
        row: tuple(names[column] for column in columns if names.get(column))
        for row, columns in found.unlike.items()
    }
    return dataclasses.replace(
        below, sheet=found.name, sheets=found.names, hidden=found.hidden, unlike=unlike
    )


def _under(records: Records, header: Header) -> Sheet:
    """The rows under the header, without those that were cut in wrong places and without the
    columns that hold nothing.
    """
    below = records.below(header.row)
    told = miscut(below, header) if records.delimiter else []
    frame = below.frame.drop(index=[problem.row for problem in told if not problem.taken])
    named = {index: name for index, name in enumerate(header.names) if name}
    sheet = Sheet(
        path=records.path,
        headers=tuple(named.values()),
        frame=frame[[*named]].set_axis([*named.values()], axis="columns").astype(object),
        header_row=header.row,
        told=tuple(told),
        filled=len(below.frame),
        encoding=records.encoding,
        delimiter=records.delimiter,
        problems=header.problems,
    )
    return unfolded(sheet)
