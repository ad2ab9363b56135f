"""What leaves by e-mail: send."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from merge.app.chosen import Narrowing
from merge.cli import approval, events, options, output
from merge.cli.running import listening
from merge.errors import ExitCode, Misuse, Stopped
from merge.job import Consent
from merge.model import Channel, LetterFault, Status
from merge.words import dates, findings, overview, sending, statuses, troubles
from merge.words.events import changed
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.app.leaving import Sent
    from merge.app.running import Signals
    from merge.app.send import Job, Plan


@click.command(
    help=_(
        "Send the letters that go by e-mail. Without --really it is a rehearsal: the e-mails are "
        "written into outbox/rehearsal, nothing leaves. Run it again after any stop: it goes on "
        "where it was, and nobody gets two."
    )
)
@click.option("--really", is_flag=True, help=_("Send for real."))
@click.option("--test", "test_address", metavar=_("ADDRESS"), help=_("Send one to yourself."))
@click.option("--limit", type=options.Number(1), help=_("At most so many letters this time."))
@click.option("--wait", is_flag=True, help=_("When the quota is spent, wait and go on."))
@click.option(
    "--at",
    "typed_at",
    metavar=_("WHEN"),
    help=_(
        "With --really: agree now, wait, and begin then, by the campaign's clocks (“2026-12-01 "
        "09:00”; 09:00 is the next one)."
    ),
)
@click.option(
    "--stop",
    is_flag=True,
    help=_("Stop the sending that is at work or waits, after the letters in hand."),
)
@click.option("--untested", is_flag=True, help=_("Do without the test letter to yourself."))
@click.option(
    "--accept-edit",
    is_flag=True,
    help=_("The letter was changed after the first ones left: go on."),
)
@click.option(
    "--accept-bounces",
    is_flag=True,
    help=_(
        "Many letters came back, or several because the account is refused, and you have looked "
        "why: go on."
    ),
)
@options.narrowing
@options.yes
@click.pass_context
def send(
    context: click.Context,
    really: bool,
    test_address: str | None,
    limit: int | None,
    wait: bool,
    typed_at: str | None,
    stop: bool,
    untested: bool,
    accept_edit: bool,
    accept_bounces: bool,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
    yes: bool,
) -> ExitCode:
    if really and test_address:
        raise Misuse("options-apart", options="--test, --really")
    if stop:
        return _stop(options.folder(context))
    if typed_at and not really:
        raise Misuse("option-lacks", options="--at", others="--really")
    narrowing = options.narrowed(departments, communes, statuses)
    if not (really or test_address):
        return _rehearse(context, narrowing, limit)
    from merge.app import send as job_of
    from merge.campaign.forecast import moment_of

    folder = options.folder(context)
    wanted = job_of.Options(
        narrowing=narrowing, limit=limit, wait=wait, accept_bounces=accept_bounces and really
    )
    with (
        listening() as signals,
        events.shown() as listener,
        job_of.open(folder, wanted, listener=listener, watch=signals) as job,
    ):
        if test_address:
            return _try_out(job, signals, test_address)
        accepted = {"--accept-edit": accept_edit, "--untested": untested, "--yes": yes}
        given = {option for option, is_given in accepted.items() if is_given}
        if typed_at:
            zone = ZoneInfo(job.settings.campaign.timezone)
            job.put_off(moment_of(typed_at, zone, signals.now()))
        return _send_really(
            job, signals, given, everybody=narrowing.is_everybody, is_for_later=bool(typed_at)
        )


def _rehearse(context: click.Context, narrowing: Narrowing, limit: int | None) -> ExitCode:
    from merge.app.rehearsal import rehearse

    with events.shown() as listener:
        done = rehearse(options.folder(context), narrowing, limit, listener)
    output.say_each(findings.faults(done.faults, done.names))
    n = done.written
    output.say(
        ngettext(
            "A rehearsal: {n} e-mail is written into {folder}. Nothing has left.",
            "A rehearsal: {n} e-mails are written into {folder}. Nothing has left.",
            n,
        ).format(n=n, folder=done.folder)
    )
    if n and done.first == "account":
        output.say(statuses.next_after_a_check({Channel.EMAIL: n}, account=False))
    elif n and done.first == "test":
        output.say(statuses.next_is_a_test())
    elif n and done.in_the_way:
        output.say(troubles.explain(done.in_the_way))
    elif n and narrowing.is_everybody and limit is None:
        output.say(_("To send: {command}").format(command="publipostage send --really"))
    elif n:
        output.say(_("To send: the same command with --really."))
    return ExitCode.PARTLY if done.faults else ExitCode.DONE


def _try_out(job: Job, signals: Signals, address: str) -> ExitCode:
    approval.before_connecting(job, asking=signals.asking)
    try:
        tried = job.try_out(address)
    except Stopped as stopped:
        room_at = stopped.facts.get("when")
        if isinstance(room_at, datetime):
            zone = ZoneInfo(job.settings.campaign.timezone)
            stopped.facts["when"] = dates.at(room_at, zone, signals.now())
        raise
    outcome, commune = tried.outcome, tried.recipient.name
    if isinstance(outcome, LetterFault):
        output.say(findings.fault(outcome, commune))
        return ExitCode.PARTLY
    if outcome.status is not Status.SENT:
        output.say(sending.refused_test(outcome, address))
        return ExitCode.PARTLY
    output.say(sending.tested(commune, address))
    output.say(_("Next: {command}").format(command="publipostage send --really"))
    return ExitCode.DONE


def _send_really(
    job: Job,
    signals: Signals,
    given: Collection[str],
    *,
    everybody: bool,
    is_for_later: bool,
) -> ExitCode:
    """`given` are the options that agree to something."""
    approval.before_connecting(job, asking=signals.asking)
    consents: list[Consent] = []
    job.refresh()
    while (plan := job.plan(consents)).wants or plan.trouble:
        consents += _agree(job, plan, signals, given, is_for_later=is_for_later)
        job.refresh(consents)
    if plan.nobody:
        output.say(
            _("Nobody is left to be written to by e-mail. Nothing was sent.")
            if everybody
            else _("None of those that you chose waits for an e-mail. Nothing was sent.")
        )
        output.say(statuses.where_it_stands(job.counts()))
        return ExitCode.DONE
    return _tell(job, job.run(consents), signals)


def _stop(folder: Path) -> ExitCode:
    from merge.app import following

    stopped = following.stop_sendings(folder)
    if not stopped:
        output.say(_("No sending is at work here, and none is to begin."))
    for _each in stopped:
        output.say(_("The sending stops after the letters in hand."))
    return ExitCode.DONE


def _agree(
    job: Job, plan: Plan, signals: Signals, given: Collection[str], *, is_for_later: bool
) -> Sequence[Consent]:
    """What a person agrees to, by an option or the number that is typed; else the trouble."""
    if plan.trouble:
        if not (plan.wants and all(want.option in given for want in plan.wants)):
            raise plan.trouble
    elif plan.letters:
        n, settings, now = plan.letters, job.settings, signals.now()
        if not is_for_later:  # the days are those from now on
            output.say(sending.forecast(n, settings, plan.days, now))
        if plan.put_off_until:
            output.say(sending.put_off(plan.put_off_until, settings, now))
        if settings.letter.attach_pdf and (work := sending.pdf_work(n)):
            output.say(work)
        if "--yes" not in given:
            with signals.asking():
                _ask_for_the_number(n)
    return [want.agreed() for want in plan.wants]


def _tell(job: Job, sent: Sent, signals: Signals) -> ExitCode:
    if not (sent.trouble or sent.wants):
        output.say(sending.ended(sent.run, job.settings, signals.now()))
        output.say(statuses.where_it_stands(sent.counts))
        if sent.counts.email[Status.UNKNOWN]:
            output.say(overview.todo("resolve"))
        return sent.code
    output.say(sending.left_and_waiting(sent.before, sent.counts))
    if sent.trouble:
        raise sent.trouble
    output.say_each(map(changed, sent.wants))
    return sent.code


def _ask_for_the_number(n: int) -> None:
    typed = output.ask(
        ngettext(
            "This sends {n} letter for real. Type that number to go on",
            "This sends {n} letters for real. Type that number to go on",
            n,
        ).format(n=n),
    )
    if typed.strip() != str(n):
        raise Misuse("number-differs", typed=typed, n=n)
