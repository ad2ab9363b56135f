"""The way into a campaign's ledger: every check that must pass before anything is read.

In this order: it is there, it is a database, its schema is known (an older one is migrated),
the folder can be written, nobody else holds it, its pages are sound, it is the one ledger of
its campaign, and what dead senders left behind is put in doubt.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import insert

from merge import disks
from merge.errors import Busy, LedgerError
from merge.ledger import schema
from merge.ledger.accounts import CAMPAIGNS, Accounts, Registered
from merge.ledger.archive import Archive
from merge.ledger.copying import copied_ledger
from merge.ledger.driver import files
from merge.ledger.driver.addresses import Place
from merge.ledger.driver.database import Database
from merge.ledger.driver.files import is_writable, reaching
from merge.ledger.driver.locks import FileLocks, Locks
from merge.ledger.driver.migrating import bring_up_to_date, migrate, newest, schema_version
from merge.ledger.driver.places import beside, database_at, locks_at
from merge.ledger.identity import (
    Adoption,
    another_home,
    check_identity,
    detach,
    home_of,
    is_open,
    place_of,
    refuse_living,
    risk,
    take_in,
    trouble_with_identity,
)
from merge.ledger.ledger import Ledger

Access = Literal["read", "share", "exclusive", "closed"]
"""read: status, log, show. share: send, print. exclusive: import, edit, resolve. closed: exclusive,
and also of a ledger that was closed (purge, backup --close)."""

LEDGER, ARCHIVE = "ledger.db", "archive.db"
ON_SERVER = "ledger.id"
"""In the place of a ledger that is on a server: the campaign's id, and nothing else."""
_BEING_MADE = "ledger.db.making"
_ID_AT_MOST = 100  # bytes
DATABASES = (LEDGER, _BEING_MADE, ARCHIVE, f"{ARCHIVE}.making")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something to tell, that stops nothing. `code` is for `merge.words`."""

    code: str
    path: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A campaign's ledger and archive, in hand until the context ends.

    `fallen_in_doubt` is how many deliveries were found in doubt because their sender had died;
    `backup` is the copy that a migration made, if one was due.
    """

    ledger: Ledger
    archive: Archive
    cautions: tuple[Caution, ...] = ()
    fallen_in_doubt: int = 0
    backup: Path | None = None


@contextmanager
def open_ledger(
    folder: Path,
    *,
    access: Access,
    command: str,
    accounts: Accounts,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Opened]:
    """Open a campaign's ledger. `command` names the holder to those who find it busy.

    A reader holds nothing, changes nothing (but an older schema, and what a sender that died
    has left "sending") and is told of a ledger that a writer would be refused
    (`Opened.cautions`). A writer leaves its last counter in
    accounts.db. LedgerError or Busy when a check fails; nothing has been changed then.
    """
    place, messages = ledger_place(folder, accounts), archive_place(folder, accounts)
    locks = locks_at(place, now=now)
    backup = bring_up_to_date(place, locks)
    with ExitStack() as stack:
        cautions = _cautions(folder, backup)
        token, fallen_in_doubt = "", 0
        if access != "read":
            refuse_read_only(place)
            hold = locks.share if access == "share" else locks.exclusive
            token = stack.enter_context(hold(command))
        database = database_at(place, read_only=access == "read")
        stack.callback(database.close)
        archive = Archive(messages, read_only=access == "read")
        stack.callback(archive.close)
        ledger = Ledger(database, accounts, sender=token, alive=locks.alive, now=now)
        _refuse_another(folder, ledger)
        if access == "read":
            doubts = _doubts_about(database, accounts)
            # Last: checking whether a sender lives takes its lock file, which is a write.
            if database.may_be_written() and not doubts and ledger.dead_senders():
                fallen_in_doubt = _release_dead_senders(place, accounts, locks, now)
            cautions += doubts
        else:
            if access != "share" and not database.is_sound():
                raise LedgerError("ledger-damaged", path=database.name)
            check_identity(database, accounts, may_be_closed=access == "closed")
            fallen_in_doubt = ledger.release_dead_senders()
            stack.callback(lambda: accounts.witness(ledger.campaign_id, ledger.counter))
        opened = Opened(
            ledger=ledger,
            archive=archive,
            cautions=tuple(cautions),
            fallen_in_doubt=fallen_in_doubt,
            backup=backup,
        )
        with ledger.telling_damage():
            yield opened


