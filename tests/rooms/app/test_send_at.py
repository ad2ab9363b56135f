"""A sending that is agreed to now, and begins at a time: it waits in its own process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from merge.app import send
from merge.app.send import Sent
from merge.campaign.sender import moment_of
from merge.errors import ExitCode, Misuse
from merge.job import JobState
from tests.desk import NICE, Desk, Y
from tests.sending import LYON, Night, agreed, hourly_looks, jobs, waiting_for_two
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]
__all__ = ["hourly_looks"]

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def desk(tmp_path: Path, fault_server: FaultServer) -> Desk:
    return waiting_for_two(tmp_path, fault_server)


def sent_tomorrow(desk: Desk, night: Night) -> Sent:
    """What comes of a sending that waits a day, with that night."""
    options = send.Options(at=datetime.now(UTC) + timedelta(days=1))
    with send.open(desk.folder, options, watch=night) as job:
        return job.run(agreed(job))


@pytest.mark.usefixtures("hourly_looks")
def test_it_waits_without_the_campaign_in_hand_and_begins_at_its_time(
    desk: Desk, fault_server: FaultServer
) -> None:
    def meanwhile() -> None:
        (job,) = jobs(desk)
        assert (job.state, len(fault_server.accepted)) == (JobState.WAITING, 0)
        desk.ok("import", str(desk.sheet(NICE, Y)))  # nobody holds it

    sent = sent_tomorrow(desk, Night(meanwhile=meanwhile))
    assert (sent.code, sent.run.sent) == (ExitCode.DONE, 2)


@pytest.mark.usefixtures("hourly_looks")
def test_others_than_were_agreed_to_end_it_with_a_want(
    desk: Desk, fault_server: FaultServer
) -> None:
    def one_goes_one_comes() -> None:
        desk.ok("suppress", "nice@example.org", "--reason", "asked")
        desk.ok("import", str(desk.sheet(NICE, Y, LYON)))

    sent = sent_tomorrow(desk, Night(meanwhile=one_goes_one_comes))
    assert (sent.code, [want.facts for want in sent.wants]) == (ExitCode.REFUSED, [{"n": 2}])
    assert not fault_server.accepted


@pytest.mark.usefixtures("hourly_looks")
def test_whoever_wants_no_more_letters_since_keeps_nobody_else_from_theirs(
    desk: Desk, fault_server: FaultServer
) -> None:
    night = Night(meanwhile=lambda: desk.ok("suppress", "nice@example.org", "--reason", "asked"))
    assert sent_tomorrow(desk, night).code is ExitCode.DONE
    assert len(fault_server.accepted) == 1


@pytest.mark.usefixtures("hourly_looks")
def test_a_letter_that_was_changed_since_ends_it_with_a_want_though_it_was_tested_since(
    desk: Desk, fault_server: FaultServer
) -> None:
    def changed() -> None:
        letter = desk.folder / "letter.md"
        letter.write_text(letter.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")
        desk.ok("send", "--test", "me@example.org")

    sent = sent_tomorrow(desk, Night(meanwhile=changed))
    assert (sent.code, [want.facts for want in sent.wants]) == (ExitCode.REFUSED, [{"n": 2}])
    assert len(fault_server.accepted) == 1  # the test


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
