"""The campaign's own mailbox: opened from its settings, read, and what came back told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from merge import settings as settings_room
from merge.app import approval, signin
from merge.app.opening import Campaign, now
from merge.campaign.mailroom import Mailroom, Visit
from merge.campaign.ports import Interruption
from merge.campaign.replies import follow_up
from merge.job import Event, facts_of
from merge.ledger.accounts import Accounts
from merge.ledger.records import Returned
from merge.model import Delivery
from merge.settings import Settings

if TYPE_CHECKING:
    from merge.mail.mailbox import ImapMailbox


def mailroom(campaign: Campaign) -> Mailroom | None:
    """The campaign's mailbox by IMAP; None where `[account.imap]` names none."""
    door, imap = mailbox(campaign), campaign.settings.account.imap
    if door is None:
        return None
    return Mailroom(
        door=door,
        account=campaign.account,
        files_copies=imap.copies == "program",
        provider_files=imap.copies == "provider",
    )


def mailbox(campaign: Campaign) -> Callable[[], AbstractContextManager[ImapMailbox]] | None:
    """What opens the campaign's mailbox; None where `[account.imap]` names none."""
    if not campaign.settings.account.imap.host:
        return None
    return lambda: _open(campaign.folder, campaign.settings, campaign.accounts)


def visit(
    campaign: Campaign, watch: Interruption, tell: Callable[[Event], object], *, filing: bool
) -> Visit | None:
    """Read what came back, try next addresses and, with `filing`, file copies; and tell of it.

    None where there is no mailbox: then only next addresses are tried. Nothing of it once asked to
    stop. What is wrong with the mailbox is told, and stops nothing.
    """
    if watch.asked:
        return None
    room = mailroom(campaign)
    visit = room.visit(campaign.ledger, campaign.archive, watch, filing=filing) if room else None
    followed = follow_up(campaign.ledger, campaign.accounts.suppression, now())
    for event in (
        *came_back(campaign, visit.returned if visit else Returned(), len(followed.tried)),
        *closed(followed.closed),
        *(_visited(visit) if visit else ()),
    ):
        tell(event)
    return visit


def _visited(visit: Visit) -> Iterator[Event]:
    if visit.filed.copies:
        yield Event(code="copies", facts={"n": visit.filed.copies})
    if visit.trouble:
        yield Event(code="mailbox-trouble", facts=facts_of(visit.trouble))


def came_back(campaign: Campaign, returned: Returned, next_ones: int) -> Iterator[Event]:
    """Which letters came back, and why; `next_ones` wait for another address of their recipient."""
    bounced, about_us = returned.bounced, returned.about_us
    if not (bounced or about_us or next_ones):
        return
    names = campaign.ledger.names_of([delivery.key for delivery in bounced])
    yield Event(
        code="came-back",
        facts={
            "bounced": [
                {
                    "key": each.key,
                    "commune": names[each.key],
                    "address": each.address,
                    "words": " ".join(filter(None, (each.enhanced, each.detail))),
                }
                for each in bounced
            ],
            "about_us": len(about_us),
            "said": _said(about_us),
            "next": next_ones,
        },
    )


def closed(n: int) -> Iterator[Event]:
    """So many reminders do not leave: an answer, or a letter's return, has overtaken them."""
    if n:
        yield Event(code="overtaken", facts={"n": n})


def _said(about_us: Sequence[Delivery]) -> Sequence[str]:
    """The server's own words, each once: a server that refuses one letter because of us says the
    same of hundreds."""
    words = (
        " ".join(filter(None, (str(each.code or ""), each.enhanced, each.detail)))
        for each in about_us
    )
    return list(dict.fromkeys(words))


def sent_folder(folder: Path, accounts: Accounts) -> str:
    """Log in to the mailbox and look where copies go; "" where the program files none.

    Trouble when the mailbox cannot be reached, lets nobody in or has no such folder.
    """
    settings = settings_room.load(folder)
    with _open(folder, settings, accounts) as mailbox:
        return mailbox.sent_folder if settings.account.imap.copies == "program" else ""


def message(folder: Path, accounts: Accounts, message_id: str) -> bytes:
    """Log in to the mailbox; a message that came in, b"" where it has none with this Message-ID."""
    with _open(folder, settings_room.load(folder), accounts) as mailbox:
        return mailbox.message(message_id)


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
    outgoing = approval.smtp(folder, settings).destination if settings.account.host else None
    secret = signin.secret(settings.account, named.destination, outgoing)
    return open_mailbox(server, secret)
