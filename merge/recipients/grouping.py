"""Several rows → one recipient with lines: an invoice, a family, the payments of a member.

`group:` in the letter's head names the column whose cells say which rows belong together, wherever
in the sheet they stand. The rows of a group have to say the same of their recipient; an empty cell
contradicts nothing. Where a row contradicts another, or cannot be read, the letter is held: its sum
would not be what is owed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from merge.errors import SheetError
from merge.french import courtesy
from merge.french.communes import fold
from merge.model import Recipient
from merge.recipients.asides import aside, total_in
from merge.recipients.cells import CONTROL, EMPTY_WORDS, CellProblem, clean, one_line
from merge.recipients.columns import Columns, columns_called, nearest
from merge.recipients.frame import Column, Rows, kept, mapped, recipients_of
from merge.recipients.sheet import Sheet

_MAY_DIFFER = ("sex", "alternates", "department")
_PARTS = (
    *("key", "organisation", "civility", "first_name", "surname", "email"),
    *("street", "postcode", "locality", "country", *_MAY_DIFFER),
)
"""The parts of a recipient that are taken of any row of the group that has them."""
_SHOWN_AT_MOST = 40  # characters of a cell in a reason


def column_of(wanted: str, table: Sheet, columns: Columns) -> str:
    """The header of the column that the letter calls `wanted`: it exactly, or else folded.

    SheetError("group-unknown-column"); "group-dropped-column" for one that is never kept.
    """
    headers = table.headers
    same = columns_called(wanted, headers)
    if len(same) != 1:
        raise SheetError(
            "group-unknown-column",
            path=table.path,
            wanted=wanted,
            headers=", ".join(headers),
            suggestion=nearest(wanted, headers),
        )
    header = headers[same[0]]
    if header in columns.dropped:
        raise SheetError("group-dropped-column", path=table.path, wanted=header)
    return header


def parted(cells: Rows, header: str, table: Sheet, columns: Columns) -> tuple[Rows, Column]:
    """The rows that belong to a group, and the cell of each that names it. Other rows are told with
    the reason.

    SheetError("group-row-unread") for a row whose cells are not certain: it may be a line of any
    letter.
    """
    for problem in table.told:
        if not problem.taken:
            raise SheetError(
                "group-row-unread", path=problem.path, row=problem.row, words=problem.value
            )
    value = mapped(_text, cells[header])
    known = {table.headers.index(each) for each in (header, *_saying_whom(header, table, columns))}
    nobody: dict[int, CellProblem] = {}
    for (row, texts), group, is_further in zip(cells, value, value.duplicated(), strict=True):
        found = aside(table.headers, texts)
        if group and is_further and not found:  # a total below the rows of one
            found = total_in(table.headers, texts, known)
        if not (group or found):
            found = CellProblem(code="no-group", field=header, value="", taken=False)
        if found:
            nobody[row] = found
    rows = cells.without(nobody)
    return rows, value[rows.cells.index]


def _saying_whom(header: str, table: Sheet, columns: Columns) -> list[str]:
    """The headers of the columns that identify or describe a row's recipient, without `header`."""
    whom = (table.headers[i] for name, i in columns.fields.items() if name != "key")
    return [each for each in whom if each != header]


def _text(cell: str) -> str:
    text = one_line(clean(CONTROL.sub("", cell)))
    return "" if text.lower() in EMPTY_WORDS else text


def grouped(
    people: Rows, cells: Rows, value: Column, header: str, table: Sheet, columns: Columns
) -> Rows:
    """The recipients of single rows → one recipient for each group, with the lines of all its rows.

    It stands in the place of the first of them that makes a recipient by itself.
    """
    by_row, problems = {each.row: each for each in recipients_of(people)}, people.problems
    whom = _saying_whom(header, table, columns)

    def is_read(row: int) -> bool:
        """Whether the row makes somebody, or is right and leaves it to others to say whom."""
        lost = {each.code for each in problems.get(row, ()) if not each.taken}
        is_empty = not any(cells[each][row].strip() for each in whom)
        return row in by_row or (is_empty and lost == {"row-of-nobody"})

    def line(row: int) -> dict[str, str]:
        """The cells of one row that a letter may name, by header."""
        if row in by_row:
            return {header: value[row], **by_row[row].fields}
        raw = {name: _text(cells[name][row]) for name in columns.others}
        return {header: value[row], **raw}

    groups = defaultdict[str, list[int]](list)
    for row, group in zip(value.index.tolist(), value, strict=True):
        groups[group].append(row)
    made: list[Recipient] = []
    spelled: dict[str, str] = {}
    for group, rows in groups.items():
        if (known := spelled.setdefault(fold(group), group)) != group:
            # "C-17" and "C 17" are two letters, and may be a slip.
            problems[rows[0]].tell("groups-alike", header, group, known)
        said = [by_row[row] for row in rows if row in by_row]
        if not said:  # each tells
            continue
        parts, faults = _said_of_whom(said)
        unread = [row for row in rows if not is_read(row)]
        for row in {*rows} - by_row.keys() - {*unread}:
            del problems[row]
        for row, problem in faults.items():
            problems[row].append(problem)
        fault = f"rows-faulty row={', '.join(map(str, unread))}" if unread else ""
        if faults:
            first = faults[min(faults)]
            fault = f"rows-contradict {first.field}={first.suggestion} ≠ {first.value}"
        lines = [*map(line, rows)]
        one = said[0]._replace(
            **parts,
            fields={name: _alike(each[name] for each in lines) for name in said[0].fields},
            lines=(*lines,),
            rows=(*rows,),
            fault=fault,
        )
        made.append(one if one.key else one._replace(number=group))
    found = Rows(Rows.of(made, (each.row for each in made), Recipient._fields).cells, problems)
    return found.having(**{kept(h): [each.fields[h] for each in made] for h in columns.others})


def _said_of_whom(said: Sequence[Recipient]) -> tuple[dict[str, Any], dict[int, CellProblem]]:
    """Each part of the recipient, from the first row that has it; and for each row that contradicts
    an earlier one, its first contradiction.
    """
    parts: dict[str, Any] = {}
    faults: dict[int, CellProblem] = {}
    for part in _PARTS:
        saying = [each for each in said if getattr(each, part)]
        for each in saying:
            then, now = (getattr(one, part) for one in (saying[0], each))
            parts[part] = then
            alike = courtesy.short if part == "civility" else _folded
            if part in _MAY_DIFFER or alike(now) == alike(then):
                continue
            problem = CellProblem(
                code="group-contradicts",
                field={"civility": "sex", "street": "address", "key": "insee"}.get(part, part),
                value=f"{_shown(now)} ({each.row})",
                suggestion=f"{_shown(then)} ({saying[0].row})",
                taken=False,
            )
            faults.setdefault(each.row, problem)
    return parts, faults


def _alike(cells: Iterable[str]) -> str:
    """What all of the cells say that say something; "" where they differ."""
    found = {cell for cell in cells if cell}
    return found.pop() if len(found) == 1 else ""


def _folded(value: str | tuple[str, ...]) -> str:
    """What a person would not take for a difference."""
    text = " ".join(value) if isinstance(value, tuple) else value
    return text.casefold() if "@" in text else fold(text.replace(",", " "))


def _shown(value: str | tuple[str, ...]) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else value
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[: _SHOWN_AT_MOST - 1]}…"
