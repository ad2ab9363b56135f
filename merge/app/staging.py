"""An uploaded list, read as it would be imported: shown, corrected, then imported by `take`.

A person's choices for it (reading options, columns, corrected cells) stand beside the upload.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from merge.app import importing, uploads
from merge.app.confined import READERS
from merge.app.importing import Staging, Undone
from merge.app.opening import Campaign, open_campaign
from merge.app.sheet_shown import (
    NoticeCollector,
    Staged,
    outcome_of_import,
    staged_file,
)
from merge.app.sheets import Reading, SheetSeen, look, proposals
from merge.app.uploads import Upload
from merge.campaign.envelopes import Older
from merge.confined.helpers import Kept
from merge.errors import Misuse, Refused, SheetError
from merge.job import Consent, Want, silent
from merge.ledger.records import FieldChange, ImportChange, ImportRecord
from merge.model import Counts
from merge.recipients.headers import FIELDS
from merge.recipients.suggesting import Suggestion

LEFT_OUT = "-"
"""The choice for a column that is not imported."""
_IMPORTS = 5


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
        outcome = outcome_of_import(job.plan(collected.add_notice), seen, collected)
    except SheetError as trouble:
        trouble.path = upload.name
        staged = staged_file(seen, proposed, asked, collected, None, trouble)
        rows = str(trouble.facts.get("first", "")).splitlines()  # of a file without headers
        return replace(staged, beginning=[row.split("\t") for row in rows])
    return staged_file(seen, proposed, asked, collected, outcome, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTaken:
    """The result of an import; with `wants` nothing was imported."""

    counts: Counts
    change: ImportChange
    renamed: tuple[FieldChange, ...]
    older: tuple[Older, ...]
    wants: tuple[Want, ...]


def take(
    place: Path, upload: Upload, consents: Sequence[Consent], shown: str | None = None
) -> ListTaken:
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
    return ListTaken(
        counts=done.counts,
        change=done.change,
        renamed=tuple(done.renamed),
        older=tuple(done.older),
        wants=done.wants,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOverview:
    """The last import that stands, and the uploads not yet imported."""

    last: ImportRecord | None
    left: Sequence[tuple[int, str]]  # rows that the last import did not take, with their codes
    waiting: Sequence[Upload]


def overview(campaign: Campaign) -> ListOverview:
    """What has become of the lists so far."""
    imports = campaign.ledger.readings.imports(_IMPORTS)
    return ListOverview(
        last=next((each for each in imports if each.can_be_undone), None),
        left=importing.left_rows(campaign.ledger),
        waiting=uploads.waiting(campaign.folder),
    )


def undo(place: Path) -> Undone:
    """Undo the last import."""
    return importing.undo(place, silent)


def set_reading(upload: Upload, **how: Any) -> None:
    """Choose reading options, by the names in `Reading.said`; None lets the reader guess."""
    said = uploads.choices(upload)
    reading = {name: value for name, value in said.get("reading", {}).items() if name not in how}
    reading |= {name: value for name, value in how.items() if value is not None}
    uploads.keep_choices(upload, {**said, "reading": reading})


def reset(upload: Upload) -> None:
    """Forget all choices for this file."""
    uploads.keep_choices(upload, {})


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
