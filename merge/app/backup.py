"""Copy a live campaign into one file, take over a ledger that was copied, unpack one of a backup;
and what is kept of a campaign, for one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zoneinfo import ZoneInfo

from merge import disks
from merge.app.campaign_files import of_folder, others
from merge.app.confined import look_into_zip
from merge.app.opening import Campaign, now, open_campaign, users_accounts
from merge.app.running import missing
from merge.app.suppress import folders_of
from merge.campaign.suppression import all_names
from merge.errors import ExitCode, LedgerError, Misuse, Refused
from merge.job import Consent, Give, Result, Want
from merge.ledger import backup, opening, unpacking
from merge.ledger.accounts import Export
from merge.ledger.backup import Saved
from merge.ledger.identity import Adoption
from merge.ledger.opening import Caution
from merge.ledger.records import Suppression


def save(place: Path, file: Path) -> Saved:
    """Copy it, even while letters are being sent."""
    with open_campaign(place, access="read", command="backup") as campaign:
        return _saved(campaign, file)


@contextmanager
def ending(place: Path) -> Iterator[Campaign]:
    """A campaign to end here, so that it goes on elsewhere."""
    with open_campaign(place, access="closed", command="backup") as campaign:
        yield campaign


def wants_to_close(campaign: Campaign) -> tuple[Want, ...]:
    """Consent to that nothing can be sent from here any more."""
    waiting = campaign.ledger.counts().waiting
    facts = {"folder": campaign.folder.resolve().name, "waiting": waiting}
    return (Want(code="close", facts=facts, give=Give.YES, option="--yes"),)


def close(campaign: Campaign, file: Path, consents: Sequence[Consent]) -> Saved:
    """Close it, then write the .zip. Errors as `backup.backup`."""
    if missing(wants_to_close(campaign), consents):
        raise RuntimeError("a person agrees first")
    return _saved(campaign, file, closes=True)


def _saved(campaign: Campaign, file: Path, *, closes: bool = False) -> Saved:
    place, accounts, ledger = campaign.folder, campaign.accounts, campaign.ledger
    left_out = tuple(others(place))
    names = all_names(ledger.recipients(), ledger.campaign_id)
    opt_outs = accounts.suppression.hashed(names)
    saved = backup.backup(place, file, accounts, of_folder, opt_outs, closes=closes)
    note(campaign, "backup", file)
    return replace(saved, others=left_out)


def note(campaign: Campaign, kind: str, file: Path) -> None:
    """Remember that this file lies where no erasure reaches it."""
    if disks.name_below(campaign.folder, file) is None:
        with suppress(LedgerError):  # the file counts more than our knowing of it
            campaign.note_export(kind, str(file.resolve()))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionPlan:
    """What would go on from which ledger, and what that risks."""

    folder: Path
    risk: Adoption

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to just this risk; to steps that were missed, by their number alone."""
        facts = {
            "behind": self.risk.behind,
            "waiting": self.risk.waiting,
            "code": self.risk.code,
            "opted_out": len(self.risk.opt_outs.lines) if self.risk.opt_outs else 0,
        }
        if self.risk.behind:
            return (Want(code="adopt", facts=facts, option=f"--missed {self.risk.behind}"),)
        return (Want(code="adopt", facts=facts, give=Give.YES, option="--yes"),)


def adoption(place: Path) -> AdoptionPlan:
    """What `adopt` would risk."""
    with closing(users_accounts()) as accounts:
        risk = opening.adoption_risk(place, accounts=accounts)
    return AdoptionPlan(folder=place.resolve(), risk=risk)


def adopt(place: Path, consents: Sequence[Consent]) -> Result:
    """Make this folder the campaign's home, and close it to other users of this machine.

    Fact: `is_closed`, whether they could look into it; None where they can still, for the disk
    keeps no rights, or it is not ours.
    """
    if wants := missing(adoption(place).wants, consents):
        return Result(code=ExitCode.REFUSED, wants=wants)
    return take(place)


def take(place: Path) -> Result:
    """The same, agreed to."""
    is_closed = _close_to_others(place)
    with closing(users_accounts()) as accounts:
        opening.adopt(place, accounts=accounts)
    return Result(code=ExitCode.DONE, facts={"is_closed": is_closed})


def _close_to_others(folder: Path) -> bool | None:
    if not disks.is_open_to_others(folder):
        return False
    with suppress(OSError):
        disks.close_to_others(folder)
    return None if disks.is_open_to_others(folder) else True


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


