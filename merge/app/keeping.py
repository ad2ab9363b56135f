"""The suppression list, backups, the hand-over and the exports of a campaign, for one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from merge import disks
from merge.app import backup, handover
from merge.app.campaign_files import others
from merge.app.opening import Campaign, now, open_campaign, users_accounts
from merge.app.suppress import folders_of
from merge.errors import ExitCode
from merge.job import Listener, Result
from merge.ledger.exports import Export
from merge.ledger.handover import is_whole
from merge.ledger.identity import HAND_OVER
from merge.ledger.opening import Caution
from merge.ledger.records import Suppression

BACKUPS, HANDED_OVER = Path("outbox") / "backup", Path("outbox") / "hand-over"
_NOT_OURS = frozenset(
    {
        *("ledger-foreign", "ledger-behind", "ledger-copied"),
        *("ledger-carried", "ledger-handed-over"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Their state. `lines` are the lines of the suppression list that match, newest first."""

    folder: Path
    zone: ZoneInfo
    lines: Sequence[Suppression]
    campaigns: Mapping[str, str]  # the folders of those that lines of one recipient are about
    listed: int  # lines in all
    exports: Sequence[Export]
    not_ours: Caution | None  # why no command may write here
    backups: Sequence[str]  # names of the files, newest first
    others: Sequence[str]  # files in the folder that no backup has
    handed_over: Sequence[str]
    is_unfinished: bool  # a hand-over was interrupted before its .zip was whole


def look(place: Path, search: str = "") -> Keeping:
    """Read it. `search` filters the suppression list by name or reason."""
    with open_campaign(place, access="read", command="status") as campaign:
        whole = () if campaign.is_blind else campaign.accounts.suppression.lines()
        sought = search.strip().casefold()
        not_ours = next((each for each in campaign.cautions if each.code in _NOT_OURS), None)
        handing = next(iter(campaign.ledger.commands.latest(HAND_OVER)), None)
        is_handed_over = not_ours is not None and not_ours.code == "ledger-handed-over"
        whole_files = _whole(campaign)
        return Keeping(
            folder=campaign.folder.resolve(),
            zone=campaign.zone,
            lines=[
                line
                for line in reversed(whole)
                if sought in line.name.casefold() or sought in line.reason.casefold()
            ],
            campaigns=folders_of(whole, campaign),
            listed=len(whole),
            exports=campaign.exports(),
            not_ours=not_ours,
            backups=_names(campaign.folder, BACKUPS),
            others=others(campaign.folder),
            handed_over=whole_files,
            is_unfinished=is_handed_over
            and not whole_files
            and (handing is None or handing.exit_code != ExitCode.DONE),
        )


def save(place: Path) -> int:
    """Make a backup in the campaign folder, to be downloaded, in place of the former one.

    Returns the number of the folder's files that it leaves out.
    """
    former = _names(place, BACKUPS)
    folder = disks.folder_in(place, BACKUPS)
    name = f"{place.resolve().name}-{now():%Y-%m-%d-%H%M%S}.zip"
    saved = backup.save(place, folder / name)
    for each in former:
        if each != name:
            disks.place(place, BACKUPS / each).unlink(missing_ok=True)
    return len(saved.left_out)


def hand_over(place: Path, listener: Listener) -> Result:
    """Hand the campaign over into a .zip in its folder, to be downloaded. A person has agreed.

    After an interrupted try a whole .zip is used, a broken one removed. Errors as `handover`.
    """
    folder = disks.folder_in(place, HANDED_OVER)
    with open_campaign(place, access="read", command="status") as campaign:
        whole = _whole(campaign)
    for each in _names(place, HANDED_OVER):
        if each not in whole:
            disks.place(place, HANDED_OVER / each).unlink(missing_ok=True)
    name = next(iter(whole), f"{place.resolve().name}-{now():%Y-%m-%d-%H%M%S}.zip")
    with handover.open(place, folder / name, listener) as job:
        return job.run([want.agreed() for want in job.plan().wants])


def download(place: Path, of: Path, name: str) -> BinaryIO:
    """Open a file that `save` or `hand_over` has made, and note the download.

    The caller closes it. FileNotFoundError for any other name.
    """
    if name not in _names(place, of):
        raise FileNotFoundError(name)
    with open_campaign(place, access="read", command="status") as campaign:
        file = disks.opened(campaign.folder, of / name)
        try:
            campaign.note_export(of.name, name)
        except BaseException:
            file.close()
            raise
        return file


def note_deleted(place: Path, number: int) -> None:
    """A person says that an exported file is deleted."""
    with open_campaign(place, access="read", command="status") as campaign:
        campaign_id = campaign.ledger.campaign_id
    with closing(users_accounts()) as accounts:
        accounts.exports.forget(campaign_id, number)


def _whole(campaign: Campaign) -> Sequence[str]:
    """The .zip files that are complete and hand over the current state."""
    ledger = campaign.ledger
    return [
        name
        for name in _names(campaign.folder, HANDED_OVER)
        if is_whole(campaign.folder / HANDED_OVER / name, ledger.campaign_id, ledger.counter)
    ]


def _names(place: Path, folder: Path) -> Sequence[str]:
    """Newest first, by the day in their names."""
    return [path.name for path in disks.found(place, str(folder / "*.zip"))][::-1]
