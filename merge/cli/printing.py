"""Lots at a printer, as people follow them: handed over, made again in part, settled when in doubt.

What a job's end means is said here with the command that comes next, in `job`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import options, output, standing, words
from merge.cli.language import _
from merge.cli.running import Signals, listening
from merge.errors import ExitCode, Misuse
from merge.model import Job, Lot, Status

if TYPE_CHECKING:
    from merge.campaign.ports import PrintQueue
    from merge.paper.cover import CoverWords
    from merge.wiring.campaigns import Campaign


def handing_over(campaign: Campaign, queue: PrintQueue, signals: Signals) -> Callable[[int], bool]:
    """What `print` does with each lot that is made: hand it over, follow it, say what came of it.

    It returns whether the printer may have the next one.
    """
    from merge.campaign import submit
    from merge.wiring import paper

    desk = paper.print_desk(campaign, queue, signals, _words_of_part(campaign))

    def hand_over(number: int) -> bool:
        output.say(_("Lot {number} goes to the printer.").format(number=number))
        ended = submit.submit(desk, number)
        output.say(job(ended, submit.the_lot(campaign.books, number)))
        return ended.status is Status.FINISHED

    return hand_over


def print_lot_again(
    context: click.Context,
    number: int | None,
    first: int | None,
    last: int | None,
    printer: str | None,
    *,
    yes: bool,
) -> ExitCode:
    """`--lot`: a whole lot to a printer, or some of its letters again, on paper or as a file."""
    from merge.campaign import submit
    from merge.wiring import paper
    from merge.wiring.campaigns import open_campaign

    is_part = first is not None or last is not None
    if number is None:
        raise Misuse("part-of-which-lot")
    if printer is None and not is_part:
        raise Misuse("lot-for-what", number=number)
    queue = paper.print_queue(printer) if printer is not None else None
    with (
        listening() as signals,
        open_campaign(options.folder(context), access="share", command="print") as campaign,
    ):
        words.warn(campaign.cautions)
        lot = submit.the_lot(campaign.books, number)
        letters = (first or 1, last or lot.letters)
        if queue is None:
            file = paper.make_part(campaign, number, *letters, _words_of_part(campaign))
            output.data(
                _("{path}: letters {first} to {last}, {sheets} sheets").format(
                    path=Path(file.path).relative_to(campaign.folder),
                    first=letters[0],
                    last=letters[1],
                    sheets=file.sheets,
                )
            )
            return ExitCode.DONE
        paper.check_printer(campaign, queue)
        desk = paper.print_desk(campaign, queue, signals, _words_of_part(campaign))
        if is_part:
            ended = submit.submit_part(desk, number, *letters)
        else:
            if lot.status is Status.FAILED and not yes:
                _ask_whether_nothing_was_posted(number)
            ended = submit.submit(desk, number)
        output.say(job(ended, submit.the_lot(campaign.books, number)))
    if signals.asked and ended.status is Status.ACCEPTED:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if ended.status is Status.FINISHED else ExitCode.PARTLY


def _ask_whether_nothing_was_posted(number: int) -> None:
    click.confirm(
        _(
            "Some sheets of lot {number} may have come out before it failed. Are they thrown away, "
            "and none of them posted?"
        ).format(number=number),
        abort=True,
        err=True,
    )


def _words_of_part(campaign: Campaign) -> Callable[[int, int], CoverWords]:
    return lambda first, last: words.part_words(campaign.zone, first, last)


def resolve_lot(context: click.Context, number: int, verdict: Status | None) -> ExitCode:
    """A lot in doubt: the printer's own list is asked for proof, then a person.

    `verdict` is what that person has said on the command line: PRINTED, or MADE for nothing.
    """
    from merge.campaign import submit
    from merge.wiring import paper
    from merge.wiring.campaigns import open_campaign

    with open_campaign(options.folder(context), access="exclusive", command="resolve") as campaign:
        words.warn(campaign.cautions)
        found = paper.look_up(campaign, number)
        lot = submit.the_lot(campaign.books, number)
        if found.status is not Status.UNKNOWN:
            output.say(job(found, lot))
            return ExitCode.DONE if found.status is Status.FINISHED else ExitCode.PARTLY
        output.say(
            _("The printer proves nothing about lot {number}. {why}").format(
                number=number, why=standing.cell("detail", found.words)
            )
        )
        if verdict is None:
            verdict = _ask_about(lot)
        if verdict is None:
            output.say(_("Then it stays in doubt. Look at the sheets, and run this again."))
            return ExitCode.PARTLY
        lot = paper.mark_lot(campaign, number, verdict)
    output.say(
        _("Lot {number}: {status}.").format(number=number, status=standing.status(lot.status))
    )
    output.say(standing.lot_step(lot))
    return ExitCode.DONE


def _ask_about(lot: Lot) -> Status | None:
    """What a person at the printer sees; None when that is neither all nor nothing."""
    if click.confirm(
        _("Are all {sheets} sheets of lot {number} there?").format(
            sheets=lot.sheets, number=lot.number
        ),
        err=True,
    ):
        return Status.PRINTED
    if click.confirm(
        _("Has not one sheet come out, and is the job gone from the printer?"), err=True
    ):
        return Status.MADE
    output.say(
        _(
            "Some came out: make the others again (publipostage print --lot {number} --from … "
            "--to …); when all are there, say --printed."
        ).format(number=lot.number)
    )
    return None


def job(ended: Job, lot: Lot) -> str:
    """What came of a job, and what comes next."""
    name = (
        _("Lot {number}").format(number=ended.lot)
        if ended.first is None
        else _("Lot {number}, letters {first} to {last}").format(
            number=ended.lot, first=ended.first, last=ended.last
        )
    )
    status = _("not printed to its end") if ended.status is Status.FAILED else None
    line = standing.labelled(name, status or standing.status(ended.status))
    why = standing.cell("detail", ended.words)
    lines = [f"{line}. {why}" if why else f"{line}."]
    if ended.first is not None:
        lines.append(_("Nothing else of the lot has changed. Count the sheets."))
    else:
        lines.append(standing.lot_step(lot))
    return "\n".join(lines)
