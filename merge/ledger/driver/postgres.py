"""One schema of a PostgreSQL database, for a campaign or for what campaigns share.

A campaign's tables stand in a schema of its own, and behind it on the search path is the schema
that all share: so one transaction spends a quota and writes what it is spent for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self, cast

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from merge.errors import LedgerError, Refused
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import (
    BUSY_TIMEOUT_S,
    UNREADABLE,
    Database,
    handle_of,
    patience,
)
from merge.ledger.driver.files import file_id
from merge.ledger.driver.session import PostgresHandle, connect, trouble_of

# Whatever its locale is called, and whoever provides it: "C" knows no letters but ASCII's.
_SORTS_AND_FOLDS = """
SELECT 'B' < 'a' AND 'z' < 'é' AND 'a-b' < 'aa' AND lower('ŒØ') = 'œø' AND 'ł' ~ '^[[:alnum:]]$'
"""
# ANALYZE leaves what it said of a table as it was where no row is left; a new type forgets it.
# Dates, numbers and states, which a trigger may be bound to, name nobody; nor does what a view
# shows, which is who is at work.
_FORGETS = """
SELECT 'ALTER TABLE {0} ' || string_agg(
    format('ALTER %I TYPE %s', attname, format_type(atttypid, atttypmod)), ', ')
FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
WHERE attrelid = '{0}'::regclass AND attnum > 0 AND NOT attisdropped AND typcategory IN ('S', 'U')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_rewrite'::regclass
        AND (refobjid, refobjsubid) = (attrelid, attnum))
    AND NOT EXISTS (SELECT FROM {0})
"""
_IS_OURS = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %s"
_STARTED = """
SELECT concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), to_regclass('campaign')::oid)
"""
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ"


@cache
def engine_of(url: str) -> Engine:
    """This process's one engine for a database: what several schemas of it need is shared."""
    site = ServerPlace(url, SHARED)
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(site),
        hide_parameters=True,  # no recipient in a traceback or a log
        use_native_hstore=False,  # nothing of ours is one; to look for it takes three trips
        pool_size=2,
        max_overflow=8,
    )

    @event.listens_for(engine, "checkout")
    def check(connection: PostgresHandle, _record: object, _proxy: object) -> None:
        """Another one where the server has ended it meanwhile. Asking it would cost a trip."""
        if connection.has_ended():
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        handle, said = cast(Any, handle_of(connection)), connection.get_execution_options()
        if "lazily" in said:
            handle.begin_lazily(*said["lazily"])
        elif begin := said.get("begin", "BEGIN"):
            handle.execute(begin)

    return engine


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
        self._search = f"SET LOCAL search_path TO {', '.join(self._path)}"
        self._kept: Connection | None = None
        self._handle: PostgresHandle | None = None  # its own
        self.has_begun = False  # and not ended: a pipeline knows of no transaction before it ends
        self._started = ""
        self._checked: Connection | None = None  # a session of that start

    def serves_with(self, other: Database) -> bool:
        """Whether both are schemas of one database."""
        return isinstance(other, PostgresDatabase) and other.site.url == self.site.url

    def hold(self, tx: Connection, name: str) -> None:
        """By an advisory lock, which no other schema takes: all of them name it in this one."""
        key = ServerPlace(self.site.url, SHARED).lock_key(name)
        handle_of(tx).execute(f"SELECT pg_advisory_xact_lock({key})")

    def whereabouts(self) -> tuple[str, str]:
        """The note in the campaign's folder on this machine, or else its address."""
        number = ""
        with suppress(FileNotFoundError):  # it is yet to be written
            number = file_id(Path(self.site.note)) if self.site.note else ""
        return self.site.note or f"{self.name}/{self.site.schema}", number

    def system(self) -> str:
        """Its identifier, with the database's number in it."""
        with self.reading() as tx:
            found = tx.exec_driver_sql(
                "SELECT system_identifier::text, oid::text FROM pg_control_system(), pg_database "
                "WHERE datname = current_database()"
            ).one()
        return "/".join(found)

    def started(self) -> str:
        """A session never outlives its server, and all that come later are compared with this."""
        with self.reading() as tx:
            self._started = str(tx.exec_driver_sql(_STARTED).scalar_one())
        return self._started

    def is_there(self) -> bool:
        """Always: one that was never made is read as an empty one."""
        return True

    def make(self) -> None:
        """An empty schema."""
        make_schema(self.site)

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
        """LedgerError("ledger-restarted") where the session that is kept is of another start."""
        with self.glancing() as kept:
            if self._started and kept is not self._checked:
                if kept.exec_driver_sql(_STARTED).scalar_one() != self._started:
                    raise LedgerError("ledger-restarted", path=self.name)
                self._checked = kept

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction beside which nobody writes in this schema: all of it, or nothing."""
        said = self._begin("BEGIN", self._search, self._alone_writing)
        with self._transaction(begin="; ".join(said)) as tx:
            yield tx

    def writing_fast(self) -> AbstractContextManager[Connection]:
        """On the connection that is kept. Others of its kind go on; one of `writing` does not.

        What is asked in it goes to the server at the next answer that is read, or at its end, and
        all of that in one round trip.
        """
        return _Pipelined(self, self._begin("BEGIN", self._beside_writers))

    @property
    def is_writing(self) -> bool:
        """Whether a transaction of `writing_fast` is open: an interruption may leave one."""
        return self.has_begun

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """One statement that reads, on the connection that `writing_fast` keeps."""
        with self._told():
            yield self.kept_connection()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot; writers go on meanwhile."""
        with self._transaction(lazily=self._begin(_SNAPSHOT, self._search)) as tx:
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
        """Write each table anew from what it holds, and what the server tells of its values. What
        was erased stays in the server's log of transactions, and in backups that its keeper makes:
        docs/many.md says for how long.
        """
        with self._alone() as handle:
            for name in self._tables(handle):
                handle.execute(cast(Any, f"VACUUM (FULL, ANALYZE) {name}"))
                (forgets,) = handle.execute(cast(Any, _FORGETS.format(name))).fetchone() or ("",)
                if forgets:
                    handle.execute(forgets)
            # Only who owns the database may; for others the server leaves it out.
            handle.execute("VACUUM FULL pg_catalog.pg_statistic")

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
        self._kept = self._handle = None
        self.has_begun = False

    def _begin(self, begin: str, *more: str) -> Sequence[str]:
        """What begins a transaction."""
        seconds = patience(BUSY_TIMEOUT_S)
        wait = f"SET LOCAL lock_timeout = {int(seconds * 1000)}"
        return [begin, *([wait] if seconds < BUSY_TIMEOUT_S else []), *more]

    @contextmanager
    def _transaction(self, **said: Any) -> Iterator[Connection]:
        with self._told(), self._engine.connect() as connection:
            connection.execution_options(**said)
            with connection.begin():
                yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if (meant := _meant(error)) is None:
                raise
            raise trouble_of(meant, self.site) from error

    def kept_connection(self) -> Connection:
        """The connection that is kept; another where that one has ended."""
        # It is still writing where Ctrl-C came between a transaction's end and its commit.
        if self._kept is None or self._kept.invalidated or self.is_writing:
            self.close()
            # SQLAlchemy begins nothing on it: what is asked in no transaction is one by itself.
            self._kept = self._engine.connect().execution_options(begin="")
            self._kept.detach()
            self._handle = cast(PostgresHandle, handle_of(self._kept))
            self._handle.execute(self._search.replace("LOCAL ", ""))
        return self._kept

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

    def __enter__(self) -> Connection:
        kept = self._database.kept_connection()
        self._handle = cast(PostgresHandle, handle_of(kept))
        self._pipeline = self._handle.pipeline()
        self._database.has_begun = True
        try:
            self._pipeline.__enter__()
            for each in self._begin:
                self._handle.execute(cast(Any, each))
        except psycopg.Error as error:
            self._handle.close()
            raise trouble_of(error, self._database.site) from error
        return kept

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._handle.execute("COMMIT")
                self._pipeline.__exit__(None, None, None)  # its errors are told here
                self._database.has_begun = False
                return
            with suppress(psycopg.Error):  # psycopg would write it to the terminal
                self._pipeline.__exit__(None, None, None)
            self._handle.rollback()
            self._database.has_begun = False
        except psycopg.Error as failure:
            self._handle.close()
            raise trouble_of(failure, self._database.site) from failure
        if meant := _meant(error):
            raise trouble_of(meant, self._database.site) from error


