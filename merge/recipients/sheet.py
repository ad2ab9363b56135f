"""CSV, XLSX, XLS, ODS of any dialect → a table of text; the door to pandas.

All cells are text, as they stand: leading zeros are kept, nothing becomes "nan". Rows are
numbered as a spreadsheet numbers them: the first of the file is 1, an empty one counts, a cell
with line breaks is in one row.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.cells import CONTROL, clean, one_line, shown
from merge.recipients.dialect import (
    decode,
    find_header,
    guess_delimiter,
    meant_encoding,
    sample_records,
)
from merge.recipients.workbook import worksheet

_TEXT = frozenset({".csv", ".tsv", ".tab", ".txt", ""})
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})
_ROWS_AT_A_TIME = 50_000
_SPARE_COLUMNS = 32  # beyond the widest row of the sample, for rows with fields too many

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row under the header: its number in the spreadsheet, and a cell for each header."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What one sheet says, and what was guessed to read it.

    `encoding` and `delimiter` are "" for a workbook, `sheet` is "" for a text file. Rows without
    any text are left out; `problems` are the rows and columns that could not be taken.
    """

    path: str
    headers: tuple[str, ...]
    rows: Sequence[Row]
    header_row: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    problems: tuple[RowProblem, ...] = ()


def read_sheet(
    source: Path | bytes,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    sheet: str | None = None,
) -> Table:
    """The table in a file, or in the bytes of standard input ("-"). What is given is not guessed.

    SheetError, with the path: the file ("no-such-sheet", "sheet-is-a-folder",
    "sheet-unreadable", "unknown-extension", "not-a-sheet", "sheet-empty"), its text
    ("unknown-encoding", "encoding-does-not-fit", "nul-bytes", "bad-delimiter", "open-quote",
    "row-too-wide"), a workbook ("workbook-password", "workbook-damaged", "no-such-worksheet"),
    the header ("no-header", "header-row-beyond", "header-only", "duplicate-header").
    """
    path = "-" if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else _read(source)
        if _is_workbook(data):
            name, records = worksheet(data, sheet)
            return _table(path, records, header_row, sheet=name)
        text, encoding = decode(data, encoding)
        delimiter = _delimiter(delimiter) or guess_delimiter(text)
        records = _text_records(text, delimiter)
        return _table(path, records, header_row, encoding=encoding, delimiter=delimiter)
    except SheetError as error:
        error.path = path
        raise


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise SheetError("sheet-is-a-folder")
        data = path.read_bytes()
    except FileNotFoundError:
        raise SheetError("no-such-sheet") from None
    except OSError as error:
        raise SheetError("sheet-unreadable", detail=error.strerror or "") from None
    extension = path.suffix.lower()
    if extension not in _TEXT | _WORKBOOKS:
        raise SheetError("unknown-extension", extension=extension)
    return data


