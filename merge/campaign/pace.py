"""When to try again, and how many days a campaign takes. Pure arithmetic on times."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from merge.campaign.ports import Limits

BACK_OFF = (
    timedelta(minutes=15),  # greylisting asks for a few minutes, and gets them
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
GIVE_UP_AFTER = timedelta(days=5)  # RFC 5321 §4.5.4.1: at least 4 to 5 days
FAILURES_IN_A_ROW = 5  # connections lost one after the other: the server, not the recipients


def pause(attempts: int) -> timedelta:
    """How long to leave a delivery alone after so many attempts (at least 1)."""
    return BACK_OFF[min(attempts, len(BACK_OFF)) - 1]


def retry_at(*, attempts: int, first_at: datetime, now: datetime) -> datetime | None:
    """When a delivery refused for now may go again; None when it has waited long enough.

    `attempts` counts those already made (at least 1), `first_at` is the time of the first.
    """
    when = now + pause(attempts)
    return when if when - first_at <= GIVE_UP_AFTER else None


def days_for(n: int, limits: Limits) -> int:
    """How many days, at least one, `n` messages take within the account's limits."""
    a_day = min(
        limit
        for limit in (
            limits.per_day,
            limits.per_hour and limits.per_hour * 24,
            limits.per_minute and limits.per_minute * 24 * 60,
            max(n, 1),
        )
        if limit
    )
    return max(1, ceil(n / a_day))
