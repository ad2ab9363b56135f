"""What only a server brings: several who write at once, and a server that is lost meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from merge.app.running import Clock, running
from merge.errors import LedgerError
from merge.ledger.accounts import Accounts
from merge.ledger.driver.addresses import ServerPlace
from merge.ledger.driver.places import database_at
from merge.ledger.driver.postgres import engine_of
from merge.ledger.driver.session import PostgresHandle
from merge.ledger.ledger import Ledger
from merge.ledger.opening import create_ledger, open_ledger
from merge.ledger.records import Kind, QuotaLimits, SuppressedName
from merge.model import Status
from tests.both import on_server
from tests.fakes import town
from tests.ledger_desk import Desk, desk_on, new_desk, store
from tests.ledger_hands import NOON, claim, hands, intent, settled
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

EVERYBODY = None


@pytest.fixture
def own_desk(own_postgres: Postgres, tmp_path: Path) -> Iterator[Desk]:
    """A campaign on a server that may be killed."""
    with desk_on(own_postgres, tmp_path, towns=3) as desk:
        yield desk


@on_server
def test_whom_another_is_just_claiming_is_left_to_it_without_waiting(
    each_database: str, tmp_path: Path
) -> None:
    desk = new_desk(tmp_path, towns=4)
    with desk.open("share", "send") as opened, psycopg.connect(each_database) as other:
        site = desk.accounts.site_of(opened.ledger.campaign_id)
        other.execute(f'SET search_path TO "{site.schema}"'.encode())
        other.execute("SELECT FROM deliveries WHERE recipient IN ('00001', '00003') FOR UPDATE")
        assert [one.key for one in claim(opened.ledger, EVERYBODY, 4, NOON)] == ["00002", "00004"]
        other.rollback()
        assert [one.key for one in claim(opened.ledger, EVERYBODY, 4, NOON)] == ["00001", "00003"]


@on_server
def test_campaigns_that_commit_at_once_share_a_cap_exactly(
    each_database: str, tmp_path: Path
) -> None:
    assert each_database
    limits, senders = QuotaLimits(per_hour=25), 4
    with closing(Accounts(tmp_path / "accounts.db")) as accounts:
        folders = [tmp_path / f"campaign-{number}" for number in range(senders)]
        for folder in folders:
            create_ledger(folder, accounts=accounts, now=lambda: NOON)
            Desk(folder, accounts).import_towns([town(number) for number in range(1, 21)])
        ready = Barrier(senders)

        def send(folder: Path) -> int:
            with (
                closing(Accounts(accounts.path)) as own,
                open_ledger(folder, access="share", command="send", accounts=own) as opened,
            ):
                claimed = claim(opened.ledger, EVERYBODY, 20, NOON)
                ready.wait()
                each = (
                    opened.ledger.commit([], [intent(one) for one in two], "me@host", limits, NOON)
                    for two in zip(claimed[::2], claimed[1::2], strict=True)
                )
                return sum(len(commit.leaving) for commit in each)

        with ThreadPoolExecutor(senders) as pool:
            assert sum(pool.map(send, folders)) == 25
        assert accounts.quota_left("me@host", limits, NOON).now == 0


def states(url: str) -> set[str]:
    """What the sessions of this database do just now."""
    with psycopg.connect(url) as other:
        found = other.execute(
            "SELECT state FROM pg_stat_activity WHERE pid != pg_backend_pid() "
            "AND backend_type = 'client backend' AND datname = current_database()"
        )
        return {state for (state,) in found}


def test_a_reading_begins_when_something_is_asked_and_keeps_nothing_open(
    postgres_url: str,
) -> None:
    with closing(database_at(ServerPlace(postgres_url, "campaign"))) as database:
        database.make()
        for _again in range(3):
            with database.reading() as tx:
                assert states(postgres_url) <= {"idle"}
                assert tx.exec_driver_sql("SELECT 1").scalar_one() == 1
                (isolation,) = tx.exec_driver_sql("SHOW transaction_isolation").one()
                (path,) = tx.exec_driver_sql("SHOW search_path").one()
                assert (isolation, path) == ("repeatable read", "campaign, publipostage")
                assert "idle in transaction" in states(postgres_url)
            assert states(postgres_url) == {"idle"}
        with database.reading():
            pass
        with database.reading() as tx:
            rows = tx.execution_options(stream_results=True).exec_driver_sql("VALUES (1), (2)")
            assert rows.scalars().all() == [1, 2]
        with database.writing() as tx:
            tx.exec_driver_sql("CREATE TABLE t AS VALUES (1)")
        with pytest.raises(LedgerError), database.reading() as tx:
            tx.exec_driver_sql("SELECT nothing")
        with database.reading() as tx:
            assert tx.exec_driver_sql("SELECT * FROM t").scalar_one() == 1
    engine_of(postgres_url).dispose()


def lost_at_commit(
    monkeypatch: pytest.MonkeyPatch, server: Postgres, *, is_done: bool
) -> Callable[[], None]:
    """From the call of what this returns: the next COMMIT is the last word to that server, which
    has done it, or has not; after that it is there again."""
    execute: Any = PostgresHandle.execute
    is_due = False

    def losing(self: PostgresHandle, statement: Any, *more: Any, **how: Any) -> Any:
        nonlocal is_due
        if not is_due or statement != "COMMIT":
            return execute(self, statement, *more, **how)
        is_due = False
        if is_done:
            with self.pipeline():  # it is asked and answered
                execute(self, statement)
        server.kill()
        server.start()
        return execute(self, "SELECT 1")  # its session has ended

    def lose() -> None:
        nonlocal is_due
        is_due = True

    monkeypatch.setattr(PostgresHandle, "execute", losing)
    return lose


@pytest.mark.parametrize("is_done", [True, False])
def test_what_a_server_was_lost_with_is_written_once_when_it_is_tried_again(
    own_desk: Desk, own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    lose = lost_at_commit(monkeypatch, own_postgres, is_done=is_done)
    limits = QuotaLimits(per_hour=10)
    counted = ("me@host", limits, NOON)

    def send(ledger: Ledger) -> None:
        first, second = claim(ledger, EVERYBODY, 2, NOON)
        assert ledger.commit([], [intent(first)], *counted).leaving
        heard = [settled(first)]
        lose()
        with pytest.raises(LedgerError, match="database-unreachable"):
            ledger.commit(heard, [intent(second)], *counted)
        assert heard  # nobody knows whether it is written
        with pytest.raises(LedgerError, match="ledger-restarted"):
            ledger.commit(heard, [intent(second)], *counted)
        ledger.commit(heard, [], *counted)
        assert not heard

    with own_desk.open("share", "send") as opened:
        send(opened.ledger)
        tries = [len([*opened.ledger.attempts(f"{number:05}")]) for number in (1, 2, 3)]
        counts = opened.ledger.counts().email
    assert tries == [1, 0, 0]
    assert (counts[Status.SENT], counts[Status.SENDING]) == (1, int(is_done))
    left = own_desk.accounts.quota_left("me@host", limits, NOON).now
    assert left == 10 - 1 - is_done


def test_a_sender_whose_server_is_started_again_holds_nothing_and_leaves_a_doubt(
    own_desk: Desk, own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", own_desk.accounts.server)
    with hands("send_one", own_desk.folder, own_desk.accounts) as sender:
        sender.says("intended")
        assert own_desk.refusal("exclusive") == "busy"
        own_postgres.kill()
        own_postgres.start()
        with own_desk.open("exclusive", "import") as opened:  # though its process lives
            assert opened.fallen_in_doubt == 1
            assert opened.ledger.counts().email[Status.UNKNOWN] == 1


def test_an_import_that_loses_its_server_leaves_the_ledger_as_it_was(
    own_desk: Desk, own_postgres: Postgres
) -> None:
    def lose_it() -> None:
        with (
            own_desk.open("exclusive", "import") as opened,
            opened.ledger.importing(NOON) as intake,
        ):
            intake.take([town(8), town(9)])
            own_postgres.kill()
            intake.keep([("more.csv", "0" * 64)])

    with pytest.raises(LedgerError, match="database-unreachable"):
        lose_it()
    assert own_desk.refusal("share") == "database-unreachable"
    own_postgres.start()
    with own_desk.open("exclusive", "import") as opened:
        assert opened.ledger.counts().recipients == 3
        store(opened.ledger, [town(number) for number in range(1, 5)])
        assert opened.ledger.counts().recipients == 4


def test_whoever_opted_out_before_there_was_a_server_gets_no_letter_of_it(
    tmp_path: Path, postgres_url: str
) -> None:
    one, other = (
        SuppressedName(Kind.ADDRESS, "a@example.org"),
        SuppressedName(Kind.ADDRESS, "b@example.org"),
    )
    path = tmp_path / "accounts.db"
    with closing(Accounts(path)) as alone:
        alone.suppression.add([one], "asked", NOON)
    with closing(Accounts(path, server=postgres_url)) as served:
        assert served.suppression.known().reason(one) == "asked"
        assert [line.value for line in served.suppression.lines()] == ["a@example.org"]
        served.suppression.add([other], "asked later", NOON)
    with closing(Accounts(tmp_path / "elsewhere.db", server=postgres_url)) as colleague:
        assert colleague.suppression.known().reason(one) is None  # it is another user's own list
        assert colleague.suppression.known().reason(other) == "asked later"
    with closing(Accounts(path)) as alone:  # where there is no server any more
        assert alone.suppression.known().reason(other) == "asked later"
    with closing(Accounts(path, server=postgres_url)) as served:
        assert served.suppression.take_back([one]) == 1
        assert served.suppression.known().reason(one) is None
        assert [line.value for line in served.suppression.lines()] == ["b@example.org"]


def test_a_machine_whose_clock_is_fast_passes_no_cap_and_waits_no_longer(own_desk: Desk) -> None:
    accounts, limits, now = own_desk.accounts, QuotaLimits(per_hour=3), datetime.now(UTC)

    def spend(at: datetime) -> int:
        said = ("me@host", limits)
        return sum(accounts.spend(*said, campaign_id="c", counter=1, to=[""] * 2, now=at))

    ahead = now + timedelta(hours=1, minutes=1)
    assert [spend(ahead), spend(now), spend(ahead), spend(now - timedelta(days=1))] == [2, 1, 0, 0]
    for at in (ahead, now):
        left = accounts.quota_left("me@host", limits, at)
        assert left.now == 0
        assert left.next_at is not None
        assert timedelta(minutes=59) < left.next_at - at <= timedelta(hours=1)


def test_a_job_goes_by_the_servers_clock(own_desk: Desk) -> None:
    class FastWatch(Clock):
        def now(self) -> datetime:
            return super().now() + timedelta(hours=1)

        def wait_until(self, when: datetime) -> None:
            super().wait_until(when - timedelta(hours=1))

    with own_desk.open("share", "send") as opened:
        campaign = SimpleNamespace(ledger=opened.ledger)
        with running(cast(Any, campaign), "send", {}, [], watch=FastWatch()) as job:
            assert not job.asked
            assert abs(job.now() - datetime.now(UTC)) < timedelta(minutes=1)
            opened.ledger.commands.ask_to_stop(job.number, datetime.now(UTC))
            job.wait_until(datetime.now(UTC) + timedelta(seconds=50))
            assert job.asked
