"""Statements that run with every message: compiled once, and run on SQLite's own handle.

SQLAlchemy spends ten times what SQLite does on a statement of one row. What is done for each
message that leaves, and nothing else, goes this way: it is claimed, archived, intended, settled
and counted. The SQL is still SQLAlchemy's, so tables and types stand in one place.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Enum,
    LargeBinary,
    Text,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

IDS = "ids"
"""The parameter that `is_one_of_ids` makes."""

_DIALECT = sqlite_dialect(paramstyle="named")
_AS_THEY_ARE = (Enum, LargeBinary)  # a StrEnum is the text it stands for; bytes are bytes
_TIMES_REMEMBERED = 256  # most rows of a transaction have the same one

_Process = Callable[[Any], Any]


def is_one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column IN` these values, in the one form that a prepared statement takes."""
    return or_(*(column == value for value in values))


def is_one_of_ids(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """`column IN` a list of numbers of any length, which goes as one parameter: `listed(them)`."""
    numbers = func.json_each(bindparam(IDS, type_=Text)).table_valued("value")
    return column.in_(select(numbers.c.value))


def listed(numbers: Iterable[int]) -> str:
    """What the parameter of `is_one_of_ids` takes."""
    return json.dumps(list(numbers))


class Prepared:
    """One statement with named parameters; each takes a value of its column's Python type."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._constants: dict[str, Any] = {}
        self._processes: list[tuple[str, _Process]] = []
        for bind, name in compiled.bind_names.items():  # type: ignore[attr-defined] # SQL's have
            process = bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
            if not bind.required:
                value = bind.effective_value
                self._constants[name] = process(value) if process and value is not None else value
            elif process and not isinstance(bind.type, _AS_THEY_ARE):
                self._processes.append((name, lru_cache(_TIMES_REMEMBERED)(process)))
        self._of_results: list[tuple[int, _Process]] = []
        for place, column in enumerate(getattr(statement, "selected_columns", ())):
            found = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
            if found:
                self._of_results.append((place, found))

    def run(self, handle: sqlite3.Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Once for each row; how many rows of the table it changed."""
        return handle.executemany(self._sql, [self._bound(row) for row in rows]).rowcount

    def one(self, handle: sqlite3.Connection, row: Mapping[str, Any] | None = None) -> Any:
        """The one row that a SELECT finds, as SQLite stores it; None when there is none."""
        return handle.execute(self._sql, self._bound(row or {})).fetchone()

    def records(self, handle: sqlite3.Connection, row: Mapping[str, Any]) -> list[list[Any]]:
        """All rows that a SELECT finds, their values of their columns' Python types."""
        records = list(map(list, handle.execute(self._sql, self._bound(row))))
        for place, process in self._of_results:
            for record in records:
                record[place] = process(record[place])
        return records

    def _bound(self, row: Mapping[str, Any]) -> dict[str, Any]:
        bound = {**self._constants, **row}
        for name, process in self._processes:
            if bound[name] is not None:
                bound[name] = process(bound[name])
        return bound
