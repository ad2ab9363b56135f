"""One SQLite file, safely: WAL, synchronous=FULL, foreign keys, and errors in our own words."""

from __future__ import annotations

import sqlite3
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self, cast
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

from merge.disks import make_private_file
from merge.errors import Busy, LedgerError, Refused
from merge.ledger.driver.database import (
    BUSY_TIMEOUT_S,
    UNREADABLE,
    DamagedValueError,
    Database,
    handle_of,
    patience,
)
from merge.ledger.driver.files import (
    file_id,
    is_writable,
    reaching,
    trouble_of,
    unlink_neighbours,
)


@lru_cache(maxsize=1)  # an import has one for all its rows
def _kept_time(at: datetime) -> str:
    """As SQLAlchemy keeps a time, for what goes by SQLite's own connection."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


sqlite3.register_adapter(datetime, _kept_time)

Synchronous = Literal["FULL", "NORMAL"]

_CACHE_KIB = 500
"""Of each connection: a quarter of SQLite's own, for which memory grew with the campaign."""


class SqliteDatabase(Database):
    """One SQLite file. Nothing is opened before the first use.

    A commit outlives a power cut; with `synchronous` NORMAL one of `writing_fast` outlives only the
    program's end.
    `close` it when done; one that is forgotten is closed when nobody refers to it any more.
    """

    is_file = True

    def __init__(
        self, path: Path, *, read_only: bool = False, synchronous: Synchronous = "FULL"
    ) -> None:
        self.path = path
        self.name = str(path)
        self._file = _file_at(path)
        self._engine = _make_engine(path, read_only=read_only)
        self._synchronous = synchronous
        self._kept: tuple[Connection, sqlite3.Connection] | None = None  # and its own handle
        weakref.finalize(self, self._engine.dispose)

    def hold(self, tx: Connection, name: str) -> None:
        """A writer is alone as it is."""

    def whereabouts(self) -> tuple[str, str]:
        """Its path, and the file's own number."""
        with reaching(self.path):
            return str(self.path.resolve()), file_id(self.path)

    def system(self) -> str:
        """None."""
        return ""

    def started(self) -> str:
        """None."""
        return ""

    def is_there(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def make(self) -> None:
        """An empty file, with mode 0600."""
        with reaching(self.path), suppress(FileExistsError):
            make_private_file(self.path)

    def replace_by(self, other: Self | None) -> None:
        """By a file in the same folder. A kill on the way leaves the one or the other."""
        self.close()
        with reaching(self.path):
            unlink_neighbours(self.path)
            if other is not None and other.is_there():
                other.close()
                other.path.replace(self.path)
            else:
                self.path.unlink(missing_ok=True)

    def may_be_written(self) -> bool:
        """Whether SQLite may write it and make its neighbours (-wal, -shm)."""
        return is_writable(self.path)

    def refuse_elsewhere(self) -> None:
        """LedgerError("ledger-gone") when the path no longer leads to the file of the beginning.

        SQLite goes on in a file that was deleted or replaced, and all that is written there is
        lost with the last handle.
        """
        if _file_at(self.path) != self._file:
            raise LedgerError("ledger-gone", path=str(self.path))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that holds the write lock from its start: all of it, or nothing."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def writing_fast(self) -> AbstractContextManager[Connection]:
        """Like `writing`, on the connection that is kept."""
        return _Writing(*self._kept_connection(), self.path)

    @property
    def is_writing(self) -> bool:
        """Whether a transaction of `writing_fast` is open: an interruption may leave one."""
        if self._kept is None:
            return False
        kept, handle = self._kept
        return not kept.invalidated and handle.in_transaction

    def glancing(self) -> AbstractContextManager[Connection]:
        """One read, on the connection that `writing_fast` keeps."""
        return _Glancing(*self._kept_connection(), self.path)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot; writers go on meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def erasing(self) -> Iterator[Connection]:
        """`writing`, for what must leave no trace: what is erased is written over.

        References may hang in the air until the end. `compact` it then.
        """
        with self.writing() as connection:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            yield connection

    def end_bulk(self) -> None:
        """Move the log into the file after a bulk load, so that the log stays small."""
        with self._raw() as handle:
            handle.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def compact(self) -> None:
        """Write the file anew from what it holds: nothing that was erased is left in it.

        For one who has it alone. The connection that is kept is let go; the next use takes another.
        Busy("ledger-busy") while another reads what was there before: it is in the file still.
        """
        self._end_kept()
        with self._raw() as handle:
            handle.execute("VACUUM")
            is_read, _in_log, _moved = handle.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_read:  # which SQLite says in its answer, and by no error
            raise Busy("ledger-busy", path=str(self.path))

    def is_sound(self) -> bool:
        """Whether SQLite finds its pages in order, and for each row those that it belongs to."""
        with self._raw() as handle:
            answer: list[tuple[str]] = handle.execute("PRAGMA quick_check(1)").fetchall()
            astray = handle.execute("PRAGMA foreign_key_check").fetchone()
        return answer == [("ok",)] and astray is None

    def copy_to(self, target: Path) -> None:
        """A consistent copy, what stands in the WAL included; writers go on meanwhile.

        `target` must be absent; it is made with mode 0600 and is complete when this returns. A
        copy that fails leaves nothing: half of one would pass for a backup.
        """
        with reaching(target):
            make_private_file(target)
            try:
                with closing(sqlite3.connect(target)) as copy:
                    with self._raw() as handle:
                        handle.backup(copy)
                    copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, no neighbours
            except BaseException:
                unlink_neighbours(target)
                target.unlink(missing_ok=True)
                raise

    def trouble(self, error: BaseException) -> Refused:
        """As `trouble_of`."""
        return trouble_of(error, self.path)

    def close(self) -> None:
        """Close every connection; the last one folds the WAL into the file."""
        self._end_kept()
        self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(begin=begin)
                with connection.begin():
                    yield connection
        except (sqlite3.Error, *UNREADABLE) as error:
            raise trouble_of(error, self.path) from error

    def _kept_connection(self) -> tuple[Connection, sqlite3.Connection]:
        if self._kept is None or self._kept[0].invalidated:  # by Ctrl-C amid a statement
            self._end_kept()
            with reaching(self.path):
                # SQLAlchemy begins nothing on it: what is asked in no transaction is one by itself.
                kept = self._engine.connect().execution_options(begin="")
                weakref.finalize(self, _end, kept)
                handle = _handle(kept)
                handle.execute(f"PRAGMA synchronous={self._synchronous}")
            self._kept = kept, handle
        return self._kept

    def _end_kept(self) -> None:
        if self._kept is not None:
            _end(self._kept[0])
        self._kept = None

    @contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        """SQLite's own handle, for what SQL has no words for."""
        with self._engine.connect() as connection, reaching(self.path):
            yield _handle(connection)


def _handle(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, handle_of(connection))


def _end(kept: Connection) -> None:
    if not (kept.closed or kept.invalidated):
        kept.detach()  # nobody else gets it
    kept.close()


class _Glancing:
    """One look on the connection that is kept. It runs with every message, so no generator."""

    __slots__ = ("_handle", "_kept", "_path")

    def __init__(self, kept: Connection, handle: sqlite3.Connection, path: Path) -> None:
        self._kept = kept
        self._handle = handle
        self._path = path

    def __enter__(self) -> Connection:
        return self._kept

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError | sqlite3.Error | DamagedValueError):
            raise trouble_of(error, self._path) from error


