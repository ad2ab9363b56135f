"""Days and moments: when a typed time is, and on which days so many letters leave.

All times are aware.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from merge.campaign.pace import PACING_AT_MOST, Hours
from merge.errors import Misuse
from merge.ledger.records import QuotaLimits

_FORMS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M")


def moment_of(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When a day and a time are by the clocks of this zone; a time alone is the next one. In UTC.

    Misuse("value-unfit") also for a time that is past, and for one that the clocks leave out or
    repeat when they are changed.
    """
    here, text = now.astimezone(zone), " ".join(typed.replace("T", " ").split())
    today, tomorrow = (f"{here.date() + timedelta(days=n)} {text}" for n in (0, 1))
    found = _read(today)
    if found and found <= here.replace(tzinfo=None):
        found = _read(tomorrow)
    found = found or next(filter(None, (_read(text, form) for form in _FORMS)), None)
    if found and here.replace(tzinfo=None) < found and found.year <= here.year + 1:
        moment, second = (found.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
        # Not while the clocks are put forward or back.
        if moment.astimezone(zone).replace(tzinfo=None) == found and moment == second:
            return moment
    raise Misuse("value-unfit", value=typed, example=f"{tomorrow[:10]} 09:00, 09:00")


def _read(text: str, form: str = _FORMS[0]) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, form)
    return None


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
