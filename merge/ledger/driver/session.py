"""A session of a PostgreSQL server, 15 or later: who may have one, how, and what its errors mean.

Every error of PostgreSQL that the ledger meets is turned into a `LedgerError` by `trouble_of` and
nowhere else.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from typing import Any, Self, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from merge.errors import Busy, LedgerError, Refused
from merge.ledger.driver.addresses import ServerPlace
from merge.ledger.driver.database import BUSY_TIMEOUT_S, UNREADABLE

OLDEST = 15
"""The first version of PostgreSQL that serves."""

_GONE_AFTER_S = 15
_SESSION = {
    "application_name": "publipostage",
    "client_encoding": "UTF8",
    "connect_timeout": 10,
    "hostaddr": "",  # nor by PGHOSTADDR
    # A cut link is noticed on both sides; else the server keeps a dead session's locks for hours.
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": _GONE_AFTER_S * 1000,
    "options": " ".join(
        f"-c {name}={value}"
        for name, value in {
            "TimeZone": "UTC",
            "synchronous_commit": "on",
            "lock_timeout": BUSY_TIMEOUT_S * 1000,
            # All of a cursor is read: to begin soon, the planner would take minutes to end.
            "cursor_tuple_fraction": 1,
            # Whoever holds a campaign, or waits for a sheet's next rows, is idle for hours.
            "idle_session_timeout": 0,
            "idle_in_transaction_session_timeout": 0,
            "statement_timeout": 0,
            "tcp_keepalives_idle": 5,
            "tcp_keepalives_interval": 5,
            "tcp_keepalives_count": 2,
            "tcp_user_timeout": _GONE_AFTER_S * 1000,
        }.items()
    ),
}
_ELSEWHERE = {"hostaddr", "service"}  # by which one would be led to another server than is named
_NOT_IN_CLEAR = "!password,!md5"  # without one in the address, libpq may still know one
_ENCRYPTED = {"require", "verify-ca", "verify-full"}

# By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_CODES = {
    "53100": "database-refuses",
    "53200": "database-unreachable",
    "53300": "database-unreachable",
    "25006": "database-refuses",
    "57P01": "database-unreachable",
    "57P02": "database-unreachable",
    "57P03": "database-unreachable",
    "28000": "database-refuses",
    "28P01": "database-refuses",
    "3D000": "database-refuses",
    "42501": "database-refuses",
    "XX001": "ledger-damaged",
    "XX002": "ledger-damaged",
}
_WAITED_FOR = {"55P03", "40P01", "40001"}
# Before there is a session, libpq gives the server's words and no code.
_REFUSED_AT_THE_DOOR = re.compile(
    "password authentication failed|authentication method|no pg_hba.conf entry|does not exist"
)


class PostgresHandle(psycopg.Connection[tuple[Any, ...]]):
    """psycopg's own connection, with what SQLite's has besides."""

    _due: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = cast(Any, _Cursor)

    def __del__(self, *_how: Any) -> None:
        """One that is forgotten is closed, as `Database` says; psycopg would complain."""
        with suppress(AttributeError):  # it never came about
            self.close()

    def execute(self, *statement: Any, **how: Any) -> psycopg.Cursor[Any]:
        """As psycopg's, with parameters that are named as SQLite has them."""
        said, *row = statement
        if row and isinstance(row[0], Mapping):
            said = _as_psycopg_has_it(said)
        return super().execute(said, *row, **how)

    def executemany(self, statement: str, rows: Iterable[Any]) -> None:
        """Run it for each, in one round trip."""
        self.cursor().executemany(_as_psycopg_has_it(statement), rows)

    def begin_lazily(self, *statements: str) -> None:
        """Begin a transaction by these when something is asked in it, in the same round trip."""
        self._due = statements

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Within it, the statements of `begin_lazily` are sent along with what is asked."""
        due, self._due = self._due, ()
        if not due:
            yield
            return
        with self.pipeline():
            for statement in due:
                self.execute(cast(Any, statement))
            yield

    def cursor(self, name: str = "", **how: Any) -> Any:
        """As psycopg's. One with a name is the server's, which goes in no pipeline."""
        if name:
            with self.begun():
                pass
        return super().cursor(name, **how)

    def commit(self) -> None:
        """As psycopg's; a transaction in which nothing was asked never began."""
        self._due = ()
        super().commit()

    def rollback(self) -> None:
        """The same."""
        self._due = ()
        super().rollback()

    def has_ended(self) -> bool:
        """Whether the server has closed it."""
        try:
            for _ in ("its last words", "the end behind them"):
                self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return False


