"""A quota holds over campaigns, processes and restarts, in every window."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from merge.ledger.accounts import Accounts, Registered
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.records import QuotaLimits
from tests.both import on_each_database, shared_place, sql
from tests.ledger_hands import NOON, hands
from tests.mailboxes import SPAM, came_back

pytest_plugins = ["tests.servers.fixtures"]


ACCOUNT = st.sampled_from(["me@host", "other@host"])
HERE = Registered(path="/somewhere/ledger.db", file_id="7", counter=0)
LIMITS = st.builds(
    QuotaLimits,
    per_minute=st.sampled_from([None, 2]),
    per_hour=st.integers(1, 4),
    per_day=st.integers(3, 7),
    receivers=st.just({"Orange": QuotaLimits(per_day=2)}),
)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    with closing(Accounts(tmp_path / "user" / "accounts.db")) as opened:
        yield opened


def spend(accounts: Accounts, limits: QuotaLimits, n: int = 1, after_s: float = 0) -> int:
    now = NOON + timedelta(seconds=after_s)
    to = [""] * n
    return sum(accounts.spend("me@host", limits, campaign_id="c", counter=1, to=to, now=now))


def test_what_dns_said_is_forgotten_after_a_day(accounts: Accounts) -> None:
    said = {("example.org", "MAIL"): ("found", ("mx.example.org",))}
    accounts.dns_answers.keep(said, NOON)
    assert accounts.dns_answers.known(NOON + timedelta(hours=23)) == said
    assert accounts.dns_answers.known(NOON + timedelta(days=1)) == {}
    with closing(Accounts(accounts.path)) as again:  # whoever opens it next, years later
        assert again.dns_answers.known(NOON) == {}


class Clocks(RuleBasedStateMachine):
    """An account's sends, told by a list: what lies in each window, by a clock that is right.

    As long as no clock was set back, the quota says what the list says. Once one was, no more
    leaves than the list allows, and nothing is closed for longer than its longest window.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.accounts = Accounts(Path(self.folder.name) / "accounts.db")
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.sends: list[tuple[datetime, str, str]] = []  # when, by which account, to whom
        self.back = timedelta()
        self.was_back = False

    def teardown(self) -> None:
        self.accounts.close()
        self.folder.cleanup()

    @property
    def clock(self) -> datetime:
        return self.now - self.back

    def room(self, limits: QuotaLimits, account: str, at: datetime, to: str | None = None) -> int:
        """What the list leaves at that time: in all, or to one receiver."""
        ours = [
            when for when, by, whom in self.sends if by == account and (to is None or to == whom)
        ]
        windows = ((limits.per_minute, 1), (limits.per_hour, 60), (limits.per_day, 24 * 60))
        return max(
            0,
            min(
                limit - sum(at - timedelta(minutes=minutes) < when for when in ours)
                for limit, minutes in windows
                if limit is not None
            ),
        )

    @rule(minutes=st.sampled_from([0, 1, 20, 59, 60, 61, 24 * 60 - 1, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(
        account=ACCOUNT,
        limits=LIMITS,
        minutes=st.sampled_from([0, 1, 59]),
        days=st.sampled_from([3, 3, 1 / 48, 1, 400]),
        again=st.booleans(),
    )
    def some_are_sent_while_the_clock_is_set_back(
        self, account: str, limits: QuotaLimits, minutes: int, days: float, again: bool
    ) -> None:
        """Behind one that was sent by a right clock: nothing else says that it is a wrong one."""
        self.some_are_sent(account, QuotaLimits(per_day=9), [""])
        self.was_back, self.back = True, timedelta(days=days)
        self.time_passes(minutes)
        self.some_are_sent(account, limits, ["", "Orange", "", ""])
        if again:
            self.another_opens_it()
        self.what_is_left_is_asked(account, limits)
        self.back = timedelta()

    @rule()
    def another_opens_it(self) -> None:
        self.accounts.close()
        self.accounts = Accounts(self.accounts.path)
        self.accounts.make_ready()

    @rule(account=ACCOUNT, limits=LIMITS, to=st.lists(st.sampled_from(["", "Orange"]), min_size=1))
    def some_are_sent(self, account: str, limits: QuotaLimits, to: list[str]) -> None:
        granted = self.accounts.spend(
            account, limits, campaign_id="c", counter=1, to=to, now=self.clock
        )
        for name, is_granted in zip(to, granted, strict=True):
            is_free = self.room(limits, account, self.now) > 0
            if own := limits.receivers.get(name):
                is_free = is_free and self.room(own, account, self.now, to=name) > 0
            assert is_granted <= is_free, (account, limits)
            assert self.was_back or is_granted == is_free
            if is_granted:
                self.sends.append((self.now, account, name))

    @rule(account=ACCOUNT, limits=LIMITS)
    def what_is_left_is_asked(self, account: str, limits: QuotaLimits) -> None:
        left = self.accounts.quota_left(account, limits, self.clock)
        assert left.now <= self.room(limits, account, self.now)
        assert (left.next_at is None) == (left.now > 0)
        if left.next_at:
            assert self.clock < left.next_at <= self.clock + timedelta(days=1)
        if not self.was_back:
            assert left.now == self.room(limits, account, self.now)
            at = left.next_at or self.now
            assert self.room(limits, account, at) > 0
            assert left.now or not self.room(limits, account, at - timedelta(seconds=1))


def test_a_quota_holds_in_every_window_whatever_the_clock_says() -> None:
    as_found = (Phase.generate,)  # to shrink what is found takes minutes
    fixed = settings(derandomize=True, max_examples=40, stateful_step_count=25, phases=as_found)
    run_state_machine_as_test(Clocks, settings=fixed)


def test_a_day_is_any_twenty_four_hours(accounts: Accounts) -> None:
    limits = QuotaLimits(per_day=1)
    assert spend(accounts, limits)
    assert not spend(accounts, limits, after_s=24 * 3600 - 1)
    assert spend(accounts, limits, after_s=24 * 3600)


def test_a_limit_of_nothing_lets_nothing_through_and_still_says_when_to_ask(
    accounts: Accounts,
) -> None:
    left = accounts.quota_left("me@host", QuotaLimits(per_minute=0), NOON)
    assert (left.now, left.next_at) == (0, NOON + timedelta(minutes=1))


@on_each_database
def test_those_who_come_first_at_once_all_find_it_open(tmp_path: Path) -> None:
    """SQLite refuses a switch to WAL at once, without its busy timeout, while others open."""
    for again in range(6):
        opened = [Accounts(tmp_path / str(again) / "accounts.db") for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            ids = set(pool.map(lambda one: one.install_id, opened))
        for one in opened:
            one.close()
        assert len(ids) == 1


@on_each_database
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
    assert sql(path, "SELECT count(*) FROM sends") == [(3,)]  # taken over once
    # A later program wrote one row for up to 65 sends: what it never sent counts, and no less.
    sql(path, "UPDATE sends SET total = 65")
    with closing(Accounts(path)) as opened:
        assert opened.quota_left("me@host", QuotaLimits(per_hour=70), now).now == 5


def test_one_account_that_may_send_again_says_nothing_of_another(accounts: Accounts) -> None:
    for account in ("me@host", "other@host"):
        accounts.pause(account, "c", [came_back(1, NOON, SPAM)])
    accounts.lift("me@host")
    assert accounts.paused("me@host") is None
    assert accounts.paused("other@host") is not None


def test_a_refusal_to_our_face_is_known_to_the_microsecond(accounts: Accounts) -> None:
    at = NOON + timedelta(microseconds=999_999)
    accounts.pause("me@host", "c", [replace(came_back(0, at, SPAM), message_id="", to="")])
    paused = accounts.paused("me@host")
    assert paused is not None
    assert paused.at == at


def witness(accounts: Accounts, counter: int) -> None:
    """As a sender does with the intents that it has committed."""
    to = [""]
    assert accounts.spend("me", QuotaLimits(), campaign_id="c", counter=counter, to=to, now=NOON)[0]


@on_each_database
def test_nobody_puts_back_the_highest_counter_that_was_witnessed(accounts: Accounts) -> None:
    accounts.register("c", HERE)
    with closing(Accounts(accounts.path)) as other:
        for sender, counter in (
            (accounts, 1),
            (other, 2),
            (accounts, 4),
            (other, 6),
            (accounts, 5),
        ):
            witness(sender, counter)
        accounts.witness("c", 3)
        other.register("c", replace(HERE, path="/elsewhere/ledger.db", counter=5))
        other.witness("never-seen", 9)
    assert accounts.registered("c") == replace(HERE, path="/elsewhere/ledger.db", counter=6)
    assert accounts.registered("never-seen") is None


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


def test_whatever_is_asked_first_finds_the_file_made(tmp_path: Path) -> None:
    first: dict[str, Callable[[Accounts], object]] = {
        "install": lambda one: one.install_id,
        "left": lambda one: one.quota_left("me@host", QuotaLimits(), NOON),
        "spent": lambda one: one.spent("me@host", NOON),
        "spend": lambda one: spend(one, QuotaLimits()),
        "witness": lambda one: one.witness("c", 1),
        "pause": lambda one: one.pause("me@host", "c", [came_back(1, NOON, SPAM)]),
        "paused": lambda one: one.paused("me@host"),
        "lift": lambda one: one.lift("me@host"),
        "registered": lambda one: one.registered("c"),
        "register": lambda one: one.register("c", HERE),
    }
    for name, ask in first.items():
        with closing(Accounts(tmp_path / name / "accounts.db")) as accounts:
            ask(accounts)
    assert [*first] == [name for name in first if (tmp_path / name / "accounts.db").is_file()]


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
