"""Replies: the campaign's mailbox, or files, into its ledger; and what a person says about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from merge.app.confined import attachments, read_mail, whole_text
from merge.app.mailbox import mailbox
from merge.app.opening import Campaign, now
from merge.campaign import replies
from merge.campaign.replies import Desk, FollowUp, Harvest, Letterbox, follow_up, read_replies
from merge.ledger.records import Reply
from merge.mail.folder import MailFiles
from merge.mail.incoming import asks_to_stop
from merge.outcome import Sort
from merge.settings import PUBLIC_DOMAINS

_BOOKMARK = "replies_read_to"


def read_mailbox(campaign: Campaign) -> Harvest | None:
    """What came since the last time; None where `[account.imap]` names no mailbox.

    Trouble when the mailbox is out of reach, or refuses: what was read until then is kept.
    """
    door = mailbox(campaign)
    if door is None:
        return None
    began = [at for at in (campaign.ledger.first_sent_at(), *_lots_made(campaign)) if at]
    if not began:
        return Harvest()
    after = campaign.ledger.fact(_BOOKMARK) or ""
    with door() as box:
        return _read(campaign, box.letterbox(since=min(began), after=after), keep_place=True)


def read_files(campaign: Campaign, path: Path) -> Harvest:
    """What lies in a folder of .eml files, a Maildir or an mbox. Misuse("mails-unreadable")."""
    return _read(campaign, MailFiles(path, now=now()), keep_place=False)


def attach(campaign: Campaign, number: int, key: str) -> Harvest:
    """A person says whose a mail is; what followed, of a report. Misuse: see `replies.attach`."""
    return replies.attach(_desk(campaign), number, key)


def dismiss(campaign: Campaign, number: int) -> None:
    """A mail is about no letter of ours. Misuse("reply-missing")."""
    campaign.ledger.replies.dismiss(number)


def try_next_addresses(campaign: Campaign) -> FollowUp:
    """For letters that came back: their next address, where they have one."""
    return follow_up(campaign.ledger, campaign.accounts.suppression, now())


def words_of(campaign: Campaign, reply: Reply) -> str:
    """What a mail that was kept says, quotes included: plain, and safe to show."""
    return whole_text(campaign.archive.get(reply.sha256)) if reply.sha256 else ""


def reported(campaign: Campaign, reply: Reply) -> str:
    """The server's own words in a report that a person is to decide about; "" of other mails."""
    data = campaign.archive.get(reply.sha256) if reply.sha256 else b""
    found = read_mail(data, at=reply.at) if reply.sort is Sort.BOUNCE else None
    if found is None or found.bounce is None:
        return ""
    said = found.bounce.outcome
    return " ".join(filter(None, (str(said.code or ""), said.enhanced, said.words)))


def attached_to(campaign: Campaign, reply: Reply) -> Sequence[str]:
    """The names of the files that came with it."""
    return attachments(campaign.archive.get(reply.sha256)) if reply.sha256 else ()


def _desk(campaign: Campaign) -> Desk:
    account = campaign.settings.account
    ours = (account.from_address, account.reply_to, account.login)
    return Desk(
        ledger=campaign.ledger,
        replies=campaign.ledger.replies,
        archive=campaign.archive,
        suppression=campaign.accounts.suppression,
        account=campaign.account,
        read=read_mail,
        asks_to_stop=asks_to_stop,
        own=frozenset(address.casefold() for address in ours if address),
        public=PUBLIC_DOMAINS,
        now=now,
    )


def _read(campaign: Campaign, letterbox: Letterbox, *, keep_place: bool) -> Harvest:
    def note(read_to: str) -> None:
        if keep_place and read_to:
            campaign.ledger.set_fact(_BOOKMARK, read_to)

    return read_replies(_desk(campaign), letterbox, note=note)


def _lots_made(campaign: Campaign) -> list[datetime]:
    return [lot.at for lot in campaign.ledger.lots()]
