"""accounts.db of one user: what belongs to the sender and not to one campaign.

Counting a quota and spending it happen in one transaction that holds the write lock, so two
campaigns, processes or restarts never spend the same sends twice.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zlib import crc32

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    literal,
    select,
    text,
    true,
    update,
)

from merge.disks import make_private_file, make_private_folder
from merge.errors import LedgerError
from merge.ledger import accounts_schema, quota
from merge.ledger.driver import places
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import Database, handle_of, insert_new, upsert
from merge.ledger.driver.expressions import by_its_clock
from merge.ledger.driver.files import reaching
from merge.ledger.driver.places import database_at, make_shared
from merge.ledger.records import Approval, Destination, Pause, QuotaLeft, QuotaLimits
from merge.ledger.suppression import SuppressionList
from merge.outcome import Bounce

KEPT = timedelta(days=1)
"""However long the zone itself says: by then it may have mail again, or none any more."""

_answers = accounts_schema.dns_answers

Said = tuple[str, tuple[str, ...]]
"""A state, and the values."""


class DnsAnswers:
    """The answers, by name and kind, in accounts.db: only definite ones are worth keeping."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def known(self, now: datetime) -> Mapping[tuple[str, str], Said]:
        """All that are not a day old."""
        fresh = (_answers.c.at > now - KEPT, _answers.c.at <= now)
        columns = (_answers.c.name, _answers.c.kind, _answers.c.state, _answers.c.said)
        with self._database().reading() as tx:
            rows: Sequence[tuple[str, str, str, str]] = [
                tuple(row) for row in tx.execute(select(*columns).where(*fresh))
            ]
        return {(name, kind): (state, tuple(json.loads(said))) for name, kind, state, said in rows}

    def keep(self, said: Mapping[tuple[str, str], Said], now: datetime) -> None:
        """Keep these from now on; forget all that are a day old."""
        rows = [
            {"name": name, "kind": kind, "state": state, "said": json.dumps(values), "at": now}
            for (name, kind), (state, values) in said.items()
        ]
        with self._database().writing() as tx:
            forget_old(tx, now)
            if rows:
                tx.execute(upsert(_answers), rows)


def forget_old(tx: Connection, now: datetime) -> None:
    """Drop what is a day old: the domains of a campaign are its recipients'."""
    tx.execute(delete(_answers).where(_answers.c.at <= now - KEPT))


_exports = accounts_schema.exports


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One such file. `kind` is what made it ("backup", "log"); `name` is a path where known."""

    number: int
    kind: str
    name: str
    at: datetime


class Exports:
    """The notes of all campaigns of this user, in accounts.db."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def note(self, campaign_id: str, kind: str, name: str, at: datetime) -> None:
        """Note a file that is about to be written or downloaded."""
        with self._database().writing() as tx:
            row = {"campaign": campaign_id, "kind": kind, "name": name, "at": at}
            tx.execute(insert(_exports).values(row))

    def of(self, campaign_id: str) -> Sequence[Export]:
        """The notes of one campaign, oldest first."""
        mine = select(_exports).where(_exports.c.campaign == campaign_id)
        with self._database().reading() as tx:
            return [
                Export(number=row.number, kind=row.kind, name=row.name, at=row.at)
                for row in tx.execute(mine.order_by(_exports.c.number))
            ]

    def forget(self, campaign_id: str, number: int) -> bool:
        """Remove the note of a file that a person has deleted; whether there was one."""
        one = (_exports.c.campaign == campaign_id, _exports.c.number == number)
        with self._database().writing() as tx:
            return tx.execute(delete(_exports).where(*one)).rowcount == 1


CAMPAIGNS = "campaigns"
"""Below the user's own folder: for each campaign by its id, what a worker has fetched of it."""

REMEMBERED = timedelta(days=30)
"""Pipelining is tried again after this time: the server may have been repaired, or the network may
have been at fault."""

_SENDS_KEPT = timedelta(days=2)  # the longest window of a quota, twice
_PEPPER_BYTES = 32
_OF_BEFORE = """
INSERT INTO sends (account, at, total)
SELECT account, at, SUM(n) OVER (PARTITION BY account ORDER BY id) FROM spent
"""

_campaigns = accounts_schema.campaigns
_pauses = accounts_schema.pauses
_unpipelined = accounts_schema.unpipelined


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Where a campaign's ledger was last seen, and how far it had come."""

    path: str
    file_id: str  # as the driver tells it
    counter: int


