"""What the ledger asks of its database, whichever it is: SQLite's files or a PostgreSQL server.

The two are in `sqlite` and `postgres`; `places` makes the one that a place names. What is said
otherwise in each, SQLAlchemy compiles for the one that is spoken to.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import wraps
from math import inf
from typing import Any, ClassVar, ParamSpec, Protocol, Self, TypeVar, cast
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, Index, MetaData, Table, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from merge.errors import Refused

_P = ParamSpec("_P")
_T = TypeVar("_T")

BUSY_TIMEOUT_S = 30
"""How long a writer waits for another's commit; a commit takes milliseconds."""

HASTE_S = 0.3
"""How long one does whom others wait for: a dozen tries."""

_most_s = ContextVar("_most_s", default=inf)


@contextmanager
def in_haste() -> Iterator[None]:
    """Within it nobody is waited for longer than a moment. Busy instead."""
    token = _most_s.set(HASTE_S)
    try:
        yield
    finally:
        _most_s.reset(token)


def patience(seconds: float) -> float:
    """So many seconds, or the few that one `in_haste` has."""
    return min(seconds, _most_s.get())


class DamagedValueError(ValueError):
    """A value that this program never writes: a state, a time or JSON that is none.

    It never leaves this room: `Database.trouble` makes "ledger-damaged" of it.
    """


UNREADABLE = (DamagedValueError, NoResultFound, MultipleResultsFound)
"""What a database raises that holds what no ledger does."""


