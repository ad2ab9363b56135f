"""accounts.db of one user: what belongs to the sender and not to one campaign.

Quotas are a sliding log: every send is a row, and an account may send while the rows of the
last minute, hour and day leave room. Counting and writing happen in one transaction that holds
the write lock, so two campaigns, processes or restarts never spend the same room twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import uuid4

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from merge.campaign.ports import Limits, Room
from merge.ledger.database import Database, make_private_file, make_private_folder, reaching
from merge.ledger.schema import UtcTime

UNLIMITED = sys.maxsize
"""`Room.now` of an account without limits."""

_KEPT = timedelta(days=2)  # the longest window, twice

_metadata = MetaData()

# A row for each machine that this file has lived on: copied along with its campaigns, it must not
# vouch for them elsewhere.
_installs = Table(
    "installs",
    _metadata,
    Column("machine", String(64), primary_key=True),
    Column("uuid", String(36), nullable=False),
)

_campaigns = Table(
    "campaigns",
    _metadata,
    Column("campaign", String(36), primary_key=True),
    Column("path", Text, nullable=False),
    Column("inode", String(40), nullable=False),  # text: Windows has more than 64 bits
    Column("counter", Integer, nullable=False),
)

_spent = Table(
    "spent",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("n", Integer, nullable=False),
    Column("campaign", String(36), nullable=False),
    Index("ix_spent_account_at", "account", "at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Where a campaign's ledger was last seen, and how far it had come."""

    path: str
    inode: str
    counter: int


class Accounts:
    """Fills `merge.campaign.ports.Accounts`. `path` is accounts.db, made on first use.

    `machine` says which machine this is, in at most 64 characters; "" where that is not known.
    """

    def __init__(self, path: Path, *, machine: str = "") -> None:
        self.path = path
        self._machine = machine
        self._database = Database(path)
        self._install_id: str | None = None

    @property
    def install_id(self) -> str:
        """This accounts.db on this machine, for life: another user or machine has another one."""
        return self._install_id or self._make_ready()

    def room(self, account: str, limits: Limits, now: datetime) -> Room:
        """How many messages may go now, and when the next one may if none."""
        self._make_ready()
        with self._database.reading() as tx:
            return _room(tx, account, limits, now)

    def spend(
        self, account: str, limits: Limits, *, campaign_id: str, counter: int, n: int, now: datetime
    ) -> bool:
        """Count n sends and witness the counter, or neither when there is no room."""
        self._make_ready()
        with self._database.writing() as tx:
            if _room(tx, account, limits, now).now < n:
                return False
            row = {"account": account, "at": now, "n": n, "campaign": campaign_id}
            tx.execute(insert(_spent).values(row))
            old = (_spent.c.account == account, _spent.c.at < now - _KEPT)
            tx.execute(delete(_spent).where(*old))
            _witness(tx, campaign_id, counter)
        return True

    def witness(self, campaign_id: str, counter: int) -> None:
        """Remember the last counter of a campaign without spending anything."""
        self._make_ready()
        with self._database.writing() as tx:
            _witness(tx, campaign_id, counter)

    def registered(self, campaign_id: str) -> Registered | None:
        """What is known of a campaign; None for one that was never seen here."""
        self._make_ready()
        columns = (_campaigns.c.path, _campaigns.c.inode, _campaigns.c.counter)
        with self._database.reading() as tx:
            query = select(*columns).where(_campaigns.c.campaign == campaign_id)
            row = tx.execute(query).one_or_none()
        return Registered(**row._mapping) if row is not None else None

    def register(self, campaign_id: str, seen: Registered) -> None:
        """This is where the campaign lives from now on."""
        self._make_ready()
        with self._database.writing() as tx:
            query = select(_campaigns.c.counter).where(_campaigns.c.campaign == campaign_id)
            # A sender may have witnessed a later one since: a counter never goes back.
            counter = max(seen.counter, tx.execute(query).scalar() or 0)
            values = {"path": seen.path, "inode": seen.inode, "counter": counter}
            tx.execute(delete(_campaigns).where(_campaigns.c.campaign == campaign_id))
            tx.execute(insert(_campaigns).values(campaign=campaign_id, **values))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _make_ready(self) -> str:
        """The file, its tables and the install id, made once; several may come at once."""
        if self._install_id is None:
            with reaching(self.path):
                make_private_folder(self.path.parent)
                with suppress(FileExistsError):
                    make_private_file(self.path)
            with self._database.writing() as tx:
                _metadata.create_all(tx)
                here = _installs.c.machine == self._machine
                found = tx.execute(select(_installs.c.uuid).where(here)).scalar_one_or_none()
                if found is None:
                    found = str(uuid4())
                    tx.execute(insert(_installs).values(machine=self._machine, uuid=found))
            self._install_id = found
        return self._install_id


def _witness(tx: Connection, campaign_id: str, counter: int) -> None:
    here = (_campaigns.c.campaign == campaign_id, _campaigns.c.counter < counter)
    tx.execute(update(_campaigns).where(*here).values(counter=counter))


def _windows(limits: Limits) -> Iterator[tuple[timedelta, int]]:
    for length, limit in (
        (timedelta(minutes=1), limits.per_minute),
        (timedelta(hours=1), limits.per_hour),
        (timedelta(days=1), limits.per_day),
    ):
        if limit is not None:
            yield length, limit


def _room(tx: Connection, account: str, limits: Limits, now: datetime) -> Room:
    """The least room that any window leaves. A send leaves a window exactly its length later."""
    room, next_at = UNLIMITED, now
    for length, limit in _windows(limits):
        within = (_spent.c.account == account, _spent.c.at > now - length)
        used = tx.execute(select(func.coalesce(func.sum(_spent.c.n), 0)).where(*within))
        left = max(0, limit - used.scalar_one())
        room = min(room, left)
        if left == 0:
            next_at = max(next_at, _frees(tx, account, limit, length, now))
    return Room(now=room, next_at=next_at if room == 0 else None)


def _frees(tx: Connection, account: str, limit: int, length: timedelta, now: datetime) -> datetime:
    """When a full window has room again: once the `limit`-th newest send has left it.

    Never for a limit of 0; then a window's length from now, so that a caller asks again.
    """
    if limit > 0:
        query = (
            select(_spent.c.at, _spent.c.n)
            .where(_spent.c.account == account, _spent.c.at > now - length)
            .order_by(_spent.c.at.desc(), _spent.c.id.desc())
        )
        newer = 0
        for at, n in tx.execute(query):
            newer += n
            if newer >= limit:
                return cast(datetime, at) + length
    return now + length
