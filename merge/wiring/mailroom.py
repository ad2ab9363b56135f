"""The mailbox beside the sending: opened from the campaign's settings, when there is one."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from merge import settings as settings_room
from merge.campaign.mailroom import Mailroom
from merge.settings import Settings
from merge.wiring.campaigns import Campaign

if TYPE_CHECKING:
    from merge.mail.mailbox import ImapMailbox


def mailroom(campaign: Campaign) -> Mailroom | None:
    """The campaign's mailbox by IMAP; None where `[account.imap]` names none."""
    settings, folder = campaign.settings, campaign.folder
    imap = settings.account.imap
    if not imap.host:
        return None
    return Mailroom(
        door=lambda: _open(folder, settings),
        account=campaign.account,
        files_copies=imap.copies == "program",
        provider_files=imap.copies == "provider",
    )


def mailbox(campaign: Campaign) -> Callable[[], AbstractContextManager[ImapMailbox]] | None:
    """What opens the campaign's mailbox; None where `[account.imap]` names none."""
    settings, folder = campaign.settings, campaign.folder
    if not settings.account.imap.host:
        return None
    return lambda: _open(folder, settings)


def sent_folder(folder: Path) -> str:
    """Log in to the mailbox and look where copies go; "" where the program files none.

    Trouble when the mailbox cannot be reached, lets nobody in or has no such folder.
    """
    settings = settings_room.load(folder)
    with _open(folder, settings) as mailbox:
        return mailbox.sent_folder if settings.account.imap.copies == "program" else ""


def _open(folder: Path, settings: Settings) -> AbstractContextManager[ImapMailbox]:
    from merge.mail.mailbox import ImapServer, open_mailbox

    account, imap = settings.account, settings.account.imap
    ca_file = imap.ca_file or account.ca_file
    server = ImapServer(
        host=imap.host,
        port=imap.port,
        tls=imap.tls,
        login=imap.login or account.login or account.from_address,
        sent=imap.sent,
        ca_file=folder / ca_file if ca_file else None,
    )
    return open_mailbox(server, settings_room.imap_password(settings, os.environ))
