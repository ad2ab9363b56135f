"""What the page's jobs on paper do, each a function for `jobs`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from merge.app import lots
from merge.app import print as printing
from merge.app.print import Lots
from merge.campaign.plan import Narrowing
from merge.campaign.ports import Watch
from merge.job import Consent, silent


def make_lots(
    watch: Watch,
    place: Path,
    narrowing: Narrowing,
    *,
    all_queued: bool,
    consents: Sequence[Consent],
    separate: bool,
) -> Lots:
    """Make lots of those who wait for paper."""
    with printing.open(place, listener=silent, watch=watch) as job:
        job.refresh()
        return job.run(
            narrowing,
            all_queued=all_queued,
            accept_edit=False,
            separate=separate,
            consents=consents,
        )


def letters_again(
    place: Path, number: int, letters: tuple[int, int], consents: Sequence[Consent]
) -> None:
    """Make some letters of a lot again, as a PDF."""
    with lots.open(place, number, listener=silent) as job:
        job.part(*letters, consents)


def separate(place: Path, number: int) -> None:
    """Make a PDF for each letter of a lot, a list of them, and a .zip of all."""
    with lots.open(place, number, listener=silent) as job:
        job.separate()


def test_sheet(place: Path) -> str:
    """Make the test sheet."""
    return lots.test_sheet(place, silent, "")
