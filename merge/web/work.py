"""Work of the page's jobs that takes several functions of `app`."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from merge import disks
from merge.app import editions, export, following, recipients, remind, report, report_pages
from merge.app import send as sending
from merge.app.backup import REPORT
from merge.app.chosen import Narrowing
from merge.app.leaving import Sent
from merge.app.opening import now
from merge.app.send import Options, Plan
from merge.campaign.ports import Watch
from merge.errors import Trouble
from merge.job import Consent, Event, Want, silent
from merge.ledger.records import LogFilter, LogOrder
from merge.model import Status
from merge.settings import Settings

Asked = Sequence[tuple[Want, Trouble]]
"""What a person is to say yes to, each with what asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would leave after a yes to what is `asked`, and what was found on the way to that."""

    plan: Plan
    asked: Asked
    settings: Settings
    told: Sequence[Event]
    is_first: bool  # no letter of this campaign has left by e-mail
    is_for_others: bool  # than those who were left of the sending that is taken up


def plan(
    place: Path,
    options: Options,
    consents: Sequence[Consent],
    *,
    taken_up: int | None = None,
) -> Planned:
    """What a sending would do, after it has recorded what is true already. It takes for granted
    that a person will say yes to the letter as it is, and to what came back.

    `taken_up` is the row of the sending that is to go on.
    """
    told: list[Event] = []
    given, asked = [*consents], list[tuple[Want, Trouble]]()
    with sending.open(place, options, listener=told.append) as job:
        job.refresh(given)
        while (found := job.plan(given)).trouble and found.wants:
            asked.append((found.wants[0], found.trouble))
            if found.wants[0].option == "--accept-bounces":  # the last that is asked for
                break
            given.append(found.wants[0].agreed())
            job.refresh(given)
        settings, email, waiting = job.settings, job.counts().email, frozenset(job.waiting())
    is_for_others = taken_up is not None and following.is_for_others(place, taken_up, waiting)
    is_first = not (email[Status.SENT] or email[Status.BOUNCED])
    return Planned(
        plan=found,
        asked=asked,
        settings=settings,
        told=told,
        is_first=is_first,
        is_for_others=is_for_others,
    )


def send(watch: Watch, place: Path, options: Options, consents: Sequence[Consent]) -> Sent:
    """Send what was agreed to. Where something has changed since, nothing leaves, and the result
    says what is to be agreed to now: what came back later, too.
    """
    with sending.open(place, options, watch=watch) as job:
        job.refresh(consents)
        looked_until, wants = now(), job.plan(consents).wants
        if wants and wants[0].option == "--accept-bounces" and wants[0].agreed() in consents:
            job.accept_bounces(looked_until)
        return job.run(consents)


def letter_pages(place: Path, number: int) -> bytes:
    """The pages of the recipient with this number, as they stand in the lot."""
    with recipients.opened(place) as campaign:
        return recipients.pages(campaign, number)


def log_file(place: Path, chosen: LogFilter, order: LogOrder, form: str, name: str) -> bytes:
    """What is shown, as `log` writes it; noted as downloaded by this name."""
    export.note(place, "log", name)
    with recipients.rows(place, Narrowing(), chosen=chosen, order=order) as found:
        shape: export.Form = "xlsx" if form == "xlsx" else "excel"
        return b"".join(export.written(found.columns, found.rows, shape))


def report_file(place: Path) -> bytes:
    """What came of the campaign, for everybody: it names no person."""
    return b"".join(export.written(*report.look(place, now()).table, "excel"))


def publish(place: Path, contact: str) -> None:
    """Write the public report into the campaign's own place. Errors as `editions.publish`."""
    found = report.look(place, now(), is_whole=True, contact=contact)
    disks.folder_in(place, REPORT.parent)
    editions.publish(found, disks.place(place, REPORT))


def published(place: Path, name: str) -> bytes:
    """It as a .zip; with documents, which may name somebody, noted as downloaded by this name.
    FileNotFoundError where nothing is published.
    """
    whole, folder = BytesIO(), disks.place(place, REPORT)
    with ZipFile(whole, "w", ZIP_DEFLATED) as to:
        for path, found in disks.walk(folder):
            if stat.S_ISREG(found.st_mode):
                to.write(path, path.relative_to(folder))
    if disks.found(folder, f"**/{report_pages.EVIDENCE}/*"):
        export.note(place, "report", name)
    return whole.getvalue()


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

    with remind.open(place, silent, really=bool(consents)) as campaign:
        plan = remind.plan(
            campaign, silent, wave, file=None, after=silent_for, narrowing=Narrowing()
        )
        missing: Sequence[Want] = plan.wants
        opened = 0
        if consents and plan.wants:
            result = remind.run(campaign, plan, consents)
            missing = result.wants
            opened = 0 if missing else int(result.facts["n"])
        names = {who.key: who.name for who, _channel in plan.opening.chosen}
        return ReminderPlan(
            wave=plan.wave,
            letter=plan.letter,
            lines=[*reminders.opening(plan.opening, plan.wave, plan.letter, opened=opened > 0)],
            faults=[*findings.faults(plan.findings.faults, names)],
            wants=missing,
            opened=opened,
        )
