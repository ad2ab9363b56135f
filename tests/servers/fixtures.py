"""The servers as fixtures: `pytest_plugins = ["tests.servers.fixtures"]` in a test module."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from merge.french.communes import reference
from merge.ledger.accounts import Accounts
from merge.ledger.driver.postgres import engine_of
from merge.mail.tokens import TokenSource
from merge.settings import FILE_NAME
from tests.desk import Desk
from tests.needs import need
from tests.promises.crash.candidates import allow
from tests.promises.crash.clock import own_clock
from tests.servers import postfix, postgres
from tests.servers.authorization import AuthorizationDesk, authorization_server
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer
from tests.servers.postfix import RealServers
from tests.servers.postgres import Postgres

MAILBOXES = (
    "groupe",
    "mairie",
    "envoi",
    "doute",
    "tuee",
    "soiree-fr",
    "soiree-en",
    "page-mouse",
    "page-keys",
    "page-plain",
    postfix.TOWNS,
    "ville-a",
    "ville-b",
    "ville-c",
)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The private authority that the tests' servers are certified by."""
    return Authority.in_folder(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def capture_server(tmp_path: Path, authority: Authority) -> Iterator[CaptureServer]:
    """A mail server with implicit TLS and a login; the password is "secret"."""
    folder = tmp_path / "captured"
    folder.mkdir()
    with CaptureServer(folder=folder, authority=authority).running() as server:
        yield server


@pytest.fixture
def many(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """250 towns that wait for an e-mail, and a server that takes their letters."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    towns = [*reference().values()][:250]
    rows = [f"{each.insee};{each.name};F;A;B;mairie-{each.insee}@example.org;;;" for each in towns]
    desk = Desk.made(tmp_path, *rows)
    desk.connect(capture_server)
    allow(desk.folder / FILE_NAME, connections=1)
    return desk


@pytest.fixture
def fault_server() -> Iterator[FaultServer]:
    """A mail server whose failures the address picks."""
    with FaultServer().running() as server:
        yield server


@pytest.fixture
def provider() -> Iterator[AuthorizationDesk]:
    """A provider that people sign in at."""
    with authorization_server() as desk:
        yield desk


@pytest.fixture
def tokens(provider: AuthorizationDesk) -> TokenSource:
    """Those of a person who has signed in there."""
    kept = [provider.signed_in()]

    def keep(grant: str) -> bool:
        kept.append(grant)
        return True

    return TokenSource(read=lambda: kept[-1], keep=keep, lock=nullcontext)


@pytest.fixture
def real_mail_servers(request: pytest.FixtureRequest) -> RealServers:
    """Postfix and Dovecot with MAILBOXES@example.org."""
    missing = postfix.missing()
    need(not missing, missing, " ".join(postfix.APT_PACKAGES))
    servers: RealServers = request.getfixturevalue("_running_mail_servers")
    return servers


@pytest.fixture(scope="session")
def _running_mail_servers() -> Iterator[RealServers]:
    # A short path: their sockets live under it, and a socket's path has 107 characters at most.
    with (
        tempfile.TemporaryDirectory(prefix="mail-") as folder,
        postfix.real_servers(Path(folder), MAILBOXES) as servers,
    ):
        yield servers


@pytest.fixture
def real_postgres(request: pytest.FixtureRequest) -> Postgres:
    """PostgreSQL, one for all tests of a process; not to be stopped or killed."""
    _need_postgres()
    found: Postgres = request.getfixturevalue("_running_postgres")
    return found


def _need_postgres() -> None:
    missing = postgres.missing()
    need(not missing, missing, " ".join(postgres.APT_PACKAGES))


@pytest.fixture(scope="session")
def _running_postgres() -> Iterator[Postgres]:
    with postgres.real_postgres(durable=False) as running:
        yield running


@pytest.fixture
def postgres_url(real_postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database that ends with the test."""
    url = real_postgres.make_database()
    yield url
    real_postgres.drop_database(url)


@pytest.fixture(params=["files", "server"])
def each_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The server's address that every user's accounts name; "" where all is in files."""
    if request.param == "files":
        yield ""
        return
    url = request.getfixturevalue("postgres_url")
    defaults: dict[str, object] = Accounts.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "server", url)
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", url)  # for the programs that a test starts
    with own_clock():
        yield url
    engine_of(url).dispose()
    engine_of.cache_clear()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """PostgreSQL that a test may stop and kill, with fsync, on the disk."""
    _need_postgres()
    with postgres.real_postgres() as running:
        yield running
