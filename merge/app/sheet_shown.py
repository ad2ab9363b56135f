"""A sheet as a person sees it before the import: columns, problems, and the import's result."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from merge.app.importing import Import, SheetRead
from merge.app.sheets import Reading, SheetSeen
from merge.errors import Trouble
from merge.job import Want
from merge.ledger.records import FieldChange, ImportChange, KeptReading
from merge.model import Counts, Recipient, RowProblem
from merge.recipients.answers import RowCounts, SheetHead
from merge.recipients.cells import clean, one_line
from merge.recipients.headers import WHOLE_NAMES
from merge.recipients.mayors import FileAge
from merge.recipients.suggesting import Suggestion

VALUES_SHOWN = 3
PROBLEMS_SHOWN = 200
"""Problems of one kind that are listed with their rows."""
_CHANGES_SHOWN = 20
_SPLIT_FIELDS = (*WHOLE_NAMES, "postcode_locality")


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedColumn:
    """A column: some of its values, the field that it is read as, and why."""

    header: str
    values: tuple[str, ...]
    field: str  # "" for one that is kept under its own name
    why: str  # "known", "said", "remembered", "proposed", "dropped", "aside", "contested", ""
    proposal: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedProblem:
    """A problem of one row, and the corrected text of its cell that is offered, "" for none."""

    problem: RowProblem
    suggested: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """The problems with one code: how many (`n`), and the first `PROBLEMS_SHOWN` of them."""

    code: str
    taken: bool
    n: int
    first: tuple[StagedProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """How the file was read; "" for what this kind of file does not have."""

    encoding: str
    delimiter: str
    header_row: int
    sheet: str
    sheets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCell:
    """A cell that holds several fields, and the recipient that was read of it."""

    field: str
    column: str
    cell: str
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedOutcome:
    """The result that the import would have. `fields` are (field, number of changes)."""

    counts: Counts
    change: ImportChange
    rows: RowCounts
    first: tuple[Recipient, ...]
    split_cells: tuple[SplitCell, ...]
    fields: tuple[tuple[str, int], ...]
    changes: tuple[FieldChange, ...]  # the first of them
    renamed: tuple[FieldChange, ...]
    wants: tuple[Want, ...]
    age: FileAge | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file as it was read. With `trouble` it cannot be imported yet; where no table was found,
    `file` is None and there are no columns.
    """

    file: FileFacts | None
    columns: tuple[StagedColumn, ...]
    asked: tuple[Suggestion, ...]  # still to be decided by a person
    remembered: KeptReading | None
    kinds: tuple[ProblemKind, ...]
    warnings: tuple[RowProblem, ...]  # of the whole sheet
    mended: int  # cells
    outcome: StagedOutcome | None
    trouble: Trouble | None
    beginning: Sequence[Sequence[str]] = ()  # the first rows, where none looks like a header


class NoticeCollector:
    """Collects problems and changes while a sheet is read."""

    def __init__(self) -> None:
        self.kinds: Counter[tuple[bool, str]] = Counter()
        self.first: dict[tuple[bool, str], list[StagedProblem]] = {}
        self.fields: Counter[str] = Counter()
        self.changes: list[FieldChange] = []
        self.warnings: list[RowProblem] = []

    def add_notice(self, notice: RowProblem | FieldChange) -> None:
        """Count it by its kind, and keep the first of each."""
        if isinstance(notice, FieldChange):
            self.fields[notice.field] += 1
            if len(self.changes) < _CHANGES_SHOWN:
                self.changes.append(notice)
        elif notice.of_sheet:
            self.warnings.append(notice)
        elif notice.code != "close-header":  # it stands beside its column
            kind = (notice.taken, notice.code)
            self.kinds[kind] += 1
            first = self.first.setdefault(kind, [])
            if len(first) < PROBLEMS_SHOWN:
                first.append(StagedProblem(problem=notice, suggested=_suggested_cell(notice)))


_SUGGESTS_CELL = frozenset(
    {"email-typo", "email-no-at", "email-invalid", "name-disagrees", "cell-mended"}
)
_INSEE_AND_NAME = re.compile(r"(\d[\dAB]\d{3}) [^\d,]+")


