"""What an import notices: counted by kind, shown in part, written whole into the report."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from merge.app.export import harmless
from merge.cli import output
from merge.errors import Misuse
from merge.ledger.records import FieldChange
from merge.model import RowProblem
from merge.words.language import _
from merge.words.reasons import OF_A_SHEET, Reason, field, name_of, reason

SHOWN = 20
"""Problems in the table, shared out among the kinds; of changes, half as many."""
_OF_A_KIND = 2  # are shown at least
_CELL_AT_MOST = 80  # characters of a cell

REPORT_COLUMNS = (
    _("File"),
    _("Row"),
    _("Column"),
    _("Value"),
    _("Reason"),
    _("Suggestion"),
    _("Taken"),
)


class Noticed:
    """Gathers what an import notices. Keeps no more of it than is shown."""

    def __init__(self, report: Any = None) -> None:
        self._report = report  # a csv writer, None without --report
        self._kinds: Counter[tuple[bool, str]] = Counter()  # (taken, code)
        self._first: dict[tuple[bool, str], list[RowProblem]] = {}
        self._fields: Counter[str] = Counter()
        self._changes: list[FieldChange] = []
        self.warnings: list[str] = []  # what is probably wrong with a whole sheet

    def __call__(self, notice: RowProblem | FieldChange) -> None:
        """Take note of one problem or change."""
        if isinstance(notice, FieldChange):
            self._fields[notice.field] += 1
            if len(self._changes) < SHOWN // 2:
                self._changes.append(notice)
        elif notice.code in OF_A_SHEET:
            self.warnings.append(f"{notice.path}: {_('WARNING:')} {_told(notice)}")
        else:
            kind = (notice.taken, notice.code)
            self._kinds[kind] += 1
            first = self._first.setdefault(kind, [])
            if len(first) < SHOWN:
                first.append(notice)
        if self._report is not None:
            self._report.writerow(map(harmless, _report_row(notice)))

    @property
    def lost(self) -> int:
        """How many rows were not taken."""
        return sum(n for (taken, _code), n in self._kinds.items() if not taken)

    def absent(self, keys: Sequence[str]) -> None:
        """Write into the report who stays although no sheet names them any more."""
        if self._report is not None:
            for key in keys:
                self._report.writerow(["", "", "", key, _("not in these sheets, kept"), "", ""])

    def show(self) -> None:
        """The kinds with their number, and the first problems and changes, as tables."""
        kinds = sorted(self._kinds.items(), key=_lost_first)
        if kinds:
            rows = [
                [str(n), name_of(code), _("yes") if taken else _("no")]
                for (taken, code), n in kinds
            ]
            output.table([_("Rows"), _("What was noticed"), _("Taken")], rows)
            output.data("")
            at_most = max(_OF_A_KIND, SHOWN // len(kinds))
            shown = [problem for kind, _n in kinds for problem in self._first[kind][:at_most]]
            output.table([_("Where"), _("Reason"), _("What to do")], list(map(_table_row, shown)))
            if left := sum(self._kinds.values()) - len(shown):
                output.say(_("… and {n} more; --report FILE.csv writes them all.").format(n=left))
        self._show_changes()

    def _show_changes(self) -> None:
        if not self._fields:
            return
        output.data("")
        output.table(
            [_("Recipient"), _("Field"), _("Before"), _("Now")],
            [
                [recipient(each), field(each.field), _short(each.before), _short(each.after)]
                for each in self._changes
            ],
        )
        counted = ", ".join(
            _("{field}: {n}").format(field=field(name), n=n)
            for name, n in self._fields.most_common()
        )
        output.say(_("What changed: {counted}.").format(counted=counted))


@contextmanager
def noticing(report: Path | None, sheets: Sequence[str], *, campaign: Path) -> Iterator[Noticed]:
    """Gather what is noticed; `report` is a CSV file that a French Excel opens by itself.

    It is written as the import goes, so that it holds all of it even when the import is refused.
    Misuse("report-on-sheet") for one of the `sheets`: they would be empty before they are read.
    Refused as `output.to_file`.
    """
    if report is None:
        yield Noticed()
        return
    for sheet in sheets:
        with suppress(OSError):  # one of them is not there
            if report.samefile(sheet):
                raise Misuse("report-on-sheet", path=str(report))
    try:
        at = output.emptied(report, campaign=campaign)
        with at.open("a", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
            writer.writerow(REPORT_COLUMNS)
            yield Noticed(writer)
    except OSError as error:
        raise Misuse("file-unwritable", path=str(report), words=error.strerror) from error
    output.say(_("All of it is in {file}.").format(file=report))


def recipient(change: FieldChange) -> str:
    """Whose change it is: "35238 Rennes"."""
    return f"{change.key} {change.commune}"


def _lost_first(kind: tuple[tuple[bool, str], int]) -> tuple[bool, int, str]:
    (taken, code), n = kind
    return (taken, -n, code)


def _told(problem: RowProblem) -> Reason:
    facts = {"value": problem.value, "column": problem.column, "suggestion": problem.suggestion}
    return reason(problem.code, facts)


def _short(text: str) -> str:
    """At most so many characters, on one line; the report has all of them."""
    line = " ".join(text.split())
    return line if len(line) <= _CELL_AT_MOST else f"{line[: _CELL_AT_MOST - 1]}…"


def _table_row(problem: RowProblem) -> list[str]:
    """`path:row:column`, reason, what to do."""
    place = ":".join(part for part in (problem.path, str(problem.row), problem.column) if part)
    told = _told(replace(problem, value=_short(problem.value)))
    why = told.why if problem.taken else f"{told.why} {_('Row not taken.')}"
    return [place, why, told.remedy]


def _report_row(notice: RowProblem | FieldChange) -> list[str]:
    if isinstance(notice, FieldChange):
        changed = _("changed, now: {value}").format(value=notice.after)
        return [
            "",
            "",
            f"{recipient(notice)}: {field(notice.field)}",
            notice.before,
            changed,
            "",
            "",
        ]
    why = _told(notice).why
    cells = [notice.path, str(notice.row), notice.column, notice.value, why, notice.suggestion]
    return [*cells, _("yes") if notice.taken else _("no")]
