"""What each database says in its own words: JSON, a list of any length, the clock of a server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
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
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

LIST = "list"
"""The parameter that `each_listed` makes."""


def is_one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN` these values, in a form that a statement for many rows takes."""
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


def clock(tx: Connection, own: str, ago: timedelta = timedelta()) -> str:
    """The same as SQL for `handle_of`: `own` is the name of a parameter."""
    return f":{own}" if tx.dialect.name == "sqlite" else _clock(tx.dialect, own, ago)


@cache
def _clock(dialect: Dialect, own: str, ago: timedelta) -> str:
    seconds: ColumnElement[float] = literal_column(str(ago.total_seconds()))
    return str(_ServersClock(literal_column(f":{own}"), seconds).compile(dialect=dialect))


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