def _suggested_cell(problem: RowProblem) -> str:
    """The corrected text of the cell; of one that was corrected already, the file's own text."""
    cell = problem.cell
    if cell is None:
        return ""
    if problem.code == "cell-mended":
        return problem.value
    if problem.code in _SUGGESTS_CELL and problem.suggestion and problem.value in cell:
        return cell.replace(problem.value, problem.suggestion)
    found = _INSEE_AND_NAME.fullmatch(problem.suggestion)
    return found[1] if found and cell.strip().upper().isalnum() and cell[:1].isdigit() else ""


def outcome_of_import(done: Import, seen: SheetSeen, collected: NoticeCollector) -> StagedOutcome:
    """The result of an import or its dry run, with what was collected meanwhile."""
    (sheet,) = done.sheets
    return StagedOutcome(
        counts=done.counts,
        change=done.change,
        rows=sheet.rows,
        first=tuple(sheet.first),
        split_cells=tuple(_split_cells(sheet, seen)),
        fields=tuple(collected.fields.most_common()),
        changes=tuple(collected.changes),
        renamed=tuple(done.renamed),
        wants=done.wants,
        age=sheet.age,
    )


def _split_cells(sheet: SheetRead, seen: SheetSeen) -> Iterator[SplitCell]:
    """Cells of the first recipients that hold several fields."""
    mended = {(each.row, each.column): each.after for each in sheet.mended}
    fields = sheet.columns.fields
    holds_place = fields.keys().isdisjoint({"postcode", "postcode_locality"})
    for field in sorted(fields.keys() & {*_SPLIT_FIELDS, *(("address",) if holds_place else ())}):
        column = seen.table.headers[fields[field]]
        for recipient in sheet.first[:VALUES_SHOWN]:
            cells = seen.table.rows.get(recipient.row)
            cell = mended.get((recipient.row, column), cells[fields[field]] if cells else "")
            if cell := one_line(clean(cell)):
                yield SplitCell(field=field, column=column, cell=cell, recipient=recipient)


def staged_file(
    seen: SheetSeen | None,
    proposed: Sequence[Suggestion],
    asked: tuple[Suggestion, ...],
    collected: NoticeCollector,
    outcome: StagedOutcome | None,
    trouble: Trouble | None,
) -> Staged:
    """Put it together. `proposed` were applied to read it; `asked` are still open."""
    kinds = sorted(collected.kinds.items(), key=lambda kind: (kind[0][0], -kind[1], kind[0][1]))
    table = seen.table if seen else None
    return Staged(
        file=_facts(table) if table else None,
        columns=tuple(_columns(seen, proposed)) if seen else (),
        asked=asked,
        remembered=seen.remembered if seen else None,
        kinds=tuple(
            ProblemKind(code=code, taken=taken, n=n, first=tuple(collected.first[taken, code]))
            for (taken, code), n in kinds
        ),
        warnings=tuple(collected.warnings),
        mended=collected.kinds[True, "cell-mended"],
        outcome=outcome,
        trouble=trouble,
    )


def _facts(table: SheetHead) -> FileFacts:
    return FileFacts(
        encoding=table.encoding,
        delimiter=table.delimiter,
        header_row=table.header_row,
        sheet=table.sheet,
        sheets=table.sheets,
    )


def _columns(seen: SheetSeen, proposed: Sequence[Suggestion]) -> Iterator[StagedColumn]:
    by_header = {each.header: each for each in proposed}
    contested = {header for headers in seen.columns.contested.values() for header in headers}
    before = Reading.of(seen.remembered.reading) if seen.remembered else Reading()
    recalled = {*before.own, *before.overrides.values()}
    said = {*seen.reading.own, *seen.reading.overrides.values()}
    for at, header in enumerate(seen.table.headers):
        field = seen.field_of(header)
        texts = (one_line(clean(cells[at])) for cells in seen.cells)
        values = tuple(dict.fromkeys(text for text in texts if text))[:VALUES_SHOWN]
        if header in by_header:
            why = "proposed"
        elif header in contested:
            why = "contested"
        elif header in seen.columns.dropped:
            why = "dropped"
        elif header in seen.columns.asides:
            why = "aside"
        elif header in said:
            why = "remembered" if header in recalled else "said"
        else:
            why = "known" if field else ""
        yield StagedColumn(
            header=header, values=values, field=field, why=why, proposal=by_header.get(header)
        )
