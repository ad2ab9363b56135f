"""What is in doubt, settled: by proof where there is one, else by a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from merge.cli import approval, events, options, output
from merge.errors import ExitCode, Misuse
from merge.model import Recipient, Status
from merge.words import doubts, returns
from merge.words.language import _
from merge.words.replies import because_of_us_listed

if TYPE_CHECKING:
    from merge.app.resolve import Doubt, Job, Plan
    from merge.ledger.records import Decision

SENT, NOT_SENT, LEAVE = "1", "2", ""
_DECISIONS: dict[str, Decision] = {"1": "later", "2": "paper", "3": "leave"}


@click.command(
    help=_(
        "Settle what is in doubt: look for proof in the mailbox; then ask, one by one, and once "
        "about all letters that came back because of their sender or their content.\n\nThe "
        "program never sends it again by itself: say what you know."
    )
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
    if sent and not_sent:
        raise Misuse("resolve-both")
    verdict = Status.SENT if sent else Status.QUEUED if not_sent else None
    if verdict and (policy is not None or key is None):
        raise Misuse("resolve-what")
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
                    output.say(doubts.stands(recipient, delivery.status))
                    return ExitCode.DONE
            if verdict is not None:
                _settle(job, recipient, verdict)
                return ExitCode.DONE
        _look(job)
        plan = job.plan()
        remaining = _ask(job, plan.doubts)
        undecided = _ask_for_a_decision(job, plan)
        settled = job.now_stands(recipient.key) if key is not None and not plan.doubts else None
    if settled:
        output.say(doubts.stands(recipient, settled.status))  # others may be in doubt still
    elif not (plan.doubts or undecided):
        output.say(_("Nothing is in doubt any more."))
    elif remaining:
        output.say(doubts.remaining(remaining))
    return ExitCode.PARTLY if remaining or undecided else ExitCode.DONE


def _look(job: Job) -> None:
    """What the mailbox proves."""
    approval.before_connecting(job)
    if found := job.refresh():
        output.say_each(doubts.proven(found))


def _ask(job: Job, waiting: Sequence[Doubt]) -> int:
    """Ask about one after the other, and keep each answer at once; how many stay in doubt."""
    if waiting:
        output.say(doubts.how_to_know())
    remaining = len(waiting)
    for each in waiting:
        output.say()
        output.say_each(doubts.doubt(each))
        try:
            typed = output.ask(
                _("1: it was sent. 2: it was not, send it again. Enter: leave it in doubt"),
                type=click.Choice([SENT, NOT_SENT, LEAVE]),
                default=LEAVE,
                show_choices=False,
                show_default=False,
            )
        except click.Abort:  # Ctrl-C, or nobody there to answer: what was answered is kept
            output.say()  # below the question
            break
        if typed != LEAVE:
            _settle(job, each.recipient, Status.SENT if typed == SENT else Status.QUEUED)
            remaining -= 1
    return remaining


def _settle(job: Job, recipient: Recipient, verdict: Status) -> None:
    output.say(doubts.stands(recipient, job.settle(recipient.key, verdict).status))


def _ask_for_a_decision(job: Job, plan: Plan) -> int:
    """Ask once about all that came back because of us; how many still wait."""
    if not plan.came_back:
        return 0
    output.say()
    output.say(because_of_us_listed(plan.came_back))
    output.say_each(returns.reasons_of(plan.reasons))
    try:
        typed = output.ask(
            returns.which_decision(),
            type=click.Choice([*_DECISIONS, ""]),
            default="",
            show_choices=False,
            show_default=False,
        )
    except click.Abort:  # nobody there to answer
        output.say()  # below the question
        return len(plan.came_back)
    if typed:
        decided = job.decide(_DECISIONS[typed])
        output.say_each(returns.decided(_DECISIONS[typed], len(decided), decided))
    return len(job.plan().came_back)
