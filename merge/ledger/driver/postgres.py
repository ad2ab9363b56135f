"""One schema of a PostgreSQL database, 15 or later, for a campaign or for what campaigns share.

A campaign's tables stand in a schema of its own, and behind it on the search path is the schema
that all share: so one transaction spends a quota and writes what it is spent for. Every error of
PostgreSQL that the ledger meets is turned into a `LedgerError` by `trouble_of` and nowhere else.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from typing import Any, Self, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DisconnectionError

from merge.errors import Busy, LedgerError, Refused
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import (
    BUSY_TIMEOUT_S,
    UNREADABLE,
    DamagedValueError,
    Database,
    handle_of,
    patience,
)
from merge.ledger.driver.prepared import DIALECTS, Spoken

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
_ENCRYPTED = {"require", "verify-ca", "verify-full"}
# Whatever its locale is called, and whoever provides it: "C" knows no letters but ASCII's.
_SORTS_AND_FOLDS = """
SELECT 'B' < 'a' AND 'z' < 'é' AND 'a-b' < 'aa' AND lower('ŒØ') = 'œø' AND 'ł' ~ '^[[:alnum:]]$'
"""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ"

# By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_CODES = {
    "53100": "database-full",
    "53200": "database-overloaded",
    "53300": "database-overloaded",
    "25006": "database-read-only",
    "57P01": "database-unreachable",
    "57P02": "database-unreachable",
    "57P03": "database-not-ready",
    "28000": "database-login-refused",
    "28P01": "database-login-refused",
    "3D000": "database-missing",
    "42501": "database-forbids",
    "XX001": "ledger-damaged",
    "XX002": "ledger-damaged",
}
_WAITED_FOR = {"55P03", "40P01", "40001"}
# Before there is a session, libpq gives the server's words and no code.
_SAID_AT_THE_DOOR = {
    "password authentication failed": "database-login-refused",
    "no pg_hba.conf entry": "database-login-refused",
    "does not exist": "database-missing",
    "starting up": "database-not-ready",
    "shutting down": "database-not-ready",
    "recovery": "database-not-ready",
    "too many": "database-overloaded",
    "remaining connection slots": "database-overloaded",
}


class PostgresHandle(psycopg.Connection[tuple[Any, ...]]):
    """psycopg's own connection, with what SQLite's has besides."""

    def __del__(self, *_how: Any) -> None:
        """One that is forgotten is closed, as `Database` says; psycopg would complain."""
        with suppress(AttributeError):  # it never came about
            self.close()

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> psycopg.Cursor[Any]:
        """Run it for each, in one round trip."""
        cursor = self.cursor()
        cursor.executemany(cast(Any, statement), rows)
        return cursor


DIALECTS[PostgresHandle] = Spoken(cast(Any, PGDialect_psycopg)(paramstyle="named"), "%s")


def check_url(url: str) -> None:
    """LedgerError("database-address") for what is no address of a PostgreSQL database,
    ("database-unencrypted") where a password or a letter would go over a network in the clear.
    """
    _said(ServerPlace(url, SHARED))


def _said(site: ServerPlace) -> dict[str, Any]:
    """What libpq is to be told. LedgerError, as `check_url`."""
    try:
        said: dict[str, Any] = conninfo_to_dict(site.url)
    except psycopg.ProgrammingError:
        raise LedgerError("database-address") from None  # its own words hold the password
    if _ELSEWHERE & said.keys() or said.get("host", "").lower() != site.host.lower():
        raise LedgerError("database-address")
    if not _is_here(site.host):
        said = {"sslmode": "verify-full", "sslrootcert": "system", **said}
        if said["sslmode"] not in _ENCRYPTED:
            raise LedgerError("database-unencrypted", path=str(site), host=site.host)
    return said


def _is_here(host: str) -> bool:
    """Whether this is a folder with a socket, or every address of the name is this machine."""
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

    It holds the password. LedgerError, as `check_url`.
    """
    said = {**_SESSION, **_said(site)}
    if path:
        said["options"] = f"{said['options']} -c search_path={','.join(path)}"
    return make_conninfo("", **said)


def connect(site: ServerPlace, *path: str) -> PostgresHandle:
    """A session of its own, which looks in these schemas. LedgerError, as `trouble_of`;
    ("database-too-old").
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
        raise LedgerError("database-too-old", path=str(site), version=version, oldest=OLDEST)
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
        said = (code for known, code in _SAID_AT_THE_DOOR.items() if known in words)
        code = next(said, "database-unreachable")
    return LedgerError(code, path=place, words=words)


@cache
def engine_of(url: str) -> Engine:
    """This process's one engine for a database: what several schemas of it need is shared."""
    site = ServerPlace(url, SHARED)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(site),
        hide_parameters=True,  # no recipient in a traceback or a log
        pool_size=2,
        max_overflow=8,
    )

    @event.listens_for(engine, "checkout")
    def check(connection: Any, _record: object, _proxy: object) -> None:
        """Another one where the server has ended it meanwhile. Asking it would cost a trip."""
        if _has_ended(connection):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        cast(Any, handle_of(connection)).execute(
            connection.get_execution_options().get("begin", "BEGIN")
        )

    return engine


