"""Which machines are at work on a server, for people: `status` and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from merge.ledger.driver import advisory
from merge.ledger.driver.addresses import SHARED
from merge.ledger.driver.advisory import Holder, Presence
from merge.ledger.work import due

WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A process that holds the campaign: `command` says for what. It has sent so many e-mails."""

    host: str
    command: str
    since: datetime
    sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker that lives, and which campaign it has in hand since then; of others, no more."""

    host: str
    since: datetime
    works_for: Literal["nobody", "this", "another"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """Who is at work now. `waiting`: pieces of work for the campaign that a worker may take now;
    `unread`: rows that cannot be read."""

    hands: Sequence[Hand]
    workers: Sequence[Worker]
    waiting: int
    unread: int


def be_seen(server: str) -> Presence:
    """As a worker."""
    return Presence(server, WORKER)


def look(
    server: str,
    campaign_id: str,
    schema: str,
    *,
    now: datetime,
    sent_by: Callable[[Sequence[str]], Mapping[str, int]],
) -> Machines:
    """Who is at work on the campaign of this schema. LedgerError."""
    living = advisory.living(server)
    seen = [each for each in living if each]
    mine = [each for each in seen if each.schema == schema]
    sent = sent_by([each.token for each in mine]) if mine else {}
    return Machines(
        hands=[
            Hand(
                host=each.about["host"],
                command=each.about["command"],
                since=each.about["since"],
                sent=sent.get(each.token, 0),
            )
            for each in mine
        ],
        workers=[
            Worker(
                host=each.about["host"],
                since=each.about["since"],
                works_for=_whom(each.about["campaign"], campaign_id),
            )
            for each in seen
            if _is_worker(each)
        ],
        waiting=due(server, campaign_id, now),
        unread=living.count(None),
    )


def _is_worker(holder: Holder) -> bool:
    return holder.schema == SHARED and holder.about["command"] == WORKER


def _whom(campaign: str, this: str) -> Literal["nobody", "this", "another"]:
    if not campaign:
        return "nobody"
    return "this" if campaign == this else "another"
