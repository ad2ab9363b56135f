"""A sheet as it is shown before it is taken: its columns, its problems, whom it would reach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from merge.app.importing import Import
from merge.app.sheets import Reading, SheetSeen
from merge.errors import Trouble
from merge.job import Want
from merge.ledger.records import FieldChange, ImportChange, KeptReading
from merge.model import Counts, Recipient, RowProblem
from merge.recipients.cells import clean, one_line
from merge.recipients.columns import WHOLE_NAMES
from merge.recipients.mayors import FileAge
from merge.recipients.sheet import Row, Table
from merge.recipients.suggesting import Suggestion

ROWS_SHOWN = 5
VALUES_SHOWN = 3
OF_A_KIND = 200
"""Problems of one kind that are shown with their rows."""
_CHANGES_SHOWN = 20
_IN_ONE_CELL = (*WHOLE_NAMES, "postcode_locality", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedColumn:
    """A column: some of its values, what it is taken for, and why."""

    header: str
    values: tuple[str, ...]
    field: str  # "" for one that is kept under its own name
    why: str  # "known", "said", "remembered", "proposed", "dropped", "contested", ""
    proposal: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedProblem:
    """A problem with its row; `cell` is the whole cell, None where no cell can be mended. `offer`
    is what it would be at one click, "" for none.
    """

    problem: RowProblem
    cell: str | None
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """All problems of one kind, the first of them with their rows."""

    code: str
    taken: bool
    n: int
    first: tuple[StagedProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """How the file was read; "" for what it has not."""

    encoding: str
    delimiter: str
    header_row: int
    sheet: str
    sheets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedCell:
    """A cell that says several things, and whom they were read into."""

    field: str
    column: str
    cell: str
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedOutcome:
    """The result that an import would have."""

    counts: Counts
    change: ImportChange
    recipients: int
    left_out: int
    first: tuple[Recipient, ...]
    parted: tuple[PartedCell, ...]
    fields: tuple[tuple[str, int], ...]  # how many changes each has
    changes: tuple[FieldChange, ...]  # the first of them
    renamed: tuple[FieldChange, ...]
    wants: tuple[Want, ...]
    age: FileAge | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file as it was read. Where `trouble` stands, nothing of it can be taken yet; without
    `file` there are no columns either.
    """

    file: FileFacts | None
    columns: tuple[StagedColumn, ...]
    asked: tuple[Suggestion, ...]  # what is not answered by a field for a column
    command: tuple[str, ...]  # the options that say the same
    remembered: KeptReading | None
    kinds: tuple[ProblemKind, ...]
    warnings: tuple[RowProblem, ...]  # of the whole sheet
    mended: int  # cells
    outcome: StagedOutcome | None
    trouble: Trouble | None


class Collected:
    """Problems, changes and first rows, collected while a sheet is read."""

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
        self.parted: list[PartedCell] = []

    def expect(self, seen: SheetSeen) -> None:
        """Note the columns, and those that hold several fields in one cell."""
        self.headers = {header: at for at, header in enumerate(seen.table.headers)}
        fields = seen.columns.fields
        holds_place = fields.keys().isdisjoint({"postcode", "postcode_locality"})
        self.several = {
            name: at
            for name, at in fields.items()
            if name in _IN_ONE_CELL and (name != "address" or holds_place)
        }

    def see(self, row: Row) -> None:
        """The row that is read next."""
        self.row = row

    def hear(self, recipient: Recipient) -> None:
        """Whoever was read in it."""
        if len(self.recipients) == ROWS_SHOWN or self.row is None:
            return
        self.recipients.append(recipient)
        for name, at in self.several.items():
            alike = sum(each.field == name for each in self.parted)
            if alike < VALUES_SHOWN and (cell := one_line(clean(self.row.cells[at]))):
                column = next(header for header, place in self.headers.items() if place == at)
                parts = PartedCell(field=name, column=column, cell=cell, recipient=recipient)
                self.parted.append(parts)

    def notice(self, notice: RowProblem | FieldChange) -> None:
        """A problem, or a change to whom the campaign has already."""
        from merge.words.reasons.rows import OF_A_SHEET

        if isinstance(notice, FieldChange):
            self.fields[notice.field] += 1
            if len(self.changes) < _CHANGES_SHOWN:
                self.changes.append(notice)
        elif notice.code in OF_A_SHEET:
            self.warnings.append(notice)
        elif notice.code != "close-header":  # it stands beside its column
            kind = (notice.taken, notice.code)
            self.kinds[kind] += 1
            first = self.first.setdefault(kind, [])
            if len(first) < OF_A_KIND:
                cell = self._cell(notice)
                offer = "" if cell is None else _offer(notice, cell)
                first.append(StagedProblem(problem=notice, cell=cell, offer=offer))

    def _cell(self, problem: RowProblem) -> str | None:
        at = self.headers.get(problem.column)
        if at is None or self.row is None or self.row.number != problem.row:
            return None
        return self.row.cells[at]


_LIKELY = frozenset(
    {"email-typo", "email-no-at", "email-has-spaces", "email-has-accents", "email-invalid"}
    | {"name-disagrees", "cell-mended"}
)
_CODE_AND_NAME = re.compile(r"(\d[\dAB]\d{3}) [^\d,]+")


def _offer(problem: RowProblem, cell: str) -> str:
    """The cell with what is suggested in it; a mended one as the file has it."""
    if problem.code == "cell-mended":
        return problem.value
    if problem.code in _LIKELY and problem.suggestion and problem.value in cell:
        return cell.replace(problem.value, problem.suggestion)
    found = _CODE_AND_NAME.fullmatch(problem.suggestion)
    return found[1] if found and cell.strip().upper().isalnum() and cell[:1].isdigit() else ""


def outcome_of(done: Import, collected: Collected) -> StagedOutcome:
    """What an import would do, or has done, with what was noticed meanwhile."""
    (sheet,) = done.sheets
    return StagedOutcome(
        counts=done.counts,
        change=done.change,
        recipients=sheet.recipients,
        left_out=sheet.left_out,
        first=tuple(collected.recipients),
        parted=tuple(sorted(collected.parted, key=lambda each: each.field)),
        fields=tuple(collected.fields.most_common()),
        changes=tuple(collected.changes),
        renamed=tuple(done.renamed),
        wants=done.wants,
        age=sheet.age,
    )


def as_staged(
    seen: SheetSeen | None,
    proposed: Sequence[Suggestion],
    asked: tuple[Suggestion, ...],
    collected: Collected,
    outcome: StagedOutcome | None,
    trouble: Trouble | None,
) -> Staged:
    """All of it. `proposed` are the proposals that it was read by, `asked` what is still open."""
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
        elif header in said:
            why = "remembered" if header in recalled else "said"
        else:
            why = "known" if field else ""
        yield StagedColumn(
            header=header, values=values, field=field, why=why, proposal=by_header.get(header)
        )


def _options(seen: SheetSeen) -> Iterator[str]:
    """The options of `import` that read it the same way, without those that it guesses."""
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
    guessed = understood(headers)
    for name, at in seen.columns.fields.items():
        if guessed.fields.get(name) != at:
            yield from ("--map", f"{name}={headers[at]}")
    for header, at in seen.columns.others.items():
        if at in guessed.fields.values():
            yield from ("--keep", header)
