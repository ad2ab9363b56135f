"""The records of a sheet, looked at once → its header, and what is wrong with its columns."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from merge.errors import SheetError
from merge.french.communes import fold
from merge.model import RowProblem
from merge.recipients.cells import CONTROL, clean, one_line, shown, unquoted
from merge.recipients.headers import is_known
from merge.recipients.widths import Widths
from merge.recipients.workbooks.cell_facts import column_letters

ROWS_AT_MOST = 2_000_000
HEADER_AMONG = 30  # rows from the first: titles and notes are shorter than that
_SHOWN = 5  # rows, to who is asked for the header

Record = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a sheet: `names` has one for each column, "" for a column without any text."""

    row: int  # as a spreadsheet numbers it
    names: tuple[str, ...]
    rows: int  # under it, that have text
    problems: tuple[RowProblem, ...]  # with an empty path
    # Rows of a text file, by number and in order: with a field too many that is hard to see, and
    # with one too few.
    moved: Sequence[int] = ()
    short: Sequence[int] = ()


def header_of(
    records: Iterator[Record], header_row: int | None, encoding: str, delimiter: str = ""
) -> Header:
    """The header, once every record was seen. `encoding` and `delimiter` are those of a text file,
    "" for all others.

    SheetError: "sheet-empty", "no-header", "header-row-beyond", "header-only", "too-many-rows",
    "rows-too-long", "duplicate-header", "wrong-encoding".
    """
    row, header, rows = _find(records, header_row)
    columns = _Columns([one_line(clean(CONTROL.sub("", unquoted(cell)))) for cell in header])
    widths = Widths(header, columns.headers, delimiter) if delimiter else None
    for number, record in enumerate(rows, start=row + 1):
        if has_text(record):
            columns.see(record)
            if widths:
                widths.see(number, record)
    if not columns.rows:
        raise SheetError("header-only", row=row)
    if columns.rows > ROWS_AT_MOST:
        raise SheetError("too-many-rows", rows=columns.rows, most=ROWS_AT_MOST)
    if widths:
        widths.check()
    names, problems = columns.named(row, may_shift=bool(encoding))
    for name in names:
        meant = meant_encoding(name, encoding)
        if meant is not None:
            raise SheetError(
                "wrong-encoding", row=row, column=name, encoding=encoding, suggestion=meant
            )
    found = Header(row=row, names=tuple(names), rows=columns.rows, problems=tuple(problems))
    return replace(found, moved=widths.moved, short=widths.short()) if widths else found


def has_text(record: Record) -> bool:
    """Whether a cell of it holds more than white space."""
    # The first cell alone nearly always tells, and this is asked of every row.
    return bool(record) and (bool(record[0].strip()) or any(map(str.strip, record)))


def _between_tabs(record: Record) -> str:
    """Its cells between tabs: what a trouble says of a sheet is text."""
    return "\t".join(" ".join(cell.split()) for cell in record)


def _find(
    records: Iterator[Record], header_row: int | None
) -> tuple[int, Record, Iterator[Record]]:
    """The number of the header's row, the header, and the records under it."""
    first = list(itertools.islice(records, HEADER_AMONG))
    if header_row is not None:
        return _given(itertools.chain(first, records), header_row)
    found = find_header(first)
    if found is None:
        # To the end, so that a fault of the file is reported rather than this.
        filled = sum(map(has_text, itertools.chain(first, records)))
        if not filled:
            raise SheetError("sheet-empty")
        raise SheetError("no-header", first="\n".join(map(_between_tabs, first[:_SHOWN])))
    return found + 1, first[found], itertools.chain(first[found + 1 :], records)


def _given(records: Iterator[Record], header_row: int) -> tuple[int, Record, Iterator[Record]]:
    is_empty, number = True, 0
    for number, record in enumerate(records, start=1):
        if number == header_row and has_text(record):
            return header_row, record, records
        is_empty = is_empty and not has_text(record)
    if is_empty:
        raise SheetError("sheet-empty")
    raise SheetError("header-row-beyond", row=header_row, rows=number)


@dataclass(slots=True)
class _Found:
    """The text in one column under the header."""

    first: str
    rows: int = 0


