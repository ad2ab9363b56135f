"""A quota holds over campaigns, processes and restarts, in every window."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from merge.campaign.ports import Limits
from merge.ledger.accounts import UNLIMITED, Accounts, Registered
from tests.crash.ledger_hands import NOON, hands


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with closing(Accounts(tmp_path / "user" / "accounts.db")) as opened:
        yield opened


def spend(accounts: Accounts, limits: Limits, n: int = 1, after_s: float = 0) -> bool:
    now = NOON + timedelta(seconds=after_s)
    return accounts.spend("me@host", limits, campaign_id="c", counter=1, n=n, now=now)


def test_an_account_without_limits_has_all_the_room(accounts: Accounts) -> None:
    assert accounts.room("me@host", Limits(), NOON).now == UNLIMITED


def test_what_is_spent_is_gone_until_it_leaves_the_window(accounts: Accounts) -> None:
    limits = Limits(per_hour=3)
    assert spend(accounts, limits, n=2)
    assert spend(accounts, limits, after_s=60)
    assert not spend(accounts, limits, after_s=120)
    room = accounts.room("me@host", limits, NOON + timedelta(seconds=120))
    assert (room.now, room.next_at) == (0, NOON + timedelta(hours=1))
    assert not spend(accounts, limits, after_s=3599)
    assert spend(accounts, limits, n=2, after_s=3600)


def test_the_narrowest_window_decides_and_the_latest_to_free_is_named(accounts: Accounts) -> None:
    limits = Limits(per_minute=2, per_hour=2, per_day=100)
    assert accounts.room("me@host", limits, NOON).now == 2
    spend(accounts, limits, n=2)
    assert accounts.room("me@host", limits, NOON).next_at == NOON + timedelta(hours=1)


def test_a_day_is_any_twenty_four_hours(accounts: Accounts) -> None:
    limits = Limits(per_day=1)
    assert spend(accounts, limits)
    assert not spend(accounts, limits, after_s=24 * 3600 - 1)
    assert spend(accounts, limits, after_s=24 * 3600)


def test_nothing_is_counted_when_there_is_no_room_for_all(accounts: Accounts) -> None:
    limits = Limits(per_hour=3)
    assert not spend(accounts, limits, n=4)
    assert accounts.room("me@host", limits, NOON).now == 3


def test_a_limit_of_nothing_lets_nothing_through_and_still_says_when_to_ask(
    accounts: Accounts,
) -> None:
    room = accounts.room("me@host", Limits(per_minute=0), NOON)
    assert (room.now, room.next_at) == (0, NOON + timedelta(minutes=1))


def test_accounts_do_not_share_their_quota(accounts: Accounts) -> None:
    spend(accounts, Limits(per_hour=1))
    assert accounts.room("other@host", Limits(per_hour=1), NOON).now == 1


def test_a_quota_survives_a_restart(accounts: Accounts) -> None:
    spend(accounts, Limits(per_hour=5), n=4)
    with closing(Accounts(accounts.path)) as again:
        assert again.room("me@host", Limits(per_hour=5), NOON).now == 1
        assert again.install_id == accounts.install_id


def test_those_who_come_first_at_once_all_find_it_open(tmp_path: Path) -> None:
    """SQLite refuses a switch to WAL at once, without its busy timeout, while others open."""
    for again in range(6):
        opened = [Accounts(tmp_path / str(again) / "accounts.db") for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            ids = set(pool.map(lambda one: one.install_id, opened))
        for one in opened:
            one.close()
        assert len(ids) == 1


def test_two_processes_never_spend_the_same_room(accounts: Accounts, tmp_path: Path) -> None:
    with ExitStack() as stack:
        children = [
            stack.enter_context(hands("spend", tmp_path, accounts)) for _campaign in range(3)
        ]
        for child in children:
            child.says("ready")
        for child in children:
            assert child.process.stdin is not None
            child.process.stdin.write("\n")
            child.process.stdin.flush()
        assert sum(int(child.rest()[0]) for child in children) == 40


def test_a_spent_send_is_forgotten_once_no_window_can_see_it(accounts: Accounts) -> None:
    spend(accounts, Limits(per_day=5), n=2)
    spend(accounts, Limits(per_day=5), after_s=3 * 24 * 3600)
    with closing(sqlite3.connect(accounts.path)) as handle:
        assert handle.execute("SELECT n FROM spent").fetchall() == [(1,)]


def test_the_highest_counter_is_remembered(accounts: Accounts) -> None:
    accounts.register("c", Registered(path="/somewhere/ledger.db", inode="7", counter=3))
    accounts.witness("c", 5)
    accounts.witness("c", 4)
    accounts.witness("never-seen", 9)
    known = accounts.registered("c")
    assert known is not None
    assert known.counter == 5
    assert accounts.registered("never-seen") is None


def test_spending_witnesses_the_counter(accounts: Accounts) -> None:
    accounts.register("c", Registered(path="/somewhere/ledger.db", inode="7", counter=0))
    spend(accounts, Limits())
    known = accounts.registered("c")
    assert known is not None
    assert known.counter == 1


def test_accounts_are_private(accounts: Accounts) -> None:
    spend(accounts, Limits())
    assert accounts.path.parent.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in accounts.path.parent.iterdir()} == {0o600}
