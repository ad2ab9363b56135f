"""What is in doubt, settled: by proof where there is one, else by a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from merge.cli import approval, events, options, output
from merge.errors import ExitCode, Misuse
from merge.model import Recipient, Status
from merge.words import returns
from merge.words.language import _
from merge.words.reasons import typed
from merge.words.replies import because_of_us_listed

if TYPE_CHECKING:
    from merge.app.resolve import Doubt, Job
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
    if policy is not None:
        return _decide(context, policy, key)
    return _resolve_letters(context, key, verdict)


def _decide(context: click.Context, decision: Decision, key: str | None) -> ExitCode:
    from merge.app import resolve as job_of

    with events.shown() as listener, job_of.open(options.folder(context), key, listener) as job:
        recipients = job.decide(decision)
        output.say_each(returns.decided(decision, len(recipients), recipients))
    return ExitCode.DONE


def _resolve_letters(context: click.Context, key: str | None, verdict: Status | None) -> ExitCode:
    from merge.app import resolve as job_of

    with events.shown() as listener, job_of.open(options.folder(context), key, listener) as job:
        if key is not None:
            recipient, delivery = job.named(verdict)
            if verdict is Status.QUEUED and delivery.status is Status.UNKNOWN:
                _look(job)  # of what the mailbox can prove, it would be a second copy
                delivery = job.now_stands(recipient.key) or delivery
                if delivery.status is not Status.UNKNOWN:
                    output.say(returns.stands(recipient, delivery.status))
                    return ExitCode.DONE
            if verdict is not None:
                _settle(job, recipient, verdict)
                return ExitCode.DONE
        _look(job)
        plan = job.plan()
        _list(plan.doubts)
        if plan.came_back:
            output.say()
            output.say(because_of_us_listed(plan.came_back))
            output.say_each(returns.reasons_of(plan.reasons))
            output.say(returns.which_decision())
        settled = job.now_stands(recipient.key) if key is not None and not plan.doubts else None
    if settled:
        output.say(returns.stands(recipient, settled.status))  # others may be in doubt still
    elif not (plan.doubts or plan.came_back):
        output.say(_("Nothing is in doubt any more."))
    elif plan.doubts:
        output.say(returns.remaining(len(plan.doubts)))
    return ExitCode.PARTLY if plan.doubts or plan.came_back else ExitCode.DONE


def _look(job: Job) -> None:
    """What the mailbox proves."""
    approval.before_connecting(job)
    if found := job.refresh():
        output.say_each(returns.proven(found))


def _list(waiting: Sequence[Doubt]) -> None:
    """Each letter in doubt, with the lines to type."""
    if waiting:
        output.say(returns.how_to_know())
    for each in waiting:
        output.say()
        output.say_each(returns.doubt(each))
        line = f"publipostage resolve {typed(each.recipient.key)}"
        output.say(
            _("It was sent: {sent}\nIt was not, send it again: {not_sent}").format(
                sent=f"{line} --sent", not_sent=f"{line} --not-sent"
            )
        )


def _settle(job: Job, recipient: Recipient, verdict: Status) -> None:
    output.say(returns.stands(recipient, job.settle(recipient.key, verdict).status))
