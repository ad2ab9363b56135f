"""What a look into the mailbox brought, said beside the sending; and what it does not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from merge.cli import output
from merge.words import mailbox
from merge.words import returns as words

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.ledger.records import Returned


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
