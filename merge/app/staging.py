"""A file that was handed to the page, read and shown as it would be imported; nothing is kept of it
before it is taken."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from merge.app import importing, uploads
from merge.app.confined import expect_sheets
from merge.app.importing import Staging, Undone
from merge.app.opening import open_campaign
from merge.app.sheet_shown import Collected, Staged, as_staged, outcome_of
from merge.app.sheets import Reading, SheetSeen, look, proposals
from merge.app.uploads import Upload
from merge.campaign.envelopes import Older
from merge.errors import Misuse, Refused, SheetError
from merge.job import Consent, Want, silent
from merge.ledger.records import FieldChange, ImportChange, ImportRecord
from merge.model import Counts
from merge.recipients.columns import FIELDS
from merge.recipients.suggesting import Suggestion

LEFT_OUT = "-"
"""In the place of a field: a column with personal data that no letter needs."""
_IMPORTS = 5


def stage(place: Path, upload: Upload) -> Staged:
    """Read it, with what was said of it; keeps nothing. Trouble that is of the campaign is raised,
    what is wrong with the file is in the result.
    """
    with _without_collecting():
        return _stage(place, upload)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Of 35,000 rows nothing is garbage, and looking for it takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _stage(place: Path, upload: Upload) -> Staged:
    expect_sheets()
    said = uploads.said(upload)
    collected = Collected()
    seen: SheetSeen | None = None
    proposed: list[Suggestion] = []
    asked: tuple[Suggestion, ...] = ()
    try:
        seen = _seen(place, upload, said)
        seen, proposed, asked = _with_proposals(seen)
        with _job(place, upload, seen, said, collected, dry_run=True) as job:
            outcome = outcome_of(job.plan(collected.notice), collected)
    except SheetError as trouble:
        trouble.path = upload.name
        return as_staged(seen, proposed, asked, collected, None, trouble)
    return as_staged(seen, proposed, asked, collected, outcome, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTaken:
    """The result of an import; with `wants` nothing was kept."""

    counts: Counts
    change: ImportChange
    renamed: tuple[FieldChange, ...]
    older: tuple[Older, ...]
    wants: tuple[Want, ...]


def take(
    place: Path, upload: Upload, consents: Sequence[Consent], shown: str | None = None
) -> ListTaken:
    """Take it; then it is gone from where it waited. `shown` is its version that a person saw.

    Refused("list-changed") where it would be read otherwise by now; errors as of the import.
    """
    said = uploads.said(upload)
    collected = Collected()
    try:
        seen, _proposed, _asked = _with_proposals(_seen(place, upload, said))
        with _job(place, upload, seen, said, collected, dry_run=False) as job:
            if shown is not None and uploads.version(upload) != shown:
                raise Refused("list-changed", path=upload.name)
            done = job.run(consents, collected.notice)
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
class ListNow:
    """The recipients as they are, the last imports, and the files that wait to be taken."""

    counts: Counts
    imports: tuple[ImportRecord, ...]
    waiting: tuple[Upload, ...]
    zone: ZoneInfo


def now(place: Path) -> ListNow:
    """Read them; no file needs to be chosen."""
    with open_campaign(place, access="read", command="import") as campaign:
        counts, imports = campaign.ledger.counts(), campaign.ledger.readings.imports(_IMPORTS)
        zone = campaign.zone
    waiting = uploads.waiting(place)
    return ListNow(counts=counts, imports=tuple(imports), waiting=tuple(waiting), zone=zone)


def undo(place: Path) -> Undone:
    """Take the last import back."""
    return importing.undo(place, silent)


def read_otherwise(upload: Upload, **how: Any) -> None:
    """Say how the file is to be read, for the next time that it is staged; None lets it guess."""
    said = uploads.said(upload)
    reading = {name: value for name, value in said.get("reading", {}).items() if name not in how}
    reading |= {name: value for name, value in how.items() if value is not None}
    uploads.say(upload, {**said, "reading": reading})


def begin_anew(upload: Upload) -> None:
    """Forget what was said of it."""
    uploads.say(upload, {})


def understand(upload: Upload, headers: Sequence[str], fields: Mapping[str, str]) -> None:
    """Say what each column is: a field, itself (""), or `LEFT_OUT`. `headers` are all of the sheet.

    Misuse("columns-one-field") where two are to be one field.
    """
    taken = [(fields[each], each) for each in headers if fields.get(each, "") in FIELDS]
    for name, n in Counter(name for name, _header in taken).items():
        if n > 1:
            columns = [header for each, header in taken if each == name]
            raise Misuse("columns-one-field", field=name, columns=", ".join(columns))
    said = uploads.said(upload)
    own = [header for header in headers if fields.get(header) != LEFT_OUT]
    reading = {**said.get("reading", {}), "columns": dict(taken), "own": own}
    uploads.say(upload, {**said, "reading": reading})


def mend(upload: Upload, cells: Mapping[tuple[int, str], str]) -> None:
    """Mend these cells, each by its row's number and its column, in what is read of the file."""
    said = uploads.said(upload)
    kept = {**_mended(said), **cells}
    uploads.say(
        upload, {**said, "mended": [[row, column, after] for (row, column), after in kept.items()]}
    )


# How it is read


def _seen(place: Path, upload: Upload, said: Mapping[str, Any]) -> SheetSeen:
    with open_campaign(place, access="read", command="import") as campaign:
        remembered = campaign.ledger.readings.last()
    reading = Reading.of(said.get("reading", {}))
    return look(str(upload.path), reading, remembered, called=upload.name)


def _with_proposals(
    seen: SheetSeen,
) -> tuple[SheetSeen, list[Suggestion], tuple[Suggestion, ...]]:
    """The sheet read as it is proposed: whoever takes it agrees to that, or says otherwise."""
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


@contextmanager
def _job(
    place: Path,
    upload: Upload,
    seen: SheetSeen,
    said: Mapping[str, Any],
    collected: Collected,
    *,
    dry_run: bool,
) -> Iterator[importing.Job]:
    collected.expect(seen)
    staging = Staging(seen=seen, mended=_mended(said), see=collected.see, heard=collected.hear)
    with importing.open(
        place, [str(upload.path)], seen.reading, silent, dry_run=dry_run, staged=staging
    ) as job:
        yield job
