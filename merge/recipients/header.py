"""The records of a sheet, looked at once → its header, and what is wrong with its columns."""

from __future__ import annotations

import contextlib
import itertools
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from merge.errors import SheetError
from merge.french.communes import fold
from merge.model import RowProblem
from merge.recipients.address import parted
from merge.recipients.cells import CONTROL, clean, one_line, shown, unquoted
from merge.recipients.headers import field_called, is_known
from merge.recipients.workbooks.cell_facts import column_letters

_SAMPLE = 2000  # rows that tell which columns are filled
_EXAMPLES = 3
_EXAMPLE_AT_MOST = 120  # characters
_AS_LONG = 0.95  # of all rows, where it is a column that they have in common


def _is_postcode(cell: str) -> bool:
    return bool(_POSTCODE.fullmatch(cell))


def _is_word(cell: str) -> bool:
    """Whether it may be a name, a street or a town: "119" and "12 bis" are a part of one."""
    return "@" not in cell and not _NUMBER.fullmatch(cell)


_POSTCODE = re.compile(r"\s*(?:FR?[- ]?)?(?:\d{4,5}|\d{2} \d{3})(?:\s+cedex.*)?\s*", re.IGNORECASE)
_NUMBER = re.compile(r"\s*[\d\s.]+(?:bis|ter|quater|[a-d])?\s*", re.IGNORECASE)
_CODE = re.compile(r"\s*(?:\d{4,5}|2[AB]\d{3})\s*", re.IGNORECASE)

# What a cell of a field looks like. Where it is written so, the cells before it stand in place.
_PROVES: Mapping[str, Callable[[str], bool]] = {
    "email": lambda cell: "@" in cell,
    "postcode": _is_postcode,
    "postcode_locality": lambda cell: parted(one_line(cell)) is not None,
    "insee": lambda cell: bool(_CODE.fullmatch(cell)),
}
_DENIES: Mapping[str, Callable[[str], bool]] = dict.fromkeys(
    ("address", "locality", "commune", "first_name", "surname"), _is_word
)


class Widths:
    """Shown each row with text under the header, by `see`; then asked.

    `moved` and `short` are the numbers of single rows, in order: a field too many, although nothing
    stands behind the last header; and one too few, where the other rows have something.
    """

    def __init__(self, header: Record, names: Sequence[str], delimiter: str) -> None:
        """`names` are the headers without the empty ones at the end."""
        self._delimiter = delimiter
        self._header_width = len(header)
        self._width = len(names)
        fields = [field_called(name) or "" for name in names]
        self._proofs = [(i, _PROVES[f]) for i, f in enumerate(fields) if f in _PROVES]
        self._denials = [(i, _DENIES[f]) for i, f in enumerate(fields) if f in _DENIES]
        self._rows = 0
        self._widths: dict[int, int] = {}  # rows of each width
        self._reached = [0] * self._width  # rows of the sample that go so far, by column
        self._filled = [0] * self._width  # and have something there
        self._longer = 0  # rows with text behind the last header
        self._longer_moved = 0  # of those, whose cells are in wrong columns
        self._longer_proven = 0  # of those, whose last column holds what its header says
        self._examples: list[str] = []
        self._short = array("L"), array("L")  # their numbers, and how long they are
        self.moved = array("L")

    def see(self, number: int, record: Record) -> None:
        """One row with text, under its number in the spreadsheet."""
        self._rows += 1
        width = len(record)
        self._widths[width] = self._widths.get(width, 0) + 1
        if self._rows <= _SAMPLE:
            for index, cell in enumerate(islice(record, self._width)):
                self._reached[index] += 1
                self._filled[index] += bool(cell.strip())
        if width < self._width:
            self._short[0].append(number)
            self._short[1].append(width)
        elif width > self._width:
            self._see_longer(number, record)

    def _see_longer(self, number: int, record: Record) -> None:
        is_moved = self._is_moved(record)
        has_more = any(map(str.strip, record[self._width :]))
        if is_moved:
            self.moved.append(number)
        if has_more:
            last = [looks for index, looks in self._proofs if index == self._width - 1]
            self._longer += 1
            self._longer_moved += is_moved
            self._longer_proven += not is_moved and any(
                looks(record[self._width - 1]) for looks in last
            )
        if (has_more or is_moved) and len(self._examples) < _EXAMPLES:
            text = shown(one_line(self._delimiter.join(record)))
            cut = text if len(text) <= _EXAMPLE_AT_MOST else f"{text[: _EXAMPLE_AT_MOST - 1]}…"
            self._examples.append(f"{number}: {cut}")

    def _is_moved(self, record: Record) -> bool:
        """Whether a cell is not what its header says while one behind it is, or a space behind the
        delimiter shows where a sentence was cut.
        """
        by = len(record) - self._width
        wrong = -1
        for index, looks in (*self._denials, *self._proofs):
            cell, after = record[index], record[index + 1 : index + 1 + by]
            if cell.strip() and not looks(cell) and any(a.strip() and looks(a) for a in after):
                wrong = max(wrong, index)
        if wrong >= 0:
            return not any(index > wrong and looks(record[index]) for index, looks in self._proofs)
        begun = [index for index, cell in enumerate(record) if cell[:1] == " " and cell.strip()]
        in_place = max((index for index, looks in self._proofs if looks(record[index])), default=0)
        return bool(begun) and len(begun) <= by and in_place < min(begun) <= self._width

    def check(self) -> None:
        """SheetError("rows-too-long") where most rows have more cells than the header, and it is
        not one last column that has no name.
        """
        if 2 * len(self.moved) >= self._rows or (
            2 * self._longer >= self._rows and not self._is_one_more_column()
        ):
            raise SheetError(
                "rows-too-long",
                rows=max(self._longer, len(self.moved)),
                of=self._rows,
                examples=" / ".join(self._examples),
                delimiter=self._delimiter,
            )

    def _is_one_more_column(self) -> bool:
        if 2 * self._longer_moved >= self._longer:
            return False
        if self._delimiter != "," or 2 * self._longer_proven >= self._longer:
            return True
        # A sentence has commas as it likes; rows that a program has written are all as long.
        width, rows = max(self._widths.items(), key=lambda pair: pair[1])
        return rows >= _AS_LONG * self._rows and width <= max(self._header_width, self._width + 1)

    def short(self) -> array[int]:
        """The rows that end before a column that most of the others fill."""
        half = min(self._rows, _SAMPLE) / 2
        pairs = enumerate(zip(self._reached, self._filled, strict=True))
        last = max((i for i, (n, full) in pairs if n >= half and 2 * full > n), default=-1)
        numbers, widths = self._short
        return array("L", (n for n, w in zip(numbers, widths, strict=True) if w <= last))


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

    SheetError: "sheet-empty", "no-header", "header-row-beyond", "sheet-too-large",
    "rows-too-long", "wrong-encoding".
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
        raise SheetError("sheet-empty", row=row)
    if columns.rows > ROWS_AT_MOST:
        raise SheetError("sheet-too-large", words=f"{columns.rows} > {ROWS_AT_MOST}")
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
    if found is None and _are_mailboxes(first):
        return 0, [_MAILBOXES], itertools.chain(first, records)
    if found is None:
        # To the end, so that a fault of the file is reported rather than this.
        filled = sum(map(has_text, itertools.chain(first, records)))
        if not filled:
            raise SheetError("sheet-empty")
        raise SheetError("no-header", first="\n".join(map(_between_tabs, first[:_SHOWN])))
    return found + 1, first[found], itertools.chain(first[found + 1 :], records)


