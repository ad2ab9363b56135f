"""What a look into the mailbox brought, said beside the sending; and what it does not see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from merge.cli import output
from merge.errors import ExitCode, Trouble
from merge.words import mailbox
from merge.words import returns as words

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.ledger.accounts import Accounts
    from merge.ledger.records import Returned
    from merge.settings import ImapSettings


def tell_what_came_back(campaign: Campaign, returned: Returned, next_ones: int) -> None:
    """Which letters came back, why, and what is done about it; `next_ones` have another address."""
    from merge.app.mailbox import came_back

    for event in came_back(campaign, returned, next_ones):
        output.say_each(words.came_back(event.facts))


def tell_what_is_not_read(campaign: Campaign) -> None:
    """Answers may lie in another mailbox than the one that sends."""
    account = campaign.settings.account
    if account.reply_to and account.reply_to.casefold() != account.from_address.casefold():
        output.say(mailbox.answers_elsewhere(account.reply_to))


def try_out(folder: Path, imap: ImapSettings, accounts: Accounts) -> ExitCode:
    """Log in to the mailbox, if there is one, and say what is done with it."""
    from merge.app.mailbox import sent_folder

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
