"""Workers of another version of the program than a campaign's ledger: they leave it to others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from merge.app.work import LEFT_FOR_S
from merge.ledger.driver.migrating import newest
from tests.desk import Desk, a_user
from tests.promises.crash.candidates import Publipostage
from tests.rooms.cli.test_worker import arrived, asking, elsewhere, hears, worker
from tests.servers.ports import until
from tests.servers.sink import Sink, sink
from tests.sharing import agree

pytest_plugins = ["tests.servers.fixtures"]

N = 20
NEWER, OLDER = "9999", "0015"

Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sink]:
    with sink(log=tmp_path / "sink.jsonl") as running:
        yield running


@pytest.fixture
def campaign(
    tmp_path: Path, server: Sink, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name, value in (a_user(tmp_path) | {"PUBLIPOSTAGE_DATABASE": postgres_url}).items():
        monkeypatch.setenv(name, value)
    made = Publipostage(connections=2)
    made.prepare(tmp_path, [f"mairie-{n}@example.org" for n in range(N)], server.port)
    agree(Desk(made.folder))
    return Desk(made.folder)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


@pytest.fixture
def sql(postgres_url: str, campaign: Desk) -> Sql:
    """In the campaign's own schema, and in that of the queue."""
    schema = "campaign_" + (campaign.folder / "ledger.id").read_text().strip().replace("-", "")

    def run(statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(postgres_url, autocommit=True) as session:
            session.execute(f'SET search_path TO "{schema}", publipostage'.encode())
            found = session.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    return run


@pytest.mark.parametrize(
    ("version", "says"), [(NEWER, "a later version"), (OLDER, "publipostage 0.1")]
)
def test_a_worker_of_another_version_refuses_and_leaves_the_work_as_it_is(
    version: str,
    says: str,
    campaign: Desk,
    server: Sink,
    sql: Sql,
    stack: ExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    stack.enter_context(asking(campaign, monkeypatch))
    sql("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 day'")
    with worker(environ, campaign) as process:
        sql("UPDATE alembic_version SET version_num = %s", version)
        sql("UPDATE procrastinate_jobs SET scheduled_at = now()")
        hears(process, "Begins to send", says)
        until(lambda: sql("SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'") != [])
    (left,) = sql(
        "SELECT status, attempts, scheduled_at > now() + %s * interval '1 second' "
        "FROM procrastinate_jobs",
        LEFT_FOR_S // 4,
    )
    assert left == ("todo", 1, True)  # and not at once again
    assert sql("SELECT version_num FROM alembic_version") == [(version,)]
    assert server.count("accepted") == 0

    sql("UPDATE alembic_version SET version_num = %s", newest())
    sql("UPDATE procrastinate_jobs SET scheduled_at = now()")
    with worker(environ, campaign):
        until(lambda: campaign.figures()["email"]["sent"] == N)
    assert arrived(server) == dict.fromkeys((f"mairie-{n}@example.org" for n in range(N)), 1)
