"""accounts.db of one user: what belongs to the sender and not to one campaign.

Counting a quota and spending it happen in one transaction that holds the write lock, so two
campaigns, processes or restarts never spend the same room twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from merge.campaign.ports import Bounce, Limits, Pause, Room
from merge.disks import make_private_file, make_private_folder
from merge.ledger import approvals, hosts, pauses, quota, suppression
from merge.ledger.database import Database, reaching
from merge.ledger.prepared import Prepared
from merge.ledger.tally import Tally, highest

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
        self._purse: quota.Purse | None = None
        self._tallies: dict[str, Tally] = {}  # by campaign
        self.suppression = suppression.SuppressionList(self._database, self.make_ready)
        self.approvals = approvals.ApprovalBook(self._database, self.make_ready)

    @property
    def install_id(self) -> str:
        """This accounts.db on this machine, for life: another user or machine has another one."""
        return self._install_id or self.make_ready()

    def room(self, account: str, limits: Limits, now: datetime) -> Room:
        """How many messages may go now, and when the next one may if none."""
        self.make_ready()
        with self._database.writing_fast() as handle:
            self._give_back(handle)
            return quota.room(handle, account, limits, now)

    def spent(self, account: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When this account sent how many, after `since`; not before the day before yesterday."""
        self.make_ready()
        self._empty_purse()
        with self._database.reading() as tx:
            return quota.spent(tx, account, since)

    def spend(
        self, account: str, limits: Limits, *, campaign_id: str, counter: int, n: int, now: datetime
    ) -> int:
        """Count up to n sends, as many as there is room for, and witness the counter."""
        self.make_ready()
        purse = self._purse
        if purse and purse.serves(account, n, now):
            self._tally(campaign_id).note(counter)
            return purse.take(n)
        with self._database.writing_fast() as handle:
            self._give_back(handle)
            purse = quota.fill(handle, account, limits, n, now)
            _witness(handle, campaign_id, counter)
        self._purse = purse
        return purse.take(n) if purse else 0

    def witness(self, campaign_id: str, counter: int) -> None:
        """Remember the last counter of a campaign without spending anything."""
        self.make_ready()
        with self._database.writing_fast() as handle:
            _witness(handle, campaign_id, counter)

    def pause(self, account: str, campaign_id: str, reports: Sequence[Bounce]) -> None:
        """Nothing more may leave from this account, whatever the campaign."""
        self.make_ready()
        with self._database.writing() as tx:
            pauses.pause(tx, account, campaign_id, reports)

    def paused(self, account: str) -> Pause | None:
        """Why nothing may leave from it, read on the handle that is kept."""
        self.make_ready()
        with self._database.glancing() as handle:
            found = pauses.latest(handle, account)
        if found is None:
            return None
        home = self.registered(found.campaign)
        return Pause(
            reports=found.reports,
            at=found.at,
            code=found.code,
            enhanced=found.enhanced,
            folder=str(Path(home.path).parent) if home else "",
        )

    def lift(self, account: str, campaign_id: str | None = None) -> None:
        """It may send again; with a campaign, as far as that one has paused it."""
        self.make_ready()
        with self._database.writing() as tx:
            pauses.lift(tx, account, campaign_id)

    def pipelines(self, host: str, port: int, now: datetime) -> bool:
        """Whether this mail server is known to lose nothing of what it is told in one breath."""
        self.make_ready()
        with self._database.reading() as tx:
            return hosts.pipelines(tx, host, port, now)

    def note_unpipelined(self, host: str, port: int, now: datetime) -> None:
        """It loses what follows a pipelined command: see `pipelines`."""
        self.make_ready()
        with self._database.writing() as tx:
            hosts.note(tx, host, port, now)

    def registered(self, campaign_id: str) -> Registered | None:
        """What is known of a campaign; None for one that was never seen here."""
        self.make_ready()
        columns = (_campaigns.c.path, _campaigns.c.inode, _campaigns.c.counter)
        with self._database.reading() as tx:
            query = select(*columns).where(_campaigns.c.campaign == campaign_id)
            row = tx.execute(query).one_or_none()
        if row is None:
            return None
        with reaching(self.path):
            noted = highest(self._tally_path(campaign_id))
        return Registered(path=row.path, inode=row.inode, counter=max(row.counter, noted))

    def register(self, campaign_id: str, seen: Registered) -> None:
        """This is where the campaign lives from now on."""
        self.make_ready()
        with self._database.writing() as tx:
            query = select(_campaigns.c.counter).where(_campaigns.c.campaign == campaign_id)
            # A sender may have witnessed a later one since: a counter never goes back.
            counter = max(seen.counter, tx.execute(query).scalar() or 0)
            values = {"path": seen.path, "inode": seen.inode, "counter": counter}
            tx.execute(delete(_campaigns).where(_campaigns.c.campaign == campaign_id))
            tx.execute(insert(_campaigns).values(campaign=campaign_id, **values))

    def close(self) -> None:
        """Close its files."""
        self._empty_purse()
        self._database.close()
        while self._tallies:
            self._tallies.popitem()[1].close()

    def _empty_purse(self) -> None:
        if self._purse:
            with self._database.writing_fast() as handle:
                self._give_back(handle)

    def _give_back(self, handle: sqlite3.Connection) -> None:
        purse, self._purse = self._purse, None
        if purse and purse.left:
            quota.give_back(handle, purse)

    def _tally(self, campaign_id: str) -> Tally:
        tally = self._tallies.get(campaign_id)
        if tally is None:
            with reaching(self.path):
                tally = self._tallies[campaign_id] = Tally(self._tally_path(campaign_id))
        return tally

    def _tally_path(self, campaign_id: str) -> Path:
        # Of this install alone: with another accounts.db, or on another machine, it says nothing.
        # A digest, for an id comes from a ledger and could name any file.
        name = sha256(f"{self.install_id} {campaign_id}".encode()).hexdigest()
        return self.path.with_name("tallies") / name

    def make_ready(self) -> str:
        """The file, its tables and the install id, made once; several may come at once."""
        if self._install_id is None:
            with reaching(self.path):
                make_private_folder(self.path.parent)
                with suppress(FileExistsError):
                    make_private_file(self.path)
            with self._database.writing() as tx:
                _metadata.create_all(tx)
                quota.make_ready(tx, datetime.now(UTC))
                suppression.make_ready(tx)
                pauses.make_ready(tx)
                hosts.make_ready(tx)
                approvals.make_ready(tx)
                here = _installs.c.machine == self._machine
                found = tx.execute(select(_installs.c.uuid).where(here)).scalar_one_or_none()
                if found is None:
                    found = str(uuid4())
                    tx.execute(insert(_installs).values(machine=self._machine, uuid=found))
            self._install_id = found
        return self._install_id


def _witness(handle: sqlite3.Connection, campaign_id: str, counter: int) -> None:
    _raise_counter().run(handle, [{"which": campaign_id, "to_counter": counter}])


@cache
def _raise_counter() -> Prepared:
    seen = bindparam("to_counter", type_=_campaigns.c.counter.type)
    here = (_campaigns.c.campaign == bindparam("which"), _campaigns.c.counter < seen)
    return Prepared(update(_campaigns).where(*here).values(counter=seen))
