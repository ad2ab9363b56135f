"""What a confined helper tells of a sheet (`helper`), as JSON, and what is made of it here.

The helper read what a stranger wrote, and is not believed: only records of these types are made of
what it hands over, and only recipients that a sheet can name. ValueError or TypeError for anything
else.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, repeat
from pathlib import PurePath
from types import NoneType
from typing import Any

from merge.confined.plain import rebuilt
from merge.french.communes import reference
from merge.model import MendedCell, Recipient, RowProblem
from merge.recipients.cells import Cells, has_control
from merge.recipients.columns import Columns
from merge.recipients.mayors import FileAge

Place = tuple[int, str]
"""A row's number and a header."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SheetHead:
    """A sheet without its frame, and what was guessed to read it.

    `encoding` and `delimiter` are "" for a workbook, `sheet` is "" for a text file. `rows` are
    those that were asked for, by number.
    """

    path: str
    headers: tuple[str, ...]
    header_row: int
    filled: int = 0  # rows under the header that have text
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()  # the visible worksheets that have text
    sha256: str = ""  # of the file's bytes
    problems: tuple[RowProblem, ...] = ()  # of the header and the columns
    told: tuple[RowProblem, ...] = ()  # of rows
    rows: Mapping[int, Cells] = field(default_factory=dict)

    @property
    def other_sheets(self) -> tuple[str, ...]:
        """The workbook's worksheets that were not read and could be."""
        return tuple(name for name in self.sheets if name != self.sheet)