def _are_mailboxes(records: Sequence[Record]) -> bool:
    """Whether it is a bare list of e-mail addresses, which wants no header."""
    filled = [record for record in records if has_text(record)]
    return all(_filled(record) == 1 and "@" in record[0] for record in filled) and bool(filled)


_MAILBOXES = "E-mail"


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
            elif header and header.casefold() in (each.casefold() for each in headers[:index]):
                headers[index] = _of_its_own(header, headers)
                problems.append(
                    RowProblem(
                        path="",
                        row=row,
                        column=headers[index],
                        value=header,
                        code="duplicate-header",
                    )
                )
        return headers, problems

    def _rows_of(self, index: int) -> int:
        return self._found[index].rows if index in self._found else 0


def _name_of_place(index: int, headers: Sequence[str]) -> str:
    """ "column B"; "column B (2)" where one of the headers is like it."""
    place = f"column {column_letters(index + 1)}"
    return _of_its_own(place, headers) if fold(place) in map(fold, headers) else place


def _of_its_own(name: str, headers: Sequence[str]) -> str:
    """A name beside the headers: "Ville (2)"."""
    taken = set(map(fold, headers))
    names = (f"{name} ({number})" for number in itertools.count(2))
    return next(each for each in names if fold(each) not in taken)


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the header among the first rows; None when they are all data.

    The row with the most headers that the program knows, and of those with as many one of more
    than a cell ("Communes" is a title); if it knows none, the first row of more than one cell (or
    of one, in a sheet of one column) that does not look like data. One with data in it ("RUE" may
    be a header, too) is none below a row as long that has none.
    """
    first = [(i, row) for i, row in enumerate(rows[:HEADER_AMONG]) if any(map(str.strip, row))]
    if not first:
        return None
    data = {i for i, row in first if any(map(_is_datum, row))}
    headers = [(i, _filled(row)) for i, row in first if i not in data]
    may_be = [
        (i, row)
        for i, row in first
        if i not in data or not any(j < i and n >= max(2, _filled(row)) for j, n in headers)
    ]
    # The first of those that are best.
    best, row = max(may_be, key=lambda pair: (known_headers(pair[1]), _filled(pair[1]) > 1))
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