class _Cursor(psycopg.Cursor[tuple[Any, ...]]):
    """One that begins the transaction which is due."""

    def execute(self, *statement: Any, **how: Any) -> Self:
        with cast(PostgresHandle, self.connection).begun():
            return super().execute(*statement, **how)

    def executemany(self, *statement: Any, **how: Any) -> None:
        with cast(PostgresHandle, self.connection).begun():
            super().executemany(*statement, **how)

    @property
    def description(self) -> Any:
        """As psycopg's. SQLAlchemy asks for it at once: what is still to be read is read now."""
        self._fetch_pipeline()  # by no public name
        return super().description


@cache
def _as_psycopg_has_it(statement: str) -> str:
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", statement).replace("?", "%s")  # "::" is a cast


def _said(site: ServerPlace) -> dict[str, Any]:
    """The parameters of the connection, for libpq.

    LedgerError("database-address") for what is no address of a PostgreSQL database,
    ("database-unencrypted") where a password or a letter would go over a network in the clear.
    """
    try:
        said: dict[str, Any] = conninfo_to_dict(site.url)
    except psycopg.ProgrammingError:
        raise LedgerError("database-address") from None  # its own words hold the password
    if _ELSEWHERE & said.keys() or said.get("host", "").lower() != site.host.lower():
        raise LedgerError("database-address")
    proof = "scram-sha-256" if said.get("password") else _NOT_IN_CLEAR
    said = {"require_auth": proof, **said}  # a stranger who listens there learns none
    if not _is_here(site.host):
        said = {"sslmode": "verify-full", "sslrootcert": "system", **said}
        if said["sslmode"] not in _ENCRYPTED:
            raise LedgerError("database-unencrypted", path=str(site), host=site.host)
    return said


def _is_here(host: str) -> bool:
    """Whether this host is this machine: the folder of a Unix socket, or a name or an address of
    loopback alone."""
    if host.startswith("/"):
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    with suppress(OSError):
        found = socket.getaddrinfo(host, None)
        return all(ip_address(address[0]).is_loopback for *_, address in found)
    return False


def conninfo(site: ServerPlace, *path: str) -> str:
    """What libpq connects by, with the schemas in which what has no name of one is looked for.

    It holds the password. LedgerError, as `_said`.
    """
    said = {**_SESSION, **_said(site)}
    if path:
        said["options"] = f"{said['options']} -c search_path={','.join(path)}"
    return make_conninfo("", **said)


def connect(site: ServerPlace, *path: str) -> PostgresHandle:
    """A session of its own, which looks in these schemas. LedgerError, as `trouble_of`;
    ("database-refuses") for a server that is too old.
    """
    told = conninfo(site, *path)
    try:
        # `BEGIN` is said by whoever means it
        handle = PostgresHandle.connect(told, autocommit=True)
    except psycopg.Error as error:
        raise trouble_of(error, site) from None  # its frames hold the password
    if handle.info.server_version < OLDEST * 10_000:
        version = handle.info.server_version // 10_000
        handle.close()
        raise LedgerError("database-refuses", path=str(site), words=f"{version} < {OLDEST}")
    return handle


def trouble_of(error: BaseException, site: ServerPlace) -> Refused:
    """The `LedgerError` (or `Busy`) that says what PostgreSQL meant."""
    place = str(site)
    if isinstance(error, UNREADABLE):
        return LedgerError("ledger-damaged", path=place, words=str(error))
    state = getattr(error, "sqlstate", None) or ""
    if state in _WAITED_FOR:
        return Busy("ledger-busy", path=place)
    words = (str(error).splitlines() or [""])[0]
    code = _CODES.get(state, "ledger-error")
    if not state and isinstance(error, psycopg.OperationalError):
        refused = _REFUSED_AT_THE_DOOR.search(words)
        code = "database-refuses" if refused else "database-unreachable"
    return LedgerError(code, path=place, words=words)
