"""The PostgreSQL of the tests: who gets in, what outlives a kill, and what is left behind."""

from __future__ import annotations

import psycopg
import pytest

from tests.servers.ports import answers
from tests.servers.postgres import OLDEST, OWNER, Postgres, runs

pytest_plugins = ["tests.servers.fixtures"]


def test_it_answers_who_says_the_password_and_is_new_enough(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.info.user == OWNER
        assert connection.info.server_version >= OLDEST * 10_000
        assert connection.pgconn.used_password


def test_a_wrong_password_and_none_are_refused(postgres_url: str) -> None:
    for other in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(postgres_url, password=other)


def test_the_owner_of_databases_is_no_superuser(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE letter (town text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE other")


def test_a_new_database_knows_nothing_of_another(
    real_postgres: Postgres, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE letter (town text)")
    other = real_postgres.make_database()
    tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(other) as connection:
        assert connection.execute(tables).fetchone() == (0,)
        real_postgres.drop_database(other)  # with somebody still connected
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match=other.rpartition("/")[2]):
        psycopg.connect(other)


def test_what_was_committed_outlives_a_kill(own_postgres: Postgres) -> None:
    url = own_postgres.make_database()
    with psycopg.connect(url) as connection, psycopg.connect(url) as doubt:
        connection.execute("CREATE TABLE letter (town text)")
        connection.execute("INSERT INTO letter VALUES ('Nice')")
        connection.commit()
        doubt.execute("INSERT INTO letter VALUES ('Vienne')")
        before = own_postgres.processes
        own_postgres.kill()
        for cut in (connection, doubt):
            with pytest.raises(psycopg.OperationalError):
                cut.execute("SELECT 1")
    assert not any(map(runs, before))
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(url)
    own_postgres.start()
    assert "automatic recovery in progress" in own_postgres.log
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT town FROM letter").fetchall() == [("Nice",)]


def test_it_stops_with_all_that_it_started(own_postgres: Postgres) -> None:
    with psycopg.connect(own_postgres.make_database()) as connection:
        processes = own_postgres.processes
        assert {own_postgres.pid, connection.info.backend_pid} < set(processes)
        assert all(map(runs, processes))
        own_postgres.stop()
    assert not any(map(runs, processes))
    assert not answers(own_postgres.port)
    assert "database system is shut down" in own_postgres.log
