"""A job seen from another process: its row in the ledger, what it told, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from merge.app import mail
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign.pace import Day
from merge.errors import Misuse
from merge.job import Event, JobRecord, JobState
from merge.model import Counts, Status
from merge.settings import Settings

LATELY = timedelta(minutes=5)
"""The rate is that of the last minutes: what came before says little of when it ends."""

GOES_ON = (JobState.RUNNING, JobState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sending has come. `agreed` is how many letters somebody said yes to."""

    agreed: int
    tried: Mapping[Status, int]  # what the server said, since it began
    sent_lately: int  # in the last minutes (LATELY), or since it began
    lately: timedelta  # so long they were
    days: Sequence[Day]  # on which the rest leaves

    @property
    def sent(self) -> int:
        """How many have left."""
        return self.tried.get(Status.SENT, 0)

    @property
    def left(self) -> int:
        """How many of those agreed to have still to leave; those put off are among them."""
        over = (Status.SENT, Status.FAILED, Status.UNKNOWN)
        return max(0, self.agreed - sum(self.tried.get(each, 0) for each in over))


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
        at, commands = now(), campaign.ledger.commands
        record = commands.one(number)
        if record is None:
            raise Misuse("no-such-job", n=number)
        return Followed(
            record=record,
            events=commands.events_since(number, since),
            sending=_sending(campaign, record, at) if record.command == "send" else None,
            counts=campaign.ledger.counts(),
            settings=campaign.settings,
        )


def last(place: Path, command: str) -> JobRecord | None:
    """The latest run of a command that acts on the campaign; None where there was none."""
    with open_campaign(place, access="read", command="status") as campaign:
        return campaign.ledger.commands.last(command)


def ask_to_stop(place: Path, number: int) -> None:
    """The job ends after what it has in hand. Busy while a command has the campaign alone."""
    with open_campaign(place, access="share", command="stop") as campaign:
        campaign.ledger.commands.ask_to_stop(number)


def _sending(campaign: Campaign, record: JobRecord, at: datetime) -> Progress:
    tried = campaign.ledger.attempts_since(record.started_at)
    began_lately = max(record.started_at, at - LATELY)
    agreed = max((each.facts["n"] for each in record.consents if each.code == "letters"), default=0)
    seen = Progress(
        agreed=agreed,
        tried=tried,
        sent_lately=campaign.ledger.attempts_since(began_lately).get(Status.SENT, 0),
        lately=at - began_lately,
        days=(),
    )
    if campaign.is_blind or not seen.left:
        return seen
    spent = mail.sent_lately(campaign.settings, campaign.accounts)
    return Progress(
        agreed=agreed,
        tried=tried,
        sent_lately=seen.sent_lately,
        lately=seen.lately,
        days=mail.days_it_takes(seen.left, campaign.settings, spent),
    )
