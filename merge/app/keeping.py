"""What is kept of a campaign: the suppression list, copies, and where it may go on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from merge import disks
from merge.app import backup, handover
from merge.app.opening import Campaign, now, open_campaign, users_accounts
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
    """The state of all that. `lines` are the matching lines of the list, newest first."""

    folder: Path
    zone: ZoneInfo
    lines: Sequence[Suppression]
    listed: int  # lines of the whole list
    exports: Sequence[Export]
    not_ours: Caution | None  # why no command may write here
    backups: Sequence[str]  # names of the files, newest first
    handed_over: Sequence[str]
    is_unfinished: bool  # it is being handed over, and the .zip did not come about


def look(place: Path, search: str = "") -> Keeping:
    """Read it. `search` narrows the lines of the suppression list."""
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
            listed=len(whole),
            exports=campaign.exports(),
            not_ours=not_ours,
            backups=_names(campaign.folder, BACKUPS),
            handed_over=whole_files,
            is_unfinished=is_handed_over
            and not whole_files
            and (handing is None or handing.exit_code != ExitCode.DONE),
        )


def save(place: Path) -> int:
    """A backup inside the campaign folder, to be downloaded; the one before goes. How many files of
    the folder it leaves out."""
    former = _names(place, BACKUPS)
    folder = disks.folder_in(place, BACKUPS)
    name = f"{place.resolve().name}-{now():%Y-%m-%d-%H%M%S}.zip"
    saved = backup.save(place, folder / name)
    for each in former:
        if each != name:
            disks.place(place, BACKUPS / each).unlink(missing_ok=True)
    return len(saved.left_out)


def hand_over(place: Path, listener: Listener) -> Result:
    """Hand the campaign over into a file of its own folder, to be downloaded.

    Somebody was shown what that means, and has agreed. What a kill has left of an earlier try goes;
    a file that was whole already is the one. Errors as of `handover`.
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
    """A file that `save` or `hand_over` has made, noted as downloaded. Close it.

    FileNotFoundError for any other.
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


def deleted(place: Path, number: int) -> None:
    """A person has deleted a file that no erasure reaches."""
    with open_campaign(place, access="read", command="status") as campaign:
        campaign_id = campaign.ledger.campaign_id
    with closing(users_accounts()) as accounts:
        accounts.exports.forget(campaign_id, number)


def _whole(campaign: Campaign) -> Sequence[str]:
    """The files that hand over the campaign as it stands; not what a kill has left of one."""
    ledger = campaign.ledger
    return [
        name
        for name in _names(campaign.folder, HANDED_OVER)
        if is_whole(campaign.folder / HANDED_OVER / name, ledger.campaign_id, ledger.counter)
    ]


def _names(place: Path, folder: Path) -> Sequence[str]:
    """Newest first, by the day in their names."""
    return [path.name for path in disks.found(place, str(folder / "*.zip"))][::-1]