def telling_damage(read: Callable[_P, _T]) -> Callable[_P, _T]:
    """The same reader of stored values; DamagedValueError for what it cannot make sense of."""

    @wraps(read)
    def reading(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return read(*args, **kwargs)
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
            raise DamagedValueError(str(error)) from None

    return reading


@telling_damage
def campaign_id_of(text: str) -> str:
    """A campaign's UUID, in its usual form."""
    return str(UUID(f"{text}"))


@telling_damage
def one_line(text: str) -> str:
    """A name of a user or a machine, without what would be more than one line of plain signs."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


@telling_damage
def json_object(text: str) -> dict[str, Any]:
    """A JSON object."""
    return dict(**json.loads(text))


class Handle(Protocol):
    """The database's own connection, for what runs with every message: on SQLite a statement takes
    1 µs instead of 17. Its parameters are named, `:so`, or `?` of a row that is a sequence; a value
    is a time, a number or words.
    """

    def execute(self, statement: str, row: Mapping[str, Any] = ..., /) -> Iterable[Any]:
        """Run it once."""

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        """Run it for each."""


class Database(ABC):
    """One database of ours. Nothing is opened before the first use.

    `name` is what its errors call it; one that `is_file` may be copied by anybody. `close` it when
    done; one that is forgotten is closed when nobody refers to it any more.
    """

    name: str
    is_file: ClassVar[bool]

    def serves_with(self, other: Database) -> bool:
        """Whether a transaction of this one reaches the tables of the other."""
        return False

    @abstractmethod
    def hold(self, tx: Connection, name: str) -> None:
        """Until this transaction of `writing_fast` ends, nobody else `hold`s this name."""

    @abstractmethod
    def whereabouts(self) -> tuple[str, str]:
        """Where it lies, and what tells it from every other that ever lay there: of one on a
        server the note that says so, in the campaign's folder.
        """

    @abstractmethod
    def system(self) -> str:
        """Which database of which server it is in; "" for a file."""

    @abstractmethod
    def started(self) -> str:
        """Since when its server runs, and which table it is: of another start or table commits may
        be lost. "" for a file.
        """

    @abstractmethod
    def is_there(self) -> bool:
        """Whether there is anything in its place, so that it can be read."""

    @abstractmethod
    def make(self) -> None:
        """An empty one, where there is none; several may come at once."""

    @abstractmethod
    def replace_by(self, other: Self | None) -> None:
        """Nothing of what was in it is left; it is what `other` was, or is there no more."""

    @abstractmethod
    def may_be_written(self) -> bool:
        """Whether this user may write it."""

    @abstractmethod
    def refuse_elsewhere(self) -> None:
        """LedgerError("ledger-gone") when its place no longer leads to what it was opened as,
        ("ledger-restarted") when it `started` again.
        """

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction in which nobody else writes: all of it, or nothing."""

    @abstractmethod
    def writing_fast(self) -> AbstractContextManager[Connection]:
        """A transaction on a connection that is kept, for what runs with every message. Others of
        its kind may go on at the same time, so what it changes it compares first.
        """

    @property
    @abstractmethod
    def is_writing(self) -> bool:
        """Whether a transaction of `writing_fast` is open: an interruption may leave one."""

    @abstractmethod
    def glancing(self) -> AbstractContextManager[Connection]:
        """One statement that reads, on the connection that `writing_fast` keeps."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """One snapshot; writers go on meanwhile."""

    @abstractmethod
    def erasing(self) -> AbstractContextManager[Connection]:
        """`writing`, for what must leave no trace. References may hang in the air until the end.
        `compact` it then.
        """

    @abstractmethod
    def end_bulk(self) -> None:
        """Bring order into what a bulk load has left."""

    @abstractmethod
    def compact(self) -> None:
        """Nothing that was erased is left in it. Busy("ledger-busy") while another reads it."""

    @abstractmethod
    def is_sound(self) -> bool:
        """Whether it is in order, and each row finds those that it belongs to."""

    @abstractmethod
    def trouble(self, error: BaseException) -> Refused:
        """The `LedgerError` (or `Busy`) that says what the database meant."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""


def handle_of(tx: Connection) -> Handle:
    """The database's own connection, inside this transaction."""
    return cast(Handle, tx.connection.dbapi_connection)


# What each database is told in its own words. SQLite takes PostgreSQL's ON CONFLICT.


def upsert(table: Table) -> Insert:
    """Insert rows; one with the same primary key takes the place of the former."""
    put = insert(table)
    newer = {column.name: put.excluded[column.name] for column in table.c if not column.primary_key}
    return put.on_conflict_do_update(index_elements=list(table.primary_key), set_=newer)


_PUT = "INSERT INTO {} ({}) VALUES ({})"


def put(
    tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of these columns, by the database's own connection: a tenth of the time, and each
    value as it is kept.
    """
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    handle_of(tx).executemany(_PUT.format(table.name, names, values), rows)


def insert_new(table: Table, *key: Column[Any]) -> Insert:
    """Insert rows, without those that are there: by the primary key, or by this unique one."""
    return insert(table).on_conflict_do_nothing(index_elements=list(key or table.primary_key))


def partial_index(column: Column[Any], where: ColumnElement[bool]) -> Index:
    """An index of the rows for which that holds, so that it stays small."""
    return Index(None, column, sqlite_where=where, postgresql_where=where)


def number_on(tx: Connection, table: Table) -> None:
    """Rows that came with their numbers: the next one that is made gets a number behind them."""
    column = table.autoincrement_column
    if tx.dialect.name == "sqlite" or column is None:  # SQLite looks for itself
        return
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    last = select(func.max(column)).scalar_subquery()
    tx.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))


def format_of(tx: Connection, tables: MetaData) -> int:
    """The number of its format that a database without migrations has; 0 for a fresh one."""
    if tx.dialect.name == "sqlite":
        return int(tx.exec_driver_sql("PRAGMA user_version").scalar_one())
    (first, *_) = tables.tables
    said = f"SELECT obj_description(to_regclass('{first}'), 'pg_class')"
    return int(tx.exec_driver_sql(said).scalar_one() or 0)


def set_format(tx: Connection, tables: MetaData, number: int) -> None:
    """Give it that number."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql(f"PRAGMA user_version = {int(number)}")
    else:
        (first, *_) = tables.tables
        tx.exec_driver_sql(f"COMMENT ON TABLE {first} IS '{int(number)}'")
