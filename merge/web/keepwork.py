"""What the page does to keep and erase, each a function for `jobs`."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from merge.app import purge, suppression_file, taking_up
from merge.app.purge import Plan
from merge.job import Consent, Result, silent


def plan_erasure(place: Path, who: str) -> Plan:
    """What a purge of everybody would erase, or of the one who is named."""
    with purge.open(place, who or None, silent, really=False) as job:
        return job.plan()


def others_with(place: Path, who: str) -> Sequence[Path]:
    """The other campaigns of this user where somebody has that address; none for another word."""
    if "@" not in who:
        return ()
    found = (each.place for each in purge.everywhere(who) if not each.is_gone)
    return [each for each in found if each.resolve() != place.resolve()]


def erase(place: Path, who: str, consents: Sequence[Consent]) -> Result:
    """Erase it."""
    with purge.open(place, who or None, silent, really=True) as job:
        return job.run(consents)


def plan_list(place: Path, data: bytes) -> suppression_file.Plan:
    """What a file would put on the suppression list."""
    with suppression_file.open(place, BytesIO(data), silent) as job:
        return job.plan()


def take_list(place: Path, data: bytes, consents: Sequence[Consent]) -> Result:
    """Put it there."""
    with suppression_file.open(place, BytesIO(data), silent) as job:
        return job.run(consents)


def take_up(file: Path, place: Path) -> Sequence[str]:
    """Unpack a campaign into a new folder, where it waits to be adopted; what is left out."""
    return taking_up.unpack(file, place)
