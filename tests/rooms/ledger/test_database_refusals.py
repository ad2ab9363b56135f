"""A database that cannot serve: a reason in both languages, exit 3, no password, nothing lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import psycopg
import pytest

from merge.app.opening import users_accounts
from merge.errors import LedgerError
from merge.ledger.driver import postgres, session
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.opening import ON_SERVER
from tests.both import ledger_sql
from tests.desk import NICE, Desk
from tests.next_schema import BEFORE, NEXT, next_schema
from tests.servers.ports import free_ports
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]

Refuses = Callable[..., str]


@pytest.fixture
def desk(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign with one town, on the server."""
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    return Desk.made(tmp_path, NICE)


@pytest.fixture
def refuses(real_postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Refuses:
    """Says in both languages what a command is refused with."""

    def refuses(desk: Desk, *words: str, says: str, dit: str) -> str:
        told = ""
        for language, expected in (("en", says), ("fr", dit)):
            monkeypatch.setenv("PUBLIPOSTAGE_LANG", language)
            said = desk.run(*words or ("status",))
            told = said.out + said.err
            assert (said.code, expected in said.err) == (3, True), told
            assert "Traceback" not in told
            assert real_postgres.password not in told
            assert "hunter2" not in told
        monkeypatch.setenv("PUBLIPOSTAGE_LANG", "en")
        return told

    return refuses


def goes_on(desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was lost: the campaign is there again with its database."""
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)
    assert desk.figures()["email"]["queued"] == 1


def test_whoever_listens_in_the_place_of_a_server_learns_no_password(
    desk: Desk, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
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
        monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", f"postgresql://me:hunter2@{at}")
        refuses(desk, says="refuses this", dit="refuse cela")
        monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", f"postgresql://me@{at}")
        monkeypatch.setenv("PGPASSWORD", "hunter2")
        refuses(desk, says="refuses this", dit="refuse cela")
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
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    with closing(users_accounts()) as accounts, pytest.raises(LedgerError) as caught:
        accounts.make_ready()
    assert caught.value.code == "database-refuses"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:hunter2@localhost/campaigns",
        "postgresql://me:hunter2@localhost",
        "postgresql://me:hunter2@localhost:port/campaigns",
        "postgresql://me:hunter2@localhost/campaigns?nonsense=1",
        "postgresql://me:hunter2@localhost/campaigns?host=192.0.2.1&sslmode=disable",
        "postgresql://me:hunter2@localhost/campaigns?hostaddr=192.0.2.1",
        "postgresql://me:hunter2@localhost/campaigns?service=other",
        "hunter2",
    ],
)
def test_what_is_no_address(
    desk: Desk, refuses: Refuses, postgres_url: str, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)
    refuses(
        desk,
        says="database is missing, or is none.",
        dit="PUBLIPOSTAGE_DATABASE",
    )
    goes_on(desk, postgres_url, monkeypatch)


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_a_server_elsewhere_is_spoken_to_in_secret_or_not_at_all(
    desk: Desk, refuses: Refuses, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    url = f"postgresql://me:hunter2@192.0.2.1/campaigns?sslmode={mode}"
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)
    refuses(
        desk,
        says="Names and a password would go to 192.0.2.1 unencrypted.",
        dit="partiraient en clair",
    )


def test_this_machine_is_every_name_and_socket_of_it() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "%2Fvar%2Frun%2Fpostgresql"):
        session.conninfo(ServerPlace(f"postgresql://me@{host}/campaigns?sslmode=disable", SHARED))


def test_no_variable_of_libpq_leads_to_another_server(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("PGHOSTADDR", "192.0.2.1")
        desk.ok("status")


def test_a_wrong_password(
    desk: Desk,
    refuses: Refuses,
    real_postgres: Postgres,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = postgres_url.replace(real_postgres.password, "hunter2")
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", wrong)
    refuses(
        desk,
        says="refuses this",
        dit="refuse cela",
    )
    goes_on(desk, postgres_url, monkeypatch)


def test_no_such_database(
    desk: Desk, refuses: Refuses, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url.rpartition("/")[0] + "/other")
    refuses(desk, says="refuses this", dit="refuse cela")
    goes_on(desk, postgres_url, monkeypatch)


def test_another_database(
    desk: Desk,
    refuses: Refuses,
    real_postgres: Postgres,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = real_postgres.make_database()
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", other)
    refuses(desk, says="ledger", dit="registre")
    goes_on(desk, postgres_url, monkeypatch)
    real_postgres.drop_database(other)


def test_nobody_answers(
    desk: Desk, refuses: Refuses, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    url = f"postgresql://me:hunter2@127.0.0.1:{port}/campaigns"
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)
    refuses(desk, says="cannot be reached", dit="est injoignable")
    goes_on(desk, postgres_url, monkeypatch)


def test_a_server_that_is_too_old(
    desk: Desk, refuses: Refuses, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.engine_of(postgres_url).dispose()
    with monkeypatch.context() as patch:
        patch.setattr(psycopg.ConnectionInfo, "server_version", 140_011)
        refuses(
            desk,
            says="refuses this: 14 < 15",
            dit="refuse cela\u00a0: 14 < 15",
        )
    desk.ok("status")


@pytest.mark.parametrize(
    ("encoding", "locale"), [("SQL_ASCII", "C"), ("LATIN1", "C"), ("UTF8", "C")]
)
def test_a_database_that_keeps_or_sorts_text_otherwise(
    real_postgres: Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    locale: str,
) -> None:
    url = real_postgres.make_database(f"TEMPLATE template0 ENCODING {encoding} LOCALE '{locale}'")
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)
    desk = Desk(tmp_path / "campaign")
    for language, said in (("en", "refuses this"), ("fr", "refuse cela")):
        monkeypatch.setenv("PUBLIPOSTAGE_LANG", language)
        with pytest.raises(AssertionError, match=f"{said}.* ≠ UTF8, C.UTF-8"):
            desk.make()
    assert not (desk.folder / ON_SERVER).exists()
    real_postgres.drop_database(url)


def test_a_database_that_takes_no_changes(
    desk: Desk, refuses: Refuses, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        postgres.engine_of(postgres_url).dispose()
        sheet = str(desk.sheet(NICE))
        refuses(desk, "import", sheet, says="refuses this", dit="refuse cela")
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} RESET ALL".encode())
    postgres.engine_of(postgres_url).dispose()
    goes_on(desk, postgres_url, monkeypatch)


def test_a_server_that_stands_by_for_another(
    own_postgres: Postgres, refuses: Refuses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = own_postgres.make_database()
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)
    desk = Desk.made(tmp_path, NICE)
    own_postgres.stop()
    signal = own_postgres.root / "data" / "standby.signal"
    signal.touch()
    own_postgres.start()
    sheet = str(desk.sheet(NICE))
    refuses(desk, "import", sheet, says="refuses this", dit="refuse cela")
    own_postgres.stop()
    refuses(desk, says="cannot be reached", dit="est injoignable")
    signal.unlink()
    own_postgres.start()
    goes_on(desk, url, monkeypatch)


def test_a_disk_that_is_full(
    desk: Desk, refuses: Refuses, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(users_accounts()) as accounts:
        for statement in (
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
            "CREATE TRIGGER filled BEFORE INSERT ON imports EXECUTE FUNCTION fill()",
        ):
            ledger_sql(desk.folder, accounts, statement)
        sheet = str(desk.sheet(NICE.replace("Nice", "Nizza")))
        refuses(desk, "import", sheet, "--yes", says="refuses this", dit="refuse cela")
        ledger_sql(desk.folder, accounts, "DROP TRIGGER filled ON imports")
    goes_on(desk, postgres_url, monkeypatch)


def test_nothing_that_speaks_to_a_server(
    desk: Desk, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "merge.ledger.driver.postgres", None)
        refuses(
            desk,
            says="What speaks to PostgreSQL (psycopg) is not installed.",
            dit="publipostage[postgres]",
        )
    desk.ok("status")


def test_a_ledger_of_a_later_program(desk: Desk, refuses: Refuses) -> None:
    with closing(users_accounts()) as accounts:
        ledger_sql(desk.folder, accounts, "UPDATE alembic_version SET version_num = '9999'")
    refuses(desk, says="a later version", dit="une version plus récente")


def test_an_older_ledger_is_brought_up_to_date(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    version = "SELECT version_num FROM alembic_version"
    with closing(users_accounts()) as accounts:
        assert ledger_sql(desk.folder, accounts, version) == [(BEFORE,)]
        with next_schema():
            desk.ok("import", str(desk.sheet(NICE)))
            goes_on(desk, postgres_url, monkeypatch)
        assert ledger_sql(desk.folder, accounts, version) == [(NEXT,)]


@pytest.mark.parametrize("note", ["", "Nice", "../../etc", "0" * 90])
def test_a_note_that_names_no_campaign(desk: Desk, refuses: Refuses, note: str) -> None:
    path = desk.folder / ON_SERVER
    written = path.read_text(encoding="utf-8")
    path.write_text(note, encoding="utf-8")
    refuses(desk, says=ON_SERVER, dit=ON_SERVER)
    path.write_text(written, encoding="utf-8")
    desk.ok("status")


def test_a_note_beside_a_ledger(desk: Desk, refuses: Refuses) -> None:
    (desk.folder / "ledger.db").touch()
    refuses(desk, says="ledger.db", dit="ledger.db")


def test_a_campaign_whose_database_nobody_names(
    desk: Desk, refuses: Refuses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIPOSTAGE_DATABASE")
    refuses(
        desk,
        says="database is missing, or is none.",
        dit="PUBLIPOSTAGE_DATABASE",
    )
