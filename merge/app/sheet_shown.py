"""A sheet as a person sees it before the import: columns, problems, and the import's result."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from merge.app.importing import Import, RowCounts
from merge.app.sheets import Reading, SheetSeen
from merge.errors import Trouble
from merge.job import Want
from merge.ledger.records import FieldChange, ImportChange, KeptReading
from merge.model import Counts, Recipient, RowProblem
from merge.recipients.cells import clean, one_line
from merge.recipients.headers import WHOLE_NAMES
from merge.recipients.mayors import FileAge
from merge.recipients.sheet import Row, Table
from merge.recipients.suggesting import Suggestion

ROWS_SHOWN = 5
VALUES_SHOWN = 3
PROBLEMS_SHOWN = 200
"""Problems of one kind that are listed with their rows."""
_CHANGES_SHOWN = 20
_SPLIT_FIELDS = (*WHOLE_NAMES, "postcode_locality", "address")


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
    """A problem of one row. `cell` is the text to correct, None where no cell is at fault.

    `suggested` is the corrected text that is offered, "" for none.
    """

    problem: RowProblem
    cell: str | None
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
    command: tuple[str, ...]  # options of `import` that read it the same way
    remembered: KeptReading | None
    kinds: tuple[ProblemKind, ...]
    warnings: tuple[RowProblem, ...]  # of the whole sheet
    mended: int  # cells
    outcome: StagedOutcome | None
    trouble: Trouble | None
    beginning: Sequence[Sequence[str]] = ()  # the first rows, where none looks like a header


class NoticeCollector:
    """Collects problems, changes and the first recipients while a sheet is read."""

    def __init__(self) -> None:
        self.headers: Mapping[str, int] = {}
        self.row: Row | None = None
        self.kinds: Counter[tuple[bool, str]] = Counter()
        self.first: dict[tuple[bool, str], list[StagedProblem]] = {}
        self.fields: Counter[str] = Counter()
        self.changes: list[FieldChange] = []
        self.warnings: list[RowProblem] = []
        self.recipients: list[Recipient] = []
        self.several: Mapping[str, int] = {}
        self.split_cells: list[SplitCell] = []

    def set_columns(self, seen: SheetSeen) -> None:
        """Must come first: which columns there are, and which hold several fields in one cell."""
        self.headers = {header: at for at, header in enumerate(seen.table.headers)}
        fields = seen.columns.fields
        holds_place = fields.keys().isdisjoint({"postcode", "postcode_locality"})
        self.several = {
            name: at
            for name, at in fields.items()
            if name in _SPLIT_FIELDS and (name != "address" or holds_place)
        }

    def begin_row(self, row: Row) -> None:
        """Problems and recipients that follow are of this row."""
        self.row = row

    def add_recipient(self, recipient: Recipient) -> None:
        """Keep the first few, with their split cells."""
        if len(self.recipients) == ROWS_SHOWN or self.row is None:
            return
        self.recipients.append(recipient)
        for name, at in self.several.items():
            alike = sum(each.field == name for each in self.split_cells)
            if alike < VALUES_SHOWN and (cell := one_line(clean(self.row.cells[at]))):
                column = next(header for header, place in self.headers.items() if place == at)
                split = SplitCell(field=name, column=column, cell=cell, recipient=recipient)
                self.split_cells.append(split)

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
                cell = self._cell(notice)
                suggested = "" if cell is None else _suggested_cell(notice, cell)
                first.append(StagedProblem(problem=notice, cell=cell, suggested=suggested))

    def _cell(self, problem: RowProblem) -> str | None:
        at = self.headers.get(problem.column)
        if at is None or self.row is None or self.row.number != problem.row:
            return None
        return self.row.cells[at]


_SUGGESTS_CELL = frozenset(
    {"email-typo", "email-no-at", "email-invalid", "name-disagrees", "cell-mended"}
)
_INSEE_AND_NAME = re.compile(r"(\d[\dAB]\d{3}) [^\d,]+")


def _suggested_cell(problem: RowProblem, cell: str) -> str:
    """The corrected text of the cell; of one that was corrected already, the file's own text."""
    if problem.code == "cell-mended":
        return problem.value
    if problem.code in _SUGGESTS_CELL and problem.suggestion and problem.value in cell:
        return cell.replace(problem.value, problem.suggestion)
    found = _INSEE_AND_NAME.fullmatch(problem.suggestion)
    return found[1] if found and cell.strip().upper().isalnum() and cell[:1].isdigit() else ""


def outcome_of_import(done: Import, collected: NoticeCollector) -> StagedOutcome:
    """The result of an import or its dry run, with what was collected meanwhile."""
    (sheet,) = done.sheets
    return StagedOutcome(
        counts=done.counts,
        change=done.change,
        rows=sheet.rows,
        first=tuple(collected.recipients),
        split_cells=tuple(sorted(collected.split_cells, key=lambda each: each.field)),
        fields=tuple(collected.fields.most_common()),
        changes=tuple(collected.changes),
        renamed=tuple(done.renamed),
        wants=done.wants,
        age=sheet.age,
    )


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
        command=tuple(_options(seen)) if seen else (),
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


def _facts(table: Table) -> FileFacts:
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
        texts = (one_line(clean(row.cells[at])) for row in seen.first)
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


def _options(seen: SheetSeen) -> Iterator[str]:
    """The options of `import` that read it the same way, without what it guesses by itself."""
    from merge.recipients.columns import understood

    reading, headers = seen.reading, seen.table.headers
    for option, value in (
        ("--encoding", reading.encoding),
        ("--delimiter", "tab" if reading.delimiter == "\t" else reading.delimiter),
        ("--header-row", reading.header_row),
        ("--sheet", reading.sheet),
        ("--department", reading.department),
    ):
        if value is not None:
            yield from (option, str(value))
    guessed = understood(headers, rows=seen.cells)
    for name, at in seen.columns.fields.items():
        if guessed.fields.get(name) != at:
            yield from ("--map", f"{name}={headers[at]}")
    for header, at in seen.columns.others.items():
        is_kept = header in guessed.asides and header not in seen.columns.asides
        if is_kept or at in guessed.fields.values():
            yield from ("--keep", header)
