"""Statements that run with every message or every row of a sheet: compiled once for each database,
and run on its own connection.

On SQLite a statement takes 3 µs instead of 24, a transaction around it 15 instead of 95: with
SQLAlchemy's own, a letter over one connection would take a third of a millisecond more, of 0.9
that the bar of `make bench-mail` allows. What is done for each message that leaves goes this way
(it is claimed, archived, intended, settled and counted), and for each recipient that an import
adds; nothing else. The SQL is still SQLAlchemy's, so tables and types stand in one place.

None of them has a RETURNING, nor inserts what it selects from its own table: SQLite makes a table
for such a result, which takes it longer than all the rest of the statement.
"""

from __future__ import annotations

import json
import re
import sqlite3
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Column,
    ColumnElement,
    Dialect,
    LargeBinary,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from merge.ledger.driver.database import Handle

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

LIST = "list"
"""The parameter that `each_listed` makes."""

_PARAMETER = re.compile(r"(?<!:):(\w+)")  # "::" is PostgreSQL's cast
_REMEMBERED = 256  # words and times of one type: most rows of a transaction have the same ones

_Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a database's own connection takes: SQLAlchemy's dialect, made for named parameters, and
    the mark that stands for a parameter."""

    dialect: Dialect
    parameter: str


DIALECTS: dict[type, Spoken] = {sqlite3.Connection: Spoken(sqlite_dialect(paramstyle="named"), "?")}
"""By the type of the connection; `postgres` adds its own."""


def parameters(columns: Iterable[Column[Any]]) -> dict[str, BindParameter[Any]]:
    """A parameter for each column of a table, called as it is."""
    return {column.name: bindparam(column.name, type_=column.type) for column in columns}


def is_one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN` these values, in the one form that a prepared statement takes."""
    return or_(*(column == value for value in values))


def each_listed() -> TableValuedAlias:
    """A list of any length, which goes as one parameter: `listed(it)`. The column is `value`."""
    return each_in(bindparam(LIST, type_=Text))


class _JsonElements(FunctionElement[Any]):
    """The elements of a JSON array, as rows."""

    inherit_cache = True
    name = "json_each"


class _JsonValue(FunctionElement[str]):
    """What stands at a place of a JSON text: SQLite's path, or PostgreSQL's key or index."""

    inherit_cache = True
    type = Text()


class _ServersClock(FunctionElement[datetime]):
    """Now, so many seconds ago: a PostgreSQL server's; SQLite's is whose program it is."""

    inherit_cache = True


@compiles(_ServersClock)
def _own(element: _ServersClock, compiler: SQLCompiler, **how: Any) -> str:
    own, _seconds = element.clauses
    return compiler.process(own, **how)


@compiles(_ServersClock, "postgresql")
def _servers(element: _ServersClock, compiler: SQLCompiler, **how: Any) -> str:
    _own, seconds = (compiler.process(each, **how) for each in element.clauses)
    # As a SELECT it is asked once, not for each row, and an index can be searched for it.
    return f"(SELECT clock_timestamp() - {seconds} * interval '1 second')"


