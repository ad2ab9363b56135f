"""Erasing everywhere that a campaign stands: its ledger, its archive, the files that it made."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from merge import disks
from merge.app.letters import PREVIEWS
from merge.app.mail import REHEARSAL
from merge.app.opening import Campaign, now
from merge.app.paper import DISCARDED
from merge.campaign import suppression
from merge.campaign.purge import correspondents, plan_erasure
from merge.ledger.records import Erasure
from merge.paper.lots import CUTTING, LOTS, MAKING, made_of

OUTBOX = Path("outbox")
_SHEETS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".json", ".docx", ".zip"})
_NEVER_LISTED = frozenset({"outbox", "locks"})
# Of a migration; what a kill has left of a backup, of another purge, of an export.
_COPIES = ("ledger.db.before-*", ".backup-*", "archive.db.making*", disks.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """What is to be erased, and what a person alone can erase."""

    erasure: Erasure
    files: tuple[Path, ...]  # of ours: they go
    left: tuple[Path, ...]  # of the person: they stay, and may hold names


def plan(campaign: Campaign, key: str | None) -> Purge:
    """What a purge would do. Refused("purge-waiting"), ("purge-in-hand"), and as `disks.place`."""
    erasure = plan_erasure(campaign.ledger, campaign.ledger.replies.all(), key)
    folder = campaign.folder
    ours = _ours(folder, erasure, everybody=key is None)
    _refuse_links(folder, ours)
    return Purge(
        erasure=erasure,
        files=tuple(ours),
        left=tuple(sorted(path.relative_to(folder) for path in _theirs(folder))),
    )


def carry_out(campaign: Campaign, purge: Purge, *, everybody: bool) -> int:
    """Erase it: files first, then archive and ledger, so that a kill on the way is run again.

    How many letters and mails of others went with it, which were damaged (see `Archive.erase`).
    The list before the archive, which alone knows some of the addresses that it names.
    """
    ledger, archive, erasure = campaign.ledger, campaign.archive, purge.erasure
    names = {
        *(
            each
            for recipient in ledger.recipients_of(erasure.keys)
            for each in suppression.personal_names(recipient, ledger.campaign_id)
        ),
        *correspondents(archive.messages(but=erasure.kept)),
    }
    for path in purge.files:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    campaign.accounts.suppression.forget(sorted(names))
    damaged = archive.erase(but=erasure.kept)
    ledger.erase(erasure, now(), everybody=everybody)
    return damaged


def _refuse_links(folder: Path, ours: Iterable[Path]) -> None:
    """What lies behind a link would not be erased. Refused as `disks.place`."""
    for top in ours:
        for path, _found in disks.walk(top) if top.is_dir() else ():
            disks.place(folder, path.relative_to(folder))


def _ours(folder: Path, erasure: Erasure, *, everybody: bool) -> list[Path]:
    """Files that the program made, and that hold something of theirs."""
    names, patterns = [OUTBOX], list(_COPIES)
    if not everybody:
        names = [PREVIEWS, REHEARSAL, Path(MAKING), DISCARDED]
        patterns.append(str(LOTS / f"{CUTTING}*"))  # left behind by a kill
        patterns += (each for path in erasure.lots for each in made_of(path))
    whole = [path for name in names if (path := disks.place(folder, name)).exists()]
    return whole + [path for pattern in patterns for path in disks.found(folder, pattern)]


def _theirs(folder: Path) -> list[Path]:
    """Tables, copies and documents that somebody put into the campaign folder."""
    return [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _SHEETS
        and path.is_file()
        and path.relative_to(folder).parts[0] not in _NEVER_LISTED
    ]
