"""The way into a campaign's ledger: every check that must pass before anything is read.

In this order: it is there, it is a database, its schema is known (an older one is migrated),
the folder can be written, nobody else holds it, its pages are sound, it is the one ledger of
its campaign, and what dead senders left behind is put in doubt.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from sqlalchemy import insert

from merge import disks
from merge.errors import Busy, LedgerError
from merge.ledger import schema
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.driver import files
from merge.ledger.driver.database import Database, is_writable, reaching
from merge.ledger.driver.locks import Locks
from merge.ledger.driver.migrating import VERSIONS, bring_up_to_date, migrate, schema_version
from merge.ledger.identity import (
    Adoption,
    another_home,
    check_identity,
    place_of,
    risk,
    take_in,
    trouble_with_identity,
)
from merge.ledger.ledger import Ledger

Access = Literal["read", "share", "exclusive", "hand-over"]
"""read: status, log, show. share: send, print. exclusive: import, edit, resolve. hand-over:
exclusive, and also after a hand-over that was interrupted."""

LEDGER, ARCHIVE = "ledger.db", "archive.db"
_BEING_MADE = "ledger.db.making"
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
    locks = Locks(folder, now=now)
    path = _existing_ledger(folder)
    backup = bring_up_to_date(path, locks)
    with ExitStack() as stack:
        cautions = _cautions(folder, backup)
        token, fallen_in_doubt = "", 0
        if access != "read":
            if not is_writable(path):
                raise LedgerError("folder-read-only", path=str(folder))
            hold = locks.share if access == "share" else locks.exclusive
            token = stack.enter_context(hold(command))
        database = Database(path, read_only=access == "read")
        stack.callback(database.close)
        archive = Archive(folder / ARCHIVE, read_only=access == "read")
        stack.callback(archive.close)
        ledger = Ledger(database, accounts, sender=token, alive=locks.alive, now=now)
        if access == "read":
            doubts = _doubts_about(database, accounts)
            # Last: checking whether a sender lives takes its lock file, which is a write.
            if is_writable(path) and not doubts and ledger.dead_senders():
                fallen_in_doubt = _release_dead_senders(path, accounts, locks, now)
            cautions += doubts
        else:
            if access != "share" and not database.is_sound():
                raise LedgerError("ledger-damaged", path=str(path))
            check_identity(database, accounts, hands_over=access == "hand-over")
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
    """Begin a campaign's ledger in `folder`, which gets mode 0700. Returns its id.

    LedgerError("ledger-exists") when there is one. It appears complete or not at all.
    """
    with reaching(folder):
        disks.make_private_folder(folder)
        folder.chmod(0o700)  # also one that was there: personal data comes to live in it
    files.refuse_links(folder, DATABASES)
    path, making = folder / LEDGER, folder / _BEING_MADE
    with Locks(folder, now=now).one_migrator():
        if path.exists():
            raise LedgerError("ledger-exists", path=str(path))
        with reaching(folder):
            for leftover in folder.glob(f"{_BEING_MADE}*"):  # a creation that was killed
                leftover.unlink()
            disks.make_private_file(making)
        campaign_id = _fill(making, install=accounts.install_id, now=now())
        accounts.register(campaign_id, place_of(making, counter=0, lies_at=path))
        with reaching(folder):
            os.rename(making, path)  # noqa: PTH104 - Windows refuses to overwrite, as we want
    return campaign_id


def is_older(folder: Path) -> bool:
    """Whether whoever opens this ledger next migrates it, which may take long. LedgerError."""
    with closing(Database(_existing_ledger(folder), read_only=True)) as database:
        return schema_version(database) != VERSIONS[-1]


def refuse_unsound(folder: Path) -> None:
    """Look through all of a ledger that was never opened here. LedgerError, as `adopt`."""
    path = _existing_ledger(folder)
    bring_up_to_date(path, Locks(folder))
    with closing(Database(path, read_only=True)) as database:
        if not database.is_sound():
            raise LedgerError("ledger-damaged", path=str(path))


def adoption_risk(folder: Path, *, accounts: Accounts) -> Adoption:
    """What `adopt` would risk, for a person to read first. Changes nothing."""
    database = Database(_existing_ledger(folder), read_only=True)
    try:
        return risk(database, accounts)
    finally:
        database.close()


def adopt(folder: Path, *, accounts: Accounts) -> Adoption:
    """Make this folder the campaign's home: any other copy is refused from now on.

    Returns what was risked. With `code` None nothing was wrong and nothing was done. Busy while a
    command is at work here, or where the campaign has lived until now: it would go on there.
    """
    locks = Locks(folder)
    path = _existing_ledger(folder)
    bring_up_to_date(path, locks)
    if not is_writable(path):
        raise LedgerError("folder-read-only", path=str(folder))
    with locks.exclusive("adopt"), ExitStack() as stack:
        database = Database(path)
        try:
            if not database.is_sound():
                raise LedgerError("ledger-damaged", path=str(path))
            home = another_home(database, accounts)
            if home is not None and is_writable(home):
                stack.enter_context(Locks(home.parent).exclusive("adopt"))
            return take_in(database, accounts)
        finally:
            database.close()


def _existing_ledger(folder: Path) -> Path:
    files.refuse_links(folder, DATABASES)
    path = folder / LEDGER
    if not path.is_file():
        raise LedgerError("ledger-missing", path=str(folder))
    files.refuse_no_database(folder, LEDGER)
    return path


def _release_dead_senders(
    path: Path, accounts: Accounts, locks: Locks, now: Callable[[], datetime]
) -> int:
    """In one transaction. No campaign lock is needed: a dead sender cannot change these rows."""
    with closing(Database(path)) as database, suppress(LedgerError, Busy):  # it can be read
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
    return [Caution(code=code, path=str(database.path), detail=known_path)]


def _fill(path: Path, *, install: str, now: datetime) -> str:
    campaign_id = str(uuid4())
    database = Database(path)
    try:
        migrate(database)
        row = {"id": 1, "uuid": campaign_id, "install": install, "counter": 0, "created_at": now}
        with database.writing() as tx:
            tx.execute(insert(schema.campaign).values(row))
    finally:
        database.close()
    return campaign_id


def _cautions(folder: Path, backup: Path | None) -> list[Caution]:
    found = []
    kind = files.network_file_system(folder)
    if kind is not None:
        found.append(Caution(code="network-file-system", path=str(folder), detail=kind))
    if backup is not None:
        found.append(Caution(code="ledger-migrated", path=str(backup)))
    return found
