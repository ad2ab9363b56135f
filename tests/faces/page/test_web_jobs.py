"""What takes long runs in a process of its own: waited for, or followed by its row."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app import following, opening, overview, send
from merge.app.leaving import Sent
from merge.app.running import Clock
from merge.errors import ExitCode, Misuse, SettingsError, Stopped
from merge.job import Consent, JobState
from merge.model import Status
from merge.web import jobs, work
from merge.web.child import function_at
from merge.web.jobs import Jobs
from merge.words import speaking
from merge.words.language import decimal
from merge.words.troubles import explain
from tests.desk import Desk
from tests.sending import with_account
from tests.servers.capture import CaptureServer
from tests.servers.ports import PATIENCE_S, until

pytest_plugins = ["tests.servers.fixtures"]

SERVER = """
import asyncio, sys
from pathlib import Path
from merge.app.send import Options
from merge.web import work
from merge.web.jobs import Jobs
from tests.desk import Desk
from tests.faces.page.test_web_jobs import untested
folder = Path(sys.argv[1])
consents = untested(Desk(folder), 250)
print(asyncio.run(Jobs().start(work.send, folder, Options(), consents)), flush=True)
sys.stdin.read()
"""


def untested(desk: Desk, n: int) -> list[Consent]:
    """A person's yes to n letters that nobody has tried out."""
    with send.open(desk.folder, send.Options()) as job:
        job.refresh()
        return [want.agreed() for want in job.plan().wants] + [
            Consent(code="letters", facts={"n": n})
        ]


def begun(desk: Desk, n: int, options: send.Options | None = None) -> int:
    """The number of a sending that goes on by itself."""
    given = options or send.Options()
    number = asyncio.run(Jobs().start(work.send, desk.folder, given, untested(desk, n)))
    assert isinstance(number, int)
    return number


def pid_of(desk: Desk) -> int:
    """The process that sends, by the name of the lock that it holds."""
    (lock,) = (desk.folder / "locks").glob("send-*.lock")
    return int(lock.name.split("-")[1])


def over(desk: Desk) -> following.FollowedJob:
    """The last sending, when it has ended."""
    until(lambda: (found := desk.reads(following.last_sending)) and not found.goes_on)
    seen = desk.reads(following.last_sending)
    assert seen is not None
    return seen


