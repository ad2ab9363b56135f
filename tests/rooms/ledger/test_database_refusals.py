"""A database that cannot serve: a reason without a password, exit 3, and nothing lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import psycopg
import pytest

from merge.app.opening import open_campaign, users_accounts
from merge.errors import ExitCode, LedgerError, Trouble
from merge.ledger.driver import postgres, session
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.opening import ON_SERVER
from merge.words.troubles import explain
from tests.both import ledger_sql
from tests.desk import NICE, Desk
from tests.next_schema import BEFORE, NEXT, next_schema
from tests.servers.ports import free_ports
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

DATABASE = "PUBLIPOSTAGE_DATABASE"


@pytest.fixture
def desk(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign with one town, on the server."""
    monkeypatch.setenv(DATABASE, postgres_url)
    return Desk.made(tmp_path, NICE)


def refusal(desk: Desk) -> str:
    """The code with which a writer is refused; no password stands in what it is told."""
    with (
        pytest.raises(Trouble) as caught,
        open_campaign(desk.folder, access="share", command="print") as campaign,
    ):
        campaign.ledger.set_fact("colour", "blue")
    told = explain(caught.value)
    assert "hunter2" not in told
    assert caught.value.exit_code is ExitCode.REFUSED
    return caught.value.code


ADDRESSES = {
    "mysql://root:hunter2@localhost/campaigns": "database-address",
    "postgresql://me:hunter2@localhost": "database-address",
    "postgresql://me:hunter2@localhost:port/campaigns": "database-address",
    "postgresql://me:hunter2@localhost/campaigns?nonsense=1": "database-address",
    "postgresql://me:hunter2@localhost/campaigns?host=192.0.2.1&sslmode=disable": (
        "database-address"
    ),
    "postgresql://me:hunter2@localhost/campaigns?hostaddr=192.0.2.1": "database-address",
    "postgresql://me:hunter2@localhost/campaigns?service=other": "database-address",
    "hunter2": "database-address",
    "postgresql://me:hunter2@192.0.2.1/campaigns?sslmode=disable": "database-unencrypted",
    "postgresql://me:hunter2@192.0.2.1/campaigns?sslmode=allow": "database-unencrypted",
    "postgresql://me:hunter2@192.0.2.1/campaigns?sslmode=prefer": "database-unencrypted",
    "": "database-address",
}


def test_an_address_that_leads_to_no_database_of_ours_is_refused_and_nothing_is_lost(
    desk: Desk, real_postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    other = real_postgres.make_database()
    wrong = {
        **ADDRESSES,
        f"postgresql://me:hunter2@127.0.0.1:{port}/campaigns": "database-unreachable",
        postgres_url.replace(real_postgres.password, "hunter2"): "database-refuses",
        postgres_url.rpartition("/")[0] + "/other": "database-refuses",
        other: "ledger-damaged",
    }
    found = {}
    for url in wrong:
        monkeypatch.setenv(DATABASE, url)
        found[url] = refusal(desk)
    assert found == wrong
    real_postgres.drop_database(other)
    monkeypatch.setenv(DATABASE, postgres_url)
    assert desk.figures()["email"]["queued"] == 1


@contextmanager
def read_only(desk: Desk, url: str) -> Iterator[None]:
    """A database that takes no changes."""
    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        postgres.engine_of(url).dispose()
        yield
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} RESET ALL".encode())
    postgres.engine_of(url).dispose()


@contextmanager
def full(desk: Desk, url: str) -> Iterator[None]:
    """A disk that is full."""
    with closing(users_accounts()) as accounts:
        for statement in (
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
            "CREATE TRIGGER filled BEFORE INSERT ON facts EXECUTE FUNCTION fill()",
        ):
            ledger_sql(desk.folder, accounts, statement)
        yield
        ledger_sql(desk.folder, accounts, "DROP TRIGGER filled ON facts")


@contextmanager
def too_old(desk: Desk, url: str) -> Iterator[None]:
    """A server of before."""
    postgres.engine_of(url).dispose()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.ConnectionInfo, "server_version", 140_011)
        yield
    postgres.engine_of(url).dispose()


