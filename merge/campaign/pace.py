"""When letters may leave, and when to try again.

`may_leave` is the one question: may the next one leave, or until when not, and why. All times are
aware. Only sending hours know a time zone; everything else counts seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from merge.campaign.ports import Sender
from merge.errors import Stopped
from merge.ledger.records import Outlook

BACK_OFF = (
    timedelta(minutes=15),  # greylisting asks for a few minutes, and gets them
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321 §4.5.4.1: at least 4 to 5 days
FAILURES_IN_A_ROW = 5  # connections lost one after the other: the server, not the recipients
A_WEEK = 7
PACING_AT_MOST = timedelta(seconds=90)  # a pause up to this is the pace, not the end of a run
AWAY_AT_MOST = timedelta(minutes=10)  # how long a server out of reach is waited for, unasked
_RECONNECT_FIRST = timedelta(seconds=10)
_RECONNECT_MOST = timedelta(minutes=10)
AWAKE_LATER_AT_MOST = timedelta(seconds=20)  # two campaigns of one account wake one by one
FIRST_STAGE = 10  # letters: a wrong list is found after ten towns instead of after all of them
LATER_STAGE = 100
BOUNCES_TAKE = timedelta(minutes=2)  # what a server needs to find that nobody has such an address

Why = Literal["", "at", "quota", "receiver", "hours", "limit", "deferred", "away", "interrupted"]


class Leave(NamedTuple):
    """How many letters may leave now; where none may, why, and when one may again, if ever."""

    now: int
    why: Why = ""
    next_at: datetime | None = None


@dataclass(slots=True)
class Outage:
    """The server is out of reach since then, and was tried so often again."""

    trouble: Stopped
    since: datetime
    tries: int = 0


def may_leave(
    sender: Sender,
    now: datetime,
    waiting: Outlook | None = None,
    full_until: datetime | None = None,
    *,
    outage: Outage | None = None,
    wait: bool = False,
) -> Leave:
    """How many letters may leave now, or until when none may, and why.

    Asked in turn: is the server in reach, is anybody due, are these sending hours, has the account
    some of its quota left, and have the receivers (`full_until`) of all who wait. Without the
    ledger's outlook, somebody waits. Stopped("server-away") when it was out of reach for too long;
    with `wait` it never is.
    """
    if outage:
        until = outage.since + AWAY_AT_MOST
        if not wait and now >= until:
            minutes = round((now - outage.since) / timedelta(minutes=1))
            raise Stopped("server-away", last=outage.trouble, minutes=minutes)
        next_at = now + reconnect_after(outage.tries)
        next_at = opens_at(sender, next_at if wait else min(next_at, until))
        return Leave(0, "hours" if not wait and next_at > until else "away", next_at)
    if waiting and not waiting.now:
        if waiting.next_at is None:
            return Leave(0)
        return Leave(0, "deferred", opens_at(sender, waiting.next_at))
    if (opening := opens_at(sender, now)) > now:
        return Leave(0, "hours", opening)
    left = sender.accounts.quota_left(sender.account.name, sender.limits, now)
    if left.now <= 0:
        return Leave(0, "quota", left.next_at and opens_at(sender, left.next_at))
    return Leave(0, "receiver", full_until) if full_until else Leave(left.now)


def opens_at(sender: Sender, now: datetime) -> datetime:
    """When letters may leave, by the sending hours: `now`, or later."""
    return sender.hours.next_open(now) if sender.hours else now


def is_open(sender: Sender, now: datetime) -> bool:
    """Whether they may now, by the sending hours."""
    return sender.hours is None or sender.hours.closes_at(now) is not None


def full_receivers(sender: Sender, now: datetime) -> Mapping[str, datetime]:
    """Those whose share of the account's quota is spent, and when each has some again."""
    left = sender.accounts.left_by_receiver(sender.account.name, sender.limits, now)
    return {
        name: opens_at(sender, each.next_at)
        for name, each in left.items()
        if each.now <= 0 and each.next_at is not None
    }


def wakes_at(next_at: datetime, campaign_id: str) -> datetime:
    """When to wake a sending that may go on from `next_at`."""
    return next_at + jitter(f"{campaign_id} {next_at}", AWAKE_LATER_AT_MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From `opens` to `closes` on these days (Monday is 0), on the clocks of `zone`.

    `closes` at or before `opens` is on the next day: such hours belong to the day they begin on.
    """

    opens: time
    closes: time
    days: frozenset[int]
    zone: ZoneInfo

    def next_open(self, now: datetime) -> datetime:
        """The first moment from `now` on at which letters may leave, in UTC."""
        return next(max(opens, now.astimezone(UTC)) for opens, _closes in self._from(now))

    def closes_at(self, now: datetime) -> datetime | None:
        """The end of the hours that `now` lies in, in UTC; None outside of them."""
        opens, closes = next(self._from(now))
        return closes if opens <= now else None

    def _from(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The hours that are not over at `now`, in UTC, in order."""
        today = now.astimezone(self.zone).date()
        for offset in range(-1, 2 * A_WEEK + 1):  # the only day of a week can have none, see below
            day = today + timedelta(days=offset)
            if day.weekday() in self.days:
                opens = self._moment(day, self.opens)
                next_day = timedelta(days=self.closes <= self.opens)
                closes = self._moment(day + next_day, self.closes)
                if opens < closes and now < closes:  # a change of the clocks can leave none
                    yield opens, closes

    def _moment(self, day: date, at: time) -> datetime:
        # An hour that the clocks skip in March begins when they have skipped it; of an hour that
        # comes twice in October the first one counts (PEP 495, fold 0).
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


def jitter(key: str, most: timedelta) -> timedelta:
    """A wait from nothing to nearly `most`, the same for the same key, alike to none of another's.

    Machines that all wake at the same second are how filters know machines.
    """
    share = int.from_bytes(sha256(key.encode()).digest()[:4]) / 2**32
    return most * share


def pause(attempts: int, key: str) -> timedelta:
    """How long to leave the delivery to `key` alone after so many attempts (at least 1).

    Up to a tenth longer for some than for others: what was refused together comes apart.
    """
    least = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    return least + jitter(key, least / 10)


def reconnect_after(tries: int) -> timedelta:
    """How long to wait for a server that is out of reach, after so many tries again (from 0)."""
    return min(_RECONNECT_FIRST * (1 << min(tries, 10)), _RECONNECT_MOST)


def retry_at(*, key: str, attempts: int, first_at: datetime, now: datetime) -> datetime | None:
    """When a delivery refused for now may go again; None when it has waited long enough.

    `attempts` counts those already made (at least 1), `first_at` is the time of the first.
    """
    when = now + pause(attempts, key)
    return when if when - first_at <= GIVE_UP_AFTER else None
