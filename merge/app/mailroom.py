"""The mailbox beside the sending: opened from the campaign's settings, when there is one."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from merge import settings as settings_room
from merge.app import approval
from merge.app.opening import Campaign
from merge.campaign.mailroom import Mailroom
from merge.ledger.accounts import Accounts
from merge.settings import Settings

if TYPE_CHECKING:
    from merge.mail.mailbox import ImapMailbox


def mailroom(campaign: Campaign) -> Mailroom | None:
    """The campaign's mailbox by IMAP; None where `[account.imap]` names none."""
    imap = campaign.settings.account.imap
    if not imap.host:
        return None
    return Mailroom(
        door=lambda: _open(campaign.folder, campaign.settings, campaign.accounts),
        account=campaign.account,
        files_copies=imap.copies == "program",
        provider_files=imap.copies == "provider",
    )


def mailbox(campaign: Campaign) -> Callable[[], AbstractContextManager[ImapMailbox]] | None:
    """What opens the campaign's mailbox; None where `[account.imap]` names none."""
    if not campaign.settings.account.imap.host:
        return None
    return lambda: _open(campaign.folder, campaign.settings, campaign.accounts)


def sent_folder(folder: Path, accounts: Accounts) -> str:
    """Log in to the mailbox and look where copies go; "" where the program files none.

    Trouble when the mailbox cannot be reached, lets nobody in or has no such folder.
    """
    settings = settings_room.load(folder)
    with _open(folder, settings, accounts) as mailbox:
        return mailbox.sent_folder if settings.account.imap.copies == "program" else ""


def _open(
    folder: Path, settings: Settings, accounts: Accounts
) -> AbstractContextManager[ImapMailbox]:
    from merge.mail.mailbox import ImapServer, open_mailbox

    imap = settings.account.imap
    named = approval.imap(folder, settings)
    approval.require(named.destination, accounts)
    server = ImapServer(
        host=imap.host,
        port=imap.port,
        tls=imap.tls,
        login=named.destination.login,
        sent=imap.sent,
        ca_pem=named.ca_pem,
    )
    password = settings_room.password(settings.account, named.destination, os.environ)
    return open_mailbox(server, password)