_made_ready: set[tuple[Path, str, str]] = set()
"""By this process: the files, each with the machine and the server."""


class Accounts:
    """This user's accounts.db. `path` is accounts.db, made on first use.

    `machine` says which machine this is, in at most 64 characters; "" where that is not known.
    `looks`: it is opened again and again, to read. `server` is the address of a PostgreSQL database
    (with its password, if it has one): quotas, pauses and the suppression list are there then, for
    all who use it, and so is each campaign that is begun.
    """

    def __init__(
        self, path: Path, *, machine: str = "", looks: bool = False, server: str = ""
    ) -> None:
        self.path = path
        self.server = server
        self._machine = machine
        self._looks = looks
        # A power cut may forget the last few sends of a quota, as if they had been fewer; that is
        # worth no flush of the disk for each message. What was sent to whom is the ledger's. All
        # else is kept at once: who opted out, for the ledger knows that their mail has been read.
        self._file = database_at(path, synchronous="NORMAL")
        self._on_server = database_at(ServerPlace(server, SHARED)) if server else None
        self._install_id: str | None = None
        self.suppression = SuppressionList(self._lists)

    @property
    def install_id(self) -> str:
        """This accounts.db on this machine, for life: another user or machine has another one."""
        return self._install_id or self.make_ready()

    @cached_property
    def approvals(self) -> Approvals:
        """The servers that a person approved."""
        return Approvals(self._database)

    def living(self, command: str) -> AbstractContextManager[places.Waiter]:
        """A job that holds no campaign, while it waits: its token `lives` so long."""
        return places.seen_waiting(self.path.parent, self.server, command)

    def lives(self, token: str) -> bool:
        """Whether the process of this token is still there."""
        return places.is_waiting(self.path.parent, self.server, token)

    @cached_property
    def dns_answers(self) -> DnsAnswers:
        """What DNS said within a day."""
        return DnsAnswers(self._database)

    @cached_property
    def exports(self) -> Exports:
        """Files that no erasure reaches."""
        return Exports(self._database)

    def limits(
        self, account: str, campaign_id: str, said: QuotaLimits, *, keep: bool
    ) -> QuotaLimits:
        """How much the account may send, whichever campaign does, of what this one says; for good
        with `keep`. Whoever changes what it says changes it for all; a campaign that says it for
        the first time can only lower it.
        """
        table, which = accounts_schema.limits, ("", campaign_id)
        mine = select(table).where(table.c.account == account, table.c.campaign.in_(which))
        with self._shared().reading() as tx:
            rows = {
                campaign: QuotaLimits(per_minute=minute, per_hour=hour, per_day=day)
                for _account, campaign, minute, hour, day in tx.execute(mine)
            }
        former, counts = (rows.get(each) for each in (campaign_id, ""))
        if former == said and counts:
            return counts
        counts = said.lowest(counts) if counts and not former else said
        if keep:
            new = [
                {"account": account, "campaign": campaign}
                | {name: getattr(each, name) for name in ("per_minute", "per_hour", "per_day")}
                for campaign, each in zip(which, (counts, said), strict=True)
            ]
            with self._shared().writing() as tx:
                tx.execute(upsert(table), new)
        return counts

    def quota_left(self, account: str, limits: QuotaLimits, now: datetime) -> QuotaLeft:
        """How many messages may go now, and when the next one may if none."""
        with self._shared().writing_fast() as tx:
            return quota.quota_left(tx, account, limits, now)

    def left_by_receiver(
        self, account: str, limits: QuotaLimits, now: datetime
    ) -> Mapping[str, QuotaLeft]:
        """The same, for each receiver with a limit of its own."""
        with self._shared().writing_fast() as tx:
            return {
                name: quota.quota_left(tx, quota.at_receiver(account, name), own, now)
                for name, own in limits.receivers.items()
            }

    def spent(self, account: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When this account sent how many, after `since`; not before the day before yesterday."""
        with self._shared().reading() as tx:
            return quota.spent(tx, account, since)

    def spend(
        self,
        account: str,
        limits: QuotaLimits,
        *,
        campaign_id: str,
        counter: int,
        to: Sequence[str],
        now: datetime,
    ) -> list[bool]:
        """Count sends, each to this receiver ("" for one without a limit of its own), as many as
        the quotas have left, and witness the counter. Which of them may go.
        """
        if self._on_server is not None:
            with self._shared().writing_fast() as tx:
                self.hold(tx, account)
                granted = self.spend_with(tx, account, limits, to=to, now=now)(to)
            self.witness(campaign_id, counter)
            return granted
        with self._database().writing_fast() as tx:
            _witness(tx, campaign_id, counter)
            return quota.spend(tx, account, limits, to, now)(to)

    def hold(self, tx: Connection, account: str) -> None:
        """Until this transaction ends, nobody else spends from this account."""
        self._shared().hold(tx, account)

    def spend_with(
        self,
        tx: Connection,
        account: str,
        limits: QuotaLimits,
        *,
        to: Collection[str],
        now: datetime,
    ) -> Callable[[Sequence[str]], list[bool]]:
        """The same in the transaction of a ledger that `is_beside`, for some of these receivers;
        `hold` comes before it, and `witness` after it.
        """
        return quota.spend(tx, account, limits, to, now)

    def witness(self, campaign_id: str, counter: int) -> None:
        """Remember the last counter of a campaign without spending anything."""
        with self._database().writing_fast() as tx:
            _witness(tx, campaign_id, counter)

    def pause(self, account: str, campaign_id: str, reports: Sequence[Bounce]) -> None:
        """Nothing more may leave from this account, whatever the campaign."""
        rows = [
            {
                "account": account,
                "campaign": campaign_id,
                "at": _apart(report),
                "code": report.outcome.code,
                "enhanced": report.outcome.enhanced,
            }
            for report in reports
        ]
        if rows:
            with self._shared().writing() as tx:
                tx.execute(insert_new(_pauses), rows)

    def paused(self, account: str) -> Pause | None:
        """Why nothing may leave from it; None when it may. Costs next to nothing."""
        with self._shared().glancing() as tx:
            found = tx.execute(_latest_pause(), {"account": account}).one_or_none()
        if found is None:
            return None
        campaign, at, code, enhanced, reports = found
        home = self.registered(campaign)
        folder = str(Path(home.path).parent) if home and home.path else ""
        return Pause(reports=reports, at=at, code=code, enhanced=enhanced, folder=folder)

    def lift(self, account: str, campaign_id: str | None = None) -> None:
        """It may send again; with a campaign, as far as that one has paused it."""
        of = _pauses.c.campaign == campaign_id if campaign_id is not None else true()
        with self._shared().writing() as tx:
            tx.execute(delete(_pauses).where(_pauses.c.account == account, of))

    def pipelines(self, host: str, port: int, now: datetime) -> bool:
        """Whether several commands may go to a mail server at once, for all that is known."""
        here = (_unpipelined.c.host == host.casefold(), _unpipelined.c.port == port)
        with self._database().reading() as tx:
            found = tx.execute(select(_unpipelined.c.at).where(*here)).scalar_one_or_none()
        return found is None or now - found > REMEMBERED

    def note_unpipelined(self, host: str, port: int, now: datetime) -> None:
        """It loses what follows a pipelined command: see `pipelines`."""
        with self._database().writing() as tx:
            tx.execute(upsert(_unpipelined), [{"host": host.casefold(), "port": port, "at": now}])

    def registered(self, campaign_id: str) -> Registered | None:
        """What is known of a campaign; None for one that was never seen here."""
        columns = (_campaigns.c.path, _campaigns.c.file_id, _campaigns.c.counter)
        with self._database().reading() as tx:
            query = select(*columns).where(_campaigns.c.campaign == campaign_id)
            row = tx.execute(query).one_or_none()
        if row is None:
            return None
        return Registered(path=row[0], file_id=row[1], counter=row[2])

    def all_registered(self) -> Sequence[Registered]:
        """Every campaign that was ever seen here and was not deleted."""
        columns = (_campaigns.c.path, _campaigns.c.file_id, _campaigns.c.counter)
        with self._database().reading() as tx:
            rows = tx.execute(select(*columns).where(_campaigns.c.path != "")).all()
        return [Registered(path=row[0], file_id=row[1], counter=row[2]) for row in rows]

    def register(self, campaign_id: str, seen: Registered) -> None:
        """This is where the campaign lives from now on."""
        with self._database().writing() as tx:
            query = select(_campaigns.c.counter).where(_campaigns.c.campaign == campaign_id)
            # A sender may have witnessed a later one since: a counter never goes back.
            counter = max(seen.counter, tx.execute(query).scalar() or 0)
            values = {"path": seen.path, "file_id": seen.file_id, "counter": counter}
            tx.execute(delete(_campaigns).where(_campaigns.c.campaign == campaign_id))
            tx.execute(insert(_campaigns).values(campaign=campaign_id, **values))

    def unregister(self, ledgers: Collection[str]) -> None:
        """The campaign in whose folder these lie is deleted. Its counter stays: a backup that comes
        back is behind it."""
        mine, nowhere = _campaigns.c.path.in_(ledgers), {"path": "", "file_id": ""}
        with self._database().writing() as tx:
            ids = select(_campaigns.c.campaign).where(mine).scalar_subquery()
            tx.execute(delete(_exports).where(_exports.c.campaign.in_(ids)))
            tx.execute(update(_campaigns).where(mine).values(nowhere))

    def close(self) -> None:
        """Close its files."""
        self._file.close()
        if self._on_server is not None:
            self._on_server.close()

    def is_beside(self, ledger: Database) -> bool:
        """Whether one transaction may write to that ledger and spend a quota: `spend_with`."""
        return self._on_server is not None and ledger.serves_with(self._on_server)

    def site_of(self, campaign_id: str, note: Path | None = None) -> ServerPlace:
        """Where a campaign's ledger is on the server; `note` says so in its folder.

        LedgerError("database-address") where there is no server.
        """
        if not self.server:
            raise LedgerError("database-address")
        noted = str(note.resolve()) if note else ""
        return ServerPlace(self.server, f"campaign_{UUID(campaign_id).hex}", noted)

    def archive_site_of(self, campaign_id: str) -> ServerPlace:
        """Where its messages are. LedgerError, as `site_of`."""
        return ServerPlace(
            self.server, self.site_of(campaign_id).schema.replace("campaign", "archive", 1)
        )

    def has_fetched(self, path: str | Path) -> bool:
        """Whether this lies where the program alone puts the files of campaigns, for a worker."""
        return Path(path).resolve().is_relative_to(self.path.parent.resolve() / CAMPAIGNS)

    def _shared(self) -> Database:
        """Where quotas, pauses and the suppression list are, made ready."""
        if self._install_id is None:
            self.make_ready()
        return self._on_server or self._file

    def _lists(self) -> Sequence[Database]:
        """Where a suppression list is: on the server, if there is one, and in the file."""
        return [*dict.fromkeys((self._shared(), self._database()))]

    def _database(self) -> Database:
        """Its file, made ready."""
        if self._install_id is None:
            self.make_ready()
        return self._file

    def make_ready(self) -> str:
        """The file, its tables and the install id, made once; several may come at once.

        Who only `looks`, in a process that has made it ready before, waits for nobody who writes.
        """
        was_made = self._looks and (self.path, self._machine, self.server) in _made_ready
        if was_made and (known := self._read_install()):
            self._install_id = known
            return known
        with reaching(self.path):
            if not self.path.exists():
                make_private_folder(self.path.parent)
                with suppress(FileExistsError):
                    make_private_file(self.path)
        if self._on_server is not None:
            _make_shared(self._on_server, ServerPlace(self.server, SHARED))
        with self._file.writing() as tx:
            accounts_schema.metadata.create_all(tx)
            _forget_old_sends(tx, datetime.now(UTC))
            forget_old(tx, datetime.now(UTC))
            _begin_list(tx)
            installs = accounts_schema.installs
            here = installs.c.machine == self._machine
            found = tx.execute(select(installs.c.uuid).where(here)).scalar_one_or_none()
            if found is None:
                found = str(uuid4())
                tx.execute(insert(installs).values(machine=self._machine, uuid=found))
        self._install_id = found
        _made_ready.add((self.path, self._machine, self.server))
        return found

    def _read_install(self) -> str | None:
        """The install id; None where the file is another, and has to be made ready first."""
        if not self.path.exists():
            return None
        installs = accounts_schema.installs
        with suppress(LedgerError), self._file.reading() as tx:
            here = select(installs.c.uuid).where(installs.c.machine == self._machine)
            if tx.execute(select(accounts_schema.suppression.c.id)).first() is not None:
                return tx.execute(here).scalar_one_or_none()
        return None


class Approvals:
    """What a person approved here: servers for a password, and for workers the files of campaigns.
    `database` makes accounts.db at first use.
    """

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def all(self) -> Sequence[Approval]:
        """All of them, newest first."""
        table = accounts_schema.approvals
        with self._database().reading() as tx:
            rows = tx.execute(select(table).order_by(table.c.at.desc())).mappings().all()
        return [
            Approval(
                with_password=row["with_password"],
                at=row["at"],
                destination=Destination(
                    **{each.name: row[each.name] for each in fields(Destination)}
                ),
            )
            for row in rows
        ]

    def add(self, approvals: Iterable[Approval]) -> None:
        """Keep these; one that stands there takes the place of the former."""
        rows = [
            asdict(each.destination) | {"with_password": each.with_password, "at": each.at}
            for each in approvals
        ]
        if rows:
            with self._database().writing() as tx:
                tx.execute(upsert(accounts_schema.approvals), rows)

    def has_files(self, campaign_id: str, version: str) -> bool:
        """Whether a worker may send by this version of the campaign's files."""
        table = accounts_schema.approved_files
        here = (table.c.campaign == campaign_id, table.c.sha256 == version)
        with self._database().reading() as tx:
            return tx.execute(select(table).where(*here)).first() is not None

    def add_files(self, campaign_id: str, version: str) -> None:
        """By this version of them, and no other."""
        row = {"campaign": campaign_id, "sha256": version}
        with self._database().writing() as tx:
            tx.execute(upsert(accounts_schema.approved_files), [row])


def _make_shared(database: Database, site: ServerPlace) -> None:
    """What all who use a server share, made once."""
    make_shared(site)
    with database.writing() as tx:
        accounts_schema.metadata.create_all(tx, tables=accounts_schema.SHARED)
        _forget_old_sends(tx, datetime.now(UTC))
        _begin_list(tx)


def _begin_list(tx: Connection) -> None:
    if tx.execute(select(accounts_schema.suppression.c.id)).first() is None:
        row = {"id": 1, "pepper": secrets.token_bytes(_PEPPER_BYTES), "edition": 0}
        tx.execute(insert(accounts_schema.suppression).values(row))


def _forget_old_sends(tx: Connection, now: datetime) -> None:
    """Drop what no window can see any more, but for the newest of it: others count from there. What
    was noted so while the clock was set back counts with the next that is kept.

    First comes what an account had sent before each row knew the total.
    """
    sends = accounts_schema.sends
    if inspect(tx).has_table("spent"):
        tx.execute(text(_OF_BEFORE))
        tx.execute(text("DROP TABLE spent"))
    then = by_its_clock(literal(now - _SENDS_KEPT, sends.c.at.type), _SENDS_KEPT)
    is_old = sends.c.at < then
    newest = select(func.max(sends.c.id)).where(is_old).group_by(sends.c.account)
    tx.execute(delete(sends).where(is_old, sends.c.id.not_in(newest)))
    quota.forget_set_backs(tx, now)


def _apart(report: Bounce) -> datetime:
    """When it came, with a fraction that is its letter's own.

    Mails tell no fraction of a second, and a server returns many at once: those of one second would
    be one row, and a number in their order another one in the next reading. What the server refused
    to our face, which is about no letter, has a fraction of its own.
    """
    about = report.message_id or report.to
    return report.at.replace(microsecond=crc32(about.encode()) % 1_000_000) if about else report.at


_RAISE_COUNTER = """
UPDATE campaigns SET counter = :counter WHERE campaign = :campaign AND counter < :counter
"""


def _witness(tx: Connection, campaign_id: str, counter: int) -> None:
    handle_of(tx).execute(_RAISE_COUNTER, {"campaign": campaign_id, "counter": counter})


@cache
def _latest_pause() -> Select[Any]:
    """The last report about an account, and how many there are."""
    mine = _pauses.c.account == bindparam("account")
    n = select(func.count()).select_from(_pauses).where(mine).scalar_subquery()
    return (
        select(_pauses.c.campaign, _pauses.c.at, _pauses.c.code, _pauses.c.enhanced, n)
        .where(mine)
        .order_by(_pauses.c.at.desc())
        .limit(1)
    )