def _is_workbook(data: bytes) -> bool:
    """By the first bytes, whatever the file is called. SheetError for what holds no rows."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise SheetError("sheet-empty")
    for mark, kind in (
        (b"%pdf", "PDF"),
        (b"{\\rtf", "RTF"),
        (b"{", "JSON"),
        (b"[", "JSON"),
        (b"<", "HTML"),
        (b"\x89png", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"\x1f\x8b", "GZIP"),
    ):
        if start.startswith(mark):
            raise SheetError("not-a-sheet", kind=kind)
    if start.startswith(b"pk\x03\x04") and (b"word/document.xml" in data):
        raise SheetError("not-a-sheet", kind="Word")
    return start.startswith((b"pk\x03\x04", b"\xd0\xcf\x11\xe0"))


def _delimiter(given: str | None) -> str:
    if given in ("tab", "\\t"):
        return "\t"
    if given and (len(given) > 1 or given in '"\r\n' or not given.isascii()):
        raise SheetError("bad-delimiter", delimiter=given)
    return given or ""


def _text_records(text: str, delimiter: str) -> list[Cells]:
    """Every record of the text, short ones filled with "".

    pandas shifts a row, or takes its first cell for an index, when the first row it sees is
    wider than it was told. So it is told by a line before the first that is wide enough.
    """
    import pandas as pd

    widest = max(map(len, sample_records(text, delimiter)), default=1)
    width = widest + _SPARE_COLUMNS
    records: list[Cells] = []
    try:
        for frame in pd.read_csv(
            io.BytesIO(f"{delimiter * (width - 1)}\n{text}".encode("utf-8", "surrogatepass")),
            encoding_errors="surrogatepass",
            sep=delimiter,
            header=None,
            names=range(width),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            chunksize=_ROWS_AT_A_TIME,
            engine="c",
        ):
            columns = [frame[column].tolist() for column in frame.columns]
            records += zip(*_without_empty_tail(columns), strict=True)
    except pd.errors.ParserError as error:
        raise _parser_trouble(str(error)) from None
    return records[1:]


def _without_empty_tail(columns: list[list[str]]) -> list[list[str]]:
    """One column at least, and none of the last ones that hold nothing."""
    while len(columns) > 1 and not any(columns[-1]):
        columns.pop()
    return columns


def _parser_trouble(message: str) -> SheetError:
    """pandas says "… starting at row N" from 0 and "… in line N" from 1; our line was one more."""
    if found := re.search(r"EOF inside string starting at row (\d+)", message):
        return SheetError("open-quote", row=int(found[1]))
    found = re.search(r"in line (\d+)", message)
    return SheetError("row-too-wide", row=int(found[1]) - 1 if found else None)


def _table(
    path: str,
    records: Sequence[Cells],
    header_row: int | None,
    *,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
) -> Table:
    header = _header_index(records, header_row)
    filled = [
        Row(number, cells)
        for number, cells in enumerate(records[header + 1 :], start=header + 2)
        if any(map(str.strip, cells))
    ]
    if not filled:
        raise SheetError("header-only", row=header + 1)
    headers, problems = _headers(path, header + 1, records[header], filled)
    for header_text in headers:
        meant = meant_encoding(header_text, encoding)
        if meant is not None:
            raise SheetError(
                "wrong-encoding",
                row=header + 1,
                column=header_text,
                encoding=encoding,
                suggestion=meant,
            )
    rows: list[Row] = []
    for row in filled:
        kept = row.cells[: len(headers)]
        problem = _surplus(path, row, len(headers)) or _swallowed(path, row.number, kept, delimiter)
        if problem:
            problems.append(problem)
        else:
            rows.append(Row(row.number, kept + ("",) * (len(headers) - len(kept))))
    used = [i for i, header_text in enumerate(headers) if header_text]
    if len(used) < len(headers):
        rows = [Row(row.number, tuple(row.cells[i] for i in used)) for row in rows]
    return Table(
        path=path,
        headers=tuple(headers[i] for i in used),
        rows=rows,
        header_row=header + 1,
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        problems=tuple(problems),
    )


def _header_index(records: Sequence[Cells], header_row: int | None) -> int:
    if not any(any(map(str.strip, record)) for record in records):
        raise SheetError("sheet-empty")
    if header_row is None:
        found = find_header(records)
        if found is None:
            raise SheetError("no-header")
        return found
    if not 1 <= header_row <= len(records) or not any(records[header_row - 1]):
        raise SheetError("header-row-beyond", row=header_row, rows=len(records))
    return header_row - 1


def _headers(
    path: str, number: int, record: Cells, rows: Sequence[Row]
) -> tuple[list[str], list[RowProblem]]:
    """A header for each column, "" for a column that holds nothing at all.

    A column with text but without a header is called after its place, and reported. After the
    last header it must hold text in half of the rows: else those rows have a field too many.
    """
    headers = [one_line(clean(CONTROL.sub("", cell))) for cell in record]
    while headers and not headers[-1]:
        headers.pop()
    widest = max(len(row.cells) for row in rows)
    while len(headers) < widest and 2 * len(_filled(rows, len(headers))) >= len(rows):
        headers.append("")
    problems = []
    for index, header in enumerate(headers):
        if not header and (found := _filled(rows, index)):
            headers[index] = f"column {_letters(index)}"
            problems.append(
                _problem(path, number, headers[index], found[0], "unnamed-column", taken=True)
            )
        elif header and header.casefold() in (other.casefold() for other in headers[:index]):
            raise SheetError("duplicate-header", row=number, column=header)
    return headers, problems


def _filled(rows: Sequence[Row], index: int) -> list[str]:
    return [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index].strip()]


def _letters(index: int) -> str:
    """A, B … Z, AA, as a spreadsheet calls its columns."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _surplus(path: str, row: Row, width: int) -> RowProblem | None:
    """A field too many: one cell was cut in two, and which one nobody can say."""
    surplus = [cell for cell in row.cells[width:] if cell.strip()]
    if not surplus:
        return None
    return _problem(path, row.number, "", " ".join(surplus), "too-many-fields", taken=False)


def _swallowed(path: str, number: int, cells: Cells, delimiter: str) -> RowProblem | None:
    """A cell that holds whole rows: a quotation mark was opened and closed rows later."""
    if not delimiter or len(cells) < 3:
        return None
    for cell in cells:
        if "\n" in cell and any(
            line.count(delimiter) >= len(cells) - 1 for line in cell.splitlines()
        ):
            return _problem(path, number, "", cell, "stray-quote", taken=False)
    return None


def _problem(path: str, row: int, column: str, value: str, code: str, *, taken: bool) -> RowProblem:
    return RowProblem(path=path, row=row, column=column, value=shown(value), code=code, taken=taken)