@compiles(_JsonElements)
def _elements(element: _JsonElements, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(_JsonElements, "postgresql")
def _pg_elements(element: _JsonElements, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_array_elements_text(({compiler.process(element.clauses, **how)})::json)"


@compiles(_JsonValue)
def _value(element: _JsonValue, compiler: SQLCompiler, **how: Any) -> str:
    record, path, _key = (compiler.process(each, **how) for each in element.clauses)
    return f"json_extract({record}, {path})"


@compiles(_JsonValue, "postgresql")
def _pg_value(element: _JsonValue, compiler: SQLCompiler, **how: Any) -> str:
    record, _path, key = (compiler.process(each, **how) for each in element.clauses)
    return f"(nullif({record}, '')::json ->> {key})"


def by_its_clock(
    own: BindParameter[datetime], ago: timedelta = timedelta()
) -> ColumnElement[datetime]:
    """A time so long ago by the clock of the database's server; `own` where it has none."""
    at: ColumnElement[datetime] = _ServersClock(own, literal_column(str(ago.total_seconds())))
    return type_coerce(at, own.type)


def each_in(array: ColumnElement[Any]) -> TableValuedAlias:
    """A row for each element of a JSON array. The column is `value`."""
    return _JsonElements(array).table_valued("value")


def first_in(array: ColumnElement[Any]) -> ColumnElement[str]:
    """The first element of a JSON array."""
    return _JsonValue(array, literal_column("'$[0]'"), literal_column("0"))


def value_in(record: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """What a JSON object has under this name, as text; NULL where it has nothing."""
    path = f"$.{json.dumps(name, ensure_ascii=False)}"
    return _JsonValue(record, literal(path, Text), literal(name, Text))


def is_listed(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """`column IN` the list of `each_listed`."""
    return column.in_(select(cast(each_listed().c.value, column.type)))


def listed(values: Iterable[int | str]) -> str:
    """What the parameter of `each_listed` takes."""
    return json.dumps(list(values))


class Prepared:
    """One statement with named parameters; each takes a value of its column's Python type."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[type, _Compiled] = {}

    def run(self, handle: Handle, rows: Iterable[Mapping[str, Any]]) -> None:
        """Once for each row."""
        compiled = self._for(handle)
        handle.executemany(compiled.sql, map(compiled.bound, rows))

    def one(self, handle: Handle, row: Mapping[str, Any] | None = None) -> Any:
        """The one row that a SELECT finds, as the database stores it; None when there is none."""
        compiled = self._for(handle)
        return handle.execute(compiled.sql, compiled.bound(row or {})).fetchone()

    def records(self, handle: Handle, row: Mapping[str, Any]) -> list[list[Any]]:
        """All rows that a SELECT finds, their values of their columns' Python types."""
        return self.asked(handle, row)()

    def asked(self, handle: Handle, row: Mapping[str, Any]) -> Callable[[], list[list[Any]]]:
        """The same, to be read later in this transaction: a server that is far away answers all
        that was asked before a first answer is read at once."""
        compiled = self._for(handle)
        cursor = handle.execute(compiled.sql, compiled.bound(row))

        def read() -> list[list[Any]]:
            records = list(map(list, cursor))
            for place, process in compiled.of_results:
                for record in records:
                    record[place] = process(record[place])
            return records

        return read

    def _for(self, handle: Handle) -> _Compiled:
        kind = type(handle)
        if kind not in self._compiled:
            self._compiled[kind] = _Compiled(self._statement, DIALECTS[kind])
        return self._compiled[kind]


class _Compiled:
    """A statement in the words of one database."""

    def __init__(self, statement: ClauseElement, spoken: Spoken) -> None:
        compiled = typing.cast("SQLCompiler", statement.compile(dialect=spoken.dialect))
        binds, names = compiled.binds, list[str]()

        # By its place SQLite takes a value in a third of the time that a name costs, and what is
        # the same in every row stands in the statement.
        def placed(parameter: re.Match[str]) -> str:
            bind = binds[parameter[1]]
            if not bind.required:
                return compiled.render_literal_value(bind.effective_value, bind.type)
            names.append(parameter[1])
            return spoken.parameter

        self.sql = _PARAMETER.sub(placed, str(compiled))
        self._picked: Callable[[Mapping[str, Any]], Iterable[Any]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: [row[name] for name in names]
        )
        types = (binds[name].type for name in names)
        self._processes = list(_processes(spoken.dialect, types, "bind_processor"))
        selected = (column.type for column in getattr(statement, "selected_columns", ()))
        self.of_results = list(_processes(spoken.dialect, selected, "result_processor", None))

    def bound(self, row: Mapping[str, Any]) -> list[Any]:
        """Its values, in their places."""
        bound = list(self._picked(row))
        for place, process in self._processes:
            bound[place] = process(bound[place])
        return bound


def _processes(
    dialect: Dialect, types: Iterable[Any], kind: str, *more: object
) -> Iterator[tuple[int, _Process]]:
    """What SQLAlchemy does to the values of these types, by their places, where it does."""
    for place, each in enumerate(types):
        process = getattr(each.dialect_impl(dialect), kind)(dialect, *more)
        if process and not isinstance(each, LargeBinary):  # bytes are bytes
            yield (
                place,
                _remembering.setdefault(
                    (dialect.name, kind, repr(each)), lru_cache(_REMEMBERED)(process)
                ),
            )


# A transaction has one time for several columns and statements: types that are written alike share
# what they remember.
_remembering: dict[tuple[str, str, str], _Process] = {}
