"""Put to sleep, lied to about the time, copied: nobody gets two."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.promises.crash.candidates import SEND, Publipostage
from tests.promises.crash.clock import lying_clock
from tests.servers.ports import PATIENCE_S
from tests.servers.sink import Faults, Sink, sink

A_MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")


def addresses(n: int) -> list[str]:
    return [f"mairie-{number}@example.org" for number in range(1, n + 1)]


def arrived(server: Sink) -> Counter[str]:
    return Counter(event.to for event in server.events if event.what == "accepted")


@contextmanager
def sending(campaign: Publipostage) -> Iterator[subprocess.Popen[str]]:
    """The program at work in a process of its own."""
    with subprocess.Popen(
        campaign.command(0), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("asleep_at", ["354", "body", "dot"])
def test_a_laptop_that_sleeps_longer_than_the_server_waits_doubles_nobody(
    tmp_path: Path, asleep_at: str
) -> None:
    campaign, everyone = Publipostage(connections=1), addresses(4)
    with sink(Faults(hold=asleep_at)) as server:
        campaign.prepare(tmp_path, everyone, server.port)
        with sending(campaign) as process:
            assert server.wait_for(lambda: server.count("holding") == 1)
            process.send_signal(signal.SIGSTOP)  # the lid is closed
            server.release("give-up")
            # Another client comes and goes: by then the server has hung up on the sleeper.
            with server.one_more_client():
                pass
            process.send_signal(signal.SIGCONT)
            process.communicate(timeout=PATIENCE_S)
        assert campaign.finish(0)
        times = arrived(server)
    standing = campaign.standing()
    assert max(times.values()) == 1
    assert all(times[each] == 1 for each in everyone if standing[each] == "sent")
    assert set(standing.values()) <= {"sent", "unknown"}
    assert Counter(standing.values())["unknown"] <= 1
    if asleep_at == "dot":  # its answer was there when the laptop woke up
        assert set(standing.values()) == {"sent"}


def test_a_clock_that_jumps_by_a_month_to_and_fro_doubles_nobody(tmp_path: Path) -> None:
    campaign, everyone = Publipostage(connections=2), addresses(25)
    with sink() as server:
        campaign.prepare(tmp_path, everyone, server.port)
        for jump in (A_MONTH, -A_MONTH):
            with lying_clock(jump=jump):
                Desk(campaign.folder).ok(*SEND)
        assert arrived(server) == dict.fromkeys(everyone, 1)
    assert set(campaign.standing().values()) == {"sent"}


def test_a_copied_or_restored_folder_sends_nothing(tmp_path: Path) -> None:
    campaign, everyone = Publipostage(connections=1), addresses(6)
    copy = tmp_path / "copy"
    with sink(Faults(hold="dot")) as server:
        campaign.prepare(tmp_path, everyone, server.port)
        with sending(campaign) as process:
            assert server.wait_for(lambda: server.count("holding") == 1)
            shutil.copytree(campaign.folder, copy)  # in the middle of a message
            said = Desk(copy).run(*SEND)
            assert (said.code, server.count("accepted")) == (3, 1), said.err
            assert "copied" in said.err
            server.release("go")
            process.communicate(timeout=PATIENCE_S)
        # The old copy takes the place of the folder that went on meanwhile.
        shutil.rmtree(campaign.folder)
        shutil.copytree(copy, campaign.folder)
        said = Desk(campaign.folder).run(*SEND)
        assert said.code == 3, said.err
        assert arrived(server) == dict.fromkeys(everyone, 1)
