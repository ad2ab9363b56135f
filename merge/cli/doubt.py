"""What is in doubt, settled: by proof where there is one, else by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import approval, options, output, printing, refused
from merge.errors import ExitCode, Misuse
from merge.model import Channel, Delivery, Recipient, Status
from merge.words import statuses, troubles
from merge.words.deliveries import cell, in_doubt
from merge.words.language import _, ngettext
from merge.words.printing import part_line

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.proof import Evidence
    from merge.ledger.records import Decision

SENT, NOT_SENT, LEAVE = "1", "2", ""


@click.command(
    help=_(
        "Settle what is in doubt: look for proof in the mailbox and, with --log, in the provider's "
        "log; then ask, one by one, and once about all letters that came back because of their "
        "sender or their content. With --lot, a lot at the printer.\n\nThe program never sends "
        "or prints it again by itself: say what you know."
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
@click.option(
    "--log",
    "log_file",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("The provider's log as a table: Message-ID, or recipient and date; and the status."),
)
@click.option(
    "--lot", type=options.NUMBER, metavar=_("LOT"), help=_("This lot: its printer is asked first.")
)
@click.option(
    "--from",
    "first",
    type=options.NUMBER,
    metavar=_("LETTER"),
    help=_("Its letters made again, from here on."),
)
@click.option(
    "--to",
    "last",
    type=options.NUMBER,
    metavar=_("LETTER"),
    help=_("Its letters made again, up to."),
)
@click.option("--printed", is_flag=True, help=_("All of the lot's sheets are there."))
@click.option(
    "--not-printed",
    is_flag=True,
    help=_("Not one sheet of it came out, and the printer has no such job any more."),
)
@click.pass_context
def resolve(
    context: click.Context,
    key: str | None,
    sent: bool,
    not_sent: bool,
    policy: Decision | None,
    log_file: Path | None,
    lot: int | None,
    first: int | None,
    last: int | None,
    printed: bool,
    not_printed: bool,
) -> ExitCode:
    said = [
        status
        for status, is_said in (
            (Status.SENT, sent),
            (Status.QUEUED, not_sent),
            (Status.PRINTED, printed),
            (Status.MADE, not_printed),
        )
        if is_said
    ]
    if len(said) > 1:
        raise Misuse("resolve-both")
    verdict = said[0] if said else None
    if policy is not None:
        if said or (lot, log_file, first, last) != (None, None, None, None):
            raise Misuse("resolve-what")
        return _decide_policy(context, policy, key)
    is_part = first is not None or last is not None
    if lot is not None:
        if key is not None or log_file is not None or sent or not_sent:
            raise Misuse("resolve-what")
        if is_part:
            return printing.resolve_part(options.folder(context), lot, first, last, verdict)
        return printing.resolve_lot(options.folder(context), lot, verdict)
    if is_part or printed or not_printed or (verdict and (key is None or log_file is not None)):
        raise Misuse("resolve-what")
    return _resolve_letters(context, key, verdict, log_file)


def _decide_policy(context: click.Context, policy: Decision, key: str | None) -> ExitCode:
    from merge.app import doubt
    from merge.app.opening import open_campaign
    from merge.campaign.plan import the_one

    with open_campaign(options.folder(context), access="exclusive", command="resolve") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        doubt.take_over_refused(campaign)
        if key is not None:
            key = the_one(campaign.ledger.recipients(), key).key
        refused.decide(campaign, policy, key)
    return ExitCode.DONE


def _resolve_letters(
    context: click.Context, key: str | None, verdict: Status | None, log_file: Path | None
) -> ExitCode:
    from merge.app import doubt
    from merge.app.opening import open_campaign
    from merge.campaign import proof, submit
    from merge.campaign.plan import the_one

    with open_campaign(options.folder(context), access="exclusive", command="resolve") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        doubt.take_over_refused(campaign)
        recipients = {r.key: r for r in campaign.ledger.recipients()}
        if key is not None:
            key = the_one(list(recipients.values()), key).key
            delivery = campaign.ledger.delivery(key)
            stands = campaign.ledger.stands_of_refused()
            came_back = verdict is Status.QUEUED and delivery and delivery.id in stands
            if delivery is None or not (delivery.status is Status.UNKNOWN or came_back):
                raise Misuse("resolve-nothing", key=key)
            if delivery.channel is Channel.PAPER:
                raise Misuse("resolve-by-lot", lot=delivery.lot)
            if verdict is Status.QUEUED and not came_back:
                _look(campaign)  # of what the mailbox can prove, it would be a second copy
                delivery = campaign.ledger.delivery(key)
                if delivery is not None and delivery.status is not Status.UNKNOWN:
                    _tell_state(recipients[key], delivery)
                    return ExitCode.DONE
        if key is not None and verdict is not None:
            _settle(campaign, recipients[key], verdict)
            return ExitCode.DONE
        absent: list[int] = []
        if log_file is not None:
            _tell_log(doubt.read_log(campaign, log_file))
        if proof.provable(campaign.ledger):
            absent = _look(campaign)
        left = [d for d in proof.in_doubt(campaign.ledger) if key in (None, d.key)]
        remaining = _ask(campaign, left, recipients, absent)
        unknown = [lot.number for lot in campaign.ledger.lots() if lot.status is Status.UNKNOWN]
        lots = [] if key else unknown
        parts = [] if key else submit.parts_in_doubt(campaign.ledger)
        settled = campaign.ledger.delivery(key) if key and not left else None
        undecided = 0 if key else refused.ask(campaign)
    for number in lots:
        output.say(
            _("Lot {number} is in doubt at the printer: {command}").format(
                number=number, command=f"publipostage resolve --lot {number}"
            )
        )
    for part in parts:
        output.say(part_line(part))
    if key and settled:
        _tell_state(recipients[key], settled)  # others may be in doubt still
    elif not left and not lots and not parts:
        if not undecided:
            output.say(_("Nothing is in doubt any more."))
    elif remaining:
        output.say(
            ngettext(
                "{n} letter stays in doubt; it is not sent again by itself.",
                "{n} letters stay in doubt; they are not sent again by themselves.",
                remaining,
            ).format(n=remaining)
        )
    return ExitCode.PARTLY if remaining or lots or parts or undecided else ExitCode.DONE


def _look(campaign: Campaign) -> list[int]:
    """Look into the mailbox; the ids of those that a provider which files all it takes has not."""
    from merge.app import doubt

    approval.before_the_mailbox(campaign)
    findings = doubt.look_in_mailbox(campaign)
    if findings is None:
        return []
    _tell(findings)
    return findings.absent


def _tell_log(findings: Evidence) -> None:
    """What a log says; that it says nothing, too: else one would think that it had been of use."""
    _tell(findings)
    if findings.unread:
        output.say(
            _(
                "The log says of letters in doubt, in words that this program does not know: "
                "“{words}”. That proves nothing; if you know what it means, say so with "
                "resolve KEY."
            ).format(words=", ".join(findings.unread))
        )
    elif not findings.taken and not findings.came_back:
        output.say(_("Nothing in this log is about a letter in doubt."))


def _tell(findings: Evidence) -> None:
    if findings.trouble is not None:
        output.say(troubles.mailbox_trouble(findings.trouble))
    for n, told in (
        (
            len(findings.taken),
            ngettext(
                "Proof was found that {n} letter was taken.",
                "Proof was found that {n} letters were taken.",
                len(findings.taken),
            ),
        ),
        (
            len(findings.came_back),
            ngettext("{n} letter came back.", "{n} letters came back.", len(findings.came_back)),
        ),
    ):
        if n:
            output.say(told.format(n=n))


def _ask(
    campaign: Campaign,
    deliveries: Sequence[Delivery],
    recipients: Mapping[str, Recipient],
    absent: Sequence[int],
) -> int:
    """Ask about one after the other, and keep each answer at once; how many stay in doubt."""
    if deliveries:
        output.say(
            _(
                "For each, look for a copy in the folder of sent mail, an answer, or a line in the "
                "provider's log. If you cannot know, leave it: two letters annoy a mairie more "
                "than a phone call."
            )
        )
    remaining = len(deliveries)
    for delivery in deliveries:
        recipient = recipients[delivery.key]
        output.say()
        output.say(in_doubt(delivery, recipient))
        if delivery.detail:
            output.say(cell("detail", delivery.detail))
        if delivery.id in absent:
            output.say(
                _("The provider files a copy of all it takes, and the mailbox has none of this.")
            )
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
            _settle(campaign, recipient, Status.SENT if typed == SENT else Status.QUEUED)
            remaining -= 1
    return remaining


def _settle(campaign: Campaign, recipient: Recipient, verdict: Status) -> None:
    from merge.app import doubt

    _tell_state(recipient, doubt.resolve(campaign, recipient.key, verdict))


def _tell_state(recipient: Recipient, delivery: Delivery) -> None:
    output.say(
        _("{commune}: {status}.").format(
            commune=recipient.commune, status=statuses.status(delivery.status)
        )
    )
