"""A job followed from another process: its row in the ledger, its events, its progress."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merge.app import mail
from merge.app.chosen import Narrowing
from merge.app.opening import Campaign, now, open_campaign
from merge.app.send import Options
from merge.campaign.digests import hashes_of, mark_of
from merge.campaign.forecast import Day
from merge.errors import Misuse
from merge.job import Event, Facts, JobRecord, JobState
from merge.model import Counts, Status
from merge.settings import Settings

if TYPE_CHECKING:
    from merge.ledger.machines import Machines

UNFINISHED = (JobState.RUNNING, JobState.WAITING)

_SETTLED = (Status.SENT, Status.FAILED, Status.UNKNOWN)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of a sending. `agreed` is the number of letters that a person agreed to."""

    agreed: int
    by_status: Mapping[Status, int]  # attempts since it began
    last_at: datetime | None  # of the last attempt
    days: Sequence[Day]  # forecast for the letters left

    @property
    def sent(self) -> int:
        """Letters accepted by the server."""
        return self.by_status.get(Status.SENT, 0)

    @property
    def settled(self) -> int:
        """Letters agreed to that are sent, refused or in doubt."""
        return min(self.agreed, sum(self.by_status.get(each, 0) for each in _SETTLED))

    @property
    def left(self) -> int:
        """Letters agreed to that are not settled; deferred ones are among them."""
        return self.agreed - self.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedJob:
    """A job's current state. `events` are (number, time, event), oldest first."""

    record: JobRecord
    events: Sequence[tuple[int, datetime, Event]]
    sending: Progress | None  # None unless it is a `send`
    counts: Counts
    settings: Settings
    machines: Machines | None  # while it goes on, where the campaign is kept on a server

    @property
    def goes_on(self) -> bool:
        """Whether the job has not ended: it is running, or will start again by itself."""
        return self.record.state in UNFINISHED


def last_sending(campaign: Campaign) -> FollowedJob | None:
    """The latest sending that was no letter to oneself."""
    record = last_sending_record(campaign)
    return _followed(campaign, record) if record else None


def last_sending_record(campaign: Campaign) -> JobRecord | None:
    """The row of `last_sending` alone: cheap enough to poll."""
    rows = campaign.ledger.commands.latest("send")
    return next((row for row in rows if not row.options.get("test")), None)


def is_sending(campaign: Campaign) -> bool:
    """Whether a sending is at work, or waits for its time."""
    record = last_sending_record(campaign)
    return record is not None and record.state in UNFINISHED


def last_printing(campaign: Campaign) -> FollowedJob | None:
    """The printing at work, else the latest run of `print`, unless that only marked a lot, or
    helped with another."""
    for place_in_line, record in enumerate(campaign.ledger.commands.latest("print")):
        if "status" not in record.options and (record.state in UNFINISHED or not place_in_line):
            return _followed(campaign, record)
    return None


def machines_of(campaign: Campaign, now: datetime) -> Machines | None:
    """Who is at work on it; None where it is not kept on a server."""
    if not campaign.is_on_server:
        return None
    from merge.ledger import machines  # no file needs a server's driver

    accounts, ledger = campaign.accounts, campaign.ledger
    schema = accounts.site_of(ledger.campaign_id).schema
    return machines.look(
        accounts.server, ledger.campaign_id, schema, now=now, sent_by=ledger.sent_by
    )


def is_for_others(place: Path, number: int, waiting: Collection[tuple[int, str]]) -> bool:
    """Whether the deliveries that wait now are not those that were agreed to when this sending
    was started.
    """
    with open_campaign(place, access="read", command="status") as campaign:
        record = campaign.ledger.commands.one(number)
        if record is None:
            raise Misuse("no-such-job", n=number)
        tried = campaign.ledger.deliveries_tried(record.started_at)
        return bool(record.options.get("who") != mark_of(hashes_of(tried.union(waiting))))


def ask_to_stop(place: Path, number: int) -> None:
    """Ask the job to end after the letter or lot in hand. Busy where a command excludes others."""
    with open_campaign(place, access="share", command="stop") as campaign:
        campaign.ledger.commands.ask_to_stop(number, now())


def stop_sendings(place: Path) -> Sequence[JobRecord]:
    """Ask all sendings of the campaign to end, or not to begin; as they were until now."""
    with open_campaign(place, access="share", command="stop") as campaign:
        commands = campaign.ledger.commands
        found = [each for each in commands.latest("send") if each.state in UNFINISHED]
        for each in found:
            commands.ask_to_stop(each.number, now())
        return found


def options_of(record: JobRecord) -> Options:
    """The options that the sending was started with, as far as no purge has erased them."""
    said = dict(record.options)
    chosen = said.get("narrowing", {})
    return Options(
        narrowing=Narrowing(
            departments=tuple(chosen.get("departments", ())),
            communes=tuple(chosen.get("communes", ())),
            statuses=tuple(map(Status, chosen.get("statuses", ()))),
        ),
        limit=said.get("limit"),
        wait=bool(said.get("wait")),
    )


def _followed(campaign: Campaign, record: JobRecord) -> FollowedJob:
    commands = campaign.ledger.commands
    return FollowedJob(
        record=replace(record, result=_from_json(record.result)),
        events=[
            (n, at, Event(code=event.code, facts=_from_json(event.facts)))
            for n, at, event in commands.events_numbered(record.number)
        ],
        sending=_progress(campaign, record) if record.command == "send" else None,
        counts=campaign.ledger.counts(),
        settings=campaign.settings,
        machines=machines_of(campaign, now()) if record.state in UNFINISHED else None,
    )


def _progress(campaign: Campaign, record: JobRecord) -> Progress:
    ledger = campaign.ledger
    agreed = max((each.facts["n"] for each in record.consents if each.code == "letters"), default=0)
    progress = Progress(
        agreed=agreed,
        by_status=ledger.attempts_since(record.started_at),
        last_at=ledger.last_attempt_at(record.started_at),
        days=(),
    )
    if campaign.is_blind or not progress.left:
        return progress
    days = mail.days_for(progress.left, _chosen(campaign, record), campaign)
    return replace(progress, days=days)


def _chosen(campaign: Campaign, record: JobRecord) -> Sequence[str] | None:
    """Whom a sending is for, by what still holds: the run itself changes statuses, and whoever was
    named may be gone.
    """
    try:
        return campaign.chosen(replace(options_of(record).narrowing, statuses=()))
    except Misuse:
        return campaign.chosen(Narrowing())


def _from_json(facts: Facts) -> dict[str, Any]:
    """Facts as the job told them; the ledger holds them as JSON."""
    told = {name: _value_from_json(fact) for name, fact in facts.items()}
    if "by_status" in told:
        told["by_status"] = Counter({Status(each): n for each, n in told["by_status"].items()})
    return told


def _value_from_json(fact: Any) -> Any:
    if isinstance(fact, Mapping):
        return {name: _value_from_json(each) for name, each in fact.items()}
    if isinstance(fact, str) and _TIME.fullmatch(fact):
        return datetime.fromisoformat(fact)
    return fact
