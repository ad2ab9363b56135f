"""Several rows → one recipient with lines: an invoice, a family, the payments of a member.

`group:` in the letter's head names the column whose cells say which rows belong together, wherever
in the sheet they stand. Of whom the rows are about they have to say the same; an empty cell
contradicts nothing. Where one of them does, or cannot be read, the letter is held: its sum would
not be what is owed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from merge.errors import SheetError
from merge.french import courtesy
from merge.french.communes import fold
from merge.model import Recipient, RowProblem
from merge.recipients.asides import aside, total_in
from merge.recipients.cells import EMPTY_WORDS, CellProblem, clean, one_line
from merge.recipients.columns import Columns, columns_called, nearest
from merge.recipients.sheet import Row, Table

_SAID_OF_WHOM = (
    *("key", "organisation", "civility", "first_name", "surname", "email"),
    *("street", "postcode", "locality", "country"),
)
_SHOWN_AT_MOST = 40  # characters of a cell in a reason


class RowRead(NamedTuple):
    """What came of one row: whom it makes, or of whom it is a further line."""

    row: Row
    recipient: Recipient | None
    problems: list[CellProblem]
    line_of: str = ""  # the key of its group


@dataclass(frozen=True, slots=True)
class GroupColumn:
    """The column whose cells tell recipients apart, and the columns that are kept of each row."""

    table: Table
    header: str
    index: int
    others: Mapping[str, int]
    saying_whom: Sequence[int]

    @classmethod
    def of(cls, wanted: str, table: Table, columns: Columns) -> GroupColumn:
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

    def leaves_it_to_others(self, read: RowRead) -> bool:
        """Whether the row is right, and says nothing of whom it is about."""
        lost = {problem.code for problem in read.problems if not problem.taken}
        is_empty = not any(read.row.cells[i].strip() for i in self.saying_whom)
        return is_empty and lost == {"row-of-nobody"}

    def line(self, row: Row, recipient: Recipient | None) -> dict[str, str]:
        """The cells of one row that a letter may name, by header."""
        if recipient:  # it has the same columns, read already
            return {self.header: self.value(row), **recipient.fields}
        raw = {header: _text(row.cells[i]) for header, i in self.others.items()}
        return {self.header: self.value(row), **raw}


def _text(cell: str) -> str:
    text = one_line(clean(cell))
    return "" if text.lower() in EMPTY_WORDS else text


Reader = Callable[[Row], tuple[Recipient | None, list[CellProblem]]]


def grouped(
    rows: Iterable[Row | RowProblem], read: Reader, group: GroupColumn | None
) -> Iterator[RowProblem | RowRead]:
    """Each group by its first row and then its other rows, in the order in which groups begin;
    without a group each row by itself. With them what the table itself has to say.

    Of groups all rows are in memory. SheetError("group-row-unread") for a row whose cells are not
    certain: it may be a line of any letter.
    """
    if group is None:
        for row in rows:
            yield row if isinstance(row, RowProblem) else RowRead(row, *read(row))
        return
    groups: dict[str, list[RowRead]] = {}
    spelled: dict[str, str] = {}
    for row in rows:
        if isinstance(row, RowProblem):
            if not row.taken:
                raise SheetError("group-row-unread", path=row.path, row=row.row, words=row.value)
            yield row
        elif nobody := group.aside(row, is_further=group.value(row) in groups):
            yield nobody
        elif value := group.value(row):
            recipient, problems = read(row)
            if recipient and recipient.asked_not:
                recipient = recipient._replace(number=value)
            if value not in groups and (known := spelled.setdefault(fold(value), value)) != value:
                # "C-17" and "C 17" are two letters, and may be a slip.
                alike = CellProblem(
                    code="groups-alike", field=group.header, value=value, suggestion=known
                )
                problems.append(alike)
            groups.setdefault(value, []).append(RowRead(row, recipient, problems))
        else:
            stray = CellProblem(code="no-group", field=group.header, value="", taken=False)
            yield RowRead(row, None, [stray])
    for value, members in groups.items():
        yield from _one(value, members, group)


def _one(value: str, members: Sequence[RowRead], group: GroupColumn) -> Iterator[RowRead]:
    """The recipient of these rows, in the place of the first that says whom they are about."""
    if all(each.recipient is None or each.recipient.asked_not for each in members):
        yield from members  # each row tells why
        return
    members = [
        each._replace(recipient=None) if each.recipient and each.recipient.asked_not else each
        for each in members
    ]
    said = [each.recipient for each in members if each.recipient]
    silent = {each.row.number for each in members if group.leaves_it_to_others(each)}
    faults = dict(_contradictions(said))
    parts, fault = _stated(said), ""
    numbers = [each.row.number for each in members if not each.recipient]
    unread = [number for number in numbers if number not in silent]
    if faults:
        first = next(iter(faults.values()))
        both = f"{first.suggestion} ≠ {first.value}"
        fault = _as_kept("rows-contradict", first.field, both)
    elif unread:
        fault = _as_kept("rows-faulty", "row", ", ".join(map(str, unread)))
    lines = tuple(group.line(each.row, each.recipient) for each in members)
    recipient = said[0]._replace(
        **parts,
        fields={header: _alike(line[header] for line in lines) for header in said[0].fields},
        number=said[0].number if said[0].key else value,
        lines=lines,
        rows=tuple(each.row.number for each in members),
        fault=fault,
    )
    for each in members:
        problems = [] if each.row.number in silent else [*each.problems]
        if each.row.number in faults:
            problems.append(faults[each.row.number])
        is_first = each.recipient is said[0]
        yield RowRead(
            each.row, recipient if is_first else None, problems, "" if is_first else value
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
