"""What a look into the mailbox brought, said beside the sending; and what it does not see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from merge.cli import output
from merge.errors import ExitCode, Trouble
from merge.words import findings, troubles
from merge.words.language import _, ngettext
from merge.words.replies import because_of_us

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.mailroom import Visit
    from merge.campaign.ports import Interruption
    from merge.ledger.accounts import Accounts
    from merge.ledger.records import Returned
    from merge.model import Delivery
    from merge.settings import ImapSettings


def before_sending(campaign: Campaign, signals: Interruption) -> bool:
    """Read what came back; Stopped or AccountPaused when that is a reason not to send more.

    False when the mailbox could not be read.
    """
    from merge.app.opening import now
    from merge.campaign import account, returns

    visit = _visit(campaign, signals, filing=False)
    account.refuse_paused(campaign.ledger, campaign.account, now())
    returns.refuse_too_many(campaign.ledger, now())
    return visit is None or visit.trouble is None


def between_stages(campaign: Campaign, signals: Interruption) -> Callable[[], None] | None:
    """What to do between two stages of a sending; None where no mailbox can be read.

    One that is out of reach is told once, and left alone until the run has ended: each try could
    cost half a minute, and no letter needs it.
    """
    from merge.app.mailroom import mailroom

    if mailroom(campaign) is None:
        return None
    answers = True

    def look() -> None:
        nonlocal answers
        if answers:
            answers = before_sending(campaign, signals)

    return look


def after_sending(campaign: Campaign, signals: Interruption) -> int:
    """Read what came back, and file copies; how many came back. Nothing once asked to stop."""
    if signals.asked:
        return 0
    visit = _visit(campaign, signals, filing=True)
    return len(visit.returned.bounced) + len(visit.returned.about_us) if visit else 0


def _visit(campaign: Campaign, signals: Interruption, *, filing: bool) -> Visit | None:
    from merge.app.mailroom import mailroom

    room = mailroom(campaign)
    if room is None:
        return None
    from merge.app import replies  # which knows how a mail is read

    visit = room.visit(campaign.ledger, campaign.archive, signals, filing=filing)
    follow_up = replies.try_next_addresses(campaign)
    tell_what_came_back(campaign, visit.returned, len(follow_up.tried))
    output.say_each(findings.closed(follow_up.closed))
    if visit.filed.copies:
        output.say(
            ngettext(
                "{n} copy was put into the folder of sent mail.",
                "{n} copies were put into the folder of sent mail.",
                visit.filed.copies,
            ).format(n=visit.filed.copies)
        )
    if visit.trouble is not None:
        output.say(troubles.mailbox_trouble(visit.trouble))
    return visit


def tell_what_came_back(campaign: Campaign, returned: Returned, next_ones: int) -> None:
    """Which letters came back, why, and what is done about it; `next_ones` have another address.

    What was about us is told in the server's own words, each of them once.
    """
    # A server that refuses one letter because of us says the same of hundreds.
    about_us = returned.about_us
    said = list(dict.fromkeys(_words_of(delivery) for delivery in about_us))
    for each in said[-findings.FAULTS_SHOWN :]:
        output.say(_("Refused because of its sender or its content: {words}").format(words=each))
    if about_us:
        output.say(because_of_us(len(about_us)))
    bounced = returned.bounced
    shown = bounced[: findings.FAULTS_SHOWN]
    communes = campaign.ledger.communes_of([delivery.key for delivery in shown])
    for delivery in shown:
        output.say(
            _("{commune} ({key}): the letter to {address} came back: {words}").format(
                commune=communes[delivery.key],
                key=delivery.key,
                address=delivery.address,
                words=" ".join(filter(None, (delivery.enhanced, delivery.detail)))
                or _("no reason is given"),
            )
        )
    n = len(bounced)
    if n:
        output.say(ngettext("{n} letter came back.", "{n} letters came back.", n).format(n=n))
    if next_ones:
        output.say(
            ngettext(
                "{n} letter waits for the next address of the same town.",
                "{n} letters wait for the next address of the same town.",
                next_ones,
            ).format(n=next_ones)
        )
    if n > next_ones:
        output.say(_("On paper instead: {command}").format(command="publipostage print"))


def _words_of(delivery: Delivery) -> str:
    return " ".join(filter(None, (str(delivery.code or ""), delivery.enhanced, delivery.detail)))


def tell_what_is_not_read(campaign: Campaign) -> None:
    """Answers may lie in another mailbox than the one that sends."""
    account = campaign.settings.account
    if account.reply_to and account.reply_to.casefold() != account.from_address.casefold():
        output.say(
            _(
                "Answers go to {address}. If that is another mailbox, this program does not see "
                "them there: export them, then publipostage replies --from FOLDER"
            ).format(address=account.reply_to)
        )


def try_out(folder: Path, imap: ImapSettings, accounts: Accounts) -> ExitCode:
    """Log in to the mailbox, if there is one, and say what is done with it."""
    from merge.app.mailroom import sent_folder

    if not imap.host:
        output.data(
            _(
                "No mailbox is read: no copies of what is sent, and what comes back is not seen. "
                "To change that: [account.imap] in campaign.toml."
            )
        )
        return ExitCode.DONE
    try:
        copies_in = sent_folder(folder, accounts)
    except Trouble as trouble:
        output.say(_("The mailbox cannot be used. {why}").format(why=troubles.explain(trouble)))
        return ExitCode.PARTLY
    if copies_in:
        told = _("The mailbox on {host} is read, and copies of what is sent go into “{folder}”.")
    elif imap.copies == "provider":
        told = _("The mailbox on {host} is read; the provider files copies of what is sent.")
    else:
        told = _("The mailbox on {host} is read; no copies of what is sent are filed.")
    output.data(told.format(host=imap.host, folder=copies_in))
    return ExitCode.DONE
