"""When letters leave, when to try again, and on which days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.campaign.pace import GIVE_UP_AFTER, Allotment, Day, Hours, forecast, retry_at, spread
from merge.ledger.records import QuotaLimits

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)  # a Tuesday
PARIS = ZoneInfo("Europe/Paris")
EVERY_DAY = frozenset(range(7))
OFFICE = Hours(opens=time(8), closes=time(20), days=frozenset(range(5)), zone=PARIS)
NIGHT = Hours(opens=time(22), closes=time(6), days=EVERY_DAY, zone=PARIS)


def paris(*when: int) -> datetime:
    """That time on the clocks of Paris, in UTC: of an hour that comes twice, the first one."""
    return datetime(*when, tzinfo=PARIS).astimezone(UTC)  # type: ignore[misc, arg-type]


# --- trying again ---


@given(attempts=st.integers(1, 50), waited=st.timedeltas(timedelta(0), timedelta(days=10)))
def test_a_retry_is_later_and_never_after_five_days(attempts: int, waited: timedelta) -> None:
    now = FIRST + waited
    when = retry_at(key="35238", attempts=attempts, first_at=FIRST, now=now)
    assert when is None or now < when <= FIRST + GIVE_UP_AFTER
    assert (when is None) or waited < GIVE_UP_AFTER


def test_a_spread_is_the_same_for_a_key_and_another_for_each() -> None:
    waits = [spread(f"{key:05}", timedelta(seconds=10)) for key in range(1000)]
    assert waits == [spread(f"{key:05}", timedelta(seconds=10)) for key in range(1000)]
    assert all(timedelta(0) <= wait < timedelta(seconds=10) for wait in waits)
    assert len(set(waits)) == 1000
    assert 4.5 < mean(wait.total_seconds() for wait in waits) < 5.5


# --- sending hours ---


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        (paris(2026, 11, 24, 12), paris(2026, 11, 24, 12), paris(2026, 11, 24, 20)),
        (paris(2026, 11, 24, 7, 59), paris(2026, 11, 24, 8), None),
        (paris(2026, 11, 24, 8), paris(2026, 11, 24, 8), paris(2026, 11, 24, 20)),
        (paris(2026, 11, 24, 20), paris(2026, 11, 25, 8), None),
        (paris(2026, 11, 27, 20, 1), paris(2026, 11, 30, 8), None),  # Friday night
        (paris(2026, 11, 29, 12), paris(2026, 11, 30, 8), None),  # Sunday
    ],
)
def test_letters_leave_within_the_hours_of_the_days(
    now: datetime, opens: datetime, closes: datetime | None
) -> None:
    assert OFFICE.next_open(now) == opens
    assert OFFICE.closes_at(now) == closes


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        (paris(2026, 11, 24, 23), paris(2026, 11, 24, 23), paris(2026, 11, 25, 6)),
        (paris(2026, 11, 25, 5), paris(2026, 11, 25, 5), paris(2026, 11, 25, 6)),
        (paris(2026, 11, 25, 6), paris(2026, 11, 25, 22), None),
    ],
)
def test_hours_over_midnight(now: datetime, opens: datetime, closes: datetime | None) -> None:
    assert NIGHT.next_open(now) == opens
    assert NIGHT.closes_at(now) == closes


def test_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    friday_night = Hours(opens=time(22), closes=time(6), days=frozenset({4}), zone=PARIS)
    saturday, thursday = paris(2026, 11, 28, 5), paris(2026, 11, 26, 23)
    assert friday_night.next_open(saturday) == saturday
    assert friday_night.next_open(thursday) == paris(2026, 11, 27, 22)


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        # 29 March 2026: 02:00 becomes 03:00. 25 October: 03:00 becomes 02:00.
        ((time(8), time(20)), datetime(2026, 3, 29, 5, 59, tzinfo=UTC), paris(2026, 3, 29, 8)),
        ((time(2, 30), time(8)), datetime(2026, 3, 29, 0, tzinfo=UTC), paris(2026, 3, 29, 3, 30)),
        (
            (time(2, 30), time(8)),
            datetime(2026, 10, 24, 23, tzinfo=UTC),
            paris(2026, 10, 25, 2, 30),
        ),
        ((time(8), time(20)), datetime(2026, 10, 25, 6, 59, tzinfo=UTC), paris(2026, 10, 25, 8)),
    ],
)
def test_the_clocks_may_change_and_the_hours_stay_those_on_the_wall(
    hours: tuple[time, time], now: datetime, opens: datetime
) -> None:
    opening = Hours(opens=hours[0], closes=hours[1], days=EVERY_DAY, zone=PARIS)
    assert opening.next_open(now) == opens


def test_hours_that_the_clocks_skip_are_those_of_the_next_day() -> None:
    skipped = Hours(opens=time(2), closes=time(3), days=EVERY_DAY, zone=PARIS)
    assert skipped.next_open(paris(2026, 3, 29, 1)) == paris(2026, 3, 30, 2)


@pytest.mark.parametrize("day", [22, 23, 27, 29])
def test_hours_of_one_day_that_the_clocks_skip_are_those_of_a_week_later(day: int) -> None:
    skipped = Hours(opens=time(2), closes=time(3), days=frozenset({6}), zone=PARIS)
    noon = paris(2026, 3, day, 12)
    assert skipped.next_open(noon) == paris(2026, 4, 5, 2)
    assert skipped.closes_at(noon) is None


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


# --- the forecast ---


def days(n: int, limits: QuotaLimits, **other: object) -> list[tuple[int, int]]:
    """(day of the month, letters) from Tuesday 24 November 2026 at 10 in Paris on."""
    found = forecast(n, limits, now=FIRST, zone=PARIS, **other)  # type: ignore[arg-type]
    return [(day.date.day, day.letters) for day in found]


@pytest.mark.parametrize(
    ("n", "limits", "expected"),
    [
        (0, QuotaLimits(), []),
        (5000, QuotaLimits(), [(24, 5000)]),
        (300, QuotaLimits(per_day=300), [(24, 300)]),
        (301, QuotaLimits(per_day=300), [(24, 300), (25, 1)]),
        (700, QuotaLimits(per_hour=100, per_day=300), [(24, 300), (25, 300), (26, 100)]),
        (1500, QuotaLimits(per_hour=100), [(24, 1400), (25, 100)]),  # 14 hours are left of today
        (5, QuotaLimits(per_minute=1), [(24, 5)]),
    ],
)
def test_the_days_within_the_limits(
    n: int, limits: QuotaLimits, expected: list[tuple[int, int]]
) -> None:
    assert days(n, limits) == expected


def test_what_left_before_is_not_there_to_be_spent() -> None:
    an_hour_ago = [(FIRST - timedelta(hours=1), 297)]
    assert days(303, QuotaLimits(per_day=300), spent=an_hour_ago) == [(24, 3), (25, 300)]
    two_days_ago = [(FIRST - timedelta(hours=48), 297)]
    assert days(303, QuotaLimits(per_day=300), spent=two_days_ago) == [(24, 300), (25, 3)]


def test_a_receiver_that_takes_less_ends_later_and_keeps_the_others_from_nothing() -> None:
    orange = Allotment(letters=500, limits=QuotaLimits(per_day=200))
    assert days(800, QuotaLimits(), shares=[orange]) == [(24, 500), (25, 200), (26, 100)]
    assert days(800, QuotaLimits(per_day=300), shares=[orange]) == [(24, 300), (25, 300), (26, 200)]
    spent = Allotment(
        letters=1, limits=QuotaLimits(per_day=200), spent=[(FIRST - timedelta(hours=2), 200)]
    )
    assert days(3, QuotaLimits(), shares=[spent]) == [(24, 2), (25, 1)]
    assert days(1, QuotaLimits(), shares=[spent]) == [(25, 1)]
    assert days(500, QuotaLimits(per_day=200), shares=[orange]) == [(24, 200), (25, 200), (26, 100)]


def test_receivers_alternate_and_each_says_its_part_of_a_day() -> None:
    shares = [
        Allotment(letters=600, limits=QuotaLimits(per_day=200)),
        Allotment(letters=100, limits=QuotaLimits()),
    ]
    found = forecast(1000, QuotaLimits(per_day=400), now=FIRST, zone=PARIS, shares=shares)
    assert [(day.letters, *day.shares) for day in found] == [
        (400, 200, 50),  # of the rest, one in four
        (400, 200, 50),
        (200, 200, 0),
    ]


def test_a_limit_that_was_lowered_since_is_no_endless_wait() -> None:
    assert days(1, QuotaLimits(per_day=1), spent=[(FIRST - timedelta(hours=2), 50)]) == [(25, 1)]


def test_within_the_hours_a_day_holds_fewer_and_the_weekend_none() -> None:
    limits = QuotaLimits(per_hour=10)
    assert days(250, limits, hours=OFFICE) == [(24, 100), (25, 120), (26, 30)]
    friday = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)  # 19:30 in Paris
    found = forecast(12, limits, now=friday, zone=PARIS, hours=OFFICE)
    monday = paris(2026, 11, 30, 8)
    assert found == (
        Day(date=date(2026, 11, 27), letters=10, parts=((friday, 10),)),
        Day(date=date(2026, 11, 30), letters=2, parts=((monday, 2),)),
    )


def test_a_day_says_what_leaves_now_and_when_the_rest_goes_on() -> None:
    def parts(n: int, limits: QuotaLimits) -> list[tuple[timedelta, int]]:
        (day,) = forecast(n, limits, now=FIRST, zone=PARIS)
        return [(at - FIRST, letters) for at, letters in day.parts]

    an_hour = timedelta(hours=1)
    assert parts(160, QuotaLimits(per_hour=100)) == [(timedelta(), 100), (an_hour, 60)]
    assert parts(5, QuotaLimits(per_minute=1)) == [(timedelta(), 5)]
    assert parts(4, QuotaLimits(per_minute=1, per_hour=2)) == [(timedelta(), 2), (an_hour, 2)]


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
