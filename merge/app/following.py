"""A job seen from another process: its row in the ledger, what it told, and how far it has come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from merge.app import mail
from merge.app.opening import Campaign, now, open_campaign
from merge.app.send import Options
from merge.campaign.pace import Day
from merge.campaign.plan import Narrowing
from merge.errors import Misuse
from merge.job import Event, Facts, JobRecord, JobState
from merge.model import Attempt, Counts, Status
from merge.settings import Settings

LATELY = timedelta(minutes=5)
"""The rate is that of the last minutes: what came before says little of when it ends."""

GOES_ON = (JobState.RUNNING, JobState.WAITING)

_HAPPENED = 8  # of the last attempts, so many are shown
_OVER = (Status.SENT, Status.FAILED, Status.UNKNOWN)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sending has come. `agreed` is how many letters somebody said yes to."""

    agreed: int
    tried: Mapping[Status, int]  # what the server said, since it began
    sent_lately: int  # in the last minutes (LATELY), or since it began
    lately: timedelta  # so long they were
    latest: Sequence[Attempt]  # the last one first
    communes: Mapping[str, str]  # of those, by key
    numbers: Mapping[str, int]  # theirs in the ledger
    days: Sequence[Day]  # on which the rest leaves

    @property
    def sent(self) -> int:
        """How many have left."""
        return self.tried.get(Status.SENT, 0)

    @property
    def over(self) -> int:
        """How many of those agreed to are sent, refused or in doubt."""
        return min(self.agreed, sum(self.tried.get(each, 0) for each in _OVER))

    @property
    def left(self) -> int:
        """How many of those agreed to have still to leave; those put off are among them."""
        return self.agreed - self.over

    @property
    def last_at(self) -> datetime | None:
        """When something last happened."""
        return self.latest[0].at if self.latest else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One job as it stands. `events` are those since the asker's last number, oldest first."""

    record: JobRecord
    events: Sequence[tuple[int, datetime, Event]]
    sending: Progress | None  # of a `send`
    counts: Counts
    settings: Settings

    @property
    def goes_on(self) -> bool:
        """Whether its process lives."""
        return self.record.state in GOES_ON


def follow(place: Path, number: int, *, since: int = 0) -> Followed:
    """The job with that number. Misuse("no-such-job")."""
    with open_campaign(place, access="read", command="status") as campaign:
        record = campaign.ledger.commands.one(number)
        if record is None:
            raise Misuse("no-such-job", n=number)
        return _followed(campaign, record, since)


def last_sending(place: Path) -> Followed | None:
    """The latest sending that was for real; None where there was none."""
    with open_campaign(place, access="read", command="status") as campaign:
        record = _last_for_real(campaign)
        return _followed(campaign, record, 0) if record else None


def last_row(place: Path) -> JobRecord | None:
    """Its row alone, for whoever asks every few seconds."""
    with open_campaign(place, access="read", command="status") as campaign:
        return _last_for_real(campaign)


def last_printing(place: Path) -> Followed | None:
    """The printing that goes on, else the latest run of `print` unless that only marked a lot."""
    with open_campaign(place, access="read", command="status") as campaign:
        for place_in_line, record in enumerate(campaign.ledger.commands.latest("print")):
            is_mark = "status" in record.options
            if not is_mark and (record.state in GOES_ON or not place_in_line):
                return _followed(campaign, record, 0)
    return None


def ask_to_stop(place: Path, number: int) -> None:
    """The job ends after what it has in hand. Busy while a command has the campaign alone."""
    with open_campaign(place, access="share", command="stop") as campaign:
        campaign.ledger.commands.ask_to_stop(number)


def options_of(record: JobRecord) -> Options:
    """What a sending was asked for, to ask for it again; nothing of what was erased."""
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


def _last_for_real(campaign: Campaign) -> JobRecord | None:
    rows = campaign.ledger.commands.latest("send")
    return next((row for row in rows if not row.options.get("test")), None)


def _followed(campaign: Campaign, record: JobRecord, since: int) -> Followed:
    commands = campaign.ledger.commands
    return Followed(
        record=replace(record, result=_as_told(record.result)),
        events=[
            (n, at, Event(code=event.code, facts=_as_told(event.facts)))
            for n, at, event in commands.events_since(record.number, since)
        ],
        sending=_progress(campaign, record) if record.command == "send" else None,
        counts=campaign.ledger.counts(),
        settings=campaign.settings,
    )


def _progress(campaign: Campaign, record: JobRecord) -> Progress:
    ledger, at = campaign.ledger, now()
    began_lately = max(record.started_at, at - LATELY)
    latest = ledger.last_attempts(_HAPPENED, record.started_at)
    agreed = max((each.facts["n"] for each in record.consents if each.code == "letters"), default=0)
    keys = [each.key for each in latest]
    seen = Progress(
        agreed=agreed,
        tried=ledger.attempts_since(record.started_at),
        sent_lately=ledger.attempts_since(began_lately).get(Status.SENT, 0),
        lately=at - began_lately,
        latest=latest,
        communes=ledger.communes_of(keys),
        numbers=ledger.numbers_of(keys),
        days=(),
    )
    if campaign.is_blind or not seen.left:
        return seen
    spent = mail.sent_lately(campaign.settings, campaign.accounts)
    return replace(seen, days=mail.days_it_takes(seen.left, campaign.settings, spent))


def _as_told(facts: Facts) -> dict[str, Any]:
    """Facts from the ledger, which holds them as JSON, as the job told them."""
    told = {name: _fact(fact) for name, fact in facts.items()}
    if "by_status" in told:
        told["by_status"] = Counter({Status(each): n for each, n in told["by_status"].items()})
    return told


def _fact(fact: Any) -> Any:
    if isinstance(fact, Mapping):
        return {name: _fact(each) for name, each in fact.items()}
    if isinstance(fact, str) and _TIME.fullmatch(fact):
        return datetime.fromisoformat(fact)
    return fact