def _has_ended(handle: PostgresHandle) -> bool:
    """Whether its server has said goodbye."""
    try:
        for _ in ("its last words", "the end behind them"):
            handle.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return False


class PostgresDatabase(Database):
    """A schema of a database. A commit outlives a crash as far as the server's disk does."""

    is_file = False

    def __init__(self, site: ServerPlace) -> None:
        self.site = site
        self.name = str(site)
        self._engine = engine_of(site.url)
        writers = site.lock_key("writers")
        self._alone_writing = f"SELECT pg_advisory_xact_lock({writers})"
        self._beside_writers = f"SELECT pg_advisory_xact_lock_shared({writers})"
        self._path = tuple(dict.fromkeys((site.schema, SHARED)))
        self._handle: PostgresHandle | None = None

    def serves_with(self, other: Database) -> bool:
        """Whether both are schemas of one database."""
        return isinstance(other, PostgresDatabase) and other.site.url == self.site.url

    def hold(self, handle: Any, name: str) -> None:
        """By an advisory lock, which no other schema takes: all of them name it in this one."""
        key = ServerPlace(self.site.url, SHARED).lock_key(name)
        handle.execute(f"SELECT pg_advisory_xact_lock({key})")

    def whereabouts(self) -> tuple[str, str]:
        """The campaign's folder on this machine, or else its address; and the system identifier
        with the database's number in it."""
        with self.reading() as tx:
            found = tx.exec_driver_sql(
                "SELECT system_identifier::text, oid::text FROM pg_control_system(), pg_database "
                "WHERE datname = current_database()"
            ).one()
        return self.site.note or f"{self.name}/{self.site.schema}", "/".join(found)

    def is_there(self) -> bool:
        """Always: one that was never made is read as an empty one."""
        return True

    def make(self) -> None:
        """An empty schema."""
        make_schema(self.site)

    def size(self) -> int:
        """Of all tables, with their indexes."""
        with self.reading() as tx:
            total = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
            mine = f"relkind = 'r' AND relnamespace = to_regnamespace('\"{self.site.schema}\"')"
            return int(tx.exec_driver_sql(f"{total} WHERE {mine}").scalar_one())

    def replace_by(self, other: Self | None) -> None:
        """By another schema, in one transaction."""
        self.close()
        mine = self.site.schema
        steps = [f'DROP SCHEMA IF EXISTS "{mine}" CASCADE']
        if other is not None:
            other.close()
            theirs = f'"{other.site.schema}"'
            rename = f'ALTER SCHEMA {theirs} RENAME TO "{mine}"'
            steps.append(  # what nothing was written into was never made
                f"DO $$ BEGIN IF to_regnamespace('{theirs}') IS NOT NULL THEN {rename}; "
                "END IF; END $$"
            )
        with self._alone() as handle:
            handle.execute(cast(Any, ";".join(["BEGIN", *steps, "COMMIT"])))

    def may_be_written(self) -> bool:
        """Whether the server takes writes, and this login may write here."""
        with self.reading() as tx:
            return bool(
                tx.exec_driver_sql(
                    "SELECT NOT pg_is_in_recovery() AND current_setting("
                    "'default_transaction_read_only') = 'off' AND coalesce(has_schema_privilege("
                    f"to_regnamespace('\"{self.site.schema}\"')::oid, 'USAGE'), false)"
                ).scalar_one()
            )

    def refuse_elsewhere(self) -> None:
        """A session goes nowhere else: one that has ended says so by itself."""

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction beside which nobody writes in this schema: all of it, or nothing."""
        with self._transaction("BEGIN", self._alone_writing) as tx:
            yield tx

    def writing_fast(self) -> AbstractContextManager[PostgresHandle]:
        """On the connection that is kept. Others of its kind go on; one of `writing` does not.

        What is asked in it goes to the server at the next answer that is read, or at its end, and
        all of that in one round trip.
        """
        return _Pipelined(self, self._begin("BEGIN", self._beside_writers))

    @property
    def is_writing(self) -> bool:
        """Whether a transaction of `writing_fast` is open: an interruption may leave one."""
        handle = self._handle
        return handle is not None and handle.info.transaction_status is not TransactionStatus.IDLE

    @contextmanager
    def glancing(self) -> Iterator[PostgresHandle]:
        """One statement that reads, on the connection that `writing_fast` keeps."""
        handle = self.kept_handle()
        try:
            yield handle
        except (psycopg.Error, DamagedValueError) as error:
            raise trouble_of(error, self.site) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot; writers go on meanwhile."""
        with self._transaction(_SNAPSHOT) as tx:
            yield tx

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """`writing`; references may hang in the air until the end."""
        with self.writing() as tx:
            tx.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
            yield tx

    def end_bulk(self) -> None:
        """Let the planner know what is there now."""
        with self._alone() as handle:
            for name in self._tables(handle):
                handle.execute(cast(Any, f"ANALYZE {name}"))

    def compact(self) -> None:
        """Write each table anew from what it holds. What was erased stays in the server's log of
        transactions, and in backups that its keeper makes: docs/many.md says for how long.
        """
        with self._alone() as handle:
            for name in self._tables(handle):
                handle.execute(cast(Any, f"VACUUM FULL {name}"))

    def is_sound(self) -> bool:
        """The server's own checks find what is damaged when it is read; this asks for nothing."""
        return True

    def trouble(self, error: BaseException) -> Refused:
        """As `trouble_of`."""
        return trouble_of(error, self.site)

    def close(self) -> None:
        """Close the connection that is kept; the others are the process's."""
        if self._handle is not None:
            self._handle.close()
        self._handle = None

    def _begin(self, begin: str, *more: str) -> Sequence[str]:
        """What begins a transaction."""
        seconds = patience(BUSY_TIMEOUT_S)
        wait = f"SET LOCAL lock_timeout = {int(seconds * 1000)}"
        return [begin, *([wait] if seconds < BUSY_TIMEOUT_S else []), *more]

    @contextmanager
    def _transaction(self, begin: str, *more: str) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                path = f"SET LOCAL search_path TO {', '.join(self._path)}"
                said = "; ".join(self._begin(begin, path, *more))
                connection.execution_options(begin=said)
                with connection.begin():
                    yield connection
        except (psycopg.Error, *UNREADABLE) as error:
            raise trouble_of(error, self.site) from error
        except Exception as error:
            original = getattr(error, "orig", None)  # SQLAlchemy's, around psycopg's
            if not isinstance(original, psycopg.Error):
                raise
            raise trouble_of(original, self.site) from error

    def kept_handle(self) -> PostgresHandle:
        """The connection that is kept; another where that one has ended."""
        # It is still writing where Ctrl-C came between a transaction's end and its commit.
        if self._handle is None or self._handle.closed or self.is_writing:
            self.close()
            self._handle = connect(self.site, *self._path)
        return self._handle

    @contextmanager
    def _alone(self) -> Iterator[PostgresHandle]:
        """A session outside any transaction."""
        handle = connect(self.site, *self._path)
        try:
            yield handle
        except psycopg.Error as error:
            raise trouble_of(error, self.site) from error
        finally:
            handle.close()

    def _tables(self, handle: PostgresHandle) -> list[str]:
        found = handle.execute(
            "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables WHERE schemaname = %s",
            [self.site.schema],
        )
        return [name for (name,) in found]


