"""Mail servers that lose what follows a pipelined command, in accounts.db.

A server mends its ways, and a network that was away may have looked like it: a month later it is
tried again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from merge.ledger.schema import UtcTime

REMEMBERED = timedelta(days=30)

metadata = MetaData()

_unpipelined = Table(
    "unpipelined",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("port", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
)


def make_ready(tx: Connection) -> None:
    """The table."""
    metadata.create_all(tx)


def note(tx: Connection, host: str, port: int, now: datetime) -> None:
    """It loses what follows a pipelined command."""
    row = {"host": host.casefold(), "port": port, "at": now}
    tx.execute(insert(_unpipelined).values(row).on_conflict_do_update(set_={"at": now}))


def pipelines(tx: Connection, host: str, port: int, now: datetime) -> bool:
    """Whether several commands may go to it in one breath, for all that is known."""
    here = _unpipelined.c
    found = tx.execute(
        select(here.at).where(here.host == host.casefold(), here.port == port)
    ).scalar_one_or_none()
    return found is None or now - found > REMEMBERED
