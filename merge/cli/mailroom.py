"""What a look into the mailbox brought, said beside the sending; and what it does not see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from merge.cli import output
from merge.errors import ExitCode, Trouble
from merge.words import findings, mailbox, troubles
from merge.words import returns as words

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.mailroom import Visit
    from merge.campaign.ports import Interruption
    from merge.ledger.accounts import Accounts
    from merge.ledger.records import Returned
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
        output.say(mailbox.copies_filed(visit.filed.copies))
    if visit.trouble is not None:
        output.say(troubles.mailbox_trouble(visit.trouble))
    return visit


def tell_what_came_back(campaign: Campaign, returned: Returned, next_ones: int) -> None:
    """Which letters came back, why, and what is done about it; `next_ones` have another address."""
    shown = [delivery.key for delivery in returned.bounced[: findings.FAULTS_SHOWN]]
    communes = campaign.ledger.communes_of(shown)
    output.say_each(words.came_back(returned, communes, next_ones))


def tell_what_is_not_read(campaign: Campaign) -> None:
    """Answers may lie in another mailbox than the one that sends."""
    account = campaign.settings.account
    if account.reply_to and account.reply_to.casefold() != account.from_address.casefold():
        output.say(mailbox.answers_elsewhere(account.reply_to))


def try_out(folder: Path, imap: ImapSettings, accounts: Accounts) -> ExitCode:
    """Log in to the mailbox, if there is one, and say what is done with it."""
    from merge.app.mailroom import sent_folder

    if not imap.host:
        output.data(mailbox.not_read())
        return ExitCode.DONE
    try:
        copies_in = sent_folder(folder, accounts)
    except Trouble as trouble:
        output.say(mailbox.unusable(trouble))
        return ExitCode.PARTLY
    output.data(mailbox.is_read(imap, copies_in))
    return ExitCode.DONE
