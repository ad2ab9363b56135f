"""Hand a campaign over to somebody else: close it here, then pack it into one .zip.

First `identity.hand_over` closes the ledger to every writer; then the .zip is renamed into place in
one step. A kill in between leaves a campaign that works here, or one that is closed and can be
packed again; never two that send.

The .zip has the folder's files and `LIST`: the SHA-256 of each file, and the part of accounts.db
that goes along (`passing`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import select, update

from merge import disks
from merge.confined.plain import plain, rebuilt
from merge.errors import ExitCode, Refused
from merge.job import JobState
from merge.ledger import backup, identity, schema
from merge.ledger.accounts import Accounts
from merge.ledger.backup import Saved
from merge.ledger.driver.database import Database
from merge.ledger.driver.places import database_at
from merge.ledger.opening import LEDGER, ledger_place
from merge.ledger.passing import PassedOn
from merge.ledger.unpacking import BROKEN_ZIP

LIST = "hand-over.json"
LIST_AT_MOST = 50_000_000  # bytes: 100,000 lines of a suppression list are a fifth of it

_BLOCK = 1 << 20
SENDS_SINCE = timedelta(days=2)
"""As far back as a quota looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverList:
    """The content of `LIST`. `files` has the SHA-256 of each file by its name."""

    form: Literal["publipostage hand-over 3"]
    campaign_id: str
    counter: int
    at: datetime
    who: str
    files: Mapping[str, str]
    passed: PassedOn


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverRequest:
    """Which campaign is handed over, by whom; `account` is the one that it sends from."""

    folder: Path
    accounts: Accounts
    campaign_id: str
    account: str
    at: datetime
    who: str


def hand_over(request: HandOverRequest, file: Path, files: backup.Files) -> Saved:
    """Close the campaign here and write it to `file`, a .zip with mode 0600.

    The caller has exclusive access. Errors as `backup.backup`; the campaign is then reopened here,
    unless an earlier try was interrupted: its .zip may be in use somewhere.
    """
    folder, is_new = request.folder, False
    with closing(database_at(ledger_place(folder, request.accounts))) as database:
        if is_whole(file, request.campaign_id, _counter(database)):  # a kill was later than that
            with ZipFile(file) as zip_file:
                return Saved(files=len(zip_file.namelist()), left_out=())
        try:
            with backup.place_for(folder, file, again=True) as at:
                is_new = identity.hand_over(database, request.accounts)
                counter = _counter(database)
                return backup.write(
                    folder,
                    at,
                    request.accounts,
                    files,
                    change=_mark_done,
                    complete=lambda whole: _add_list(whole, request, counter),
                )
        except BaseException:
            if is_new and not file.exists():
                identity.keep_after_all(database, request.accounts)
            raise


def is_whole(file: Path, campaign_id: str, counter: int) -> bool:
    """Whether this .zip is complete and hands over this state of the campaign."""
    try:
        with ZipFile(file) as zip_file:
            if zip_file.getinfo(LIST).file_size > LIST_AT_MOST:
                return False
            found = read_list(zip_file.read(LIST))
    except (*BROKEN_ZIP, KeyError, OSError, Refused):  # KeyError: it has no list
        return False
    return (found.campaign_id, found.counter) == (campaign_id, counter)


def _counter(database: Database) -> int:
    with database.reading() as tx:
        return int(tx.execute(select(schema.campaign.c.counter)).scalar_one())


def handed_over(folder: Path) -> HandOverList | None:
    """The list beside a ledger that came in such a .zip; None where there is none.

    Refused("zip-damaged") for a list that is invalid, or of another campaign.
    """
    if not disks.place(folder, LIST).exists():
        return None
    data = disks.read(folder, LIST, LIST_AT_MOST)
    found = read_list(data)
    with (
        closing(database_at(folder / LEDGER, read_only=True)) as database,
        database.reading() as tx,
    ):
        campaign_id = tx.execute(select(schema.campaign.c.uuid)).scalar_one()
    if found.campaign_id != campaign_id:
        raise Refused("zip-damaged", path=str(folder), value=LIST)
    return found


def read_list(data: bytes) -> HandOverList:
    """Parse and check `LIST`. Refused("zip-damaged")."""
    try:
        found = rebuilt(HandOverList, json.loads(data))
        found.passed.refuse_impossible()
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Refused("zip-damaged", value=LIST) from None
    return found


def _mark_done(ledger: Path) -> None:
    """Mark the hand-over as done in the copy: who can read it has the whole .zip."""
    commands = schema.commands
    this = (commands.c.command == identity.HAND_OVER, commands.c.state == JobState.RUNNING)
    done = {"state": JobState.ENDED, "exit_code": int(ExitCode.DONE)}
    with closing(database_at(ledger)) as database, database.writing() as tx:
        tx.execute(update(commands).where(*this).values(**done))


def _add_list(whole: Path, request: HandOverRequest, counter: int) -> None:
    files = {}
    with ZipFile(whole) as zip_file:
        for name in zip_file.namelist():
            with zip_file.open(name) as file:
                hashed = sha256()
                while block := file.read(_BLOCK):
                    hashed.update(block)
            files[name] = hashed.hexdigest()
    said = HandOverList(
        form="publipostage hand-over 3",
        campaign_id=request.campaign_id,
        counter=counter,
        at=request.at,
        who=request.who,
        files=files,
        passed=request.accounts.passing.give(
            request.campaign_id, request.account, request.at - SENDS_SINCE
        ),
    )
    info = ZipInfo(LIST, date_time=request.at.timetuple()[:6])
    info.external_attr = 0o100600 << 16
    with ZipFile(whole, "a", ZIP_DEFLATED) as zip_file:
        data = json.dumps(said, ensure_ascii=False, default=plain)
        zip_file.writestr(info, data, compress_type=ZIP_DEFLATED)
