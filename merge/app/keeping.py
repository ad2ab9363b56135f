"""The suppression list, backups, and the exports of a campaign, for one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from merge import disks
from merge.app import backup
from merge.app.campaign_files import others
from merge.app.opening import Campaign, now, users_accounts
from merge.app.suppress import folders_of
from merge.ledger.accounts import Export
from merge.ledger.opening import Caution
from merge.ledger.records import Suppression

BACKUPS = Path("outbox") / "backup"
REPORT = Path("outbox") / "report"  # the public one, where nobody says another place
NOT_THE_ONE = frozenset(
    f"ledger-{name}" for name in ("foreign", "behind", "restarted", "copied", "carried")
)
"""Cautions about a ledger that must be adopted before it can send."""
_NOT_OURS = NOT_THE_ONE | {"ledger-closed", "ledger-packed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Their state. `lines` are the lines of the suppression list that match, by name."""

    folder: Path
    zone: ZoneInfo
    lines: Sequence[Suppression]
    campaigns: Mapping[str, str]  # the folders of those that lines of one recipient are about
    listed: int  # lines in all
    exports: Sequence[Export]
    not_ours: Caution | None  # why no command may write here
    backups: Sequence[str]  # names of the files, newest first
    others: Sequence[str]  # files in the folder that no backup has


def look(campaign: Campaign, search: str = "") -> Keeping:
    """Read it. `search` filters the suppression list by name or reason."""
    whole = () if campaign.is_blind else campaign.accounts.suppression.lines()
    sought = search.strip().casefold()
    not_ours = next((each for each in campaign.cautions if each.code in _NOT_OURS), None)
    return Keeping(
        folder=campaign.folder.resolve(),
        zone=campaign.zone,
        lines=[
            line
            for line in sorted(whole, key=lambda each: each.name.casefold())
            if sought in line.name.casefold() or sought in line.reason.casefold()
        ],
        campaigns=folders_of(whole, campaign),
        listed=len(whole),
        exports=campaign.exports(),
        not_ours=not_ours,
        backups=_names(campaign.folder, BACKUPS),
        others=others(campaign.folder),
    )


def save(place: Path, *, closes: bool = False) -> int:
    """Make a backup in the campaign folder, to be downloaded, in place of the former one.

    It `closes` the campaign here where a person has agreed to that. Returns the number of the
    folder's files that it leaves out.
    """
    former = _names(place, BACKUPS)
    folder = disks.folder_in(place, BACKUPS)
    name = f"{place.resolve().name}-{now():%Y-%m-%d-%H%M%S}.zip"
    if closes:
        with backup.closing(place) as campaign:
            agreed = [want.agreed() for want in backup.wants_to_close(campaign)]
            saved = backup.close(campaign, folder / name, agreed)
    else:
        saved = backup.save(place, folder / name)
    for each in former:
        if each != name:
            disks.place(place, BACKUPS / each).unlink(missing_ok=True)
    return len(saved.left_out)


def download(campaign: Campaign, name: str) -> BinaryIO:
    """Open a file that `save` has made, and note the download.

    The caller closes it. FileNotFoundError for any other name.
    """
    if name not in _names(campaign.folder, BACKUPS):
        raise FileNotFoundError(name)
    file = disks.opened(campaign.folder, BACKUPS / name)
    try:
        campaign.note_export("backup", name)
    except BaseException:
        file.close()
        raise
    return file


def note_deleted(campaign: Campaign, number: int) -> None:
    """A person says that an exported file is deleted."""
    with closing(users_accounts()) as accounts:
        accounts.exports.forget(campaign.ledger.campaign_id, number)


def _names(place: Path, folder: Path) -> Sequence[str]:
    """Newest first, by the day in their names."""
    return [path.name for path in disks.found(place, str(folder / "*.zip"))][::-1]
