"""Servers that a person approved for a password, in accounts.db: a row for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, String, Table, Text, select
from sqlalchemy.dialects.sqlite import insert

from merge.ledger.database import Database
from merge.ledger.records import Approval, Destination
from merge.ledger.schema import UtcTime

metadata = MetaData()

# The key is the whole of it: another port, encryption, certificate or login is another row.
_approvals = Table(
    "approvals",
    metadata,
    Column("protocol", String(8), primary_key=True),
    Column("host", Text, primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("tls", String(16), primary_key=True),
    Column("ca", String(64), primary_key=True),
    Column("login", Text, primary_key=True),
    Column("with_password", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)


def make_ready(tx: Connection) -> None:
    """The table."""
    metadata.create_all(tx)


class ApprovalBook:
    """`make_ready` makes accounts.db, at the first use."""

    def __init__(self, database: Database, make_ready: Callable[[], object]) -> None:
        self._database = database
        self._make_ready = make_ready

    def all(self) -> Sequence[Approval]:
        """All of them, newest first."""
        self._make_ready()
        query = select(_approvals).order_by(_approvals.c.at.desc())
        with self._database.reading() as tx:
            rows = [dict(row) for row in tx.execute(query).mappings()]
        return [
            Approval(
                with_password=row.pop("with_password"),
                at=row.pop("at"),
                destination=Destination(**row),
            )
            for row in rows
        ]

    def add(self, approvals: Iterable[Approval]) -> None:
        """Keep these; one that stands there takes the place of the former."""
        self._make_ready()
        rows = [
            asdict(each.destination) | {"with_password": each.with_password, "at": each.at}
            for each in approvals
        ]
        if rows:
            put = insert(_approvals)
            newer = {name: put.excluded[name] for name in ("with_password", "at")}
            with self._database.writing() as tx:
                tx.execute(put.on_conflict_do_update(set_=newer), rows)
