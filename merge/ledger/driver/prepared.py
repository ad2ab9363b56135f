"""Statements that run with every message or every row of a sheet: compiled once, and run on
SQLite's own handle.

A statement takes 3 µs instead of 24, a transaction around it 15 instead of 95: with SQLAlchemy's
own, a letter over one connection would take a third of a millisecond more, of 0.9 that the bar of
`make bench-mail` allows. What is done for each message that leaves goes this way (it is claimed,
archived, intended, settled and counted), and for each recipient that an import adds; nothing else.
The SQL is still SQLAlchemy's, so tables and types stand in one place.

None of them has a RETURNING, nor inserts what it selects from its own table: SQLite makes a table
for such a result, which takes it longer than all the rest of the statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Column,
    ColumnElement,
    LargeBinary,
    Subquery,
    TableValuedAlias,
    Text,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from merge.ledger.driver.database import Handle

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler

LIST = "list"
"""The parameter that `each_listed` makes."""

_DIALECT = sqlite_dialect(paramstyle="named")
_PARAMETER = re.compile(r":(\w+)")
_REMEMBERED = 256  # words and times of one type: most rows of a transaction have the same ones

_Process = Callable[[Any], Any]


def parameters(columns: Iterable[Column[Any]]) -> dict[str, BindParameter[Any]]:
    """A parameter for each column of a table, called as it is."""
    return {column.name: bindparam(column.name, type_=column.type) for column in columns}


def is_one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN` these values, in the one form that a prepared statement takes."""
    return or_(*(column == value for value in values))


def each_listed() -> TableValuedAlias:
    """A list of any length, which goes as one parameter: `listed(it)`. The column is `value`."""
    return each_in(bindparam(LIST, type_=Text))


def each_in(array: ColumnElement[Any]) -> TableValuedAlias:
    """A row for each element of a JSON array. The column is `value`."""
    return func.json_each(array).table_valued("value")


def first_in(array: ColumnElement[Any]) -> ColumnElement[str]:
    """The first element of a JSON array."""
    return func.json_extract(array, "$[0]")


def value_in(record: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """What a JSON object has under this name; NULL where it has nothing."""
    return func.json_extract(record, f"$.{json.dumps(name, ensure_ascii=False)}")


def array_of(rows: Subquery) -> ColumnElement[str]:
    """The one column of these rows as a JSON array, in their order."""
    (column,) = rows.c
    return func.json_group_array(column, type_=Text)


def is_listed(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """`column IN` the list of `each_listed`."""
    return column.in_(select(each_listed().c.value))


def listed(values: Iterable[int | str]) -> str:
    """What the parameter of `each_listed` takes."""
    return json.dumps(list(values))


class Prepared:
    """One statement with named parameters; each takes a value of its column's Python type."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = cast("SQLCompiler", statement.compile(dialect=_DIALECT))
        binds, names = compiled.binds, list[str]()

        # By its place SQLite takes a value in a third of the time that a name costs, and what is
        # the same in every row stands in the statement.
        def placed(parameter: re.Match[str]) -> str:
            bind = binds[parameter[1]]
            if not bind.required:
                return compiled.render_literal_value(bind.effective_value, bind.type)
            names.append(parameter[1])
            return "?"

        self._sql = _PARAMETER.sub(placed, str(compiled))
        self._picked: Callable[[Mapping[str, Any]], Iterable[Any]] = (
            itemgetter(*names) if len(names) > 1 else lambda row: [row[name] for name in names]
        )
        self._processes = list(_processes((binds[name].type for name in names), "bind_processor"))
        selected = (column.type for column in getattr(statement, "selected_columns", ()))
        self._of_results = list(_processes(selected, "result_processor", None))

    def run(self, handle: Handle, rows: Iterable[Mapping[str, Any]]) -> int:
        """Once for each row; how many rows of the table it changed."""
        return handle.executemany(self._sql, map(self._bound, rows)).rowcount

    def add(self, handle: Handle, row: Mapping[str, Any]) -> int:
        """Insert a row; the number that SQLite gave it."""
        return cast("int", handle.execute(self._sql, self._bound(row)).lastrowid)

    def one(self, handle: Handle, row: Mapping[str, Any] | None = None) -> Any:
        """The one row that a SELECT finds, as SQLite stores it; None when there is none."""
        return handle.execute(self._sql, self._bound(row or {})).fetchone()

    def records(self, handle: Handle, row: Mapping[str, Any]) -> list[list[Any]]:
        """All rows that a SELECT finds, their values of their columns' Python types."""
        records = list(map(list, handle.execute(self._sql, self._bound(row))))
        for place, process in self._of_results:
            for record in records:
                record[place] = process(record[place])
        return records

    def _bound(self, row: Mapping[str, Any]) -> list[Any]:
        bound = list(self._picked(row))
        for place, process in self._processes:
            bound[place] = process(bound[place])
        return bound


def _processes(types: Iterable[Any], kind: str, *more: object) -> Iterator[tuple[int, _Process]]:
    """What SQLAlchemy does to the values of these types, by their places, where it does."""
    for place, each in enumerate(types):
        process = getattr(each.dialect_impl(_DIALECT), kind)(_DIALECT, *more)
        if process and not isinstance(each, LargeBinary):  # bytes are bytes
            yield (
                place,
                _remembering.setdefault((kind, repr(each)), lru_cache(_REMEMBERED)(process)),
            )


# A transaction has one time for several columns and statements: types that are written alike share
# what they remember.
_remembering: dict[tuple[str, str], _Process] = {}
