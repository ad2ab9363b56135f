"""What the log and its recipients ask of a process of its own, each a function for `jobs.call`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from merge.app import edit as editing
from merge.app import export, log, remind, report, report_html
from merge.app import suppress as suppression
from merge.app.edit import Edited
from merge.app.opening import now
from merge.campaign.plan import Narrowing
from merge.job import Consent, Want, silent
from merge.ledger.records import LogFilter, LogOrder


def log_file(place: Path, chosen: LogFilter, order: LogOrder, form: str, name: str) -> bytes:
    """What is shown, as `log` writes it; noted as downloaded by this name."""
    export.note(place, "log", name)
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


def public_report(place: Path, form: Literal["html", "csv"], name: str, *, names: bool) -> bytes:
    """What came of the campaign, for everybody: it names no person. With `names` it does, of a
    campaign to people, and is noted as downloaded by this name.
    """
    found = report.look(place, now(), names=names)
    if found.names_people:
        export.note(place, "report", name)
    if form == "html":
        return report_html.html_page(found).encode()
    columns, rows = found.table
    return export.as_csv(columns, rows, excel=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPlan:
    """Whom a reminder would go to, in figures and lines; `wants` a yes, unless it is given."""

    wave: int
    letter: str
    lines: Sequence[str]
    faults: Sequence[str]
    wants: Sequence[Want]
    opened: int = 0


def reminder(
    place: Path, wave: int, silent_for: timedelta, consents: Sequence[Consent] = ()
) -> ReminderPlan:
    """Plan a reminder to those who were silent so long; with the consents it wants, open it."""
    from merge.words import findings, reminders

    with remind.open(place, silent, really=bool(consents)) as job:
        plan = job.plan(wave, file=None, after=silent_for, narrowing=Narrowing())
        missing: Sequence[Want] = plan.wants
        opened = 0
        if consents and plan.wants:
            result = job.run(plan, consents)
            missing = result.wants
            opened = 0 if missing else int(result.facts["n"])
        communes = {who.key: who.name for who, _channel in plan.opening.chosen}
        return ReminderPlan(
            wave=plan.wave,
            letter=plan.letter,
            lines=[*reminders.opening(plan.opening, plan.wave, plan.letter, opened=opened > 0)],
            faults=[*findings.faults(plan.findings.faults, communes)],
            wants=missing,
            opened=opened,
        )


def close_reminder(place: Path) -> Sequence[str]:
    """Close the last wave again; what became of its letters."""
    from merge.words import reminders

    with remind.open(place, silent, really=True) as job:
        return [*reminders.taken_back(**job.take_back(None).facts)]
