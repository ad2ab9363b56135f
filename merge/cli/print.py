"""What goes on paper: lots to print, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from merge.app.chosen import Narrowing
from merge.cli import consents, events, options, output
from merge.cli.running import listening
from merge.errors import ExitCode, Misuse
from merge.model import Status
from merge.paper.lots import letters_path, zip_path
from merge.paper.stationery import ENVELOPES, LABELS
from merge.words import envelopes, findings, lots, statuses, troubles
from merge.words.language import _, ngettext
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.app.lots import LotJob, MadeLots


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
    metavar=_("NAME"),
    help=_("Hand each lot to this printer of this computer; lpstat -e lists them."),
)
@options.lot("--lot", help=_("Only this lot, which is made already."))
@click.option(
    "--from",
    "first",
    cls=options.Single,
    metavar=_("LETTER"),
    help=_("After a jam: its letters from here on, by the place that its sheets say (12)."),
)
@click.option(
    "--to",
    "last",
    cls=options.Single,
    metavar=_("LETTER"),
    help=_("After a jam: up to here, said in the same way."),
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
    help=_(
        "Beside each lot (with --lot: that one), a folder with one PDF a recipient, "
        "and a .zip of all."
    ),
)
@click.option(
    "--labels",
    cls=options.Single,
    type=click.Choice(list(LABELS)),
    help=_("The addresses of a lot (--lot) on sheets of labels, in its order."),
)
@click.option(
    "--skip",
    type=options.NUMBER,
    metavar=_("LABELS"),
    help=_("With --labels: how many labels of the first sheet are gone, row by row."),
)
@click.option(
    "--envelopes",
    cls=options.Single,
    type=click.Choice(list(ENVELOPES)),
    help=_("The addresses of a lot (--lot) on envelopes that are printed directly."),
)
@click.option(
    "--test-sheet",
    is_flag=True,
    help=_(
        "Make one sheet to try printer, folds and envelope with; or, with --labels or --envelopes, "
        "to try those."
    ),
)
@click.option(
    "-v", "--verbose", is_flag=True, help=_("Also how each lot was set: fast, or plainly and why.")
)
@options.narrowing
@options.yes
@click.pass_context
def print_(context: click.Context, /, **given: Any) -> ExitCode:
    asked = _PrintOptions(folder=options.folder(context), **given)
    marks = [
        (number, status)
        for number, status in (
            (asked.discard, Status.QUEUED),
            (asked.printed, Status.PRINTED),
            (asked.posted, Status.POSTED),
        )
        if number is not None
    ]
    is_made_again = asked.lot is not None or asked.is_part
    is_at_a_printer = is_made_again or asked.printer is not None
    is_choosing = asked.all_queued or not asked.narrowing.is_everybody
    others = len(marks) + (asked.returned is not None) + asked.test_sheet
    if asked.excepted and asked.posted is None:
        raise Misuse("option-lacks", options="--except", others="--posted")
    stationery, both = asked.labels or asked.envelopes, asked.labels and asked.envelopes
    if asked.skip is not None and not asked.labels:
        raise Misuse("option-lacks", options="--skip", others="--labels")
    if stationery and (asked.skip is not None or both or not asked.test_sheet):
        is_more = others or is_choosing or asked.separate or asked.is_part or both
        if is_more or asked.printer is not None:
            raise _apart(context, "lot")
        if asked.lot is None:
            raise Misuse("option-lacks", options="--labels, --envelopes", others="--lot")
        return _print_addresses(asked.folder, asked.lot, stationery, asked.skip or 0)
    if others + is_at_a_printer > 1 or ((others or is_made_again) and is_choosing):
        raise _apart(context)
    if asked.test_sheet:
        return _test_sheet(asked.folder, stationery or "")
    if marks:
        return _mark(asked, *marks[0])
    if asked.returned is not None:
        return _mark_returned(asked.folder, asked.returned)
    if is_made_again:
        return _print_again(asked)
    return _print(asked)


def _apart(context: click.Context, *but: str) -> Misuse:
    """Misuse("options-apart") of the options that were typed, without these."""
    typed_in = (
        each.opts[0]
        for each in context.command.params
        if each.name not in ("yes", "verbose", *but)
        and context.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE
    )
    return Misuse("options-apart", options=", ".join(typed_in))


@dataclass(frozen=True, slots=True, kw_only=True)
class _PrintOptions:
    """The options as they were given, by their names."""

    folder: Path
    all_queued: bool
    accept_edit: bool
    printer: str | None
    lot: int | None
    first: str | None
    last: str | None
    discard: int | None
    printed: int | None
    posted: int | None
    excepted: tuple[str, ...]
    returned: str | None
    separate: bool
    labels: str | None
    skip: int | None
    envelopes: str | None
    test_sheet: bool
    departments: tuple[str, ...]
    communes: tuple[str, ...]
    statuses: tuple[str, ...]
    verbose: bool
    yes: bool

    @property
    def narrowing(self) -> Narrowing:
        return options.narrowed(self.departments, self.communes, self.statuses)

    @property
    def is_part(self) -> bool:
        return self.first is not None or self.last is not None


def _print(asked: _PrintOptions) -> ExitCode:
    from merge.app import lots as app

    if asked.printer is not None:
        _refuse_address(asked.printer)
    with (
        listening() as signals,
        events.shown() as listener,
    ):
        made = app.make(
            signals,
            asked.folder,
            asked.narrowing,
            all_queued=asked.all_queued,
            accept_edit=asked.accept_edit,
            separate=asked.separate,
            listener=listener,
        )
    _tell(made, asked)
    new = made.printed.lots
    if new and asked.printer is None:
        several = len(new) > 1
        output.say(
            ngettext(
                "Print it, count the sheets; when it is in the post: {command}",
                "Print them, count the sheets; when one is in the post: {command}",
                len(new),
            ).format(command=f"publipostage print --posted {'LOT' if several else new[0].number}")
        )
    if made.printed.refused:
        output.say(troubles.explain(made.printed.refused))
    output.say(statuses.where_it_stands(made.counts))
    if asked.printer is not None:
        for lot in new:
            _hand_lot_over(asked.folder, lot.number, asked.printer)
    return made.code


def _tell(made: MadeLots, asked: _PrintOptions) -> None:
    """The lots that are made, who is in none and why; what lies there where nothing is new."""
    for lot in made.printed.lots:
        output.data(lots.lot(lot))
        if asked.verbose:
            output.say(lots.ways(lot.ways))
        output.say_each(findings.overlong(lot.overlong, made.names))
        for warning in lot.warnings:
            output.say(_("Warning: {why}").format(why=warning))
    for fault in made.printed.faults:
        output.say(findings.fault(fault, made.names[fault.key]))
    for key in made.printed.unreachable:
        output.say(
            _("{commune} ({key}): the e-mail failed and there is no postal address.").format(
                commune=made.names[key], key=key
            )
        )
    if not made.is_nothing_new:
        return
    output.say(
        _("Nobody is left to be written to on paper.")
        if asked.narrowing.is_everybody
        else _("None of those that you chose waits for paper.")
    )
    output.say_each(map(lots.lot_line, made.lying))
    output.say_each(envelopes.lines(made.to_keep))


def _test_sheet(folder: Path, name: str) -> ExitCode:
    from merge.app.lots import test_sheet

    with events.shown() as listener:
        output.data_as_is(test_sheet(folder, listener, name))
    if name in ENVELOPES:
        then = _(
            "Print it in actual size on an envelope: the frame is 20 mm from its right edge and "
            "from its lower one."
        )
    elif name:
        then = _("Print it in actual size on plain paper, and hold it against a sheet of labels.")
    else:
        then = _("Print it, fold it, put it into the envelope: it says what to look for.")
    output.say(then)
    return ExitCode.DONE


def _mark(asked: _PrintOptions, number: int, status: Status) -> ExitCode:
    from merge.app import lots as app

    with events.shown() as listener, app.open(asked.folder, number, listener=listener) as job:
        given = consents.agree(job.wants_to_mark(status), yes=asked.yes)
        without: Sequence[str] = ()
        if status is Status.POSTED:
            without = _taken_out(job, asked.excepted, ask=not asked.yes)
        marked = job.mark(status, given, without)
        if status is Status.PRINTED:
            output.say_each(envelopes.lines(job.to_keep()))
    output.say_each(envelopes.taken_out(marked.taken_out, marked.names))
    lot, n = marked.lot, marked.lot.letters - len(without)
    output.say(
        ngettext(
            "Lot {number} ({n} letter): {status}.", "Lot {number} ({n} letters): {status}.", n
        ).format(number=lot.number, n=n, status=statuses.status(status))
    )
    return ExitCode.DONE


def _taken_out(job: LotJob, words: Sequence[str], *, ask: bool) -> Sequence[str]:
    """The keys of those whose envelope stays, as a person says: `words`, and each that is asked.

    Unless `ask`, what was not named is posted.
    """
    keys = job.keys_of(words)
    for each in job.to_keep(but=keys):
        output.say(envelopes.line(each))
        if not ask:
            output.say(_("It counts as posted. Left out it would be with --except."))
        elif output.confirm(_("Was it taken out, so that it is not in the post?")):
            keys.append(each.key)
    return list(dict.fromkeys(keys))


def _mark_returned(folder: Path, word: str) -> ExitCode:
    from merge.app.lots import returned

    with events.shown() as listener:
        found = returned(folder, word, listener)
    output.say_each(envelopes.lines(found.to_keep))
    output.say(
        _("{commune}: {status}.").format(
            commune=found.recipient.name, status=statuses.status(found.delivery.status)
        )
    )
    output.say(
        _("With another address it can be written to again: {command}").format(
            command=f"publipostage edit {typed(found.recipient.key)} …"
        )
    )
    return ExitCode.DONE


# --- a lot that is made: to a printer, in part again, as files, and its addresses -----------------


def _print_again(asked: _PrintOptions) -> ExitCode:
    """`--lot`: a whole lot to a printer, or some of its letters again, on paper or as a file; or
    each of its letters as a file of its own."""
    from merge.app import lots as app

    folder, number, printer = asked.folder, asked.lot, asked.printer
    if number is None:
        raise Misuse("option-lacks", options="--from, --to", others="--lot")
    if asked.separate:
        if printer is not None or asked.is_part:
            raise Misuse("options-apart", options="--separate, --printer, --from, --to")
        return _separate(folder, number)
    if printer is not None:
        _refuse_address(printer)
        if not asked.is_part:
            _hand_lot_over(folder, number, printer, again=asked.yes)
            return ExitCode.DONE
    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        if not asked.is_part:
            others = "--printer, --from, --to, --separate"
            raise Misuse("option-lacks", options="--lot", others=others)
        output.say_each(envelopes.lines(job.to_keep()))
        letters = job.letters(asked.first, asked.last)
        given = consents.agree(job.wants_of_a_part(), yes=asked.yes)
        if printer is not None:
            said = job.hand_over(printer, letters, given, again=False)
            output.say(lots.handed_over(number, printer, said, *letters))
            return ExitCode.DONE
        path, file = job.part(*letters, given)
    output.data(
        _("{path}: letters {first} to {last}, {sheets} sheets").format(
            path=path, first=letters[0], last=letters[1], sheets=file.sheets
        )
    )
    return ExitCode.DONE


def _refuse_address(printer: str) -> None:
    """Misuse("value-unfit") for what is no name of a queue (lpadmin(8)), but an address."""
    if not _QUEUE.fullmatch(printer):
        raise Misuse("value-unfit", value=printer, example="bureau (lpstat -e)")


_QUEUE = re.compile(r"[^\s/#\\'\"?:-][^\s/#\\'\"?:]{0,126}")


def _hand_lot_over(folder: Path, number: int, printer: str, *, again: bool = False) -> None:
    """A whole lot to a printer; `again` is a person's word that it may go a second time."""
    from merge.app import lots as app

    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        output.say_each(envelopes.lines(job.to_keep()))
        said = job.hand_over(printer, None, (), again=again)
        output.say(lots.handed_over(number, printer, said))
        output.say(lots.lot_step(job.lot))


def _print_addresses(folder: Path, number: int, name: str, skipped: int) -> ExitCode:
    """The addresses of a lot on labels or envelopes of this name."""
    from merge.app import lots as app

    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        made, communes = job.addresses(name, skipped)
        output.say_each(envelopes.lines(job.to_keep()))
    if made.path:
        output.data(
            ngettext("{path}: {n} address", "{path}: {n} addresses", made.n).format(
                path=made.path, n=made.n
            )
        )
    output.say_each(findings.fault(fault, communes[fault.key]) for fault in made.faults)
    return ExitCode.PARTLY if made.faults else ExitCode.DONE


def _separate(folder: Path, number: int) -> ExitCode:
    from merge.app import lots as app

    with events.shown() as listener, app.open(folder, number, listener=listener) as job:
        n, lot = job.separate(), job.lot
    output.data(
        ngettext("{path}: {n} letter", "{path}: {n} letters", n).format(path=letters_path(lot), n=n)
    )
    output.say(_("All of them, with a list: {path}").format(path=zip_path(lot)))
    return ExitCode.DONE
