"""What goes on paper: lots to print, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

import click

from merge.campaign.plan import Narrowing
from merge.cli import envelopes, options, output, printing, reminders, suppression
from merge.cli.running import listening
from merge.errors import Busy, ExitCode, Misuse
from merge.model import Channel, Status
from merge.words import findings, lots, statuses, troubles
from merge.words.envelopes import lines as envelope_lines
from merge.words.language import _, ngettext
from merge.words.reasons import typed

PAPER = [Channel.PAPER]


@click.command(
    "print",
    help=_(
        "Make lots of PDF for those whom e-mail does not reach. A lot that is made has spent "
        "nothing: print it, count the sheets, then say --posted."
    ),
)
@click.option(
    "--all", "all_queued", is_flag=True, help=_("Also those still waiting for their e-mail.")
)
@click.option(
    "--accept-edit",
    is_flag=True,
    help=_("The letter was changed after the first ones left: go on."),
)
@click.option(
    "--printer",
    metavar=_("URI"),
    help=_("Print at once: ipp://ADDRESS of a printer, or the name of a queue of this computer."),
)
@options.lot("--lot", help=_("Only this lot, which is made already."))
@click.option(
    "--from",
    "first",
    type=options.NUMBER,
    metavar=_("LETTER"),
    help=_("After a jam: its letters from here on."),
)
@click.option(
    "--to", "last", type=options.NUMBER, metavar=_("LETTER"), help=_("After a jam: up to here.")
)
@options.lot("--discard", help=_("Give a lot back: print it anew."))
@options.lot("--printed", help=_("All of this lot's sheets are there."))
@options.lot("--posted", help=_("This lot is in the post."))
@click.option(
    "--except",
    "excepted",
    multiple=True,
    metavar=_("KEY"),
    help=_(
        "With --posted: this letter was taken out by hand and is not in the post. Can be given "
        "several times."
    ),
)
@click.option(
    "--returned",
    cls=options.Single,
    metavar=_("KEY"),
    help=_("The envelope to this recipient came back."),
)
@click.option(
    "--separate",
    is_flag=True,
    help=_("Beside each lot (with --lot: that one), a folder with one PDF a recipient."),
)
@click.option(
    "--test-sheet", is_flag=True, help=_("Make one sheet to try printer, folds and envelope with.")
)
@click.option(
    "-v", "--verbose", is_flag=True, help=_("Also how each lot was set: fast, or plainly and why.")
)
@options.narrowing
@options.yes
@click.pass_context
def print_(
    context: click.Context,
    all_queued: bool,
    accept_edit: bool,
    printer: str | None,
    lot: int | None,
    first: int | None,
    last: int | None,
    discard: int | None,
    printed: int | None,
    posted: int | None,
    excepted: tuple[str, ...],
    returned: str | None,
    separate: bool,
    test_sheet: bool,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
    verbose: bool,
    yes: bool,
) -> ExitCode:
    marks = [
        (number, status)
        for number, status in (
            (discard, Status.QUEUED),
            (printed, Status.PRINTED),
            (posted, Status.POSTED),
        )
        if number is not None
    ]
    is_made_again = any(given is not None for given in (lot, first, last))
    is_at_a_printer = is_made_again or printer is not None
    others = len(marks) + (returned is not None) + test_sheet
    if others + is_at_a_printer > 1:
        raise Misuse("one-lot-at-a-time")
    if (others or is_made_again) and (all_queued or departments or communes or statuses):
        raise Misuse("lots-are-whole")
    if excepted and posted is None:
        raise Misuse("except-what")
    if test_sheet:
        return _test_sheet(context)
    if marks:
        return _mark(context, *marks[0], excepted, yes=yes)
    if returned is not None:
        return _mark_returned(context, returned)
    if is_made_again:
        return printing.print_lot_again(
            context, lot, first, last, printer, separate=separate, yes=yes
        )
    narrowing = options.narrowed(departments, communes, statuses)
    return _print(
        context,
        narrowing,
        all_queued=all_queued,
        accept_edit=accept_edit,
        printer=printer,
        separate=separate,
        verbose=verbose,
    )


def _print(
    context: click.Context,
    narrowing: Narrowing,
    *,
    all_queued: bool,
    accept_edit: bool,
    printer: str | None,
    separate: bool,
    verbose: bool,
) -> ExitCode:
    from merge.app import letters, paper
    from merge.app.opening import open_campaign
    from merge.app.sheets import chosen
    from merge.app.suppress import envelopes_to_keep
    from merge.campaign import batch
    from merge.campaign import check as checking

    queue = paper.print_queue(printer) if printer is not None else None
    with (
        listening() as signals,
        open_campaign(options.folder(context), access="share", command="print") as campaign,
    ):
        output.say_each(troubles.warnings(campaign.cautions))
        ledger = campaign.ledger
        hand_over = None
        if queue is not None:
            paper.check_printer(campaign, queue)
            hand_over = printing.handing_over(campaign, queue, signals)
        suppression.before_leaving(campaign)
        reminders.before_leaving(campaign)
        keys = chosen(campaign, narrowing)
        template = letters.with_reminders(campaign, letters.template(campaign))
        channels = list(Channel) if all_queued else PAPER
        if waiting := ledger.candidates(keys, channels):
            letters.refuse_unprintable(campaign)
            checked = checking.check(template, waiting, of=ledger.count_recipients())
            checking.refuse_unless_right(checked)
            checking.requeue_cured(ledger, checked)
        n = ledger.count_for_paper(keys, all_queued=all_queued)
        if n:
            checking.refuse_changed_letter(ledger, template, accept_edit=accept_edit)
            letters.fix(campaign, template, mailed=False)
        cover_words = lots.cover_words(campaign.zone)
        wired = paper.printer(
            campaign, template, signals, cover_words, hand_over=hand_over, separate=separate
        )
        # With a printer each lot says where it is: a bar would run through its words.
        with output.progress(_("Making the pages"), n, shown=queue is None) as advance:
            made = batch.print_lots(wired, keys=keys, all_queued=all_queued, advance=advance)
        told = [*(fault.key for fault in made.faults), *made.unreachable]
        told += [key for lot in made.lots for key in lot.overlong]
        communes = ledger.communes_of(told)
        counts = ledger.counts()
        is_nothing_new = not (made.lots or made.faults or made.interrupted)
        lying = [lot for lot in ledger.lots() if lots.lot_step(lot)] if is_nothing_new else []
        stays = envelopes_to_keep(campaign) if lying else ()
    for lot in made.lots:
        output.data(lots.lot(lot))
        if verbose:
            output.say(lots.ways(lot.ways))
        output.say_each(findings.overlong(lot.overlong, communes))
        for warning in lot.warnings:
            output.say(_("Warning: {why}").format(why=warning))
    for fault in made.faults:
        output.say(findings.fault(fault, communes[fault.key]))
    for key in made.unreachable:
        output.say(
            _("{commune} ({key}): the e-mail failed and there is no postal address.").format(
                commune=communes[key], key=key
            )
        )
    if is_nothing_new:
        output.say(
            _("Nobody is left to be written to on paper.")
            if narrowing.is_everybody
            else _("None of those that you chose waits for paper.")
        )
        for found in lying:
            output.say(lots.lot_line(found))
        for line in envelope_lines(stays):
            output.say(line)
    if made.lots and queue is None:
        several = len(made.lots) > 1
        output.say(
            ngettext(
                "Print it, count the sheets; when it is in the post: {command}",
                "Print them, count the sheets; when one is in the post: {command}",
                len(made.lots),
            ).format(
                command=f"publipostage print --posted {'LOT' if several else made.lots[0].number}"
            )
        )
    if made.refused:
        output.say(troubles.explain(made.refused))
    output.say(statuses.where_it_stands(counts))
    if made.interrupted or (signals.asked and made.stopped):
        return ExitCode.INTERRUPTED
    if isinstance(made.refused, Busy):
        return ExitCode.STOPPED
    return ExitCode.PARTLY if made.faults or made.refused or made.stopped else ExitCode.DONE


def _test_sheet(context: click.Context) -> ExitCode:
    from merge.app.opening import open_campaign
    from merge.app.paper import press

    with open_campaign(options.folder(context), access="read", command="print") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        folds_known = bool(campaign.settings.paper.envelope.folds_mm)
        path = press(campaign).test_sheet(lots.sheet_words(folds_known=folds_known))
    output.data_as_is(path)
    output.say(_("Print it, fold it, put it into the envelope: it says what to look for."))
    return ExitCode.DONE


def _mark(
    context: click.Context, number: int, status: Status, excepted: Sequence[str], *, yes: bool
) -> ExitCode:
    from merge.app.opening import open_campaign
    from merge.app.paper import mark_lot

    with open_campaign(options.folder(context), access="share", command="print") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        if status is Status.QUEUED and not yes:
            output.confirm(
                _(
                    "Only if not one sheet of lot {number} was posted, and none can still come out "
                    "of a printer. Give it back?"
                ).format(number=number),
                abort=True,
            )
        without: Sequence[str] = ()
        if status is Status.POSTED:
            without = envelopes.taken_out(campaign, number, excepted, ask=not yes)
        lot = mark_lot(campaign, number, status, without)
        if without:
            reminders.close_overtaken(campaign)
        if status is Status.PRINTED:
            envelopes.tell(campaign, number)
        envelopes.tell_taken_out(campaign, without)
    output.say(
        ngettext(
            "Lot {number} ({n} letter): {status}.",
            "Lot {number} ({n} letters): {status}.",
            lot.letters - len(without),
        ).format(number=lot.number, n=lot.letters - len(without), status=statuses.status(status))
    )
    return ExitCode.DONE


def _mark_returned(context: click.Context, word: str) -> ExitCode:
    from merge.app.opening import open_campaign
    from merge.app.paper import mark_returned
    from merge.campaign.plan import the_one

    with open_campaign(options.folder(context), access="share", command="print") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        recipient = the_one(campaign.ledger.recipients(), word)
        delivery = mark_returned(campaign, recipient.key)
        reminders.close_overtaken(campaign)
        envelopes.tell(campaign)
    output.say(
        _("{commune}: {status}.").format(
            commune=recipient.commune, status=statuses.status(delivery.status)
        )
    )
    output.say(
        _("With another address it can be written to again: {command}").format(
            command=f"publipostage edit {typed(recipient.key)} …"
        )
    )
    return ExitCode.DONE
