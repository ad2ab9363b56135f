"""Killed at any instant: nobody gets two, nobody is lost, and the ledger says what it doubts.

The large ones are `make crash` (ARGS=--tokens). Here they are small, and both controls must fail
all the same.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.promises.crash.candidates import Publipostage, SignedIn, real_login
from tests.promises.crash.controls import MARKS, Control, Marks
from tests.promises.crash.trial import Plan, run
from tests.servers.authorization import AuthorizationDesk

pytest_plugins = ["tests.servers.fixtures"]

SEED = 20261124


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")


def test_kills_at_any_instant_double_nobody_lose_nobody_and_hide_no_doubt(tmp_path: Path) -> None:
    plan = Plan(recipients=120, kills=3, connections=4, seed=SEED)
    figures = run(Publipostage(connections=4), plan, tmp_path)
    assert figures.broken == []
    assert figures.killed >= 3
    assert figures.cut + figures.unanswered > 0  # the server did its worst
    assert figures.sent + figures.unknown == 120


def test_kills_of_a_sender_with_one_connection_leave_no_more_than_one_each_in_doubt(
    tmp_path: Path,
) -> None:
    plan = Plan(recipients=150, kills=4, connections=1, seed=SEED, slowest_ms=8)
    figures = run(Publipostage(connections=1), plan, tmp_path)
    assert figures.broken == []
    assert figures.killed >= 4
    assert figures.sent + figures.unknown == 150


def test_kills_between_tokens_that_end_and_are_refused_double_nobody_and_lose_nobody(
    tmp_path: Path,
    provider: AuthorizationDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", "")  # it is another one afterwards
    provider.lifetime_s = 2
    plan = Plan(
        recipients=90,
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
    assert figures.sent + figures.unknown == 90


@pytest.mark.parametrize("marks", MARKS)
def test_a_sender_that_keeps_a_list_fails_the_same_test(tmp_path: Path, marks: Marks) -> None:
    plan = Plan(recipients=50, kills=4, connections=1, seed=SEED)
    figures = run(Control(marks=marks), plan, tmp_path)
    assert (figures.duplicates > 0, figures.lost > 0) == (marks == "after", marks == "before")
    assert figures.broken