def _meant(error: BaseException | None) -> BaseException | None:
    """What the database said; None for an error that is not its own."""
    said = getattr(error, "orig", error)  # SQLAlchemy's, around psycopg's
    return said if isinstance(said, (psycopg.Error, *UNREADABLE)) else None


def make_schema(site: ServerPlace, *more: str) -> None:
    """The schema, where there is none; what it is made in must sort as it is written.

    LedgerError("database-refuses") for one that another role has made, who can do in it whatever
    they like, and for a database that keeps text otherwise than as UTF-8, or
    sorts it by a language: then one campaign has one order here and another there.
    """
    handle = connect(site)
    try:
        (encoding, *locale) = handle.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone() or ("",)
        if encoding != "UTF8" or handle.execute(_SORTS_AND_FOLDS).fetchone() != (True,):
            words = f"{', '.join([encoding, *locale])} ≠ UTF8, C.UTF-8"
            raise LedgerError("database-refuses", path=str(site), words=words)
        alone = f"SELECT pg_advisory_xact_lock({site.lock_key('schema')})"
        made = f'CREATE SCHEMA IF NOT EXISTS "{site.schema}"'
        path = f'SET LOCAL search_path TO "{site.schema}"'
        handle.execute(cast(Any, ";".join(["BEGIN", alone, made, path])))
        if handle.execute(_IS_OURS, [site.schema]).fetchone() != (True,):
            raise LedgerError("database-refuses", path=str(site), words=site.schema)
        handle.execute(cast(Any, ";".join([*more, "COMMIT"])))
    except psycopg.Error as error:
        raise trouble_of(error, site) from error
    finally:
        handle.close()
