"""What is in doubt, settled: by proof where there is one, else by a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from merge.cli import approval, events, options, output
from merge.errors import ExitCode, Misuse
from merge.model import Status
from merge.words import returns
from merge.words.language import _
from merge.words.reasons import typed
from merge.words.replies import because_of_us_listed

if TYPE_CHECKING:
    from merge.app.inbox import Job
    from merge.campaign.mailroom import Evidence
    from merge.ledger.records import Decision


@click.command(
    help=_(
        "Settle what is in doubt: look for proof in the mailbox, and list what waits for you: each "
        "letter in doubt, and those that came back because of their sender or their content.\n\n"
        "The program never sends it again by itself: say what you know."
    ),
    epilog=options.OR_THE_PAGE,
)
@click.argument("key", metavar=_("[KEY]"), required=False)
@click.option("--sent", is_flag=True, help=_("It arrived, or the server has it."))
@click.option("--not-sent", is_flag=True, help=_("It did not: send it again."))
@click.option(
    "--policy",
    type=click.Choice(["later", "paper", "leave"]),
    help=_(
        "Of all letters that came back because of their sender or their content (or of KEY's): "
        "send them again, tomorrow at the earliest; put them on paper; or leave them."
    ),
)
@click.pass_context
def resolve(
    context: click.Context,
    key: str | None,
    sent: bool,
    not_sent: bool,
    policy: Decision | None,
) -> ExitCode:
    verdict = Status.SENT if sent else Status.QUEUED if not_sent else None
    if (sent and not_sent) or (verdict and policy is not None):
        raise Misuse("options-apart", options="--sent, --not-sent, --policy")
    if verdict and key is None:
        raise Misuse("option-lacks", options="--sent, --not-sent", others=_("KEY"))
    from merge.app import inbox

    with (
        events.shown() as listener,
        inbox.open(options.folder(context), "resolve", listener, key) as job,
    ):
        if policy is not None:
            recipients = job.decide(policy)
            output.say_each(returns.decided(policy, len(recipients), recipients))
        elif key is None:
            _list(job, _look(job))
        else:
            _resolve_one(job, verdict)
    return job.code


def _resolve_one(job: Job, verdict: Status | None) -> None:
    recipient, letter = job.named(verdict)
    found = None
    if verdict is not Status.SENT and letter.status is Status.UNKNOWN:
        found = _look(job)  # of what the mailbox can prove, it would be a second copy
        letter = job.campaign.ledger.delivery(recipient.key) or letter
        if verdict is None and letter.status is Status.UNKNOWN:
            return _list(job, found)
        verdict = verdict if letter.status is Status.UNKNOWN else None
    if verdict is not None:
        letter = job.settle(recipient.key, verdict)
    output.say(returns.stands(recipient, letter.status))


def _look(job: Job) -> Evidence | None:
    """What the mailbox proves."""
    if job.provable():
        approval.before_connecting(job)
    found = job.prove()
    if found:
        output.say_each(returns.proven(found))
    return found


def _list(job: Job, found: Evidence | None) -> None:
    """What waits for a person: each letter in doubt with the lines to type, and all that came back
    because of us; of one recipient the letter in doubt alone.
    """
    from merge.app.inbox import CaseKind

    doubts = [
        (case.recipient, case.delivery)
        for case in job.waiting(CaseKind.DOUBT)
        if case.recipient and case.delivery and job.key in (None, case.recipient.key)
    ]
    if doubts:
        output.say(returns.how_to_know())
    for recipient, letter in doubts:
        output.say()
        is_absent = found is not None and letter.id in found.absent
        output.say_each(returns.doubt(recipient, letter, is_absent=is_absent))
        line = f"publipostage resolve {typed(recipient.key)}"
        output.say(
            _("It was sent: {sent}\nIt was not, send it again: {not_sent}").format(
                sent=f"{line} --sent", not_sent=f"{line} --not-sent"
            )
        )
    refused = job.waiting(CaseKind.REFUSED) if job.key is None else ()
    if refused:
        output.say()
        output.say(because_of_us_listed([case.recipient for case in refused if case.recipient]))
        output.say_each(returns.reasons_of([case.delivery for case in refused]))
        output.say(returns.which_decision())
    if doubts:
        output.say(returns.remaining(len(doubts)))
    elif not refused:
        output.say(_("Nothing is in doubt any more."))
    job.code = ExitCode.PARTLY if doubts or refused else ExitCode.DONE
