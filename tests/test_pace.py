"""When to try again, and how many days it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.campaign.pace import GIVE_UP_AFTER, days_for, retry_at
from merge.campaign.ports import Limits

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)


@given(attempts=st.integers(1, 50), waited=st.timedeltas(timedelta(0), timedelta(days=10)))
def test_a_retry_is_later_and_never_after_five_days(attempts: int, waited: timedelta) -> None:
    now = FIRST + waited
    when = retry_at(attempts=attempts, first_at=FIRST, now=now)
    assert when is None or now < when <= FIRST + GIVE_UP_AFTER
    assert (when is None) or waited < GIVE_UP_AFTER


def test_the_pauses_grow() -> None:
    pauses = [retry_at(attempts=n, first_at=FIRST, now=FIRST) for n in range(1, 6)]
    assert all(pauses)
    assert pauses == sorted(pauses, key=lambda when: when or FIRST)


@pytest.mark.parametrize(
    ("n", "limits", "days"),
    [
        (0, Limits(), 1),
        (300, Limits(per_day=300), 1),
        (301, Limits(per_day=300), 2),
        (35_000, Limits(per_hour=100, per_day=300), 117),
        (4_800, Limits(per_hour=100), 2),
        (5, Limits(per_minute=1), 1),
    ],
)
def test_days_within_the_limits(n: int, limits: Limits, days: int) -> None:
    assert days_for(n, limits) == days
