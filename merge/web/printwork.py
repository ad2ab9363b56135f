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
from merge.model import PrintJob


def make_lots(
    watch: Watch,
    place: Path,
    narrowing: Narrowing,
    printer: str | None,
    *,
    all_queued: bool,
    consents: Sequence[Consent],
    separate: bool,
) -> Lots:
    """Make lots of those who wait for paper, and hand each to the printer that is named."""
    with printing.open(place, printer, listener=silent, watch=watch) as job:
        job.refresh()
        return job.run(
            narrowing,
            all_queued=all_queued,
            accept_edit=False,
            separate=separate,
            consents=consents,
        )


def hand_lot_over(
    watch: Watch,
    place: Path,
    number: int,
    printer: str,
    letters: tuple[int, int] | None,
    consents: Sequence[Consent],
) -> PrintJob:
    """Hand a lot, or some letters of it, to a printer, and follow it."""
    with lots.open(place, number, listener=silent) as job:
        return job.hand_over(printer, letters, consents, watch)


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


def ask_printer(place: Path, number: int, letters: tuple[int, int] | None) -> PrintJob:
    """What the printer's own lists prove about a lot in doubt, or about letters of it."""
    with lots.open(place, number, listener=silent, access="exclusive") as job:
        return job.look_up_part(*letters)[0] if letters else job.look_up()


def test_sheet(place: Path) -> str:
    """Make the test sheet."""
    return lots.test_sheet(place, silent, "")
