"""What came of lots, and of some of their letters, at a printer."""

from __future__ import annotations

from merge.model import Channel, Lot, PrintJob, Status
from merge.words.deliveries import cell
from merge.words.language import _
from merge.words.lots import lot_name, lot_step
from merge.words.statuses import labelled, status


def came_of(ended: PrintJob, lot: Lot) -> str:
    """What came of a job, and what comes next."""
    line = labelled(job_name(ended), status(ended.status, Channel.PAPER))
    why = cell("detail", ended.words)
    step = lot_step(lot) if ended.first is None else _part_step(ended)
    return "\n".join(filter(None, [f"{line}. {why}" if why else f"{line}.", step]))


def handed_over(number: int) -> str:
    """A lot that is made goes to the printer."""
    return _("Lot {number} goes to the printer.").format(number=number)


def complains(words: str) -> str:
    """The printer waits for somebody, and so does the command; "" once it goes on."""
    return cell("detail", words) if words else _("The printer goes on.")


def part_line(part: PrintJob) -> str:
    """Letters that were printed again and are in doubt: where they stand, and what comes next."""
    line = labelled(job_name(part), status(part.status))
    return f"{line}. {_part_step(part)}"


def _part_step(part: PrintJob) -> str:
    again = f"publipostage print --lot {part.lot} --from {part.first} --to {part.last}"
    return {
        Status.MADE: _("Not one is printed. Once more: {command} --printer URI"),
        Status.FAILED: _("Some may have come out. Those that are missing: {command} --printer URI"),
        Status.UNKNOWN: _(
            "They may be printed, or not; nothing is printed again by itself. To settle it: "
            "publipostage resolve --lot {lot} --from {first} --to {last}"
        ),
        Status.ACCEPTED: _(
            "To see what became of them: publipostage resolve --lot {lot} --from {first} --to "
            "{last}"
        ),
    }.get(part.status, _("Nothing else of the lot has changed. Count the sheets.")).format(
        command=again, lot=part.lot, first=part.first, last=part.last
    )


def job_name(of: PrintJob) -> str:
    """The lot that a job carries, or some of its letters."""
    return lot_name(of.lot, of.first, of.last)
