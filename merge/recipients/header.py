"""The records of a sheet → its header, and what its columns are called."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from merge.errors import SheetError
from merge.french.communes import fold
from merge.model import RowProblem
from merge.recipients.cells import CONTROL, clean, one_line, shown
from merge.recipients.headers import is_known
from merge.recipients.records import Records
from merge.recipients.workbooks.cell_facts import column_letters

HEADER_AMONG = 30  # rows from the first: titles and notes are shorter than that
_SHOWN = 5  # rows, to who is asked for the header


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a sheet: `names` has one for each column, "" for a column without any text."""

    row: int  # as a spreadsheet numbers it; 0 where there is none, of a list of mailboxes
    width: int  # how many cells it has
    called: tuple[str, ...]  # what they say, without those at the end that say nothing
    names: tuple[str, ...]
    problems: tuple[RowProblem, ...]


def header_of(records: Records, header_row: int | None) -> Header:
    """The header, which a person may have told.

    SheetError: "sheet-empty", "no-header", "header-row-beyond", "wrong-encoding".
    """
    row, cells = _find(records, header_row)
    below = records.below(row)
    if below.frame.empty:
        raise SheetError("sheet-empty", row=row)
    called = [one_line(clean(CONTROL.sub("", cell))) for cell in cells]
    while called and not called[-1]:
        called.pop()
    names, problems = _named(called, row, below)
    for name in names:
        meant = meant_encoding(name, records.encoding)
        if meant is not None:
            raise SheetError(
                "wrong-encoding", row=row, column=name, encoding=records.encoding, suggestion=meant
            )
    return Header(
        row=row,
        width=records.widths[row] if row else 1,
        called=tuple(called),
        names=tuple(names),
        problems=tuple(problems),
    )


def _find(records: Records, header_row: int | None) -> tuple[int, Sequence[str]]:
    """The number of the header's row, and its cells."""
    holds = records.filled.any(axis=1)
    if not holds.any():
        raise SheetError("sheet-empty")
    if header_row is not None:
        if not holds.get(header_row):
            raise SheetError("header-row-beyond", row=header_row, rows=len(holds))
        return header_row, [*records.frame.loc[header_row]]
    first = records.frame.head(HEADER_AMONG).to_numpy().tolist()
    found = find_header(first)
    if found is not None:
        return found + 1, first[found]
    if _are_mailboxes(first):
        return 0, ["E-mail"]
    lines = ("\t".join(" ".join(cell.split()) for cell in row).rstrip() for row in first[:_SHOWN])
    raise SheetError("no-header", first="\n".join(lines))


def _are_mailboxes(records: Sequence[Sequence[str]]) -> bool:
    """Whether it is a bare list of e-mail addresses, which wants no header."""
    filled = [record for record in records if _filled(record)]
    return all(_filled(record) == 1 and "@" in record[0] for record in filled) and bool(filled)


def _named(called: Sequence[str], row: int, below: Records) -> tuple[list[str], list[RowProblem]]:
    """A header for each column, "" for one that holds nothing at all.

    A column with text but without a header is called after its place, as no header is, and
    reported. After the last header of a text file, where a cell that was cut in two shifts all
    others, it must hold text in half of the rows: else those rows have a field too many.
    """
    counts = below.filled.sum()
    names = [*called]
    if below.delimiter:
        while 2 * counts.get(len(names), 0) >= len(below.frame):
            names.append("")
    else:
        names += [""] * (max(counts[counts > 0].index) + 1 - len(names))
    problems = []
    for index, name in enumerate(names):
        if not name and counts[index]:
            names[index] = _of_its_own(f"column {column_letters(index + 1)}", called)
            code, value = "unnamed-column", below.frame[index][below.filled[index]].iloc[0]
        elif name and name.casefold() in (each.casefold() for each in names[:index]):
            names[index] = _of_its_own(name, names)
            code, value = "duplicate-header", name
        else:
            continue
        problems.append(
            RowProblem(path=below.path, row=row, column=names[index], value=shown(value), code=code)
        )
    return names, problems


def _of_its_own(name: str, headers: Sequence[str]) -> str:
    """A name that is none of the headers: "column B", "Ville (2)"."""
    taken = set(map(fold, headers))
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    return next(each for each in itertools.chain([name], numbered) if fold(each) not in taken)


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the header among the first rows; None when they are all data.

    The row with the most headers that the program knows; of several, the first with more than one
    cell ("Communes" is a title). A row with data in it (beside which "RUE" is a street) does not
    count below a row without data that is as long.

    Where no header is known: the first row of more than one cell (or of one, in a sheet of one
    column), unless it looks like data.
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
