"""The totals of a sheet beside those of the letters: what is in none of them is named.

A letter with `group:` in its head says sums. What the sheet says in all is counted when it is
imported, from its cells and before anything is made of them; what the letters say, when they are
checked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from merge.campaign.ports import Template
from merge.campaign.reminders import by_letter
from merge.letters import amounts
from merge.letters.amounts import Summand
from merge.letters.kinds import Unwritable
from merge.letters.lines import Lines
from merge.letters.template import CompiledTemplate
from merge.model import Recipient

if TYPE_CHECKING:
    from merge.recipients.sheet import Row

Totals = Mapping[str, Decimal]
"""Sums by currency, as `amounts` calls them; "" is a bare number."""

_ROWS_KEPT = 200


class SheetSums:
    """The sums of some columns of one sheet, from its cells as they stand, and its `rows`."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        """`columns` are the places of those that are to be added up, by header."""
        self.rows = 0
        self._columns = columns
        self._cells: dict[str, list[Summand]] = {header: [] for header in columns}

    def see(self, row: Row) -> None:
        """Take note of one row."""
        from merge.recipients.cells import clean

        self.rows += 1
        for header, place in self._columns.items():
            self._cells[header].append(Summand(row=row.number, cell=clean(row.cells[place])))

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
    return {"rows": len(cells), "totals": kept, "unread": unread[:_ROWS_KEPT]}


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
class ColumnSum:
    """One column that a letter adds up: in the letters that can leave, in those that are held, and
    with the rest, who were written to or are reached by nothing.

    `left` are rows of the last sheet that are nobody's. `sheet` is the column in it, `rows` how
    many it had, and `unread` those whose cell is no number; where it did not name everybody there
    is no `sheet`.
    """

    header: str
    letters: Share
    held: Share
    rest: Share
    left: Sequence[int]
    sheet: Totals | None = None
    rows: int = 0
    unread: Sequence[int] = ()

    @property
    def unsummed(self) -> Sequence[str]:
        """Those whose rows have no sum, by name: they are among what is missing."""
        return [*self.letters.unread, *self.held.unread, *self.rest.unread]

    @property
    def missing(self) -> Totals:
        """What of the sheet no recipient has, by currency; empty where all is there."""
        found = defaultdict(Decimal, self.sheet or {})
        for share in (self.letters, self.held, self.rest) if self.sheet is not None else ():
            for unit, total in share.totals.items():
                found[unit] -= total
        return {unit: total for unit, total in found.items() if total}


def has_sums(template: Template) -> bool:
    """Whether a letter of the campaign adds up a column."""
    return any(letter.sums for letter, _lines, _readers in _adding(template, ()))


def _adding(
    template: Template, recipients: Sequence[Recipient]
) -> Iterator[tuple[CompiledTemplate, Lines, Sequence[Recipient]]]:
    """The letters in which several rows are one recipient, each with its readers."""
    for letter, readers in by_letter(template, recipients):
        if isinstance(letter, CompiledTemplate) and letter.lines:
            yield letter, letter.lines, readers


def column_sums(
    template: Template,
    recipients: Sequence[Recipient],
    *,
    right: Collection[str],
    at_fault: Collection[str],
    of_sheet: Mapping[str, Any],
    left: Sequence[int],
) -> Sequence[ColumnSum]:
    """Of each letter that adds up columns. `right` are the keys of those whose letter can leave,
    `at_fault` of those that are held; `of_sheet` is what `SheetSums` told of the last sheet,
    and `left` are its rows that were not taken, be they lines of one who is held or not.
    """
    found: list[ColumnSum] = []
    has_row = {row for each in recipients for row in each.rows}
    lost = [row for row in left if row not in has_row]
    for letter, lines, readers in _adding(template, recipients):
        apart: dict[str, list[Recipient]] = {"letters": [], "held": [], "rest": []}
        for each in readers:
            where = "held" if each.key in at_fault else "letters" if each.key in right else "rest"
            apart[where].append(each)
        found += [
            ColumnSum(
                header=header,
                letters=_share(lines, header, apart["letters"]),
                held=_share(lines, header, apart["held"]),
                rest=_share(lines, header, apart["rest"]),
                left=lost,
                **_of_sheet(of_sheet, header),
            )
            for header in letter.sums
        ]
    return found


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
