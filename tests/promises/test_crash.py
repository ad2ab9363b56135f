"""Killed, put to sleep, lied to about the time, copied: nobody gets two, nobody is lost.

The large ones are `make crash` (ARGS=--tokens) and `make crash-many`. Here they are small, and both
controls must fail all the same.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.needs import need
from tests.promises.crash.candidates import SEND, Control, Publipostage, SignedIn, real_login
from tests.promises.crash.clock import lying_clock
from tests.promises.crash.many import LOSSES, lose, prove
from tests.promises.crash.trial import Plan, run
from tests.servers import postgres
from tests.servers.authorization import AuthorizationDesk
from tests.servers.sink import Faults, Sink, sink

pytest_plugins = ["tests.servers.fixtures"]

SEED = 20261124
PATIENCE_S = 60
A_MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")


def addresses(n: int) -> list[str]:
    return [f"mairie-{number}@example.org" for number in range(1, n + 1)]


def arrived(server: Sink) -> Counter[str]:
    return Counter(event.to for event in server.events if event.what == "accepted")


# --- kills ---------------------------------------------------------------------------------------


def test_kills_at_any_instant_double_nobody_lose_nobody_and_hide_no_doubt(tmp_path: Path) -> None:
    plan = Plan(recipients=120, kills=3, connections=4, seed=SEED)
    figures = run(Publipostage(connections=4), plan, tmp_path)
    assert figures.broken == []
    assert figures.killed >= 3
    assert figures.cut + figures.unanswered > 0  # the server did its worst
    assert figures.sent + figures.unknown == 120


def test_machines_that_share_nothing_but_a_database_double_nobody_and_lose_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(not postgres.missing(), postgres.missing(), " ".join(postgres.APT_PACKAGES))
    for name in ("PUBLIPOSTAGE_HOME", "PUBLIPOSTAGE_DATABASE", "PYTHONPATH"):
        monkeypatch.setenv(name, "")  # they are others afterwards
    plan = Plan(recipients=200, kills=4, connections=2, seed=SEED, senders=3, workers=2)
    machines, figures = prove(plan, 1, 150, tmp_path)
    assert figures.broken == []
    assert (machines.restarted, machines.cut) == (1, 3)
    assert 0 < machines.granted <= 150
    assert figures.sent + figures.unknown == 200


@pytest.mark.parametrize("what", LOSSES)
def test_nobody_gets_a_second_letter_from_a_server_that_has_lost_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    need(not postgres.missing(), postgres.missing(), " ".join(postgres.APT_PACKAGES))
    for name in ("PUBLIPOSTAGE_HOME", "PUBLIPOSTAGE_DATABASE", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
    plan = Plan(recipients=100, kills=0, connections=2, seed=SEED, senders=3)
    codes, copies = lose(LOSSES[what], plan, tmp_path)
    assert (codes, copies) == ([3, 3, 3], 0)


def test_kills_of_a_sender_with_one_connection_leave_no_more_than_one_each_in_doubt(
    tmp_path: Path,
) -> None:
    plan = Plan(recipients=400, kills=4, connections=1, seed=SEED, slowest_ms=8)
    figures = run(Publipostage(connections=1), plan, tmp_path)
    assert figures.broken == []
    assert figures.killed >= 4
    assert figures.sent + figures.unknown == 400


def test_kills_between_tokens_that_end_and_are_refused_double_nobody_and_lose_nobody(
    tmp_path: Path,
    provider: AuthorizationDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", "")  # it is another one afterwards
    provider.lifetime_s = 2
    plan = Plan(
        recipients=150,
        kills=3,
        connections=4,
        seed=SEED,
        tokens=provider.introspection,
        log_out=0.02,
    )
    with real_login(provider) as dovecot:
        if dovecot:
            plan = replace(plan, login_port=dovecot.smtp_port, login_ca=str(dovecot.ca_file))
        campaign = SignedIn(connections=4, provider=provider, revoked_at=4, dovecot=dovecot)
        figures = run(campaign, plan, tmp_path)
        assert not dovecot or dovecot.copies == figures.sent
    assert figures.broken == []
    assert figures.killed >= 3
    assert figures.logged_out > 5
    assert campaign.sign_ins > 1  # it was taken back, and given again
    assert figures.sent + figures.unknown == 150


@pytest.mark.parametrize("marks", ["after", "before"])
def test_a_sender_that_keeps_a_list_fails_the_same_test(tmp_path: Path, marks: str) -> None:
    plan = Plan(recipients=80, kills=4, connections=1, seed=SEED)
    figures = run(Control(marks=marks), plan, tmp_path)  # type: ignore[arg-type] # one of both
    assert (figures.duplicates > 0, figures.lost > 0) == (marks == "after", marks == "before")
    assert figures.broken


# --- sleep, time, copies -------------------------------------------------------------------------


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
            assert server.wait_for(lambda: server.count("holding") == 1, PATIENCE_S)
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
            assert server.wait_for(lambda: server.count("holding") == 1, PATIENCE_S)
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
