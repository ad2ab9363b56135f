"""accounts.db of one user: what belongs to the sender and not to one campaign.

Counting a quota and spending it happen in one transaction that holds the write lock, so two
campaigns, processes or restarts never spend the same sends twice.
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
    Connection,
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

from merge.disks import make_private_file, make_private_folder
from merge.ledger import approvals, hosts, pauses, quota, suppression
from merge.ledger.database import Database, reaching
from merge.ledger.prepared import Prepared
from merge.ledger.records import Limits, Pause, QuotaLeft
from merge.outcome import Bounce

_LARGEST = 2**63 - 1  # that SQLite keeps

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
    """This user's accounts.db. `path` is accounts.db, made on first use.

    `machine` says which machine this is, in at most 64 characters; "" where that is not known.
    """

    def __init__(self, path: Path, *, machine: str = "") -> None:
        self.path = path
        self._machine = machine
        # A power cut may forget the last few sends of a quota, as if they had been fewer; that is
        # worth no flush of the disk for each message. What was sent to whom is the ledger's.
        self._database = Database(path, synchronous="NORMAL")
        self._install_id: str | None = None
        self.suppression = suppression.SuppressionList(self._database, self.make_ready)
        self.approvals = approvals.ApprovalBook(self._database, self.make_ready)

    @property
    def install_id(self) -> str:
        """This accounts.db on this machine, for life: another user or machine has another one."""
        return self._install_id or self.make_ready()

    def quota_left(self, account: str, limits: Limits, now: datetime) -> QuotaLeft:
        """How many messages may go now, and when the next one may if none."""
        self.make_ready()
        with self._database.writing_fast() as handle:
            return quota.quota_left(handle, account, limits, now)

    def spent(self, account: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When this account sent how many, after `since`; not before the day before yesterday."""
        self.make_ready()
        with self._database.reading() as tx:
            return quota.spent(tx, account, since)

    def spend(
        self, account: str, limits: Limits, *, campaign_id: str, counter: int, n: int, now: datetime
    ) -> int:
        """Count up to n sends, as many as the quota has left, and witness the counter."""
        self.make_ready()
        with self._database.writing_fast() as handle:
            _witness(handle, campaign_id, counter)
            return quota.spend(handle, account, limits, n, now)

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
        return Registered(**row._mapping) if row else None

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
        self._database.close()

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
                noted = self._noted_beside(tx, found)
                for campaign_id, counter in noted.values():
                    later = (_campaigns.c.campaign == campaign_id, _campaigns.c.counter < counter)
                    tx.execute(update(_campaigns).where(*later).values(counter=counter))
            with reaching(self.path):
                for path in noted:
                    path.unlink(missing_ok=True)
            self._install_id = found
        return self._install_id

    def _noted_beside(self, tx: Connection, install_id: str) -> dict[Path, tuple[str, int]]:
        """The counters that an earlier program kept in files of their own: by file, campaign first.

        Eight bytes, big-endian, for each process that sent; the highest of them counts.
        """
        found = {}
        for campaign_id in tx.execute(select(_campaigns.c.campaign)).scalars():
            name = sha256(f"{install_id} {campaign_id}".encode()).hexdigest()
            path = self.path.with_name("tallies") / name
            with reaching(self.path), suppress(FileNotFoundError):
                noted = path.read_bytes()
                each = (noted[at : at + 8] for at in range(0, len(noted), 8))
                highest = max(map(int.from_bytes, each), default=0)
                found[path] = campaign_id, min(highest, _LARGEST)  # damaged, it may be any number
        return found


def _witness(handle: sqlite3.Connection, campaign_id: str, counter: int) -> None:
    _raise_counter().run(handle, [{"which": campaign_id, "to_counter": counter}])


@cache
def _raise_counter() -> Prepared:
    seen = bindparam("to_counter", type_=_campaigns.c.counter.type)
    here = (_campaigns.c.campaign == bindparam("which"), _campaigns.c.counter < seen)
    return Prepared(update(_campaigns).where(*here).values(counter=seen))
