"""What came back for the letters: read, shown, and decided by a person where nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.app.chosen import Narrowing
from merge.cli import approval, events, options, output
from merge.errors import ExitCode, Misuse
from merge.words import envelopes, troubles
from merge.words import replies as words
from merge.words.language import _
from merge.words.mailbox import answers_elsewhere

if TYPE_CHECKING:
    from merge.app.replies import AsksToStop, Job
    from merge.ledger.records import Reply


@click.command(
    help=_(
        "Read what came back: answers, automatic replies, letters that could not be delivered. "
        "From the mailbox (IMAP; nothing in it changes), or with --from from files. Run it as "
        "often as you like: each mail counts once."
    ),
    epilog=options.OR_THE_PAGE,
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar=_("PATH"),
    help=_("A folder of .eml files, a Maildir or an mbox, instead of the mailbox."),
)
@click.option(
    "--attach",
    "attached",
    multiple=True,
    metavar=_("NUMBER=KEY"),
    help=_("This mail is from that recipient. Can be given several times."),
)
@click.option(
    "--dismiss",
    "dismissed",
    multiple=True,
    type=options.NUMBER,
    metavar=_("NUMBER"),
    help=_("This mail is about no letter of yours: forget it. Can be given several times."),
)
@click.option(
    "--no-stop",
    "not_stopping",
    multiple=True,
    type=options.NUMBER,
    metavar=_("NUMBER"),
    help=_(
        "This mail is no request to stop: do not ask about it again. Can be given several times."
    ),
)
@click.option("--all", "show_all", is_flag=True, help=_("Show all that were ever read."))
@options.narrowing
@options.yes
@click.pass_context
def replies(
    context: click.Context,
    source: Path | None,
    attached: tuple[str, ...],
    dismissed: tuple[int, ...],
    not_stopping: tuple[int, ...],
    show_all: bool,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
    yes: bool,
) -> ExitCode:
    from merge.app import replies as job_of
    from merge.app.confined import expect_mails

    narrowing = options.narrowed(departments, communes, statuses)
    decided = attached or dismissed or not_stopping
    if not (decided or show_all):
        expect_mails()
    harvest = None
    with events.shown() as listener, job_of.open(options.folder(context), listener) as job:
        if decided:
            _decide(job, attached, dismissed, not_stopping)
            plan = job.plan()
            _list_stops(plan.ask_to_stop)
            output.say_each(envelopes.lines(plan.to_keep))
            return ExitCode.DONE
        if show_all:
            _show(job, narrowing)
            return ExitCode.DONE
        if source is None:
            approval.before_connecting(job)
        harvest = job.refresh(source)
        plan = job.plan()
        if harvest is None:
            nowhere = Misuse("replies-from-where")
            if not plan.undecided:
                raise nowhere
            output.say(troubles.explain(nowhere))
        else:
            if source is None and (elsewhere := job.settings.account.answers_elsewhere):
                output.say(answers_elsewhere(elsewhere))
            output.say_each(words.read(harvest, job.zone))
            job.follow(harvest)
            _show(job, narrowing, harvest.kept)
        plan = job.plan()
        if not yes:
            _list_undecided(job, plan.undecided)
        if plan.undecided:
            output.say(words.waiting(len(plan.undecided)))
        _list_stops(plan.ask_to_stop)
        output.say_each(envelopes.lines(plan.to_keep))
        if plan.trouble:
            raise plan.trouble
    return ExitCode.PARTLY if harvest is not None and harvest.given_up else ExitCode.DONE


def _show(job: Job, narrowing: Narrowing, only: Sequence[Reply] | None = None) -> None:
    found = job.listed(narrowing, only)
    if found.replies:
        output.table(*words.table(found, job.zone))


def _decide(
    job: Job, attached: Sequence[str], dismissed: Sequence[int], not_stopping: Sequence[int]
) -> None:
    for pair in attached:
        number, equals, word = pair.partition("=")
        if not (equals and number.strip().isdecimal()):
            raise Misuse("value-unfit", value=pair, example=_("NUMBER=KEY"))
        which = options.NUMBER.convert(int(number), None, None)
        recipient, harvest = job.attach(which, word)
        output.say(
            _("Reply {number} is from {commune} ({key}).").format(
                number=number, commune=recipient.name, key=recipient.key
            )
        )
        job.follow(harvest)
    for each in dismissed:
        job.dismiss(each)
        output.say(_("Reply {number} is forgotten.").format(number=each))
    for each in not_stopping:
        job.asks_for_nothing(each)
        output.say(_("Reply {number} is no request to stop.").format(number=each))


def _list_undecided(job: Job, undecided: Sequence[Reply]) -> None:
    """Each mail that repeats nothing of ours, with the lines that say whose it may be."""
    for reply in undecided:
        output.say()
        output.say_each(words.undecided(job.undecided(reply), job.zone))


def _list_stops(found: Sequence[AsksToStop]) -> None:
    """Whoever seems to ask for no more letters: a person decides whether that is so."""
    for each in found:
        told, _because, stop, no_stop = words.asks_to_stop(each)
        output.say_each(told)
        output.say(_("To put it on the suppression list: {command}").format(command=stop))
        output.say(_("If it asks for no such thing: {command}").format(command=no_stop))
