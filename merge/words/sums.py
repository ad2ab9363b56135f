"""The totals of a sheet and of the letters, one beside the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from merge.job import Step
from merge.post import locales
from merge.words import language, pages, statuses
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.app.sums import ColumnSum, LaterRows, SheetSums

_NAMED = 20


def of_sheet(sums: SheetSums) -> Iterator[str]:
    """How many rows a sheet has whose letters have several, and what the columns come to that the
    letter adds up.
    """
    yield ngettext(
        "{n} row: those with the same “group:” are one letter.",
        "{n} rows: those with the same “group:” are one letter.",
        sums.rows,
    ).format(n=sums.rows)
    for header, facts in sums.facts.items():
        totals = {unit: Decimal(total) for unit, total in facts["totals"].items()}
        yield _said_of_sheet(header, facts["rows"], totals)
        yield from _no_numbers(header, facts["unread"])


def compared(sums: Sequence[ColumnSum]) -> Iterator[str]:
    """The sum of each column in the sheet and in the letters, and what makes the difference."""
    for each in sums:
        if each.sheet is not None:
            yield _said_of_sheet(each.header, each.rows, each.sheet)
        else:
            yield _(
                "“{column}”: the total of the sheet is not known, for the last import did not name "
                "everybody, or the letter did not add this column up then. Import the whole sheet "
                "again to see it."
            ).format(column=each.header)
        yield ngettext(
            "“{column}” in {n} letter that can leave: {total}",
            "“{column}” in {n} letters that can leave: {total}",
            each.letters.n,
        ).format(column=each.header, n=each.letters.n, total=amounts(each.letters.totals))
        if each.held.summed:
            yield _("“{column}” in letters that are held: {total} ({names})").format(
                column=each.header,
                total=amounts(each.held.totals),
                names=statuses.first_of(each.held.summed, _NAMED),
            )
        if each.sent.n:
            yield ngettext(
                "“{column}” in {n} letter that has left or lies in a lot: {total}",
                "“{column}” in {n} letters that have left or lie in a lot: {total}",
                each.sent.n,
            ).format(column=each.header, n=each.sent.n, total=amounts(each.sent.totals))
        if each.later_rows:
            yield _(
                "“{column}” in rows that came or changed after their letter had left: {total}. "
                "Whose: {names}"
            ).format(
                column=each.header,
                total=amounts(each.later),
                names=statuses.first_of([*map(_whose, each.later_rows)], _NAMED),
            )
        if each.rest.n:
            yield ngettext(
                "“{column}” of {n} other, to whom no letter goes now (not chosen, opted out, come "
                "back, or reached by nothing): {total}",
                "“{column}” of {n} others, to whom no letter goes now (not chosen, opted out, come "
                "back, or reached by nothing): {total}",
                each.rest.n,
            ).format(column=each.header, n=each.rest.n, total=amounts(each.rest.totals))
        if each.missing:
            yield (
                _("“{column}” in no letter: {total}").format(
                    column=each.header, total=amounts(each.missing)
                )
                + _rows(each.left)
                + _unsummed(each.unsummed)
            )
        yield from _no_numbers(each.header, each.unread)
    if any(each.later_rows for each in sums):
        yield for_later_rows()


def for_later_rows() -> str:
    """How rows that came after their letter get one."""
    return _(
        "Nothing of such rows is sent by itself. For a letter of them, put these rows alone into a "
        "sheet, and make another campaign of it: {step}"
    ).format(step=pages.told(Step(command="new", options=(_("DIR"),))))


def _whose(later: LaterRows) -> str:
    """Who, with the rows: "Anne Martin (row 4)"."""
    rows = statuses.first_of([*map(str, later.rows)], _NAMED)
    said = ngettext("{name} (row {rows})", "{name} (rows {rows})", len(later.rows))
    return said.format(name=later.name, rows=rows) if later.rows else later.name


def amounts(totals: Mapping[str, Decimal]) -> str:
    """Sums by currency."""
    said = [
        locales.amount(total, unit, language.code())
        for unit, total in totals.items()
        if total or len(totals) == 1
    ]
    return " + ".join(said) or "0"


def _said_of_sheet(header: str, rows: int, totals: Mapping[str, Decimal]) -> str:
    return ngettext(
        "“{column}” in the sheet, {n} row: {total}",
        "“{column}” in the sheet, {n} rows: {total}",
        rows,
    ).format(column=header, n=rows, total=amounts(totals))


def _no_numbers(header: str, rows: Sequence[int]) -> Iterator[str]:
    if rows:
        yield _("“{column}” is no number in these rows: {rows}").format(
            column=header, rows=statuses.first_of([*map(str, rows)], _NAMED)
        )


def _rows(rows: Sequence[int]) -> str:
    listed = statuses.first_of([*map(str, rows)], _NAMED)
    return " " + _("(rows that were not taken: {rows})").format(rows=listed) if rows else ""


def _unsummed(names: Sequence[str]) -> str:
    listed = statuses.first_of(names, _NAMED)
    return " " + _("(letters without a sum: {names})").format(names=listed) if names else ""
