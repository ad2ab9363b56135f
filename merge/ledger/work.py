"""Work for whichever machine is free: a queue for each campaign, in the schema that all share.

The one door to procrastinate. The queue only says that there may be something to do; the ledger
alone decides what may leave, so that any work may be done twice, or by two at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, cast

import psycopg
from procrastinate import (
    App,
    BaseRetryStrategy,
    JobContext,
    PsycopgConnector,
    RetryDecision,
    SyncPsycopgConnector,
)
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy import Connection

from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import handle_of
from merge.ledger.driver.session import connect, conninfo, trouble_of

HEARTBEAT_S = 5
DEAD_AFTER_S = 18
"""Without a heartbeat; its work is looked for every HEARTBEAT_S, so that it is in other hands
within 30 s."""

_OUTAGE_S = 120  # of the server, that a worker outlives
_POLL_S = 1  # for what no notice came of
_TASK = "work"
_MOST_TRIES = 1_500  # of what no worker can do: a day


class _Unfinished(Exception):
    """Another worker is to go on, after so many seconds."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s


class _Later(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """After the time that it says, or after a moment for what nobody foresaw; not for ever."""
        if job.attempts >= _MOST_TRIES:
            return None
        wait_s = exception.wait_s if isinstance(exception, _Unfinished) else HEARTBEAT_S
        return RetryDecision(retry_in={"seconds": wait_s})


def make_queue(server: str) -> None:
    """Its tables, made once. LedgerError, as `driver.session.connect`."""
    place = ServerPlace(server, SHARED)
    with connect(place, SHARED) as session:
        session.execute("BEGIN")
        session.execute("SELECT pg_advisory_xact_lock(%s)", [place.lock_key("queue")])
        if session.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            session.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())
        session.execute("COMMIT")


def enqueue(tx: Connection, campaign_id: str, run: int, n: int) -> None:
    """Ask so many workers of the campaign to help this run of it, once the transaction is done."""
    told = App(connector=PsycopgConnector()).configure_task(
        _TASK, queue=campaign_id, connection=cast(Any, handle_of(tx))
    )
    told.batch_defer(*[cast(Any, {"run": run})] * n)


def due(server: str, campaign_id: str, now: datetime) -> int:
    """How many pieces of the campaign's work a worker may take now. LedgerError."""
    with _queue(server) as manager:
        found = manager.list_jobs(queue=campaign_id, status="todo") if manager else ()
    return sum(each.scheduled_at is None or each.scheduled_at <= now for each in found)


def take_out(server: str, campaign_id: str, run: int) -> None:
    """Delete the waiting work that this run of the campaign has asked for. LedgerError."""
    with _queue(server) as manager:
        for each in manager.list_jobs(queue=campaign_id, status="todo") if manager else ():
            if manager and each.id is not None and each.task_kwargs == {"run": run}:
                manager.cancel_job_by_id(each.id, delete_job=True)


@contextmanager
def _queue(server: str) -> Iterator[JobManager | None]:
    """None where no queue was ever made."""
    place = ServerPlace(server, SHARED)
    app = App(
        connector=SyncPsycopgConnector(conninfo=conninfo(place, SHARED), min_size=1, max_size=1)
    )
    try:
        with connect(place) as session:
            path = f"{SHARED}.procrastinate_jobs"
            is_there = session.execute("SELECT to_regclass(%s)", [path]).fetchone() != (None,)
        if not is_there:
            yield None
            return
        with app.open():
            yield app.job_manager
    except (ConnectorException, psycopg.Error) as error:
        raise trouble_of(error.__cause__ or error, place) from error


async def serve(
    server: str,
    campaigns: Sequence[str],
    do: Callable[[str, int, Callable[[], bool]], int | None],
    *,
    swept: Callable[[int], object],
    beat: Callable[[], object],
) -> None:
    """Do what comes for these campaigns, one after the other in a thread of its own, until a signal
    asks to end: what `do` is called with, beside campaign and run, says so then. What it did not
    finish goes to another worker after the seconds that it says; None is done. `swept` is told how
    much was taken from the hands of dead workers. `beat` is called, in a thread of its own, each
    time that the database has answered, every HEARTBEAT_S.
    """
    place = ServerPlace(server, SHARED)
    app = App(
        connector=PsycopgConnector(
            conninfo=conninfo(place, SHARED), min_size=1, max_size=3, timeout=_OUTAGE_S
        )
    )

    @app.task(name=_TASK, retry=_Later(), pass_context=True)
    def work(context: JobContext, /, run: int) -> None:
        wait_s = do(context.job.queue, run, context.should_abort)
        if wait_s is not None:
            raise _Unfinished(wait_s)

    async with app.open_async():
        sweeping = asyncio.create_task(_sweep(app, swept, beat))
        try:
            await app.run_worker_async(
                queues=campaigns,
                concurrency=1,
                fetch_job_polling_interval=_POLL_S,
                update_heartbeat_interval=HEARTBEAT_S,
                delete_jobs="successful",
                shutdown_graceful_timeout=0,  # it is told at once, and waited for
            )
        finally:
            sweeping.cancel()


async def _sweep(app: App, swept: Callable[[int], object], beat: Callable[[], object]) -> None:
    """Beside the work, and no work itself: behind thousands of others it would come too late."""
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        with suppress(ConnectorException):  # the server is away: so it is for everybody
            dead = list(
                await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S)
            )
            for each in dead:
                await app.job_manager.retry_job(each)
            if dead:
                swept(len(dead))
            await asyncio.to_thread(beat)
