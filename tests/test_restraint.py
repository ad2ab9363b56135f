"""When a run stops by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from merge.campaign.restraint import bounce_alarm, calm_at, first_batch

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


@pytest.mark.parametrize(
    ("sent_before", "goes"), [(0, 10), (1, 9), (9, 1), (10, None), (11, None), (5000, None)]
)
def test_ten_letters_go_before_someone_looks(sent_before: int, goes: int | None) -> None:
    assert first_batch(sent_before) == goes


def test_fifteen_bounces_in_an_hour_are_an_alarm_and_fourteen_are_none() -> None:
    assert bounce_alarm(ago(*range(15)), sent=10_000, now=NOW) == "bounces-in-an-hour"
    assert bounce_alarm(ago(*range(14)), sent=10_000, now=NOW) == ""
    assert bounce_alarm(ago(*range(14), 60), sent=10_000, now=NOW) == ""


@pytest.mark.parametrize(
    ("bounces", "sent", "alarm"),
    [
        (2, 40, "bounces-of-all"),
        (2, 41, ""),
        (1, 20, ""),
        (14, 39, ""),
        (5, 100, "bounces-of-all"),
        (4, 99, ""),
    ],
)
def test_one_in_twenty_is_an_alarm_once_forty_have_left(
    bounces: int, sent: int, alarm: str
) -> None:
    assert bounce_alarm(ago(*([500.0] * bounces)), sent=sent, now=NOW) == alarm


def test_the_alarm_of_the_hour_ends_when_it_says() -> None:
    bounced = ago(*range(0, 40, 2))
    calm = calm_at(bounced)
    assert calm is not None
    assert bounce_alarm(bounced, sent=10_000, now=calm) == ""
    just_before = calm - timedelta(seconds=1)
    assert bounce_alarm(bounced, sent=10_000, now=just_before) == "bounces-in-an-hour"
    assert calm_at(bounced[:14]) is None
