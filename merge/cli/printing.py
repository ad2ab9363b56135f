"""Lots at a printer: handed over, made again in part, settled when in doubt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import envelopes, options, output
from merge.cli.running import Signals, listening
from merge.errors import ExitCode, Misuse
from merge.model import Job, Status
from merge.words import deliveries, lots, statuses, troubles
from merge.words.language import _, ngettext
from merge.words.printing import came_of, job_name

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.ports import PrintQueue
    from merge.paper.cover import CoverWords


def handing_over(campaign: Campaign, queue: PrintQueue, signals: Signals) -> Callable[[int], bool]:
    """What `print` does with each lot that is made: hand it over, follow it, say what came of it.

    It returns whether the printer may have the next one.
    """
    from merge.app import paper
    from merge.campaign import submit

    desk = paper.print_desk(campaign, queue, signals, _words_of_part(campaign), _heard)

    def hand_over(number: int) -> bool:
        output.say(_("Lot {number} goes to the printer.").format(number=number))
        ended = submit.submit(desk, number)
        output.say(came_of(ended, submit.the_lot(campaign.ledger, number)))
        return ended.status is Status.FINISHED

    return hand_over


def _heard(complaint: str) -> None:
    """The printer waits for somebody, and so does the command."""
    output.say(deliveries.cell("detail", complaint) if complaint else _("The printer goes on."))


def print_lot_again(
    context: click.Context,
    number: int | None,
    first: int | None,
    last: int | None,
    printer: str | None,
    *,
    separate: bool,
    yes: bool,
) -> ExitCode:
    """`--lot`: a whole lot to a printer, or some of its letters again, on paper or as a file; or
    each of its letters as a file of its own."""
    from merge.app import paper
    from merge.app.opening import open_campaign
    from merge.campaign import submit

    is_part = first is not None or last is not None
    if number is None:
        raise Misuse("part-of-which-lot")
    if separate:
        if printer is not None or is_part:
            raise Misuse("separate-alone", number=number)
        return _separate(context, number)
    queue = paper.print_queue(printer) if printer is not None else None
    with (
        listening() as signals,
        open_campaign(options.folder(context), access="share", command="print") as campaign,
    ):
        output.say_each(troubles.warnings(campaign.cautions))
        lot = submit.the_lot(campaign.ledger, number)
        if queue is None and not is_part:
            raise Misuse("lot-for-what", number=number)
        envelopes.tell(campaign, number)
        first = 1 if first is None else first
        letters = (first, max(lot.letters, first) if last is None else last)
        if is_part and lot.status is Status.POSTED and not yes:
            _ask_whether_they_were_not_posted(number)
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
        desk = paper.print_desk(campaign, queue, signals, _words_of_part(campaign), _heard)
        submit.check_printer(desk, number)
        if is_part:
            ended = submit.submit_part(desk, number, *letters)
        else:
            if lot.status is Status.FAILED and not yes:
                _ask_whether_nothing_was_posted(number)
            ended = submit.submit(desk, number)
        output.say(came_of(ended, submit.the_lot(campaign.ledger, number)))
    if signals.asked and ended.status is Status.ACCEPTED:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if ended.status is Status.FINISHED else ExitCode.PARTLY


def _separate(context: click.Context, number: int) -> ExitCode:
    from merge.app import paper
    from merge.app.opening import open_campaign

    with open_campaign(options.folder(context), access="share", command="print") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        made = paper.make_separate(campaign, number)
    n = len(made)
    output.data(
        ngettext("{path}: {n} letter", "{path}: {n} letters", n).format(
            path=Path(made[0]).parent, n=n
        )
    )
    return ExitCode.DONE


def _ask_whether_nothing_was_posted(number: int) -> None:
    output.confirm(
        _(
            "Some sheets of lot {number} may have come out before it failed. Are they thrown away, "
            "and none of them posted?"
        ).format(number=number),
        abort=True,
    )


def _ask_whether_they_were_not_posted(number: int) -> None:
    output.confirm(
        _(
            "Lot {number} is in the post: letters of it that are printed again arrive twice. Only "
            "if these were not posted with it. Print them?"
        ).format(number=number),
        abort=True,
    )


def _words_of_part(campaign: Campaign) -> Callable[[int, int], CoverWords]:
    return lambda first, last: lots.part_words(campaign.zone, first, last)


def resolve_lot(context: click.Context, number: int, verdict: Status | None) -> ExitCode:
    """A lot in doubt: the printer's own list is asked for proof, then a person.

    `verdict` is what that person has said on the command line: PRINTED, or MADE for nothing.
    """
    from merge.app import paper
    from merge.app.opening import open_campaign
    from merge.campaign import submit

    with open_campaign(options.folder(context), access="exclusive", command="resolve") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        found = paper.look_up(campaign, number)
        lot = submit.the_lot(campaign.ledger, number)
        if found.status is not Status.UNKNOWN:
            output.say(came_of(found, lot))
            envelopes.tell(campaign, number)
            return ExitCode.DONE if found.status is Status.FINISHED else ExitCode.PARTLY
        verdict = verdict or _ask_about(found, lot.sheets)
        if verdict is Status.FAILED:
            output.say(
                _(
                    "Some came out: make the others again (publipostage print --lot {number} "
                    "--from … --to …); when all are there, say --printed."
                ).format(number=number)
            )
            output.say(_("Then it stays in doubt. Look at the sheets, and run this again."))
            return ExitCode.PARTLY
        lot = paper.mark_lot(campaign, number, verdict)
        output.say(
            _("Lot {number}: {status}.").format(number=number, status=statuses.status(lot.status))
        )
        output.say(lots.lot_step(lot))
        envelopes.tell(campaign, number)
    return ExitCode.DONE


def resolve_part(
    context: click.Context,
    number: int,
    first: int | None,
    last: int | None,
    verdict: Status | None,
) -> ExitCode:
    """Letters of a lot that were printed again and are in doubt: as `resolve_lot`."""
    from merge.app import paper
    from merge.app.opening import open_campaign
    from merge.campaign import submit

    with open_campaign(options.folder(context), access="exclusive", command="resolve") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        lot = submit.the_lot(campaign.ledger, number)
        found = paper.look_up_part(campaign, number, first, last)
        if found.status is Status.UNKNOWN:
            verdict = verdict or _ask_about(found, submit.sheets_of(campaign.ledger, found))
            found = paper.mark_part(campaign, found, verdict)
    output.say(came_of(found, lot))
    done = (Status.FINISHED, Status.PRINTED, Status.MADE)
    return ExitCode.DONE if found.status in done else ExitCode.PARTLY


def _ask_about(found: Job, sheets: int) -> Status:
    """What a person at the printer sees: PRINTED for all, MADE for nothing, FAILED for some."""
    output.say(
        _("The printer proves nothing about it: {name}. {why}").format(
            name=job_name(found), why=deliveries.cell("detail", found.words)
        )
    )
    if output.confirm(
        _("Are all {sheets} sheets there, the cover sheet included?").format(sheets=sheets),
    ):
        return Status.PRINTED
    if output.confirm(_("Did no sheet come out, and is the job gone from the printer?")):
        return Status.MADE
    return Status.FAILED