def head_of(told: Any, path: str) -> SheetHead:
    """The head that was told, by the name that a person gave the sheet."""
    head = rebuilt(SheetHead, told)
    _check(all(len(cells) == len(head.headers) for cells in head.rows.values()))
    problems, of_rows = (
        tuple(dataclasses.replace(each, path=path) for each in some)
        for some in (head.problems, head.told)
    )
    return dataclasses.replace(head, path=path, problems=problems, told=of_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How the rows of a sheet are to be understood.

    Cells are mended as `known` of earlier files like it, and as `here` says of this one by their
    place. `group` is the column that tells which rows belong together; the cells of those `summed`
    are told, too.
    """

    columns: Columns
    department: str | None = None
    known: Sequence[MendedCell] = ()
    here: Mapping[Place, str] = field(default_factory=dict)
    group: str = ""
    summed: Sequence[str] = ()


_NAMELESS = frozenset({"not-a-name", "name-not-parted", "surname-is-town"})


@dataclass(slots=True, kw_only=True)
class RowCounts:
    """The rows of one sheet. Each is taken or left aside."""

    filled: int  # that have text
    taken: int = 0
    left: dict[str, int] = field(default_factory=dict)  # by why: the code of `name_of`
    nameless: int = 0  # rows taken whose name was not understood, so that the letter names nobody

    @classmethod
    def of(cls, filled: int, taken: Set[int], problems: Iterable[RowProblem]) -> RowCounts:
        """What became of rows of which some are taken, and some have these problems."""
        lost: dict[int, str] = {}
        nameless = set[int]()
        for each in problems:
            if each.row not in taken:
                lost |= {} if each.taken or each.row in lost else {each.row: each.code}
            elif each.code in _NAMELESS:
                nameless.add(each.row)
        left = Counter(lost.values())
        # Of the annuaire only the town halls come at all.
        if others := filled - len(taken) - len(lost):
            left["branch-office"] = others
        return cls(filled=filled, taken=len(taken), left=left, nameless=len(nameless))

    def leave(self, recipient: Recipient) -> None:
        """Count the rows of a recipient as left by `[select]`."""
        n = len(recipient.rows) or 1
        self.taken -= n
        self.left["not-selected"] = self.left.get("not-selected", 0) + n


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a sheet comes to: its rows, how old a file of mayors is, the cells that were mended."""

    counts: RowCounts
    age: FileAge | None
    mended: tuple[MendedCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SomeOfSheet:
    """Some of the people in a sheet, or of its problems, or of the `rows` that make a group: their
    numbers, and by header the cells that are summed.
    """

    people: Sequence[Recipient] = ()
    problems: Sequence[RowProblem] = ()
    rows: Sequence[int] = ()
    cells: Mapping[str, Sequence[str]] = field(default_factory=dict)


# --- each part of them is told as a column --------------------------------------------------------

AT_ONCE = 5_000
PARTS = tuple(part for part in Recipient._fields if part not in ("fields", "source", "is_person"))
"""What is told of a recipient, besides the columns that are kept; the rest is known here."""
NOTICED = ("row", "column", "value", "code", "suggestion", "taken", "of_sheet", "cell")
"""What is told of a problem."""

_TEXT, _INT = frozenset({str}), frozenset({int})
_KINDS: Mapping[str, Set[type]] = {
    **{part: {str, NoneType} for part in ("insee", "email", "sex", "cell")},
    **{part: {int, NoneType} for part in ("article_code", "population")},
    **{part: {list} for part in ("street", "alternates", "rows", "lines")},
    **{"row": _INT, "taken": {bool}, "of_sheet": {bool}},
}
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")


def some_of_sheet(told: Any, path: str, question: Question) -> SomeOfSheet:
    """Some of what the helper tells of the sheet `path`, whatever it is: how many there are, and
    their parts in columns.
    """
    what, told = told
    match what:
        case "people":
            return SomeOfSheet(people=_recipients(told, path, question.columns))
        case "problems":
            return SomeOfSheet(problems=_problems(told, path))
    columns = _columns(told, (_INT, *[_TEXT] * len(question.summed)))
    rows, *cells = (_whole(told[0], column) for column in columns)
    return SomeOfSheet(rows=rows, cells=dict(zip(question.summed, cells, strict=True)))


def _recipients(told: Any, path: str, columns: Columns) -> list[Recipient]:
    kinds = [*(_KINDS.get(part, _TEXT) for part in PARTS), *[_TEXT] * len(columns.others)]
    values = _columns(told, kinds)
    parts = dict(zip(PARTS, values, strict=False))  # what is kept follows
    for part, kind in (("street", str), ("alternates", str), ("rows", int), ("lines", dict)):
        _check({kind}.issuperset(map(type, chain.from_iterable(parts[part]))))
        parts[part] = [*map(tuple, parts[part])]
    lines = [*chain.from_iterable(line.values() for some in parts["lines"] for line in some)]
    _check(_TEXT.issuperset(map(type, lines)))
    texts = (some for some, kind in zip(values, kinds, strict=True) if str in kind)
    text = "".join(filter(None, chain(lines, *texts, *parts["street"], *parts["alternates"])))
    text.encode()  # which half of a character cannot
    _check(not has_control(text))
    addresses = {*filter(None, parts["email"]), *chain(*parts["alternates"])}
    _check(all(map(_ADDRESS.fullmatch, addresses)) and {None, "F", "M"}.issuperset(parts["sex"]))
    n = told[0]
    parts |= {"source": [PurePath(path).name], "is_person": [columns.audience == "people"]}
    if any(parts["insee"]):
        who = (parts[part] for part in ("key", "insee", "commune"))
        for key, insee, name in zip(*map(partial(_whole, n), who), strict=True):
            town = reference().get(insee)
            _check(insee is None or (key == insee and town is not None and town.name == name))
    cells = zip(*(_whole(n, column) for column in values[len(PARTS) :]), strict=True)
    rows = cells if columns.others else repeat((), n)
    parts["fields"] = [dict(zip(columns.others, row, strict=True)) for row in rows]
    found = (_whole(n, parts[part]) for part in Recipient._fields)
    return [*map(Recipient._make, zip(*found, strict=True))]


def _problems(told: Any, path: str) -> list[RowProblem]:
    columns = _columns(told, [_KINDS.get(part, _TEXT) for part in NOTICED])
    rows = zip(*(_whole(told[0], column) for column in columns), strict=True)
    return [RowProblem(path=path, **dict(zip(NOTICED, row, strict=True))) for row in rows]


def column(values: list[Any]) -> list[Any]:
    """A column as it is told: the values, or the first alone where all are the same."""
    first = values[:1]
    return first if first * len(values) == values else values


def _columns(told: Any, kinds: Sequence[Set[type]]) -> list[list[Any]]:
    """The columns behind n, each with n values of its kinds, or with one for all."""
    columns: list[Any]
    n, *columns = told
    _check(isinstance(n, int) and n <= AT_ONCE)
    for kind, values in zip(kinds, columns, strict=True):
        _check(isinstance(values, list) and len(values) in (1, n) and kind >= {*map(type, values)})
    return columns


def _whole(n: int, column: list[Any]) -> list[Any]:
    return column if len(column) == n else column * n


def _check(is_right: bool) -> None:
    if not is_right:
        raise ValueError("what the helper tells is no part of a sheet")
