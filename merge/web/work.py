"""What the page's jobs do, each a function for `jobs`: open, look again, act as agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from merge.app import following
from merge.app import send as sending
from merge.app.opening import now
from merge.app.send import Options, Plan, Sent
from merge.campaign.ports import Watch
from merge.job import Consent, Event, Want
from merge.ledger.records import Destination
from merge.model import Status
from merge.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would leave, and what was found on the way to that."""

    plan: Plan
    settings: Settings
    told: Sequence[Event]
    is_first: bool  # no letter of this campaign has left by e-mail
    is_for_others: bool  # than those who were left of the sending that is taken up


def plan(
    place: Path,
    options: Options,
    consents: Sequence[Consent],
    *,
    approved: Sequence[Destination] = (),
    looked_at: Want | None = None,
    taken_up: int | None = None,
) -> Planned:
    """What a sending would do, after it has recorded what is true already.

    `approved` are servers, and `looked_at` the bounces, that a person was shown and said yes to;
    others are asked about again. `taken_up` is the row of the sending that is to go on.
    """
    told: list[Event] = []
    with sending.open(place, options, listener=told.append) as job:
        servers = job.servers()
        if servers and [each.now for each in servers] == list(approved):
            job.approve(servers)
        job.refresh(consents)
        looked_until, found = now(), job.plan(consents)
        if looked_at is not None and found.wants == (looked_at,):
            job.accept_bounces(looked_until)
            found = job.plan(consents)
        settings, email, waiting = job.settings, job.counts().email, frozenset(job.waiting())
    is_for_others = taken_up is not None and following.is_for_others(place, taken_up, waiting)
    is_first = not (email[Status.SENT] or email[Status.BOUNCED])
    return Planned(
        plan=found,
        settings=settings,
        told=told,
        is_first=is_first,
        is_for_others=is_for_others,
    )


def send(watch: Watch, place: Path, options: Options, consents: Sequence[Consent]) -> Sent:
    """Send what was agreed to. Where something has changed since, nothing leaves, and the result
    says what is to be agreed to now.
    """
    with sending.open(place, options, watch=watch) as job:
        job.refresh(consents)
        return job.run(consents)
