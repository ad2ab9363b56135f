"""The totals of a sheet beside those of the letters: what is in none of them is named.

A letter with `group:` in its head says sums. What the sheet says in all is counted when it is
imported, from its cells and before anything is made of them; what the letters say, when they are
checked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from merge.campaign.ports import Template
from merge.campaign.reminders import by_wave
from merge.letters import amounts
from merge.letters.amounts import Summand
from merge.letters.kinds import Unwritable
from merge.letters.lines import Lines
from merge.letters.template import CompiledTemplate
from merge.model import Recipient

Totals = Mapping[str, Decimal]
"""Sums by currency, as `amounts` calls them; "" is a bare number."""

_ROWS_KEPT = 200


class SheetSums:
    """The sums of some columns of one sheet, from its cells as they stand, and its `rows`."""

    def __init__(self, headers: Iterable[str]) -> None:
        """`headers` are those of the columns that are to be added up."""
        self.rows = 0
        self._cells: dict[str, list[Summand]] = {header: [] for header in headers}

    def add(self, rows: Sequence[int], cells: Mapping[str, Sequence[str]]) -> None:
        """Take note of some rows, and of their cells by header."""
        from merge.recipients.cells import clean

        self.rows += len(rows)
        for header, column in cells.items():
            some = zip(rows, map(clean, column), strict=True)
            self._cells[header] += (Summand(row=row, cell=cell) for row, cell in some)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What is kept of them with the import, as JSON, once all rows were seen: no names."""
        return {header: _facts(header, cells) for header, cells in self._cells.items()}