@contextmanager
def without_driver(desk: Desk, url: str) -> Iterator[None]:
    """Nothing here speaks to a server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "merge.ledger.driver.postgres", None)
        yield


@contextmanager
def beside_a_file(desk: Desk, url: str) -> Iterator[None]:
    """A note beside a ledger in a file."""
    path = desk.folder / "ledger.db"
    path.touch()
    yield
    path.unlink()


@contextmanager
def from_later(desk: Desk, url: str) -> Iterator[None]:
    """A ledger of a later program."""
    with closing(users_accounts()) as accounts:
        other = "UPDATE alembic_version SET version_num = :version"
        ledger_sql(desk.folder, accounts, other, version="9999")
        yield
        ledger_sql(desk.folder, accounts, other, version=BEFORE)


STATES = {
    read_only: "database-refuses",
    full: "database-refuses",
    too_old: "database-refuses",
    without_driver: "database-without-driver",
    beside_a_file: "ledger-twice",
    from_later: "ledger-newer",
}


def test_a_server_that_cannot_serve_is_refused_and_nothing_is_lost(
    desk: Desk, postgres_url: str
) -> None:
    found = {}
    for state in STATES:
        with state(desk, postgres_url):
            found[state] = refusal(desk)
    assert found == STATES
    assert desk.figures()["email"]["queued"] == 1


def test_a_note_that_names_no_campaign_is_refused(desk: Desk) -> None:
    path = desk.folder / ON_SERVER
    written = path.read_text(encoding="utf-8")
    codes = set()
    for note in ("", "Nice", "../../etc", "0" * 90):
        path.write_text(note, encoding="utf-8")
        codes.add(refusal(desk))
    assert codes == {"ledger-damaged"}
    path.write_text(written, encoding="utf-8")
    assert desk.figures()["email"]["queued"] == 1


def test_whoever_listens_in_the_place_of_a_server_learns_no_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []

    class Squatter(StreamRequestHandler):
        def handle(self) -> None:
            for length in iter(lambda: int.from_bytes(self.rfile.read(4)), 0):
                said = self.rfile.read(length - 4)
                if len(said) == 4:  # may it be encrypted?
                    self.wfile.write(b"N")
                    continue
                self.wfile.write(b"R" + (8).to_bytes(4) + (3).to_bytes(4))  # the password in clear
                length = int.from_bytes(self.rfile.read(5)[1:])
                heard.append(self.rfile.read(max(length - 4, 0)))
                return

    with ThreadingTCPServer(("127.0.0.1", 0), Squatter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        at = f"127.0.0.1:{server.server_address[1]}/campaigns"
        monkeypatch.setenv(DATABASE, f"postgresql://me:hunter2@{at}")
        assert refusal(desk) == "database-refuses"
        monkeypatch.setenv(DATABASE, f"postgresql://me@{at}")
        monkeypatch.setenv("PGPASSWORD", "hunter2")
        assert refusal(desk) == "database-refuses"
        server.shutdown()
    assert heard
    assert b"hunter2" not in b"".join(heard)


def test_a_schema_that_another_role_has_made_is_not_used(
    real_postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(real_postgres.url(name, "postgres")) as connection:
        connection.execute("CREATE SCHEMA publipostage")
        connection.execute("GRANT ALL ON SCHEMA publipostage TO publipostage")
    monkeypatch.setenv(DATABASE, postgres_url)
    with closing(users_accounts()) as accounts, pytest.raises(LedgerError) as caught:
        accounts.make_ready()
    assert caught.value.code == "database-refuses"


def test_this_machine_is_every_name_and_socket_of_it() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "%2Fvar%2Frun%2Fpostgresql"):
        session.conninfo(ServerPlace(f"postgresql://me@{host}/campaigns?sslmode=disable", SHARED))


def test_no_variable_of_libpq_leads_to_another_server(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PGHOSTADDR", "192.0.2.1")
        desk.ok("status")


def test_a_database_that_keeps_or_sorts_text_otherwise_gets_no_campaign(
    real_postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for encoding in ("SQL_ASCII", "LATIN1", "UTF8"):
        url = real_postgres.make_database(f"TEMPLATE template0 ENCODING {encoding} LOCALE 'C'")
        monkeypatch.setenv(DATABASE, url)
        desk = Desk(tmp_path / "campaign")
        with pytest.raises(AssertionError, match=r"≠ UTF8, C\.UTF-8"):
            desk.make()
        assert not (desk.folder / ON_SERVER).exists()
        real_postgres.drop_database(url)


def test_a_server_that_stands_by_for_another(
    own_postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE, own_postgres.make_database())
    desk = Desk.made(tmp_path, NICE)
    own_postgres.stop()
    signal = own_postgres.root / "data" / "standby.signal"
    signal.touch()
    own_postgres.start()
    assert refusal(desk) == "database-refuses"
    own_postgres.stop()
    assert refusal(desk) == "database-unreachable"
    signal.unlink()
    own_postgres.start()
    assert desk.figures()["email"]["queued"] == 1


def test_an_older_ledger_is_brought_up_to_date(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE, postgres_url)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    version = "SELECT version_num FROM alembic_version"
    with closing(users_accounts()) as accounts:
        assert ledger_sql(desk.folder, accounts, version) == [(BEFORE,)]
        with next_schema():
            desk.ok("import", str(desk.sheet(NICE)))
            assert desk.figures()["email"]["queued"] == 1
        assert ledger_sql(desk.folder, accounts, version) == [(NEXT,)]
