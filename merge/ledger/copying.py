"""Copies all rows of some tables from one database into another, and compares the two.

The databases may be of different kinds: each value is read and written as its column keeps it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, LargeBinary, MetaData, Table, func, insert, select

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.driver.database import Database, number_on
from merge.ledger.driver.migrating import migrate

_ROWS = 1_000
_BYTES = 4_000_000  # a part of a message may be an attachment of megabytes


@contextmanager
def copied_ledger(source: Database, target: Database) -> Iterator[Connection]:
    """A snapshot of a ledger of today, in a new one. Yields the transaction that it stands in."""
    target.make()
    migrate(target)
    with source.reading() as there, target.writing() as here:
        copy_rows(there, here, schema.metadata)
        yield here


def copy_rows(there: Connection, here: Connection, tables: MetaData) -> None:
    """All rows of these tables, which are empty `here`; a few at a time are in memory.

    LedgerError("copy-differs") where the copy, read again, is not what was read.
    """
    for table in tables.sorted_tables:
        read = _Digest()
        with closing(_batches(there, table)) as batches:
            for rows in batches:
                read.add(rows)
                here.execute(insert(table), rows)
        number_on(here, table)
        written = _Digest()
        with closing(_batches(here, table)) as batches:
            for rows in batches:
                written.add(rows)
        if (written.rows, written.hex) != (read.rows, read.hex):
            raise LedgerError("copy-differs", name=table.name)


def _batches(tx: Connection, table: Table) -> Generator[list[dict[str, Any]]]:
    """In the order of their keys, which is the same in both: both sort text by its bytes."""
    largest = 1
    for column in table.c:
        if isinstance(column.type, LargeBinary):
            largest = tx.execute(select(func.max(func.length(column)))).scalar() or 1
    at_once = {"yield_per": max(1, min(_ROWS, _BYTES // largest))}
    found = tx.execute(select(table).order_by(*table.primary_key), execution_options=at_once)
    try:
        for rows in found.mappings().partitions():
            yield [dict(row) for row in rows]
    finally:
        found.close()


class _Digest:
    """What has been read, in 32 bytes and a number."""

    def __init__(self) -> None:
        self.rows = 0
        self._hashed = sha256()

    @property
    def hex(self) -> str:
        return self._hashed.hexdigest()

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows += len(rows)
        for row in rows:
            values = (sha256(v).digest() if isinstance(v, bytes) else v for v in row.values())
            self._hashed.update(repr(tuple(values)).encode())
