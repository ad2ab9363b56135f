"""An evening with PostgreSQL: who gets in, and what outlives a kill."""

from __future__ import annotations

import psycopg
import pytest

from tests.servers.postgres import OLDEST, OWNER, Postgres, runs

pytest_plugins = ["tests.servers.fixtures"]


def test_who_gets_in_is_no_superuser_and_what_was_committed_outlives_a_kill(
    own_postgres: Postgres,
) -> None:
    url = own_postgres.make_database()
    for other in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url, password=other)
    with psycopg.connect(url) as connection, psycopg.connect(url) as doubt:
        assert connection.info.user == OWNER
        assert connection.info.server_version >= OLDEST * 10_000
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE other")
        connection.rollback()
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
    own_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT town FROM letter").fetchall() == [("Nice",)]
    processes = own_postgres.processes
    own_postgres.stop()
    assert not any(map(runs, processes))
