"""When letters leave, when to try again, and on which days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from statistics import mean
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from merge.campaign.forecast import Allotment, forecast
from merge.campaign.pace import GIVE_UP_AFTER, Hours, jitter, retry_at
from merge.ledger.records import QuotaLimits
from tests.facts import wrong

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday
PARIS = ZoneInfo("Europe/Paris")
FACTS = Path(__file__).with_suffix(".txt")


@given(attempts=st.integers(1, 50), waited=st.timedeltas(timedelta(0), timedelta(days=10)))
def test_a_retry_is_later_and_never_after_five_days(attempts: int, waited: timedelta) -> None:
    now = FIRST + waited
    when = retry_at(key="35238", attempts=attempts, first_at=FIRST, now=now)
    assert when is None or now < when <= FIRST + GIVE_UP_AFTER
    assert (when is None) or waited < GIVE_UP_AFTER


def test_a_spread_is_the_same_for_a_key_and_another_for_each() -> None:
    waits = [jitter(f"{key:05}", timedelta(seconds=10)) for key in range(1000)]
    assert waits == [jitter(f"{key:05}", timedelta(seconds=10)) for key in range(1000)]
    assert all(timedelta(0) <= wait < timedelta(seconds=10) for wait in waits)
    assert len(set(waits)) == 1000
    assert 4.5 < mean(wait.total_seconds() for wait in waits) < 5.5


def hours_of(span: str, days: str) -> Hours:
    """As "08:00-20:00" and "1-5", of which 1 is Monday; in Paris."""
    opens, closes = map(time.fromisoformat, span.split("-"))
    first, _, last = days.partition("-")
    those = frozenset(range(int(first) - 1, int(last or first)))
    return Hours(opens=opens, closes=closes, days=those, zone=PARIS)


def clock(moment: datetime | None) -> str:
    """By the clocks of Paris."""
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M%z}" if moment else "closed"


def opening(span: str, days: str, now: str) -> tuple[str, str]:
    hours, moment = hours_of(span, days), datetime.fromisoformat(now)
    return clock(hours.next_open(moment)), clock(hours.closes_at(moment))


def test_letters_leave_within_the_hours() -> None:
    assert wrong(FACTS, "hours", opening) == []


HOURS = st.builds(
    Hours,
    opens=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    closes=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    zone=st.sampled_from([PARIS, ZoneInfo("America/Martinique"), ZoneInfo("Pacific/Noumea"), UTC]),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(hours=HOURS, now=MOMENTS)
def test_there_is_always_a_next_moment_and_it_lies_in_the_hours(
    hours: Hours, now: datetime
) -> None:
    opens = hours.next_open(now)
    closes = hours.closes_at(opens)
    assert now <= opens < now + timedelta(days=15)
    assert closes is not None
    assert opens < closes <= opens + timedelta(hours=25)
    assert hours.next_open(opens) == opens
    assert (hours.closes_at(now) is None) == (opens > now)


def limits_of(said: str) -> QuotaLimits:
    """As "day 300 hour 100"."""
    names, most = said.split()[::2], map(int, said.split()[1::2])
    found = QuotaLimits()
    for name, n in zip(names, most, strict=True):
        found = replace(found, **{f"per_{name}": n})  # type: ignore[arg-type] # by its name
    return found


def spent(said: str) -> list[tuple[datetime, int]]:
    """As "297 1h before"."""
    words = said.split()
    return [(FIRST - timedelta(hours=int(words[1][:-1])), int(words[0]))] if words else []


def share(letters: str, limits: str = "", before: str = "") -> Allotment:
    return Allotment(letters=int(letters), limits=limits_of(limits), spent=spent(before))


def days(limits: str, n: str, before: str = "", *shares: str) -> str:
    """Days of the month, each with its letters and those of each receiver with a share."""
    found = forecast(
        int(n),
        limits_of(limits),
        now=FIRST,
        zone=PARIS,
        spent=spent(before),
        shares=[share(*one.split(", ")) for one in shares],
    )
    of = [" + ".join(map(str, (day.letters - sum(day.shares), *day.shares))) for day in found]
    return ", ".join(f"{day.date.day}: {each}" for day, each in zip(found, of, strict=True))


def parts(limits: str, n: str, span: str, weekdays: str, now: str) -> str:
    """When so many leave, on each day."""
    hours = hours_of(span, weekdays) if span else None
    moment = datetime.fromisoformat(now)
    found = forecast(int(n), limits_of(limits), now=moment, zone=PARIS, hours=hours)
    assert all(sum(n for _at, n in day.parts) == day.letters for day in found)
    return ", ".join(
        f"{at.astimezone(PARIS):%d %H:%M} {letters}" for day in found for at, letters in day.parts
    )


def test_days_and_hours_hold_what_the_limits_let_leave() -> None:
    assert wrong(FACTS, "days", days) + wrong(FACTS, "parts of days", parts) == []


@given(
    n=st.integers(0, 400),
    per_hour=st.integers(1, 50),
    per_day=st.integers(1, 100),
    spent=st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(days=2)), st.integers(1, 9))),
)
def test_every_letter_leaves_and_no_day_holds_more_than_it_may(
    n: int, per_hour: int, per_day: int, spent: list[tuple[timedelta, int]]
) -> None:
    found = forecast(
        n,
        QuotaLimits(per_hour=per_hour, per_day=per_day),
        now=FIRST,
        zone=PARIS,
        spent=[(FIRST - ago, count) for ago, count in spent],
    )
    assert sum(day.letters for day in found) == n
    # A rolling day that begins at noon is over at noon: two of them touch one date.
    assert all(0 < day.letters <= 2 * per_day for day in found)
    assert [day.date for day in found] == sorted({day.date for day in found})