class _Writing(_Glancing):
    """One transaction, in the same way."""

    __slots__ = ()

    def __enter__(self) -> Connection:
        try:
            if self._handle.in_transaction:  # Ctrl-C came between its end and its commit
                self._handle.rollback()
            self._handle.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise trouble_of(error, self._path) from error
        return self._kept

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._handle.execute("COMMIT")
                return
            if not self._kept.invalidated:
                self._handle.rollback()
        except sqlite3.Error as failure:
            raise trouble_of(failure, self._path) from failure
        super().__exit__(kind, error, trace)


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_engine(path: Path, *, read_only: bool) -> Engine:
    if read_only and not is_writable(path):
        name, query = "file:" + quote(str(path)), {"uri": "true", "mode": "ro"}
        if not path.with_name(path.name + "-wal").exists():
            query["immutable"] = "1"  # nobody can write here, so no log need be kept
    else:
        name, query = str(path), {}
    engine = create_engine(
        URL.create("sqlite", database=name, query=query),
        # None: the driver never begins by itself; `begin` below does.
        connect_args={"timeout": patience(BUSY_TIMEOUT_S), "isolation_level": None},
        hide_parameters=True,  # no recipient in a traceback or a log
    )

    @event.listens_for(engine, "connect")
    def prepare(handle: Any, _record: object) -> None:
        try:
            _distrust(handle)
            handle.execute("PRAGMA foreign_keys=ON")
            if read_only:
                handle.execute("PRAGMA query_only=ON")
            else:
                _switch_to_wal(handle)
                handle.execute("PRAGMA synchronous=FULL")
                handle.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            with reaching(path):
                _refuse_what_runs_by_itself(handle, path)
        except BaseException:
            handle.close()  # SQLAlchemy never hears of it
            raise

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if said := connection.get_execution_options().get("begin", "BEGIN"):
            connection.exec_driver_sql(said)

    @event.listens_for(engine, "handle_error")
    def translate(context: Any) -> None:
        if isinstance(context.original_exception, sqlite3.Error | OSError):
            raise trouble_of(context.original_exception, path) from None

    return engine


def _distrust(handle: Any) -> None:
    """The file may come from a stranger: what its schema says is run as little as can be.

    https://www.sqlite.org/security.html, "untrusted SQLite database files".
    """
    handle.execute("PRAGMA trusted_schema=OFF")
    if sys.version_info >= (3, 12):
        handle.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        handle.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        handle.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)


def _refuse_what_runs_by_itself(handle: Any, path: Path) -> None:
    """LedgerError("ledger-altered") for a trigger or a view: this program makes none.

    A trigger that turned `sent` into `queued` would write to everybody again and again.
    """
    query = "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view') LIMIT 1"
    for (name,) in handle.execute(query):
        raise LedgerError("ledger-altered", path=str(path), name=name)


def _switch_to_wal(handle: sqlite3.Connection) -> None:
    """WAL mode, also when several processes open a fresh file at once.

    The one statement for which SQLite refuses at once instead of waiting its busy timeout.
    """
    give_up_at = time.monotonic() + patience(BUSY_TIMEOUT_S)
    while True:
        try:
            handle.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > give_up_at:
                raise
        time.sleep(0.01)
