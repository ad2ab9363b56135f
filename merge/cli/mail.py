"""What leaves by e-mail: send."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from merge.campaign.plan import Narrowing
from merge.cli import approval, mailroom, options, output, reminders, suppression
from merge.cli.running import listening
from merge.errors import ExitCode, Misuse, Stopped, Trouble
from merge.model import Channel, LetterFault, Status
from merge.words import dates, findings, sending, statuses, troubles
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.ports import Interruption, Template
    from merge.campaign.rehearse import Rehearsed
    from merge.campaign.sender import Run


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
    untested: bool,
    accept_edit: bool,
    accept_bounces: bool,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
    yes: bool,
) -> ExitCode:
    if really and test_address:
        raise Misuse("test-or-really")
    narrowing = options.narrowed(departments, communes, statuses)
    if test_address:
        return _try_out(context, narrowing, test_address)
    if not really:
        return _rehearse(context, narrowing, limit)
    return _send_really(
        context,
        narrowing,
        limit=limit,
        wait=wait,
        untested=untested,
        accept_edit=accept_edit,
        accept_bounces=accept_bounces,
        yes=yes,
    )


def _rehearse(context: click.Context, narrowing: Narrowing, limit: int | None) -> ExitCode:
    from merge.app import letters, mail
    from merge.app.opening import open_campaign
    from merge.app.sheets import chosen

    with open_campaign(options.folder(context), access="read", command="send") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        keys = chosen(campaign, narrowing)
        template = letters.with_reminders(campaign, letters.template(campaign))
        rehearsal = mail.rehearse(campaign, template, keys, limit)
        at_fault = [fault.key for fault in rehearsal.rehearsed.faults]
        communes = campaign.ledger.communes_of(at_fault)
        in_the_way = _in_the_way(campaign, template, rehearsal.rehearsed)
    output.say_each(findings.faults(rehearsal.rehearsed.faults, communes))
    n = rehearsal.rehearsed.written
    output.say(
        ngettext(
            "A rehearsal: {n} e-mail is written into {folder}. Nothing has left.",
            "A rehearsal: {n} e-mails are written into {folder}. Nothing has left.",
            n,
        ).format(n=n, folder=rehearsal.folder)
    )
    if n and in_the_way:
        output.say(in_the_way)
    elif n and narrowing.is_everybody and limit is None:
        output.say(_("To send: {command}").format(command="publipostage send --really"))
    elif n:
        output.say(_("To send: the same command with --really."))
    return ExitCode.PARTLY if rehearsal.rehearsed.faults else ExitCode.DONE


def _in_the_way(campaign: Campaign, template: Template, rehearsed: Rehearsed) -> str:
    """What comes before `send --really`, which would refuse; "" where it would not."""
    from merge.campaign import check as checking

    if not campaign.settings.account.host:
        return statuses.next_after_a_check(by_email=rehearsed.written, on_paper=0, account=False)
    found = checking.Findings(
        letters=rehearsed.written + len(rehearsed.faults),
        faults=tuple(rehearsed.faults),
        of=campaign.ledger.count_recipients(),
    )
    try:
        checking.refuse_changed_letter(campaign.ledger, template, accept_edit=False)
        checking.refuse_unless_right(found)
        checking.refuse_untested(campaign.ledger, template, untested=False)
        if not campaign.is_blind and (refusal := campaign.account.refusal()):
            raise refusal
    except Trouble as trouble:
        untested = trouble.code == "letter-untested"
        return statuses.next_is_a_test() if untested else troubles.explain(trouble)
    return ""


def _try_out(context: click.Context, narrowing: Narrowing, address: str) -> ExitCode:
    from merge.app import letters, mail
    from merge.app.opening import now, open_campaign
    from merge.app.sheets import chosen
    from merge.campaign.trial import try_out, whose

    with (
        listening() as signals,
        open_campaign(options.folder(context), access="share", command="send") as campaign,
    ):
        output.say_each(troubles.warnings(campaign.cautions))
        approval.before_connecting(campaign, asking=signals.asking)
        recipient = whose(campaign.ledger, chosen(campaign, narrowing))
        template = letters.with_reminders(campaign, letters.template(campaign))
        with mail.sender(campaign, template, signals) as sender:
            try:
                outcome = try_out(sender, recipient, address)
            except Stopped as stopped:
                room_at = stopped.facts.get("when")
                if isinstance(room_at, datetime):
                    stopped.facts["when"] = dates.at(room_at, campaign.zone, now())
                raise
    if isinstance(outcome, LetterFault):
        if (outcome.field, outcome.value) == ("email", address):  # what was typed, not the town's
            raise Misuse(outcome.code, value=address, reason="typed")
        output.say(findings.fault(outcome, recipient.commune))
        return ExitCode.PARTLY
    if outcome.status is not Status.SENT:
        output.say(sending.refused_test(outcome, address))
        return ExitCode.PARTLY
    output.say(
        _("The letter to {commune} was sent to {address}. Read it there.").format(
            commune=recipient.commune, address=address
        )
    )
    output.say(_("Next: {command}").format(command="publipostage send --really"))
    return ExitCode.DONE


def _send_really(
    context: click.Context,
    narrowing: Narrowing,
    *,
    limit: int | None,
    wait: bool,
    untested: bool,
    accept_edit: bool,
    accept_bounces: bool,
    yes: bool,
) -> ExitCode:
    from merge.app import letters, mail
    from merge.app.opening import now, open_campaign
    from merge.app.sheets import chosen
    from merge.campaign import check as checking
    from merge.campaign import stages
    from merge.campaign.returns import accept_bounces as accepted

    with (
        listening() as signals,
        open_campaign(options.folder(context), access="share", command="send") as campaign,
    ):
        output.say_each(troubles.warnings(campaign.cautions))
        approval.before_connecting(campaign, asking=signals.asking)
        ledger = campaign.ledger
        if accept_bounces:
            # Before the mailbox is read: what comes now, nobody has looked at.
            accepted(ledger, campaign.account, now())
        suppression.before_leaving(campaign)
        reminders.before_leaving(campaign)
        keys = chosen(campaign, narrowing)
        waiting = ledger.candidates(keys, [Channel.EMAIL])
        if not waiting:
            mailroom.after_sending(campaign, signals)
            output.say(
                _("Nobody is left to be written to by e-mail. Nothing was sent.")
                if narrowing.is_everybody
                else _("None of those that you chose waits for an e-mail. Nothing was sent.")
            )
            output.say(statuses.where_it_stands(ledger.counts()))
            return ExitCode.DONE
        template = letters.with_reminders(campaign, letters.template(campaign))
        checking.refuse_changed_letter(ledger, template, accept_edit=accept_edit)
        checking.refuse_untested(ledger, template, untested=untested)
        with output.progress(_("Making the letters"), len(waiting)) as advance:
            found = checking.check(
                template,
                waiting,
                of=ledger.count_recipients(),
                gate=campaign.gate,
                advance=advance,
            )
        checking.refuse_unless_right(found)
        checking.requeue_cured(ledger, found)
        mailroom.before_sending(campaign, signals)
        n = min(found.letters - len(found.faults), limit or found.letters)
        if n:  # else all are at fault: they are held, and said to be
            spent = mail.sent_lately(campaign.settings, campaign.accounts)
            days = mail.days_it_takes(n, campaign.settings, spent)
            output.say(sending.forecast(n, campaign.settings, days, now()))
            outlook = ledger.outlook(keys, now())
            if not outlook.now and outlook.next_at:
                output.say(sending.put_off(outlook.next_at, campaign.settings, now()))
            if campaign.settings.letter.attach_pdf and (work := sending.pdf_work(n)):
                output.say(work)
            if not yes:
                with signals.asking():
                    _ask_for_the_number(n)
        with (
            mail.sender(campaign, template, signals) as sender,
            output.progress(_("Sending"), n) as advance,
        ):
            letters.fix(campaign, template, mailed=True)
            before = ledger.counts()
            try:
                run = stages.send_in_stages(
                    sender,
                    look=mailroom.between_stages(campaign, signals),
                    keys=keys,
                    limit=limit,
                    wait=wait,
                    advance=lambda status: advance(1),
                    waiting=lambda run: _wait(campaign, signals, run),
                    begun=lambda sent: output.say(sending.begun(sent)),
                )
            except Trouble as trouble:
                if isinstance(trouble, Stopped) and trouble.code != "server-away":
                    mailroom.after_sending(campaign, signals)
                after = ledger.counts()
                output.say(sending.left_and_waiting(before, after))
                if after.email != before.email:  # "refused before anything left" were untrue
                    trouble.exit_code = ExitCode.STOPPED
                raise
        came_back = mailroom.after_sending(campaign, signals)
        counts = ledger.counts()
        output.say(sending.ended(run, campaign.settings, now()))
    output.say(statuses.where_it_stands(counts))
    if run.stopped_by == "interrupted":
        return ExitCode.INTERRUPTED
    if run.stopped_by:
        return ExitCode.STOPPED
    failed = sum(run.by_status[s] for s in (Status.FAILED, Status.UNKNOWN, Status.HELD))
    came_back += counts.email[Status.BOUNCED] - before.email[Status.BOUNCED]
    return ExitCode.PARTLY if failed or came_back else ExitCode.DONE


def _wait(campaign: Campaign, signals: Interruption, run: Run) -> None:
    """A long pause begins: time for the mailbox, and to say when it goes on."""
    from merge.app.opening import now

    if run.away:  # the mailbox is mostly as far away
        output.say(sending.away(run, troubles.why(run.away), campaign.settings))
        return
    mailroom.after_sending(campaign, signals)
    output.say(sending.waiting(run, campaign.settings, now()))


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
