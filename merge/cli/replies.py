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
    from merge.app.inbox import Case, Job
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
    from merge.app import inbox
    from merge.app.confined import expect_mails
    from merge.app.inbox import CaseKind

    narrowing = options.narrowed(departments, communes, statuses)
    decided = attached or dismissed or not_stopping
    if not (decided or show_all):
        expect_mails()
    folder = options.folder(context)
    with events.shown() as listener, inbox.open(folder, "replies", listener) as job:
        if decided:
            _decide(job, attached, dismissed, not_stopping)
            _list_stops(job.waiting(CaseKind.STOP))
            output.say_each(envelopes.lines(job.campaign.envelopes_to_keep()))
            return job.code
        if show_all:
            _show(job, narrowing)
            return job.code
        if source is None:
            approval.before_connecting(job)
        harvest = job.read(source)
        undecided = job.waiting(CaseKind.WHOSE)
        if harvest is None:
            nowhere = Misuse("replies-from-where")
            if not undecided:
                raise nowhere
            output.say(troubles.explain(nowhere))
        else:
            if source is None and (elsewhere := job.settings.account.answers_elsewhere):
                output.say(answers_elsewhere(elsewhere))
            output.say_each(words.read(harvest, job.campaign.zone))
            job.follow(harvest)
            _show(job, narrowing, harvest.kept)
            job.code = ExitCode.PARTLY if harvest.given_up else ExitCode.DONE
        if not yes:
            _list_undecided(job, undecided)
        if undecided:
            output.say(words.waiting(len(undecided)))
        _list_stops(job.waiting(CaseKind.STOP))
        output.say_each(envelopes.lines(job.campaign.envelopes_to_keep()))
        if trouble := job.campaign.account.refusal():
            raise trouble
    return job.code


def _show(job: Job, narrowing: Narrowing, only: Sequence[Reply] | None = None) -> None:
    if found := job.mails(narrowing, only):
        output.table(*words.table(found, job.campaign.zone))


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
        job.campaign.ledger.replies.dismiss(each)
        output.say(_("Reply {number} is forgotten.").format(number=each))
    for each in not_stopping:
        job.campaign.ledger.replies.asks_for_nothing(each)
        output.say(_("Reply {number} is no request to stop.").format(number=each))


def _list_undecided(job: Job, undecided: Sequence[Case]) -> None:
    """Each mail that repeats nothing of ours, with the lines that say whose it may be."""
    from merge.app import inbox

    for case in undecided:
        if case.reply:
            output.say()
            output.say_each(
                words.undecided(case, inbox.whole(job.campaign, case.reply), job.campaign.zone)
            )


def _list_stops(found: Sequence[Case]) -> None:
    """Whoever seems to ask for no more letters: a person decides whether that is so."""
    for case in found:
        if case.recipient and case.reply:
            told, _because, stop, no_stop = words.asks_to_stop(case.recipient, case.reply)
            output.say_each(told)
            output.say(_("To put it on the suppression list: {command}").format(command=stop))
            output.say(_("If it asks for no such thing: {command}").format(command=no_stop))
