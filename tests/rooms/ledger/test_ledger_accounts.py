"""A quota holds over campaigns, processes and restarts, in every window."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merge.ledger.accounts import Accounts, Registered
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.quota import UNLIMITED
from merge.ledger.records import QuotaLeft, QuotaLimits
from tests.both import in_files, on_each_database, shared_place, sql
from tests.mailboxes import SPAM, came_back
from tests.promises.crash.ledger_hands import NOON, hands

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with closing(Accounts(tmp_path / "user" / "accounts.db")) as opened:
        yield opened


def spend(accounts: Accounts, limits: QuotaLimits, n: int = 1, after_s: float = 0) -> int:
    now = NOON + timedelta(seconds=after_s)
    to = [""] * n
    return sum(accounts.spend("me@host", limits, campaign_id="c", counter=1, to=to, now=now))


def test_an_account_without_limits_has_all_the_room(accounts: Accounts) -> None:
    assert accounts.quota_left("me@host", QuotaLimits(), NOON).now == UNLIMITED


def test_what_dns_said_is_forgotten_after_a_day(accounts: Accounts) -> None:
    said = {("example.org", "MAIL"): ("found", ("mx.example.org",))}
    accounts.dns_answers.keep(said, NOON)
    assert accounts.dns_answers.known(NOON + timedelta(hours=23)) == said
    assert accounts.dns_answers.known(NOON + timedelta(days=1)) == {}
    with closing(Accounts(accounts.path)) as again:  # whoever opens it next, years later
        assert again.dns_answers.known(NOON) == {}


def test_what_is_spent_is_gone_until_it_leaves_the_window(accounts: Accounts) -> None:
    limits = QuotaLimits(per_hour=3)
    assert spend(accounts, limits, n=2)
    assert spend(accounts, limits, after_s=60)
    assert not spend(accounts, limits, after_s=120)
    left = accounts.quota_left("me@host", limits, NOON + timedelta(seconds=120))
    assert (left.now, left.next_at) == (0, NOON + timedelta(hours=1))
    assert not spend(accounts, limits, after_s=3599)
    assert spend(accounts, limits, n=2, after_s=3600)


def test_the_narrowest_window_decides_and_the_latest_to_free_is_named(accounts: Accounts) -> None:
    limits = QuotaLimits(per_minute=2, per_hour=2, per_day=3)
    assert accounts.quota_left("me@host", limits, NOON).now == 2
    spend(accounts, limits, n=2)
    assert accounts.quota_left("me@host", limits, NOON).next_at == NOON + timedelta(hours=1)


def test_a_day_is_any_twenty_four_hours(accounts: Accounts) -> None:
    limits = QuotaLimits(per_day=1)
    assert spend(accounts, limits)
    assert not spend(accounts, limits, after_s=24 * 3600 - 1)
    assert spend(accounts, limits, after_s=24 * 3600)


def test_no_more_is_granted_than_there_is_room_for(accounts: Accounts) -> None:
    limits = QuotaLimits(per_hour=3)
    assert spend(accounts, limits, n=4) == 3
    assert accounts.quota_left("me@host", limits, NOON).now == 0
    assert spend(accounts, limits, n=1) == 0
    assert accounts.quota_left("me@host", QuotaLimits(per_hour=4), NOON).now == 1


def test_a_limit_that_is_lowered_below_what_was_sent_grants_nothing_until_enough_has_left(
    accounts: Accounts,
) -> None:
    before, lower, least = (QuotaLimits(per_hour=n) for n in (3, 2, 1))
    assert spend(accounts, before) == 1
    assert spend(accounts, before, n=2, after_s=60) == 2
    assert [spend(accounts, limits, after_s=60) for limits in (lower, least)] == [0, 0]
    now, hour = NOON + timedelta(seconds=60), timedelta(hours=1)
    for limits in (lower, least):
        left = accounts.quota_left("me@host", limits, now)
        assert (left.now, left.next_at) == (0, now + hour)
    assert accounts.quota_left("me@host", QuotaLimits(per_hour=4), now).now == 1


def test_a_limit_of_nothing_lets_nothing_through_and_still_says_when_to_ask(
    accounts: Accounts,
) -> None:
    left = accounts.quota_left("me@host", QuotaLimits(per_minute=0), NOON)
    assert (left.now, left.next_at) == (0, NOON + timedelta(minutes=1))


def test_accounts_do_not_share_their_quota(accounts: Accounts) -> None:
    spend(accounts, QuotaLimits(per_hour=1))
    assert accounts.quota_left("other@host", QuotaLimits(per_hour=1), NOON).now == 1


def test_a_quota_survives_a_restart(accounts: Accounts) -> None:
    spend(accounts, QuotaLimits(per_hour=5), n=4)
    with closing(Accounts(accounts.path)) as again:
        assert again.quota_left("me@host", QuotaLimits(per_hour=5), NOON).now == 1
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
            child.goes_on()
        assert sum(int(child.rest()[0]) for child in children) == 40


def test_two_who_send_at_once_never_spend_more_than_there_is(accounts: Accounts) -> None:
    limits, sent = QuotaLimits(per_hour=64), 0
    with closing(Accounts(accounts.path)) as other:
        both = (accounts, other)
        while granted := sum(spend(each, limits, n=n) for n, each in enumerate(both, start=1)):
            sent += granted
    assert sent == 64


def test_what_no_window_can_see_is_forgotten_and_the_count_goes_on_from_there(
    accounts: Accounts,
) -> None:
    limits, long_ago_s = QuotaLimits(per_day=5), -3 * 24 * 3600
    now_s = (datetime.now(UTC) - NOON).total_seconds()
    for n in (2, 1):
        spend(accounts, limits, n=n, after_s=now_s + long_ago_s)
    spend(accounts, limits, n=2, after_s=now_s)
    with closing(Accounts(accounts.path)) as again:
        now = NOON + timedelta(seconds=now_s)
        assert again.quota_left("me@host", limits, now).now == 3
    totals = sql(shared_place(accounts), "SELECT total FROM sends ORDER BY id")
    assert totals == [(3,), (5,)]


def test_what_a_day_can_still_see_is_not_forgotten(accounts: Accounts) -> None:
    limits, now_s = QuotaLimits(per_day=10), (datetime.now(UTC) - NOON).total_seconds()
    for hours, n in ((26, 5), (23, 1), (21, 1)):
        spend(accounts, limits, n=n, after_s=now_s - hours * 3600)
    with closing(Accounts(accounts.path)) as again:
        assert again.quota_left("me@host", limits, NOON + timedelta(seconds=now_s)).now == 8


def test_the_count_goes_on_whatever_another_account_sent_long_ago(accounts: Accounts) -> None:
    limits, now = QuotaLimits(per_day=5), datetime.now(UTC)
    long_ago = now - timedelta(days=3)
    for account, at in (("me@host", long_ago), ("other@host", long_ago), ("me@host", now)):
        accounts.spend(account, limits, campaign_id="c", counter=1, to=["", ""], now=at)
    with closing(Accounts(accounts.path)) as again:
        assert again.quota_left("me@host", limits, now).now == 3


def test_a_clock_set_back_opens_no_quota_and_closes_it_for_no_longer_than_its_window(
    accounts: Accounts,
) -> None:
    limits, year_s = QuotaLimits(per_day=3), 365 * 24 * 3600
    assert spend(accounts, limits, n=2, after_s=year_s) == 2
    assert accounts.quota_left("me@host", limits, NOON).now == 1
    assert spend(accounts, limits, n=2) == 1
    left = accounts.quota_left("me@host", limits, NOON)
    assert (left.now, left.next_at) == (0, NOON + timedelta(days=1))
    assert spend(accounts, limits, n=3, after_s=24 * 3600) == 3


def test_a_clock_set_back_and_right_again_opens_no_quota(accounts: Accounts) -> None:
    limits, day_s = QuotaLimits(per_day=100), 24 * 3600
    assert spend(accounts, limits, n=60) == 60
    for minutes in range(5):
        went = spend(accounts, limits, n=99, after_s=60 * minutes - 2 * day_s)
        assert went == (0 if minutes else 40)
        assert spend(accounts, limits, n=99, after_s=60 * minutes) == 0
    times = sql(shared_place(accounts), "SELECT at FROM sends WHERE account = 'me@host'")
    assert len({*times}) == 2  # as they were noted
    assert spend(accounts, limits, n=99, after_s=day_s - 1) == 0
    assert spend(accounts, limits, n=60, after_s=day_s) == 60


@settings(max_examples=25)
@given(is_back=st.lists(st.booleans(), min_size=30, max_size=60))
def test_a_clock_that_is_set_back_at_times_lets_no_more_leave_in_a_day(
    tmp_path_factory: pytest.TempPathFactory, is_back: list[bool]
) -> None:
    limits, back, went = QuotaLimits(per_day=20), timedelta(days=3), list[int]()
    with closing(Accounts(tmp_path_factory.mktemp("back") / "accounts.db")) as accounts:
        for hours, each in enumerate([False, *is_back]):
            after_s = (timedelta(hours=hours) - each * back).total_seconds()
            went.append(spend(accounts, limits, n=3, after_s=int(after_s)))
    assert all(sum(went[start : start + 24]) <= 20 for start in range(len(went)))


def test_what_was_sent_while_a_clock_was_set_back_for_days_is_not_forgotten(
    accounts: Accounts,
) -> None:
    limits, now_s = QuotaLimits(per_day=100), int((datetime.now(UTC) - NOON).total_seconds())
    assert spend(accounts, limits, n=60, after_s=now_s) == 60
    assert spend(accounts, limits, n=99, after_s=now_s - 3 * 24 * 3600) == 40
    with closing(Accounts(accounts.path)) as again:
        assert spend(again, limits, after_s=now_s + 60) == 0


def test_a_log_in_order_again_forgets_that_the_clock_was_set_back(accounts: Accounts) -> None:
    limits, now = QuotaLimits(per_day=3), datetime.now(UTC)
    for days in (3, 6, 0):
        at = now - timedelta(days=days)
        accounts.spend("me@host", limits, campaign_id="c", counter=1, to=[""], now=at)
        with closing(Accounts(accounts.path)) as again:
            again.make_ready()
    noted = sql(shared_place(accounts), "SELECT account FROM sends")
    assert {*noted} == {("me@host",)}


def test_a_quota_that_is_full_in_what_is_now_the_future_is_free_after_its_window(
    accounts: Accounts,
) -> None:
    limits, year_s, day_s = QuotaLimits(per_day=3), 365 * 24 * 3600, 24 * 3600
    assert spend(accounts, limits, n=3, after_s=year_s) == 3
    for after_s in (0, 60, day_s - 1):  # asking again does not put it off
        left = accounts.quota_left("me@host", limits, NOON + timedelta(seconds=after_s))
        assert (left.now, left.next_at) == (0, NOON + timedelta(days=1))
        assert spend(accounts, limits, after_s=after_s) == 0
    assert spend(accounts, limits, n=3, after_s=day_s) == 3


@settings(max_examples=25)
@given(jumps=st.lists(st.timedeltas(-timedelta(days=400), timedelta(days=400)), max_size=6))
def test_no_jump_back_opens_a_quota_and_none_closes_it_for_longer_than_a_window(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[timedelta]
) -> None:
    limits, now = QuotaLimits(per_hour=2, per_day=3), NOON
    with closing(Accounts(tmp_path_factory.mktemp("jumps") / "accounts.db")) as accounts:
        for jump in jumps:
            before = accounts.quota_left("me@host", limits, now)
            now += jump
            after = accounts.quota_left("me@host", limits, now)
            assert jump >= timedelta(0) or after.now <= before.now
            assert after.next_at is None or now < after.next_at <= now + timedelta(days=1)
            accounts.spend("me@host", limits, campaign_id="c", counter=1, to=[""] * 9, now=now)


def test_a_receiver_gets_its_share_and_no_more_and_the_others_go_on(accounts: Accounts) -> None:
    limits = QuotaLimits(per_day=7, receivers={"Orange": QuotaLimits(per_day=2)})

    def spend(to: list[str], hours: int = 0) -> list[bool]:
        now = NOON + timedelta(hours=hours)
        return accounts.spend("me@host", limits, campaign_id="c", counter=1, to=to, now=now)

    assert spend(["Orange", "", "Orange", "Orange", "other"]) == [True, True, True, False, True]
    left = accounts.left_by_receiver("me@host", limits, NOON + timedelta(hours=1))
    assert left == {"Orange": QuotaLeft(now=0, next_at=NOON + timedelta(days=1))}
    assert accounts.quota_left("me@host", limits, NOON).now == 3
    assert spend(["Orange", "", ""], hours=1) == [False, True, True]
    assert spend(["", "", "Orange"], hours=2) == [True, False, False]
    assert spend(["Orange"] * 3, hours=24) == [True, True, False]


def test_what_was_spent_is_told_with_its_times(accounts: Accounts) -> None:
    for after_s, n in ((0, 2), (60, 1), (3600, 3)):
        spend(accounts, QuotaLimits(), n=n, after_s=after_s)
    first, second, third = (NOON + timedelta(seconds=s) for s in (0, 60, 3600))
    assert accounts.spent("me@host", NOON - timedelta(days=1)) == [
        (first, 2),
        (second, 1),
        (third, 3),
    ]
    assert accounts.spent("me@host", first) == [(second, 1), (third, 3)]
    assert accounts.spent("other@host", NOON - timedelta(days=1)) == []


@in_files
def test_what_was_spent_before_totals_were_kept_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    with closing(sqlite3.connect(path)) as handle:
        handle.execute("CREATE TABLE spent (id INTEGER PRIMARY KEY, account, at, n, campaign)")
        now = datetime.now(UTC)
        for account, n in (("me@host", 2), ("other", 7), ("me@host", 3)):
            handle.execute(
                "INSERT INTO spent (account, at, n) VALUES (?, ?, ?)",
                (account, f"{now:%Y-%m-%d %H:%M:%S.%f}", n),
            )
        handle.commit()
    for _again in range(2):
        with closing(Accounts(path)) as opened:
            assert opened.quota_left("me@host", QuotaLimits(per_day=10), now).now == 5
    with closing(sqlite3.connect(path)) as handle:
        assert handle.execute("SELECT count(*) FROM sends").fetchone() == (3,)  # taken over once


def test_the_highest_counter_is_remembered(accounts: Accounts) -> None:
    accounts.register("c", Registered(path="/somewhere/ledger.db", file_id="7", counter=3))
    accounts.witness("c", 5)
    accounts.witness("c", 4)
    accounts.witness("never-seen", 9)
    known = accounts.registered("c")
    assert known is not None
    assert known.counter == 5
    assert accounts.registered("never-seen") is None
    accounts.register("c", Registered(path="/elsewhere/ledger.db", file_id="7", counter=4))
    moved = accounts.registered("c")
    assert moved is not None
    assert (moved.path, moved.counter) == ("/elsewhere/ledger.db", 5)


def test_one_account_that_may_send_again_says_nothing_of_another(accounts: Accounts) -> None:
    for account in ("me@host", "other@host"):
        accounts.pause(account, "c", [came_back(1, NOON, SPAM)])
    accounts.lift("me@host")
    assert accounts.paused("me@host") is None
    assert accounts.paused("other@host") is not None


def test_reports_of_one_second_count_one_by_one_whatever_reading_they_come_in(
    accounts: Accounts,
) -> None:
    first, second, third = (came_back(number, NOON, SPAM) for number in (1, 2, 3))
    for reading in ([first], [second], [first, second], [third, first]):
        accounts.pause("me@host", "c", reading)
    paused = accounts.paused("me@host")
    assert paused is not None
    assert (paused.reports, paused.at.replace(microsecond=0)) == (3, NOON)


def test_reports_that_name_no_letter_are_told_apart_by_their_address(accounts: Accounts) -> None:
    nameless = [
        replace(came_back(0, NOON, SPAM), message_id="", to=f"mairie-{number}@example.org")
        for number in (1, 2)
    ]
    accounts.pause("me@host", "c", nameless)
    accounts.pause("me@host", "c", nameless[1:])
    paused = accounts.paused("me@host")
    assert paused is not None
    assert paused.reports == 2


def test_a_refusal_to_our_face_is_known_to_the_microsecond(accounts: Accounts) -> None:
    at = NOON + timedelta(microseconds=999_999)
    accounts.pause("me@host", "c", [replace(came_back(0, at, SPAM), message_id="", to="")])
    paused = accounts.paused("me@host")
    assert paused is not None
    assert paused.at == at


def test_spending_witnesses_the_counter(accounts: Accounts) -> None:
    accounts.register("c", Registered(path="/somewhere/ledger.db", file_id="7", counter=0))
    spend(accounts, QuotaLimits())
    known = accounts.registered("c")
    assert known is not None
    assert known.counter == 1


def witness(accounts: Accounts, counter: int) -> None:
    """As a sender does with the intents that it has committed."""
    granted = accounts.spend(
        "me@host", QuotaLimits(), campaign_id="c", counter=counter, to=[""], now=NOON
    )
    assert granted == [True]


def counter_seen_by_others(accounts: Accounts) -> int:
    with closing(Accounts(accounts.path)) as other:
        known = other.registered("c")
    assert known is not None
    return known.counter


def test_what_a_sender_witnesses_is_known_at_once_and_outlives_it(accounts: Accounts) -> None:
    accounts.register("c", Registered(path="/somewhere/ledger.db", file_id="7", counter=0))
    for counter in (1, 2, 3):
        witness(accounts, counter)
        assert counter_seen_by_others(accounts) == counter


def test_no_sender_puts_back_what_another_has_witnessed(accounts: Accounts) -> None:
    accounts.register("c", Registered(path="/somewhere/ledger.db", file_id="7", counter=0))
    with closing(Accounts(accounts.path)) as other:
        witness(accounts, 1)
        witness(other, 2)
        witness(accounts, 4)
        witness(other, 6)
        witness(accounts, 5)
        assert counter_seen_by_others(accounts) == 6
        accounts.register("c", Registered(path="/elsewhere/ledger.db", file_id="7", counter=5))
        assert counter_seen_by_others(accounts) == 6


def test_a_server_that_loses_pipelined_commands_is_remembered_for_a_month(
    accounts: Accounts,
) -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert accounts.pipelines("smtp.example.org", 465, now)
    accounts.note_unpipelined("SMTP.example.org", 465, now - timedelta(days=30))
    accounts.note_unpipelined("smtp.example.org", 465, now)  # noted again, it counts anew
    assert not accounts.pipelines("smtp.example.org", 465, now + timedelta(days=30))
    assert accounts.pipelines("smtp.example.org", 465, now + timedelta(days=31))
    assert accounts.pipelines("smtp.example.org", 587, now)
    assert accounts.pipelines("smtp.example.net", 465, now)


def test_what_an_earlier_program_took_of_a_quota_ahead_stays_spent(accounts: Accounts) -> None:
    """It wrote one row for up to 65 sends and died: what it never sent counts, and no less."""
    assert spend(accounts, QuotaLimits()) == 1
    sql(shared_place(accounts), "UPDATE sends SET total = 65")
    assert accounts.quota_left("me@host", QuotaLimits(per_hour=70), NOON).now == 5


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.install_id,
        lambda one: one.quota_left("me@host", QuotaLimits(), NOON),
        lambda one: one.spent("me@host", NOON),
        lambda one: one.spend(
            "me@host", QuotaLimits(), campaign_id="c", counter=1, to=[""], now=NOON
        ),
        lambda one: one.witness("c", 1),
        lambda one: one.pause("me@host", "c", [came_back(1, NOON, SPAM)]),
        lambda one: one.paused("me@host"),
        lambda one: one.lift("me@host"),
        lambda one: one.registered("c"),
        lambda one: one.register("c", Registered(path="/a/ledger.db", file_id="7", counter=0)),
    ],
)
def test_whatever_is_asked_first_finds_the_file_made(
    accounts: Accounts, ask: Callable[[Accounts], object]
) -> None:
    ask(accounts)
    assert accounts.path.is_file()


def test_a_power_cut_may_forget_what_was_spent_and_nothing_else(accounts: Accounts) -> None:
    accounts.make_ready()
    database = SqliteDatabase(accounts.path, synchronous="NORMAL")
    with closing(database), database.writing_fast() as kept, database.reading() as tx:
        assert kept.exec_driver_sql("PRAGMA synchronous").scalar_one() == 1  # NORMAL
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL


def test_accounts_are_private(accounts: Accounts) -> None:
    for counter in (1, 2):
        witness(accounts, counter)
    folder = accounts.path.parent
    made = [folder, *folder.rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in made if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in made if path.is_file()} == {0o600}
