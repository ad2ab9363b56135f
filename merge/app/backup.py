"""Copy a live campaign into one file, and take over a ledger that was copied."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from merge import disks
from merge.app.campaign_files import of_folder, others
from merge.app.opening import Campaign, now, open_campaign, users_accounts
from merge.app.running import missing
from merge.errors import ExitCode, LedgerError
from merge.job import Consent, Give, Result, Want
from merge.ledger import backup, handover, opening
from merge.ledger.backup import Saved
from merge.ledger.handover import HandOverList
from merge.ledger.identity import Adoption


def save(place: Path, file: Path) -> Saved:
    """Copy it, even while letters are being sent."""
    with open_campaign(place, access="read", command="backup") as campaign:
        left_out = tuple(others(place))
        saved = backup.backup(place, file, campaign.accounts, of_folder)
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
    handed_over: HandOverList | None

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to just this risk; to steps that were missed, by their number alone."""
        facts = {
            "behind": self.risk.behind,
            "waiting": self.risk.waiting,
            "code": self.risk.code,
            "opted_out": self.handed_over.passed.opted_out if self.handed_over else 0,
        }
        if self.risk.behind:
            return (Want(code="adopt", facts=facts, option=f"--missed {self.risk.behind}"),)
        return (Want(code="adopt", facts=facts, give=Give.YES, option="--yes"),)


def adoption(place: Path) -> AdoptionPlan:
    """What `adopt` would risk."""
    with contextlib.closing(users_accounts()) as accounts:
        risk = opening.adoption_risk(place, accounts=accounts)
    handed_over = handover.handed_over(place)
    return AdoptionPlan(folder=place.resolve(), risk=risk, handed_over=handed_over)


def adopt(place: Path, consents: Sequence[Consent]) -> Result:
    """Make this folder the campaign's home, and close it to other users of this machine.

    Of one that was handed over: keep who opted out, and what its account has sent, too.
    Fact: `is_closed`, whether they could look into it; None where they can still, for the disk
    keeps no rights, or it is not ours.
    """
    plan = adoption(place)
    if wants := missing(plan.wants, consents):
        return Result(code=ExitCode.REFUSED, wants=wants)
    is_closed = _close_to_others(place)
    with contextlib.closing(users_accounts()) as accounts:
        if plan.handed_over:  # before anything can leave from here
            accounts.passing.take(plan.handed_over.passed, now())
        opening.adopt(place, accounts=accounts)
    if plan.handed_over:
        disks.place(place, handover.LIST).unlink(missing_ok=True)
    return Result(code=ExitCode.DONE, facts={"is_closed": is_closed})


def _close_to_others(folder: Path) -> bool | None:
    if not disks.is_open_to_others(folder):
        return False
    with contextlib.suppress(OSError):
        disks.close_to_others(folder)
    return None if disks.is_open_to_others(folder) else True
