"""Copy a live campaign into one file, and take over a ledger that was copied."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from merge import disks
from merge import settings as settings_room
from merge.app.opening import users_accounts
from merge.app.running import missing
from merge.errors import ExitCode
from merge.job import Consent, Give, Result, Want
from merge.ledger import backup, opening
from merge.ledger.backup import Saved
from merge.ledger.identity import Adoption


def save(place: Path, file: Path) -> Saved:
    """Copy it, even while letters are being sent."""
    settings_room.load(place)
    return backup.backup(place, file)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionPlan:
    """What would go on from which ledger, and what that risks."""

    folder: Path
    risk: Adoption

    @property
    def wants(self) -> tuple[Want, ...]:
        """A yes to just this risk."""
        facts = {"behind": self.risk.behind, "waiting": self.risk.waiting, "code": self.risk.code}
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