def create_ledger(
    folder: Path,
    *,
    accounts: Accounts,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Begin a campaign's ledger in `folder`, which gets mode 0700, or on the user's server, with a
    note in the folder. Returns its id.

    LedgerError("folder-not-empty") when there is one. It appears complete or not at all.
    """
    with reaching(folder):
        disks.make_private_folder(folder)
        folder.chmod(0o700)  # also one that was there: personal data comes to live in it
    files.refuse_links(folder, DATABASES)
    path, making = folder / LEDGER, folder / _BEING_MADE
    with FileLocks(folder, now=now).one_migrator():
        if path.exists() or (folder / ON_SERVER).exists():
            raise LedgerError("folder-not-empty", path=str(path))
        if accounts.server:
            return _create_on_server(folder, accounts, now())
        with reaching(folder):
            for leftover in folder.glob(f"{_BEING_MADE}*"):  # a creation that was killed
                leftover.unlink()
            disks.make_private_file(making)
        campaign_id = str(uuid4())
        with closing(database_at(making)) as database:
            begin(database, campaign_id, accounts, now())
        accounts.register(campaign_id, place_of(making, counter=0, lies_at=path))
        with reaching(folder):
            os.rename(making, path)  # noqa: PTH104 - Windows refuses to overwrite, as we want
    return campaign_id


def ledger_file(folder: Path) -> Path:
    """What stands in the folder for the ledger: itself, or the note that it is on a server."""
    return folder / (ON_SERVER if (folder / ON_SERVER).is_file() else LEDGER)


def is_older(folder: Path) -> bool:
    """Whether whoever opens this ledger next migrates its file, which may take long. LedgerError.

    A server's keeper brings up to date what is there before anybody waits for it.
    """
    path = ledger_file(folder)
    if path.name == ON_SERVER:
        return False
    refuse_no_ledger(folder)
    with closing(database_at(path, read_only=True)) as database:
        return schema_version(database) != newest()


def refuse_unsound(folder: Path, accounts: Accounts) -> None:
    """Look through all of a ledger that was never opened here. LedgerError, as `adopt`, or
    ("adopt-lives") for a campaign that is in use here already.
    """
    refuse_no_ledger(folder)
    path = folder / LEDGER
    bring_up_to_date(path, FileLocks(folder))
    with closing(database_at(path, read_only=True)) as database:
        if not database.is_sound():
            raise LedgerError("ledger-damaged", path=str(path))
        refuse_living(Ledger(database, accounts).campaign_id, accounts)


def witness(campaign_id: str, accounts: Accounts) -> None:
    """Know how far a campaign on the server has come, as who opens it for a worker does.
    LedgerError, as `check_identity`.
    """
    note = accounts.path.parent / CAMPAIGNS / campaign_id / ON_SERVER
    with closing(database_at(accounts.site_of(campaign_id, note))) as database:
        check_identity(database, accounts)


def adoption_risk(folder: Path, *, accounts: Accounts) -> Adoption:
    """What `adopt` would risk, for a person to read first. Changes nothing."""
    place = ledger_place(folder, accounts)
    with closing(database_at(place, read_only=True)) as database:
        _refuse_another(folder, Ledger(database, accounts))
        return risk(database, accounts)


def adopt(folder: Path, *, accounts: Accounts) -> Adoption:
    """Make this folder the campaign's home: any other copy is refused from now on.

    Returns what was risked. With `code` None nothing was wrong and nothing was done. Busy while a
    command is at work here, or where the campaign has lived until now: it would go on there.
    """
    place = ledger_place(folder, accounts)
    locks = locks_at(place)
    bring_up_to_date(place, locks)
    refuse_read_only(place)
    with (
        locks.exclusive("adopt"),
        ExitStack() as stack,
        closing(database_at(place)) as database,
    ):
        if not database.is_sound():
            raise LedgerError("ledger-damaged", path=database.name)
        home = another_home(database, accounts)
        if home is not None and is_writable(home):
            stack.enter_context(FileLocks(home.parent).exclusive("adopt"))
        return take_in(database, accounts)


def put_on_server(folder: Path, accounts: Accounts) -> None:
    """Carry a ledger and its messages, which were unpacked into `folder`, to the user's server; a
    note stays in their place. Nobody's, until it is adopted; after a kill it is carried anew.

    LedgerError("adopt-lives") where the campaign is there already, and was not closed.
    """
    accounts.make_ready()
    with closing(database_at(folder / LEDGER, read_only=True)) as source:
        campaign_id = Ledger(source, accounts).campaign_id
        place, messages = accounts.site_of(campaign_id), accounts.archive_site_of(campaign_id)
        making = beside(place, "making")
        with locks_at(place).exclusive("adopt"), closing(database_at(place)) as target:
            if is_open(target):
                raise LedgerError("adopt-lives", known_path=target.name)
            with (
                closing(Archive(folder / ARCHIVE, read_only=True)) as unpacked,
                closing(Archive(beside(messages, "making"))) as copy,
                closing(Archive(messages)) as archive,
            ):
                copy.replace_by(None)  # what a kill has left
                has_any = unpacked.copy_to(beside(messages, "making"))
                archive.replace_by(copy if has_any else None)
            with closing(database_at(making)) as made:
                made.replace_by(None)
                with copied_ledger(source, made):
                    pass
                detach(made)
                target.replace_by(made)
    disks.write(folder, ON_SERVER, f"{campaign_id}\n".encode())
    for name in (LEDGER, ARCHIVE):
        for path in folder.glob(f"{name}*"):
            path.unlink()


def ledger_place(folder: Path, accounts: Accounts) -> Place:
    """Where the ledger of the campaign in this folder is: a file in it, or on the user's server.

    LedgerError("ledger-missing") where there is neither, ("database-address") where it is on a
    server that nobody named.
    """
    found = id_on_server(folder)
    if found is not None:
        return accounts.site_of(found, folder / ON_SERVER)
    refuse_no_ledger(folder)
    return folder / LEDGER


def refuse_no_ledger(folder: Path) -> None:
    """LedgerError("ledger-missing"), or as `files.refuse_no_database`, for a folder without the
    file of a ledger."""
    files.refuse_links(folder, DATABASES)
    if not (folder / LEDGER).is_file():
        raise LedgerError("ledger-missing", path=str(folder))
    files.refuse_no_database(folder, LEDGER)


def archive_place(folder: Path, accounts: Accounts) -> Place:
    """Where its messages are."""
    found = id_on_server(folder)
    return folder / ARCHIVE if found is None else accounts.archive_site_of(found)


def id_on_server(folder: Path) -> str | None:
    """The id of a campaign whose ledger is on a server; None where there is no such note.

    LedgerError("ledger-twice") for one that lies beside a ledger: which of them is the campaign's?
    """
    files.refuse_links(folder, [ON_SERVER])
    if not (folder / ON_SERVER).is_file():
        return None
    if (folder / LEDGER).exists():
        raise LedgerError("ledger-twice", path=str(folder))
    return noted_id(folder)


def noted_id(folder: Path) -> str:
    """The id in that note. LedgerError("ledger-damaged")."""
    said = disks.read(folder, ON_SERVER, _ID_AT_MOST).decode("ascii", "replace").strip()
    try:
        return str(UUID(said))
    except ValueError:
        raise LedgerError("ledger-damaged", path=str(folder / ON_SERVER)) from None


def _refuse_another(folder: Path, ledger: Ledger) -> None:
    """LedgerError("ledger-damaged") where that note is of another campaign than the ledger."""
    noted = id_on_server(folder)
    if noted is not None and noted != ledger.campaign_id:
        raise LedgerError("ledger-damaged", path=str(folder / ON_SERVER))


def refuse_read_only(place: Place) -> None:
    """LedgerError("folder-read-only"), or ("database-refuses") for a server that takes no writes,
    where this ledger cannot be written."""
    with closing(database_at(place)) as database:
        if database.may_be_written():
            return
    if isinstance(place, Path):
        raise LedgerError("folder-read-only", path=str(place.parent))
    raise LedgerError("database-refuses", path=str(place), words=os.strerror(errno.EROFS))


def _release_dead_senders(
    place: Place, accounts: Accounts, locks: Locks, now: Callable[[], datetime]
) -> int:
    """In one transaction. No campaign lock is needed: a dead sender cannot change these rows."""
    with closing(database_at(place)) as database, suppress(LedgerError, Busy):  # it can be read
        return Ledger(database, accounts, alive=locks.alive, now=now).release_dead_senders()
    return 0


def _doubts_about(database: Database, accounts: Accounts) -> list[Caution]:
    """What a writer would be refused for; a reader is only told."""
    try:
        found = trouble_with_identity(database, accounts)
    except LedgerError as error:
        if error.path != str(accounts.path):
            raise
        return [Caution(code="accounts-unreachable", path=error.path, detail=error.code)]
    if found is None:
        return []
    code, known_path = found
    return [Caution(code=code, path=database.name, detail=known_path)]


def begin(database: Database, campaign_id: str, accounts: Accounts, at: datetime) -> None:
    """Fill an empty database with an empty ledger."""
    migrate(database)
    home = home_of(database, accounts)
    row = {"id": 1, "uuid": campaign_id, "install": home, "counter": 0, "created_at": at}
    with database.writing() as tx:
        tx.execute(insert(schema.campaign).values(row))


def _create_on_server(folder: Path, accounts: Accounts, at: datetime) -> str:
    """A kill before the note is written leaves an empty ledger that nobody knows."""
    accounts.make_ready()
    campaign_id = str(uuid4())
    with closing(database_at(accounts.site_of(campaign_id, folder / ON_SERVER))) as database:
        database.make()
        begin(database, campaign_id, accounts, at)
        disks.write(folder, ON_SERVER, f"{campaign_id}\n".encode())
        path, number = database.whereabouts()
    accounts.register(campaign_id, Registered(path=path, file_id=number, counter=0))
    return campaign_id


def _cautions(folder: Path, backup: Path | None) -> list[Caution]:
    found = []
    kind = files.network_file_system(folder)
    if kind is not None:
        found.append(Caution(code="network-file-system", path=str(folder), detail=kind))
    if backup is not None:
        found.append(Caution(code="ledger-migrated", path=str(backup)))
    return found