def save_here(place: Path, *, closes: bool = False) -> int:
    """Make a backup in the campaign folder, to be downloaded, in place of the former one.

    It `closes` the campaign here where a person has agreed to that. Returns the number of the
    folder's files that it leaves out.
    """
    former = _names(place, BACKUPS)
    folder = disks.folder_in(place, BACKUPS)
    name = f"{place.resolve().name}-{now():%Y-%m-%d-%H%M%S}.zip"
    with open_campaign(place, access="closed" if closes else "read", command="backup") as campaign:
        saved = _saved(campaign, folder / name, closes=closes)
    for each in former:
        if each != name:
            disks.place(place, BACKUPS / each).unlink(missing_ok=True)
    return len(saved.left_out)


def download(campaign: Campaign, name: str) -> BinaryIO:
    """Open a file that `save_here` has made, and note the download.

    The caller closes it. FileNotFoundError for any other name.
    """
    if name not in _names(campaign.folder, BACKUPS):
        raise FileNotFoundError(name)
    return campaign.opened_export("backup", BACKUPS / name)


def note_deleted(campaign: Campaign, number: int) -> None:
    """A person says that an exported file is deleted."""
    with closing(users_accounts()) as accounts:
        accounts.exports.forget(campaign.ledger.campaign_id, number)


def _names(place: Path, folder: Path) -> Sequence[str]:
    """Newest first, by the day in their names."""
    return [path.name for path in disks.found(place, str(folder / "*.zip"))][::-1]


_UNPACKED = ".taking-up-"


@contextmanager
def open(file: Path, place: Path) -> Iterator[Job]:
    """Unpack `file` into a hidden folder inside `place`, the campaign folder to be.

    Misuse("folder-not-empty") where something lies in that folder, ("zip-no-campaign");
    Refused("zip-refused"), ("disk-full"); errors of a ledger
    that cannot be trusted.
    """
    if not file.is_file():
        raise Misuse("zip-no-campaign", path=str(file))
    is_new = not place.exists()
    if not is_new and (not place.is_dir() or any(_visible(place))):
        raise Misuse("folder-not-empty", path=str(place))
    found = look_into_zip(file)
    disks.make_private_folder(place)
    try:
        with (
            disks.disk_full_told(),
            TemporaryDirectory(dir=place, prefix=_UNPACKED, ignore_cleanup_errors=True) as at,
        ):
            unpacking.refuse_no_room(found.files, place)
            unpacking.unpack(file, found.files, Path(at))
            try:
                with closing(users_accounts()) as accounts:
                    opening.refuse_unsound(Path(at), accounts)
            except Refused as error:  # nobody knows where it was unpacked
                error.path = str(file)
                raise
            yield Job(Path(at), place, found.left_out)
    finally:
        if is_new and not any(place.iterdir()):
            place.rmdir()


def unpack(file: Path, place: Path) -> Sequence[str]:
    """Unpack it into place without adopting it; what is left out. Errors as `open`."""
    with open(file, place) as job:
        job.put_in_place()
        return job.left_out


class Job:
    """One unpacked campaign. `left_out` names what in the .zip is no file of a campaign."""

    def __init__(self, unpacked: Path, place: Path, left_out: Sequence[str]) -> None:
        self.left_out = left_out
        self._unpacked = unpacked
        self._place = place

    def plan(self) -> AdoptionPlan:
        """The risks of adopting it."""
        return replace(adoption(self._unpacked), folder=self._place.resolve())

    def run(self, consents: Sequence[Consent]) -> Result:
        """Put it in place and adopt it; facts as `adopt`."""
        if wants := missing(self.plan().wants, consents):
            return Result(code=ExitCode.REFUSED, wants=wants)
        self.put_in_place()
        return take(self._place)

    def put_in_place(self) -> None:
        """Move its files into the campaign folder, or its ledger to the user's server; no command
        can write there until it is adopted.

        The ledger, or its note, moves last: a kill before that leaves no campaign there.
        """
        with closing(users_accounts()) as accounts:
            if accounts.server:
                opening.put_on_server(self._unpacked, accounts)
        last = opening.ledger_file(self._unpacked).name
        for path in sorted(self._unpacked.iterdir(), key=lambda path: path.name == last):
            path.rename(self._place / path.name)


def _visible(place: Path) -> Iterator[Path]:
    """The files there, except what an interrupted try has left."""
    return (path for path in place.iterdir() if not path.name.startswith(_UNPACKED))
