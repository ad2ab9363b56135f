"""An uploaded list, read as it would be imported: shown, corrected, then imported by `take`.

A person's choices for it (reading options, columns, corrected cells) stand beside the upload.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from merge.app import importing, uploads
from merge.app.confined import READERS
from merge.app.importing import Import, Staging
from merge.app.opening import open_campaign
from merge.app.sheets import Reading, SheetSeen, look, proposals
from merge.app.uploads import Upload
from merge.confined.helpers import Kept
from merge.errors import Misuse, Refused, SheetError, Trouble
from merge.job import Consent, silent
from merge.ledger.records import FieldChange, KeptReading
from merge.model import RowProblem
from merge.recipients.answers import SheetHead
from merge.recipients.cells import clean, one_line
from merge.recipients.headers import FIELDS
from merge.recipients.suggesting import Suggestion

VALUES_SHOWN = 3
PROBLEMS_SHOWN = 200
"""Problems of one kind that are listed with their rows."""
_CHANGES_SHOWN = 20


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
class Staged:
    """A file as it was read. With `trouble` it cannot be imported yet; where no table was found,
    `file` is None and there are no columns.
    """

    file: SheetHead | None
    columns: tuple[StagedColumn, ...]
    asked: tuple[Suggestion, ...]  # still to be decided by a person
    remembered: KeptReading | None
    kinds: tuple[ProblemKind, ...]
    warnings: tuple[RowProblem, ...]  # of the whole sheet
    mended: int  # cells
    outcome: Import | None
    fields: Sequence[tuple[str, int]]  # that would change, with how many changes
    changes: Sequence[FieldChange]  # the first of them
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


def staged_file(
    seen: SheetSeen | None,
    proposed: Sequence[Suggestion],
    asked: tuple[Suggestion, ...],
    collected: NoticeCollector,
    outcome: Import | None,
    trouble: Trouble | None,
) -> Staged:
    """Put it together. `proposed` were applied to read it; `asked` are still open."""
    kinds = sorted(collected.kinds.items(), key=lambda kind: (kind[0][0], -kind[1], kind[0][1]))
    return Staged(
        file=seen.table if seen else None,
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
        fields=collected.fields.most_common(),
        changes=collected.changes,
        trouble=trouble,
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


LEFT_OUT = "-"
"""The choice for a column that is not imported."""


def stage(place: Path, upload: Upload) -> Staged:
    """Read the file by the choices made for it, and rehearse its import.

    A SheetError is in the result; any other Trouble, of the campaign, is raised.
    """
    said = uploads.choices(upload)
    collected = NoticeCollector()
    seen: SheetSeen | None = None
    proposed: list[Suggestion] = []
    asked: tuple[Suggestion, ...] = ()
    try:
        seen = _look(place, upload, said)
        seen, proposed, asked = _with_proposals(seen)
        job = _job(place, upload, seen, said)
        outcome = job.plan(collected.add_notice)
    except SheetError as trouble:
        trouble.path = upload.name
        staged = staged_file(seen, proposed, asked, collected, None, trouble)
        rows = str(trouble.facts.get("first", "")).splitlines()  # of a file without headers
        return replace(staged, beginning=[row.split("\t") for row in rows])
    return staged_file(seen, proposed, asked, collected, outcome, None)


def take(
    place: Path, upload: Upload, consents: Sequence[Consent], shown: str | None = None
) -> Import:
    """Import the file and remove the upload. `shown` is the version that a person saw.

    Refused("list-changed") where the version is another one by now; errors as `importing.Job.run`.
    """
    said = uploads.choices(upload)
    collected = NoticeCollector()
    try:
        seen, _proposed, _asked = _with_proposals(_look(place, upload, said))
        if shown is not None and uploads.version(upload) != shown:
            raise Refused("list-changed", path=upload.name)
        done = _job(place, upload, seen, said).run(consents, collected.add_notice)
    except SheetError as trouble:
        trouble.path = upload.name
        raise
    if not done.wants:
        uploads.remove(upload)
    return replace(done, sheets=())


def set_reading(upload: Upload, **how: Any) -> None:
    """Choose reading options, by the names in `Reading.said`; None lets the reader guess."""
    said = uploads.choices(upload)
    reading = {name: value for name, value in said.get("reading", {}).items() if name not in how}
    reading |= {name: value for name, value in how.items() if value is not None}
    uploads.keep_choices(upload, {**said, "reading": reading})


def set_columns(upload: Upload, headers: Sequence[str], fields: Mapping[str, str]) -> None:
    """Choose what each column is: a field, kept as it is (""), or `LEFT_OUT`.

    `headers` are all of the sheet.

    Misuse("two-columns-one-field") where two columns are chosen for one field.
    """
    taken = [(fields[each], each) for each in headers if fields.get(each, "") in FIELDS]
    for name, n in Counter(name for name, _header in taken).items():
        if n > 1:
            columns = [header for each, header in taken if each == name]
            raise Misuse("two-columns-one-field", field=name, columns=", ".join(columns))
    said = uploads.choices(upload)
    own = [header for header in headers if fields.get(header) != LEFT_OUT]
    reading = {**said.get("reading", {}), "columns": dict(taken), "own": own}
    uploads.keep_choices(upload, {**said, "reading": reading})


def mend(upload: Upload, cells: Mapping[tuple[int, str], str]) -> None:
    """Correct cells, by row number and header, in what is read of the file."""
    said = uploads.choices(upload)
    kept = {**_mended(said), **cells}
    uploads.keep_choices(
        upload, {**said, "mended": [[row, column, after] for (row, column), after in kept.items()]}
    )


def _look(place: Path, upload: Upload, said: Mapping[str, Any]) -> SheetSeen:
    helper = Kept(*READERS)
    helper.start()
    with open_campaign(place, access="read", command="import") as campaign:
        remembered = campaign.ledger.readings.last()
        audience = campaign.settings.campaign.audience
    reading = Reading.of(said.get("reading", {}))
    path = str(upload.path)
    return look(path, reading, remembered, helper, audience=audience, called=upload.name)


def _with_proposals(
    seen: SheetSeen,
) -> tuple[SheetSeen, list[Suggestion], tuple[Suggestion, ...]]:
    """Apply each unambiguous proposal: the sheet, the proposals applied, and those still open."""
    proposed: list[Suggestion] = []
    while True:
        found = proposals(seen)
        clear = [each for each in found if not each.is_order and len(each.headers) == 1]
        if not clear:
            return seen, proposed, found
        proposed.append(clear[0])
        seen = seen.taking(clear[0].header, clear[0].fields[0])


def _mended(said: Mapping[str, Any]) -> dict[tuple[int, str], str]:
    return {(row, column): after for row, column, after in said.get("mended", ())}


def _job(place: Path, upload: Upload, seen: SheetSeen, said: Mapping[str, Any]) -> importing.Job:
    staging = Staging(seen=seen, mended=_mended(said))
    return importing.Job(place, [str(upload.path)], seen.reading, silent, staged=staging)
