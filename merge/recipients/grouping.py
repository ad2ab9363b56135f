"""Several rows → one recipient with lines: an invoice, a family, the payments of a member.

`group:` in the letter's head names the column whose cells say which rows belong together, wherever
in the sheet they stand. Of whom the rows are about they have to say the same; an empty cell
contradicts nothing. Where one of them does, or cannot be read, the letter is held: its sum would
not be what is owed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from merge.errors import SheetError
from merge.french import courtesy
from merge.french.communes import fold
from merge.model import Recipient, RowProblem
from merge.recipients.asides import aside, total_in
from merge.recipients.cells import (
    CONTROL,
    EMPTY_WORDS,
    CellProblem,
    Cells,
    Problems,
    clean,
    one_line,
)
from merge.recipients.columns import Columns, columns_called, nearest
from merge.recipients.frame import Rows, recipients_of
from merge.recipients.sheet import Sheet

_SAID_OF_WHOM = (
    *("key", "organisation", "civility", "first_name", "surname", "email"),
    *("street", "postcode", "locality", "country"),
)
_SHOWN_AT_MOST = 40  # characters of a cell in a reason


class Row(NamedTuple):
    """The number of a row, and its cells."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class GroupColumn:
    """The column whose cells tell recipients apart, and the columns that are kept of each row."""

    table: Sheet
    header: str
    index: int
    others: Mapping[str, int]
    saying_whom: Sequence[int]

    @classmethod
    def of(cls, wanted: str, table: Sheet, columns: Columns) -> GroupColumn:
        """The column that the letter calls `wanted`: its header exactly, or else folded.

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
        if headers[same[0]] in columns.dropped:
            raise SheetError("group-dropped-column", path=table.path, wanted=headers[same[0]])
        whom = [i for name, i in columns.fields.items() if name != "key" and i != same[0]]
        return cls(table, headers[same[0]], same[0], columns.others, whom)

    def aside(self, row: Row, *, is_further: bool) -> RowProblem | None:
        """The problem of a row that is about nobody: a total of all, or below the rows of one."""
        headers = self.table.headers
        found = aside(headers, row.cells)
        if is_further and not found:
            found = total_in(headers, row.cells, {self.index, *self.saying_whom})
        if found is None:
            return None
        return self.table.problem(found.code, row.number, found.field, found.value, taken=False)

    def value(self, row: Row) -> str:
        """What the row has in that column; "" for what a program writes for nothing, too."""
        return _text(row.cells[self.index])

    def parted(self) -> tuple[dict[str, list[Row]], list[RowProblem]]:
        """The rows of each group, and what is told of those that are of none.

        SheetError("group-row-unread") for a row whose cells are not certain: it may be a line of
        any letter.
        """
        for problem in self.table.told:
            if not problem.taken:
                raise SheetError(
                    "group-row-unread", path=problem.path, row=problem.row, words=problem.value
                )
        told: list[RowProblem] = []
        groups: dict[str, list[Row]] = {}
        for row in map(Row._make, self.table.head().rows.items()):
            if nobody := self.aside(row, is_further=self.value(row) in groups):
                told.append(nobody)
            elif value := self.value(row):
                groups.setdefault(value, []).append(row)
            else:
                told.append(
                    self.table.problem("no-group", row.number, self.header, "", taken=False)
                )
        return groups, told

    def leaves_it_to_others(self, row: Row, problems: Sequence[CellProblem]) -> bool:
        """Whether the row is right, and says nothing of whom it is about."""
        lost = {problem.code for problem in problems if not problem.taken}
        is_empty = not any(row.cells[i].strip() for i in self.saying_whom)
        return is_empty and lost == {"row-of-nobody"}

    def line(self, row: Row, recipient: Recipient | None) -> dict[str, str]:
        """The cells of one row that a letter may name, by header."""
        if recipient:  # it has the same columns, read already
            return {self.header: self.value(row), **recipient.fields}
        raw = {header: _text(CONTROL.sub("", row.cells[i])) for header, i in self.others.items()}
        return {self.header: self.value(row), **raw}


def _text(cell: str) -> str:
    text = one_line(clean(cell))
    return "" if text.lower() in EMPTY_WORDS else text


def grouped(
    people: Rows, groups: Mapping[str, Sequence[Row]], group: GroupColumn
) -> tuple[Rows, dict[int, str]]:
    """Whom the rows make, by row → one recipient of each group; and the other rows of those that
    make one, by number, with the value of the group.
    """
    by_row, problems = {each.row: each for each in recipients_of(people)}, people.problems
    made: list[Recipient] = []
    lines: dict[int, str] = {}
    spelled: dict[str, str] = {}
    for value, rows in groups.items():
        if (known := spelled.setdefault(fold(value), value)) != value:
            # "C-17" and "C 17" are two letters, and may be a slip.
            problems[rows[0].number].tell("groups-alike", group.header, value, known)
        if said := [by_row[row.number] for row in rows if row.number in by_row]:  # else each tells
            made.append(_one(value, rows, said, group, problems))
            lines |= {row.number: value for row in rows if row.number != said[0].row}
    cells = Rows.of(made, (each.row for each in made), Recipient._fields).cells
    return Rows(cells, problems), lines


def _one(
    value: str,
    rows: Sequence[Row],
    said: Sequence[Recipient],
    group: GroupColumn,
    problems: dict[Any, Problems],
) -> Recipient:
    """The recipient of these rows, in the place of the first that says whom they are about."""
    by_row = {recipient.row: recipient for recipient in said}
    unread: list[str] = []
    for row in rows:
        if group.leaves_it_to_others(row, problems.get(row.number, ())):
            del problems[row.number]
        elif row.number not in by_row:
            unread.append(str(row.number))
    faults, fault = dict(_contradictions(said)), ""
    for number, problem in faults.items():
        problems[number].append(problem)
    if faults:
        first = next(iter(faults.values()))
        both = f"{first.suggestion} ≠ {first.value}"
        fault = _as_kept("rows-contradict", first.field, both)
    elif unread:
        fault = _as_kept("rows-faulty", "row", ", ".join(unread))
    lines = tuple(group.line(row, by_row.get(row.number)) for row in rows)
    return said[0]._replace(
        **_stated(said),
        fields={header: _alike(line[header] for line in lines) for header in said[0].fields},
        number=said[0].number if said[0].key else value,
        lines=lines,
        rows=tuple(row.number for row in rows),
        fault=fault,
    )


def _as_kept(code: str, field: str, value: str) -> str:
    """A fault as `Recipient.fault` has it."""
    return f"{code} {field}={value}"


def _contradictions(said: Sequence[Recipient]) -> Iterator[tuple[int, CellProblem]]:
    """Of each row that says something else of whom it is about than an earlier one: the first."""
    first: dict[str, Recipient] = {}
    for each in said:
        for part in _SAID_OF_WHOM:
            now = getattr(each, part)
            if not now:
                continue
            before = first.setdefault(part, each)
            then = getattr(before, part)
            alike = courtesy.short if part == "civility" else _folded
            if now == then or alike(now) == alike(then):
                continue
            yield (
                each.row,
                CellProblem(
                    code="group-contradicts",
                    field={"civility": "sex", "street": "address", "key": "insee"}.get(part, part),
                    value=f"{_shown(now)} ({each.row})",
                    suggestion=f"{_shown(then)} ({before.row})",
                    taken=False,
                ),
            )
            break


def _stated(said: Sequence[Recipient]) -> dict[str, Any]:
    """What some row says of whom the rows are about, and the first does not."""
    parts = (*_SAID_OF_WHOM[1:], "sex", "alternates", "department")
    known = {part: next(filter(None, (getattr(r, part) for r in said)), None) for part in parts}
    return {part: value for part, value in known.items() if value}


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