@dataclass(slots=True)
class _Columns:
    """Which columns hold text, those without a header included."""

    headers: list[str]
    rows: int = 0  # that have text
    _nameless: tuple[int, ...] = ()
    _found: dict[int, _Found] = field(default_factory=dict)

    def __post_init__(self) -> None:
        while self.headers and not self.headers[-1]:
            self.headers.pop()
        self._nameless = tuple(i for i, name in enumerate(self.headers) if not name)

    def see(self, record: Record) -> None:
        """A record that has text."""
        self.rows += 1
        if len(record) <= len(self.headers) and not self._nameless:
            return
        for index in (*self._nameless, *range(len(self.headers), len(record))):
            if index < len(record) and record[index].strip():
                self._found.setdefault(index, _Found(record[index])).rows += 1

    def named(self, row: int, *, may_shift: bool) -> tuple[list[str], list[RowProblem]]:
        """A header for each column, "" for one that holds nothing at all.

        A column with text but without a header is called after its place, as no header is, and
        reported. After the last header of a text file, where a cell that was cut in two shifts all
        others, it must hold text in half of the rows: else those rows have a field too many.
        """
        headers = list(self.headers)
        if may_shift:
            while 2 * self._rows_of(len(headers)) >= self.rows:
                headers.append("")
        else:
            headers += [""] * (max(self._found, default=0) + 1 - len(headers))
        problems = []
        for index, header in enumerate(headers):
            if not header and index in self._found:
                headers[index] = _name_of_place(index, self.headers)
                problems.append(
                    RowProblem(
                        path="",
                        row=row,
                        column=headers[index],
                        value=shown(self._found[index].first),
                        code="unnamed-column",
                    )
                )
            elif header and header.casefold() in (other.casefold() for other in headers[:index]):
                raise SheetError("duplicate-header", row=row, column=header)
        return headers, problems

    def _rows_of(self, index: int) -> int:
        return self._found[index].rows if index in self._found else 0


def _name_of_place(index: int, headers: Sequence[str]) -> str:
    """ "column B"; "column B (2)" where one of the headers is like it."""
    taken = set(map(fold, headers))
    place = f"column {column_letters(index + 1)}"
    names = itertools.chain([place], (f"{place} ({number})" for number in itertools.count(2)))
    return next(name for name in names if fold(name) not in taken)


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the header among the first rows; None when they are all data.

    The row with the most headers that the program knows, and of those with as many one of more
    than a cell ("Communes" is a title); if it knows none, the first row of more than one cell (or
    of one, in a sheet of one column) that does not look like data.
    """
    first = [(i, row) for i, row in enumerate(rows[:HEADER_AMONG]) if any(map(str.strip, row))]
    if not first:
        return None
    # The first of those that are best.
    best, row = max(first, key=lambda pair: (known_headers(pair[1]), _filled(pair[1]) > 1))
    if known_headers(row):
        return best
    widest = max(_filled(row) for _, row in first)
    for index, row in first:
        if _filled(row) > 1 or widest == 1:
            return None if any(map(_is_datum, row)) else index
    return None


def meant_encoding(header: str, encoding: str) -> str | None:
    """The encoding in which a header would be a known one, when it is none as it was read.

    "" when the file itself was spoilt before: no other encoding would mend it. None when nothing
    says that the encoding is wrong.
    """
    if header.isascii() or is_known(header):
        return None
    read_as = dict.fromkeys((encoding or "utf-8", *_ENCODINGS))
    for wrong in read_as:
        for right in _ENCODINGS:
            with contextlib.suppress(UnicodeError):
                if is_known(header.encode(wrong).decode(right)):
                    return right if wrong == encoding else ""
    return None


_ENCODINGS = ("utf-8", "cp1252", "mac-roman", "cp850", "latin-1", "iso8859-15")


def known_headers(record: Sequence[str]) -> int:
    """How many of its cells are headers that the program understands."""
    cells = [cell for cell in record if cell and not cell.isspace()]
    return sum(is_known(cell, exactly=len(cells) == 1) for cell in cells)


def _filled(record: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in record)


def _is_datum(cell: str) -> bool:
    return "@" in cell or cell.strip().isdigit()
