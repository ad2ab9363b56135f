"""accounts.db of one user: what belongs to the sender and not to one campaign.

Quotas are a sliding log: each row says how many an account had sent in all, and when. What it
sent within any window is the difference of two rows, however many lie between them. Counting and
writing happen in one transaction that holds the write lock, so two campaigns, processes or
restarts never spend the same room twice.

A clock that was set back neither opens a quota again nor closes it for long: what was sent in
what is now the future counts as sent this instant.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    ScalarSelect,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
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

# `total` counts all that the account has sent, this row's included. Times never go back.
_sends = Table(
    "sends",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("total", Integer, nullable=False),
    Index("ix_sends_account_at", "account", "at"),
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
        # A power cut may forget the last few sends of a quota, as if they had been fewer; that is
        # worth no flush of the disk for each message. What was sent to whom is the ledger's.
        self._database = Database(path, synchronous="NORMAL")
        self._install_id: str | None = None

    @property
    def install_id(self) -> str:
        """This accounts.db on this machine, for life: another user or machine has another one."""
        return self._install_id or self._make_ready()

    def room(self, account: str, limits: Limits, now: datetime) -> Room:
        """How many messages may go now, and when the next one may if none."""
        self._make_ready()
        with self._database.reading() as tx:
            log = _Log(tx, account, limits, now)
            if log.room or not log.is_ahead:
                return Room(now=log.room, next_at=None if log.room else log.next_at(tx))
        with self._database.writing() as tx:
            # Full by what is now the future: nobody would spend, and it would stay full till then.
            _date_back(tx, account, now)
            return Room(now=0, next_at=_Log(tx, account, limits, now).next_at(tx))

    def spent(self, account: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When this account sent how many, after `since`; not before the day before yesterday."""
        self._make_ready()
        query = select(_sends.c.at, _sends.c.total).where(_sends.c.account == account)
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(_sends.c.id)).all()
        totals = [0, *(total for _, total in rows)]
        each = ((at, total - before) for (at, total), before in zip(rows, totals, strict=False))
        return [(at, n) for at, n in each if at > since]

    def spend(
        self, account: str, limits: Limits, *, campaign_id: str, counter: int, n: int, now: datetime
    ) -> int:
        """Count up to n sends, as many as there is room for, and witness the counter."""
        self._make_ready()
        with self._database.writing() as tx:
            log = _Log(tx, account, limits, now)
            granted = min(n, log.room)
            if granted > 0:
                if log.is_ahead:
                    _date_back(tx, account, now)
                tx.execute(
                    insert(_sends).values(account=account, at=now, total=log.total + granted)
                )
            _witness(tx, campaign_id, counter)
        return granted

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
                _take_over(tx)
                _forget(tx)
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


def _date_back(tx: Connection, account: str, now: datetime) -> None:
    """What was sent in what is now the future was sent by now."""
    ahead = (_sends.c.account == account, _sends.c.at > now)
    tx.execute(update(_sends).where(*ahead).values(at=now))


def _take_over(tx: Connection) -> None:
    """What an account sent, from before each row knew the total."""
    if inspect(tx).has_table("spent"):
        total = "SUM(n) OVER (PARTITION BY account ORDER BY id)"
        tx.execute(
            text(f"INSERT INTO sends (account, at, total) SELECT account, at, {total} FROM spent")  # noqa: S608 - nothing of it comes from outside
        )
        tx.execute(text("DROP TABLE spent"))


def _forget(tx: Connection) -> None:
    """Drop what no window can see any more, but for the newest of it: others count from there."""
    other = _sends.alias()
    newest = (
        select(func.max(other.c.id))
        .where(other.c.account == _sends.c.account, other.c.at < datetime.now(UTC) - _KEPT)
        .scalar_subquery()
    )
    tx.execute(delete(_sends).where(_sends.c.id < newest))


class _Log:
    """What one account has sent, as one reading of the log tells it."""

    def __init__(self, tx: Connection, account: str, limits: Limits, now: datetime) -> None:
        self._account = account
        self._now = now
        self._windows = list(limits.windows())
        starts = {f"start_{i}": now - length for i, (length, _) in enumerate(self._windows)}
        row = tx.execute(_reading(len(starts)), {"account": account, **starts}).one()
        self.total: int = row.total or 0
        self.is_ahead = row.at is not None and row.at > now
        self._full = [  # windows without room
            (length, limit)
            for (length, limit), before in zip(self._windows, row[2:], strict=True)
            if self.total - (before or 0) >= limit
        ]
        self.room = min(
            (
                max(0, limit - self.total + (before or 0))
                for (_, limit), before in zip(self._windows, row[2:], strict=True)
            ),
            default=UNLIMITED,
        )

    def next_at(self, tx: Connection) -> datetime:
        """When every full window has room again. A send leaves a window its length later.

        Never for a limit of 0; then a window's length from now, so that a caller asks again.
        """
        return max(self._frees(tx, length, limit) for length, limit in self._full)

    def _frees(self, tx: Connection, length: timedelta, limit: int) -> datetime:
        query = (
            select(_sends.c.at)
            .where(
                _sends.c.account == self._account,
                _sends.c.at > self._now - length,
                _sends.c.total > self.total - limit,
            )
            .order_by(_sends.c.id)
            .limit(1)
        )
        at = tx.execute(query).scalar()
        return min(cast("datetime", at or self._now), self._now) + length


@cache
def _reading(windows: int) -> Select[Any]:
    """The total and the time of the last send, and the total before each window's start."""

    def latest(*where: ColumnElement[bool]) -> Select[Any]:
        mine = select(_sends).where(_sends.c.account == bindparam("account"), *where)
        return mine.order_by(_sends.c.at.desc(), _sends.c.id.desc()).limit(1)

    def before(name: str) -> ScalarSelect[Any]:
        start = bindparam(name, type_=_sends.c.at.type)
        return latest(_sends.c.at <= start).with_only_columns(_sends.c.total).scalar_subquery()

    return select(
        latest().with_only_columns(_sends.c.total).scalar_subquery().label("total"),
        latest().with_only_columns(_sends.c.at).scalar_subquery().label("at"),
        *(before(f"start_{i}") for i in range(windows)),
    )
