"""When letters may leave, when to try again, how many days it takes. Pure arithmetic on times.

All times are aware. Only sending hours know a time zone; everything else counts seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from merge.ledger.records import QuotaLimits

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How many letters leave on one day; `shares` are those of each `Allotment` among them.

    `parts` are those that leave without a pause of more than PACING_AT_MOST: from when on, and how
    many.
    """

    date: date
    letters: int
    shares: Sequence[int] = ()
    parts: Sequence[tuple[datetime, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allotment:
    """Of the letters that are to leave, those to one receiver with limits of its own."""

    letters: int
    limits: QuotaLimits
    spent: Sequence[tuple[datetime, int]] = ()


def forecast(
    n: int,
    limits: QuotaLimits,
    *,
    now: datetime,
    zone: ZoneInfo,
    hours: Hours | None = None,
    spent: Sequence[tuple[datetime, int]] = (),
    shares: Sequence[Allotment] = (),
) -> tuple[Day, ...]:
    """On which days `n` letters leave, those without any left out; () when there are none.

    `spent` is what left before: (when, how many); the `shares` are part of `n`. QuotaLimits are at
    least 1. It takes for granted that nobody else spends the account's quota, that the server is
    fast, that the command runs whenever letters may leave, and that receivers alternate as the
    order of a sending has them.
    """
    windows = _windows(limits, spent)
    others = n - sum(share.letters for share in shares)
    left = [*(share.letters for share in shares), others]
    own: list[list[_Window]] = [*(_windows(each.limits, each.spent) for each in shares), []]
    leaving: dict[date, list[int]] = {}
    parts: dict[date, list[tuple[datetime, int]]] = {}
    last = now
    at = now
    while any(left):
        if hours is not None:
            at = hours.next_open(at)
        if full := _full(windows, at):
            at = full
            continue
        until = {i: _full(own[i], at) for i, letters in enumerate(left) if letters}
        free = [i for i, full in until.items() if full is None]
        if not free:
            at = min(full for full in until.values() if full)
            continue
        day = at.astimezone(zone).date()
        today, before = leaving.setdefault(day, [0] * len(left)), sum(left)
        rest = sum(left[i] for i in free)
        room = min([rest, *(window.room for window in windows)])
        for i in free:
            even = round(room * left[i] / rest)  # of the last one: all the room there still is
            rest -= left[i]
            going = min([even, left[i], *(window.room for window in own[i])])
            room -= going
            for window in (*windows, *own[i]):
                window.take(at, going)
            today[i] += going
            left[i] -= going
        so_far, n = parts.setdefault(day, []), before - sum(left)
        if so_far and at - last <= PACING_AT_MOST:
            begun, some = so_far.pop()
            so_far.append((begun, some + n))
        else:
            so_far.append((at, n))
        last = at
    return tuple(
        Day(
            date=day,
            letters=sum(by_share),
            shares=tuple(by_share[:-1]),
            parts=tuple(parts[day]),
        )
        for day, by_share in sorted(leaving.items())
    )


def _windows(limits: QuotaLimits, spent: Sequence[tuple[datetime, int]]) -> list[_Window]:
    return [_Window(length, limit, spent) for length, limit in limits.windows()]


def _full(windows: Sequence[_Window], at: datetime) -> datetime | None:
    """When all of them have room again; None while they have."""
    return max((frees for each in windows if (frees := each.frees_at(at))), default=None)


class _Window:
    """A limit over any span of one length: a send leaves it exactly that long after."""

    def __init__(
        self, length: timedelta, limit: int, spent: Sequence[tuple[datetime, int]]
    ) -> None:
        self._length = length
        self._limit = limit
        self._log = deque(sorted(spent))
        self._used = sum(n for _at, n in spent)

    @property
    def room(self) -> int:
        """How many may go at the moment that was asked about last."""
        return self._limit - self._used

    def frees_at(self, now: datetime) -> datetime | None:
        """When one of what fills it leaves it; None while it has room."""
        while self._log and self._log[0][0] + self._length <= now:
            self._used -= self._log.popleft()[1]
        return None if self.room > 0 else self._log[0][0] + self._length

    def take(self, at: datetime, n: int) -> None:
        """So many leave now."""
        self._log.append((at, n))
        self._used += n


def spread(key: str, most: timedelta) -> timedelta:
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
    return least + spread(key, least / 10)


def reconnect_after(tries: int) -> timedelta:
    """How long to wait for a server that is out of reach, after so many tries again (from 0)."""
    return min(_RECONNECT_FIRST * (1 << min(tries, 10)), _RECONNECT_MOST)


def retry_at(*, key: str, attempts: int, first_at: datetime, now: datetime) -> datetime | None:
    """When a delivery refused for now may go again; None when it has waited long enough.

    `attempts` counts those already made (at least 1), `first_at` is the time of the first.
    """
    when = now + pause(attempts, key)
    return when if when - first_at <= GIVE_UP_AFTER else None