class _Pipelined:
    """One transaction on the connection that is kept."""

    __slots__ = ("_begin", "_database", "_handle", "_pipeline")

    def __init__(self, database: PostgresDatabase, begin: Sequence[str]) -> None:
        self._database, self._begin = database, begin

    def __enter__(self) -> PostgresHandle:
        self._handle = self._database.kept_handle()
        self._pipeline = self._handle.pipeline()
        try:
            self._pipeline.__enter__()
            for each in self._begin:
                self._handle.execute(cast(Any, each))
        except psycopg.Error as error:
            self._handle.close()
            raise trouble_of(error, self._database.site) from error
        return self._handle

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._handle.execute("COMMIT")
                self._pipeline.__exit__(None, None, None)  # its errors are told here
                return
            with suppress(psycopg.Error):  # psycopg would write it to the terminal
                self._pipeline.__exit__(None, None, None)
            self._handle.rollback()
        except psycopg.Error as failure:
            self._handle.close()
            raise trouble_of(failure, self._database.site) from failure
        if isinstance(error, psycopg.Error | DamagedValueError):
            raise trouble_of(error, self._database.site) from error


def make_schema(site: ServerPlace, *more: str) -> None:
    """The schema, where there is none; what it is made in must sort as it is written.

    LedgerError("database-encoding") for a database that keeps text otherwise than as UTF-8, or
    sorts it by a language: then one campaign has one order here and another there.
    """
    handle = connect(site)
    try:
        (encoding, *locale) = handle.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone() or ("",)
        if encoding != "UTF8" or handle.execute(_SORTS_AND_FOLDS).fetchone() != (True,):
            words = ", ".join([encoding, *locale])
            raise LedgerError("database-encoding", path=str(site), words=words)
        alone = f"SELECT pg_advisory_xact_lock({site.lock_key('schema')})"
        made = f'CREATE SCHEMA IF NOT EXISTS "{site.schema}"'
        path = f'SET LOCAL search_path TO "{site.schema}"'
        handle.execute(cast(Any, ";".join(["BEGIN", alone, made, path, *more, "COMMIT"])))
    except psycopg.Error as error:
        raise trouble_of(error, site) from error
    finally:
        handle.close()