@pytest.fixture
def alone(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


def test_what_is_called_runs_elsewhere_and_its_value_comes_back(alone: Desk) -> None:
    seen = asyncio.run(Jobs().call(overview.status, alone.folder, opening.now()))
    assert (seen.name, seen.counts.recipients) == ("Pas de VSA", 0)


def test_it_speaks_the_language_that_is_spoken_here() -> None:
    with speaking("fr"):
        assert asyncio.run(Jobs().call(explain, Misuse("nobody-yet"))).startswith("Cette campagne")


def test_its_trouble_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        asyncio.run(Jobs().call(overview.status, tmp_path, opening.now()))
    assert caught.value.code == "no-campaign"


def test_what_nobody_foresaw_is_told_with_its_kind_and_place() -> None:
    with pytest.raises(jobs.WorkFailed) as caught:
        asyncio.run(Jobs().call(decimal, "one"))  # type: ignore[arg-type] # on purpose
    assert caught.value.kind == "ValueError"
    assert "language.py" in caught.value.said


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LIMIT_S", 0.5)
    a_day_later = opening.now() + timedelta(days=1)
    with pytest.raises(Stopped) as caught:
        asyncio.run(Jobs().call(Clock.wait_until, Clock(), a_day_later))
    assert caught.value.code == "work-too-long"


def test_a_job_is_never_called_too_long_while_it_goes_on_to_send(
    many: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LIMIT_S", 0.001)  # no process starts as fast
    number = begun(many, 3, send.Options(limit=3))
    assert over(many).record.number == number
    assert len(capture_server.messages) == 3


def test_what_only_looks_ends_with_the_server_and_with_whoever_waits() -> None:
    those = Jobs()
    a_day_later = opening.now() + timedelta(days=1)

    async def begun() -> asyncio.Task[None]:
        looking = asyncio.create_task(those.look(Clock.wait_until, Clock(), a_day_later))
        while not those._looking:
            await asyncio.sleep(0)
        return looking

    async def ended() -> None:
        await begun()
        await those.finish()
        looking = await begun()
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking

    asyncio.run(ended())
    assert not those._looking


def test_a_tab_that_is_closed_ends_nothing(many: Desk, capture_server: CaptureServer) -> None:
    async def closed_at_once() -> None:
        those = Jobs()
        options, consents = send.Options(limit=3), untested(many, 3)
        asking = asyncio.create_task(those.start(work.send, many.folder, options, consents))
        await asyncio.sleep(0)  # it is asked
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await those.finish()

    asyncio.run(closed_at_once())
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 3


def test_a_job_begins_while_all_turns_are_taken(many: Desk, capture_server: CaptureServer) -> None:
    a_day_later = opening.now() + timedelta(days=1)

    async def begun_behind_slow_ones() -> None:
        those = Jobs()
        slow = [
            asyncio.create_task(those.look(Clock.wait_until, Clock(), a_day_later))
            for _ in range(jobs.AT_ONCE)
        ]
        while not those._turns.locked():
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE_S):
            await those.start(work.send, many.folder, send.Options(limit=3), untested(many, 3))
        assert not any(each.done() for each in slow)
        await those.finish()
        await asyncio.gather(*slow, return_exceptions=True)

    asyncio.run(begun_behind_slow_ones())
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 3


@pytest.mark.parametrize("name", ["os:getcwd", "mergers:x", "merge:errors.Trouble"])
def test_no_code_but_the_house_s_is_run_by_name(name: str) -> None:
    with pytest.raises(LookupError):
        function_at(name)


def test_a_job_that_is_refused_says_so_to_whoever_began_it(many: Desk) -> None:
    sent = asyncio.run(Jobs().start(work.send, many.folder, send.Options(), []))
    assert isinstance(sent, Sent)
    assert (sent.code, [want.code for want in sent.wants]) == (
        ExitCode.REFUSED, ["letter-untested"],
    )  # fmt: skip
    assert many.reads(following.last_sending) is None


def test_a_job_outlives_a_server_that_is_killed_and_its_terminal(
    many: Desk, capture_server: CaptureServer
) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(many.folder)],
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdout is not None
        assert int(server.stdout.readline())
        os.killpg(server.pid, signal.SIGKILL)
    assert over(many).counts.email[Status.SENT] == len(capture_server.messages) == 250


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_logout_ends_a_job_after_the_message_in_hand(
    many: Desk, capture_server: CaptureServer, number: signal.Signals
) -> None:
    with_account(many, "per_minute = 20")
    begun(many, 250)
    assert capture_server.wait_for(20)
    os.kill(pid_of(many), number)
    seen = over(many)
    assert (seen.record.state, seen.record.exit_code) == (JobState.ENDED, 130)
    assert not seen.counts.email[Status.UNKNOWN]


def test_of_a_job_that_was_killed_again_and_again_the_rest_is_counted_and_taken_up(
    many: Desk, capture_server: CaptureServer
) -> None:
    left = 250
    for n in (20, 60):
        begun(many, left)
        assert capture_server.wait_for(n)
        os.kill(pid_of(many), signal.SIGKILL)
        seen = over(many)
        assert seen.record.state is JobState.KILLED
        assert seen.sending is not None
        left = seen.sending.left
        assert left == seen.counts.email[Status.QUEUED]
    begun(many, left)
    counts = over(many).counts
    assert counts.email[Status.SENT] + counts.email[Status.UNKNOWN] == 250
    names = [message.recipients for message in capture_server.messages]
    assert len(names) == len(set(names))
    assert counts.email[Status.UNKNOWN] <= 2
