"""The import report: what was noticed, counted by kind, shown in part, and whole in a file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from merge.app.export import harmless
from merge.cli import output
from merge.errors import Misuse
from merge.ledger.records import FieldChange
from merge.model import RowProblem
from merge.words import importing
from merge.words.language import _
from merge.words.reasons.rows import OF_A_SHEET

SHOWN = 20
"""Problems in the table, shared out among the kinds; of changes, half as many."""
_OF_A_KIND = 2  # are shown at least


class ImportReport:
    """Gathers what an import notices. Keeps no more of it than is shown."""

    def __init__(self, file: Any = None) -> None:
        self._file = file  # a csv writer, None without --report
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
            self.warnings.append(importing.of_the_sheet(notice))
        else:
            kind = (notice.taken, notice.code)
            self._kinds[kind] += 1
            first = self._first.setdefault(kind, [])
            if len(first) < SHOWN:
                first.append(notice)
        if self._file is not None:
            self._file.writerow(map(harmless, importing.report_row(notice)))

    @property
    def lost(self) -> int:
        """How many rows were not taken."""
        return sum(n for (taken, _code), n in self._kinds.items() if not taken)

    def absent(self, keys: Sequence[str]) -> None:
        """Write into the file who stays although no sheet names them any more."""
        if self._file is not None:
            self._file.writerows([harmless(cell) for cell in importing.kept_row(k)] for k in keys)

    def show(self) -> None:
        """The kinds with their number, and the first problems and changes, as tables."""
        kinds = sorted(self._kinds.items(), key=_lost_first)
        if kinds:
            output.table(*importing.kinds_table((code, taken, n) for (taken, code), n in kinds))
            output.data("")
            at_most = max(_OF_A_KIND, SHOWN // len(kinds))
            shown = [problem for kind, _n in kinds for problem in self._first[kind][:at_most]]
            output.table(*importing.problems_table(shown))
            if left := sum(self._kinds.values()) - len(shown):
                output.say(_("… and {n} more; --report FILE.csv writes them all.").format(n=left))
        if self._fields:
            output.data("")
            output.table(*importing.changes_table(self._changes))
            output.say(importing.what_changed(self._fields.most_common()))


@contextmanager
def reporting(
    file: Path | None, sheets: Sequence[str], *, campaign: Path
) -> Iterator[ImportReport]:
    """Gather what is noticed; `file` is a CSV file that a French Excel opens by itself.

    It is written as the import goes, so that it holds all of it even when the import is refused.
    Misuse("report-on-sheet") for one of the `sheets`: they would be empty before they are read.
    Refused as `output.to_file`.
    """
    if file is None:
        yield ImportReport()
        return
    for sheet in sheets:
        with suppress(OSError):  # one of them is not there
            if file.samefile(sheet):
                raise Misuse("report-on-sheet", path=str(file))
    try:
        at = output.emptied(file, campaign=campaign)
        with at.open("a", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened, delimiter=";", lineterminator="\r\n")
            writer.writerow(importing.report_header())
            yield ImportReport(writer)
    except OSError as error:
        raise Misuse("file-unwritable", path=str(file), words=error.strerror) from error


def _lost_first(kind: tuple[tuple[bool, str], int]) -> tuple[bool, int, str]:
    (taken, code), n = kind
    return (taken, -n, code)