def _facts(header: str, cells: Sequence[Summand]) -> dict[str, Any]:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    signs = amounts.proven_signs(each.cell for each in cells)
    unread: list[int] = []
    for each in cells:
        try:
            number, unit = amounts.read(each, header, signs)
        except Unwritable:
            unread.append(each.row)
        else:
            totals[unit] += number
    kept = {unit: str(total) for unit, total in totals.items()}
    return {"rows": len(cells), "totals": kept, "unread": sorted(unread)[:_ROWS_KEPT]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the rows of `n` recipients come to: those in `summed` by name, for those in `unread`
    have no sum.
    """

    n: int
    totals: Totals
    summed: Sequence[str]
    unread: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterRows:
    """What came or changed after a recipient's letter had left: `rows` as the sheet numbers them,
    none where rows were taken away.
    """

    name: str
    rows: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSum:
    """One column that a letter adds up: in the letters that can leave, in those that are held, in
    those that have left, and with the rest, whom no letter goes to now.

    What left counts as it was then; `later` is by how much those rows are others now, and
    `later_rows` are whose. `left` are rows of the last sheet that are nobody's. `sheet` is the
    column in it, `rows` how many it had, and `unread` those whose cell is no number; where it did
    not name everybody there is no `sheet`.
    """

    header: str
    letters: Share
    held: Share
    sent: Share
    later: Totals
    later_rows: Sequence[LaterRows]
    rest: Share
    left: Sequence[int]
    sheet: Totals | None = None
    rows: int = 0
    unread: Sequence[int] = ()

    @property
    def unsummed(self) -> Sequence[str]:
        """Those whose rows have no sum, by name: they are among what is missing."""
        shares = (self.letters, self.held, self.sent, self.rest)
        return [name for share in shares for name in share.unread]

    @property
    def missing(self) -> Totals:
        """What of the sheet no recipient has, by currency; empty where all is there."""
        if self.sheet is None:
            return {}
        shares = (self.letters, self.held, self.sent, self.rest)
        return _without(self.sheet, *(each.totals for each in shares), self.later)


def _without(whole: Totals, *parts: Totals) -> Totals:
    """What is left of it, by currency; no zeros."""
    found = defaultdict(Decimal, whole)
    for part in parts:
        for unit, total in part.items():
            found[unit] -= total
    return {unit: total for unit, total in found.items() if total}


def has_sums(template: Template) -> bool:
    """Whether a letter of the campaign adds up a column."""
    return bool(_summed(template))


def _summed(template: Template) -> Mapping[str, Lines]:
    """The columns that letters of the campaign add up, each with the lines of one that does."""
    return {
        header: letter.lines
        for letter in by_wave(template).values()
        if isinstance(letter, CompiledTemplate) and letter.lines
        for header in letter.sums
    }


def column_sums(
    template: Template,
    recipients: Sequence[Recipient],
    *,
    right: Collection[str],
    at_fault: Collection[str],
    written_to: Mapping[str, Recipient | None],
    of_sheet: Mapping[str, Any],
    left: Sequence[int],
) -> Sequence[ColumnSum]:
    """Of each column that a letter adds up. `right` are the keys of those whose letter can leave,
    `at_fault` of those that are held; `written_to` is as `Reader.written_to` has it, `of_sheet` is
    what `SheetSums` told of the last sheet, and `left` are its rows that were not taken, be they
    lines of one who is held or not.
    """
    has_row = {row for each in recipients for row in each.rows}
    lost = [row for row in left if row not in has_row]
    leaving, held, sent, rest = (list[Recipient]() for _each in range(4))
    changed: list[tuple[Recipient, Recipient]] = []
    for each in recipients:
        if each.key in right:
            (held if each.key in at_fault else leaving).append(each)
        elif each.key in written_to:
            then = written_to[each.key] or each
            sent.append(then)
            if Counter(map(_cells, then.lines)) != Counter(map(_cells, each.lines)):
                changed.append((then, each))
        else:
            rest.append(each)
    rows = [LaterRows(name=now.name, rows=_rows_beyond(then, now)) for then, now in changed]
    return [
        ColumnSum(
            header=header,
            letters=_share(lines, header, leaving),
            held=_share(lines, header, held),
            sent=_share(lines, header, sent),
            rest=_share(lines, header, rest),
            later=_grown(lines, header, changed),
            later_rows=rows,
            left=lost,
            **_of_sheet(of_sheet, header),
        )
        for header, lines in _summed(template).items()
    ]


def _grown(lines: Lines, header: str, changed: Sequence[tuple[Recipient, Recipient]]) -> Totals:
    """By how much the rows of these come to more than they did; of those that have a sum."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for then, now in changed:
        before, after = (_share(lines, header, [each]) for each in (then, now))
        if not (before.unread or after.unread):
            for unit in {**after.totals, **before.totals}:
                found[unit] += after.totals.get(unit, 0) - before.totals.get(unit, 0)
    return found


def _cells(line: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(line.items()))


def _rows_beyond(then: Recipient, now: Recipient) -> Sequence[int]:
    """The rows of now that were not there then."""
    known = Counter(map(_cells, then.lines))
    rows: list[int] = []
    for row, line in zip(now.rows, now.lines, strict=True):
        known[_cells(line)] -= 1
        if known[_cells(line)] < 0:
            rows.append(row)
    return rows


def _share(lines: Lines, header: str, recipients: Sequence[Recipient]) -> Share:
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    summed: list[str] = []
    unread: list[str] = []
    for recipient in recipients:
        try:
            total = lines.total(recipient, header)
        except Unwritable:
            unread.append(recipient.name)
        else:
            totals[total.unit] += Decimal(total)
            summed.append(recipient.name)
    return Share(n=len(recipients), totals=totals, summed=summed, unread=unread)


def _of_sheet(of_sheet: Mapping[str, Any], header: str) -> dict[str, Any]:
    """What was kept of the sheet; nothing where that makes no sense, as a stranger's may not."""
    try:
        kept = of_sheet[header]
        totals = {str(unit): Decimal(str(total)) for unit, total in kept["totals"].items()}
        rows, unread = int(kept["rows"]), [int(row) for row in kept["unread"]]
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return {}
    if not all(total.is_finite() for total in totals.values()):
        return {}
    return {"sheet": totals, "rows": rows, "unread": unread}
