"""What the log and its recipients ask of a process of its own, each a function for `jobs.call`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from merge.app import edit as editing
from merge.app import export, log
from merge.app import suppress as suppression
from merge.app.edit import Edited
from merge.campaign.plan import Narrowing
from merge.job import Event
from merge.ledger.records import LogFilter, LogOrder


def silent(event: Event) -> None:
    """A page shows what a campaign is warned of by itself."""


def log_file(place: Path, chosen: LogFilter, order: LogOrder, form: str) -> bytes:
    """What is shown, as `log` writes it."""
    found = log.rows(place, Narrowing(), chosen=chosen, order=order)
    if form == "xlsx":
        return export.as_xlsx(found.columns, found.rows)
    return export.as_csv(found.columns, found.rows, excel=True)


def edit(place: Path, key: str, changes: Mapping[str, str]) -> Edited:
    """As `edit`."""
    return editing.run(place, key, changes, silent)


def suppress(place: Path, key: str, reason: str) -> int:
    """Put one recipient on the suppression list; how many letters that has stopped."""
    with suppression.open(place, key, silent) as job:
        return int(job.run((), reason).facts["stopped"])


def take_back(place: Path, key: str, reason: str) -> int:
    """Take it off again; how many letters wait again."""
    with suppression.open(place, key, silent) as job:
        return int(job.take_back(reason).facts["back"])
