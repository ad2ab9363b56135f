"""Move a campaign's ledger and messages from its folder to the user's server, or back.

1. `carry` copies them to a place that no command opens, each in one transaction, and compares;
2. it closes the old ledger, which names the new place: in one commit the campaign is there;
3. `finish` gives the copies their names, has the folder say where they are, and erases the old.

A kill before 2 leaves the campaign where it was, and a copy that the next move makes anew; one
after it leaves a campaign that nobody serves twice, and that the next move finishes: each step of
`finish` may be taken again. So there is one usable ledger at most, and nothing is ever lost.

What was here is erased and not kept aside: whoever is erased from the ledger later must not live
on in a copy that nobody thinks of. On the server the emptied ledger stays, to tell whose folder
still leads to it where the campaign is.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, select

from merge import disks
from merge.errors import ExitCode, LedgerError
from merge.job import JobState
from merge.ledger import identity, schema
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.copying import copied_ledger
from merge.ledger.driver import files
from merge.ledger.driver.addresses import Place
from merge.ledger.driver.database import Database
from merge.ledger.driver.files import reaching
from merge.ledger.driver.places import beside, database_at, locks_at
from merge.ledger.opening import (
    ARCHIVE,
    DATABASES,
    LEDGER,
    ON_SERVER,
    noted_id,
    refuse_no_ledger,
)

MOVE = "move"
_MAKING = "making"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a campaign's ledger and its messages are, or would be."""

    ledger: Place
    archive: Place

    @classmethod
    def in_folder(cls, folder: Path) -> Home:
        """Files in the campaign's folder."""
        files.refuse_links(folder, DATABASES)
        return cls(ledger=folder / LEDGER, archive=folder / ARCHIVE)

    @classmethod
    def on_server(cls, accounts: Accounts, campaign_id: str, folder: Path) -> Home:
        """On the user's server. LedgerError("database-unnamed")."""
        return cls(
            ledger=accounts.site_of(campaign_id, folder / ON_SERVER),
            archive=accounts.archive_site_of(campaign_id),
        )

    @property
    def making(self) -> Home:
        """Where the copy grows."""
        return Home(ledger=beside(self.ledger, _MAKING), archive=beside(self.archive, _MAKING))

    @property
    def is_folder(self) -> bool:
        """Whether it is files."""
        return isinstance(self.ledger, Path)

    @property
    def size(self) -> int:
        """How many bytes both take."""
        total = 0
        for place in (self.ledger, self.archive):
            with closing(database_at(place, read_only=True)) as database:
                total += database.size() if database.is_there() else 0
        return total

    def __str__(self) -> str:
        """Its name for people, without a password."""
        if isinstance(self.ledger, Path):
            return f"{self.ledger.parent.resolve()} ({platform.node()})"
        return str(self.ledger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From where to where the campaign in a folder moves."""

    folder: Path
    old: Home
    new: Home


def planned(folder: Path, accounts: Accounts, campaign_id: str) -> Move:
    """The move of a campaign to where it is not now."""
    here = Home.in_folder(folder)
    there = Home.on_server(accounts, campaign_id, folder)
    is_there = (folder / ON_SERVER).is_file()
    return Move(folder=folder, old=there if is_there else here, new=here if is_there else there)


def unfinished(folder: Path, accounts: Accounts) -> Move | None:
    """A move of this folder that was cut off after the old ledger was closed.

    None where the other ledger is not the one that it moved to: then nothing may be erased.
    """
    if not accounts.server:
        return None
    accounts.make_ready()
    is_noted = (folder / ON_SERVER).is_file()
    if (folder / LEDGER).is_file():
        refuse_no_ledger(folder)
        said = _standing(folder / LEDGER)
        campaign_id = said.campaign_id if said else ""
    elif is_noted:
        campaign_id = noted_id(folder)
    else:
        return None
    here = Home.in_folder(folder)
    there = Home.on_server(accounts, campaign_id, folder)
    found = [Move(folder=folder, old=here, new=there)]
    if is_noted and noted_id(folder) == campaign_id:
        found.append(Move(folder=folder, old=there, new=here))
    return next(filter(_is_unfinished, found), None)


def _is_unfinished(move: Move) -> bool:
    old = _standing(move.old.ledger)
    if old is None or old.moved_to != str(move.new):
        return False
    copies = (_standing(move.new.making.ledger), _standing(move.new.ledger))
    return any(
        copy is not None
        and copy.is_open
        and copy.campaign_id == old.campaign_id
        and copy.counter >= old.counter
        for copy in copies
    )


def carry(move: Move, accounts: Accounts, *, at: datetime, who: str) -> None:
    """Copy the campaign, compare, and close it where it was. The caller holds it alone there.

    LedgerError("move-exists") where it is in the new place, too. When it fails it is where it was,
    and nothing of the copy is left.
    """
    making = move.new.making
    with _alone(move.new), closing(database_at(move.old.ledger)) as source:
        there = _standing(move.new.ledger)
        if there is not None and there.is_open:
            raise LedgerError("move-exists", path=str(move.new))
        try:
            _drop(making.archive, making.ledger)
            _copy(move.old.archive, making.archive)
            with closing(database_at(making.ledger)) as target:
                _fill(source, target, accounts, at=at, who=who)
        except BaseException:
            with suppress(LedgerError):
                _drop(making.archive, making.ledger)
            raise
        identity.move_away(source, accounts, str(move.new))
        source.end_bulk()  # a file says so itself from here on, without its log


def is_copied(move: Move) -> bool:
    """Whether a copy, or some of one, is still to take the place of what is moved."""
    making = move.new.making
    with closing(Archive(making.archive)) as archive:
        return archive.is_made() or _standing(making.ledger) is not None


def finish(move: Move, accounts: Accounts) -> None:
    """Bring to its end what `carry` has begun. Busy while another does."""
    making, new = move.new.making, move.new
    with _alone(move.old), _alone(new), closing(database_at(new.ledger)) as target:
        if not _is_unfinished(move):
            return  # another was faster
        with closing(Archive(new.archive)) as archive, closing(Archive(making.archive)) as copy:
            if copy.is_made():
                archive.replace_by(copy)
        with closing(database_at(making.ledger)) as made:
            if identity.standing(made) is not None:
                target.replace_by(made)
        identity.register(target, accounts)
        with reaching(move.folder):
            if not new.is_folder:
                disks.write(move.folder, ON_SERVER, f"{campaign_at(new)}\n".encode())
            if new.is_folder:  # the folder has them all
                _drop(accounts.files_site_of(campaign_at(new)))
            _erase(move.old)
            if new.is_folder:
                disks.place(move.folder, ON_SERVER).unlink(missing_ok=True)


def campaign_at(home: Home) -> str:
    """The id of the campaign that is there."""
    with (
        closing(database_at(home.ledger, read_only=True)) as database,
        database.reading() as tx,
    ):
        return str(tx.execute(select(schema.campaign.c.uuid)).scalar_one())


def _fill(
    source: Database, target: Database, accounts: Accounts, *, at: datetime, who: str
) -> None:
    with copied_ledger(source, target) as tx:
        identity.settle(tx, identity.home_of(target, accounts))
        row = {"command": MOVE, "who": who, "state": JobState.ENDED, "stop_requested": False}
        times = {"started_at": at, "at": at, "exit_code": int(ExitCode.DONE)}
        tx.execute(insert(schema.commands).values(**row, **times))
    target.end_bulk()


def _copy(archive: Place, copy: Place) -> None:
    """Also of one in which nothing is yet: who finishes the move finds both."""
    with closing(Archive(archive)) as source:
        if not source.copy_to(copy):
            with closing(Archive(copy)) as empty:
                empty.make()


def _erase(old: Home) -> None:
    """All that is personal; the campaign is complete in its new place."""
    with closing(database_at(old.archive)) as archive:
        archive.replace_by(None)
    with closing(database_at(old.ledger)) as ledger:
        if old.is_folder:
            ledger.replace_by(None)
            return
        with ledger.erasing() as tx:
            for table in reversed(schema.metadata.sorted_tables):
                if table not in (schema.campaign, schema.facts):
                    tx.execute(delete(table))
            tx.execute(delete(schema.facts).where(schema.facts.c.name != identity.MOVED_TO))
        ledger.compact()


def _drop(*places: Place) -> None:
    for place in places:
        with closing(database_at(place)) as database:
            database.replace_by(None)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with locks_at(home.ledger).exclusive(MOVE):
        yield


def _standing(place: Place) -> identity.LedgerState | None:
    with closing(database_at(place, read_only=True)) as database:
        return identity.standing(database)
