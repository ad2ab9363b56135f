"""A sending that is agreed to now, and begins at a time: it waits in its own process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from merge.campaign.forecast import moment_of
from merge.errors import Misuse
from tests.desk import Desk
from tests.sending import jobs, waiting_for_two
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def desk(tmp_path: Path, fault_server: FaultServer) -> Desk:
    return waiting_for_two(tmp_path, fault_server)


def test_a_time_that_is_none_or_past_is_refused(desk: Desk) -> None:
    typed = ("soon", "2026-02-30 09:00", "25:00", "2020-01-01 09:00")
    words = [("--at", "09:00"), *(("--really", "--at", when) for when in typed)]
    assert [desk.run("send", *each).code for each in words] == [2] * 5
    assert not jobs(desk)


def test_a_time_alone_is_the_next_one_by_the_clocks_of_the_campaign() -> None:
    now = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)  # 10:30 in Paris
    assert moment_of("10:45", PARIS, now) == datetime(2026, 11, 29, 9, 45, tzinfo=UTC)
    assert moment_of("10:30", PARIS, now).day == 30
    for typed in ("01/12/2026 09:00", "2026-12-01T09:00", " 2026-12-01  09:00 "):
        assert moment_of(typed, PARIS, now) == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_no_moment_is_made_of_an_hour_that_is_not_one() -> None:
    for typed, now in (
        ("2026-03-29 02:30", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-10-25 02:45", datetime(2026, 10, 1, tzinfo=UTC)),
        ("02:45", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("1900-01-01 09:00", datetime(2026, 10, 1, tzinfo=UTC)),
        ("0001-01-01 00:00", datetime(2026, 10, 1, tzinfo=UTC)),
        ("9999-12-31 23:59", datetime(2026, 10, 1, tzinfo=UTC)),
    ):
        with pytest.raises(Misuse, match="value-unfit"):
            moment_of(typed, PARIS, now)
