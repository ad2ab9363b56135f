"""Copy a live campaign into one file, and take over a ledger that was copied."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from merge import disks
from merge.app.campaign_files import of_folder, others
from merge.app.opening import Campaign, open_campaign, users_accounts
from merge.app.running import missing
from merge.campaign.suppression import all_names
from merge.errors import ExitCode, LedgerError
from merge.job import Consent, Give, Result, Want
from merge.ledger import backup, opening
from merge.ledger.backup import Saved
from merge.ledger.identity import Adoption


def save(place: Path, file: Path) -> Saved:
    """Copy it, even while letters are being sent."""
    with open_campaign(place, access="read", command="backup") as campaign:
        return _saved(campaign, file)


@contextlib.contextmanager
def closing(place: Path) -> Iterator[Campaign]:
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
        with contextlib.suppress(LedgerError):  # the file counts more than our knowing of it
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
    with contextlib.closing(users_accounts()) as accounts:
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
    with contextlib.closing(users_accounts()) as accounts:
        opening.adopt(place, accounts=accounts)
    return Result(code=ExitCode.DONE, facts={"is_closed": is_closed})


def _close_to_others(folder: Path) -> bool | None:
    if not disks.is_open_to_others(folder):
        return False
    with contextlib.suppress(OSError):
        disks.close_to_others(folder)
    return None if disks.is_open_to_others(folder) else True
