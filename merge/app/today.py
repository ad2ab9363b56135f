"""Today: what waits for a person, what has happened, and what goes on by itself."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from merge import disks
from merge import settings as settings_room
from merge.app import approval, following, importing, inbox, status
from merge.app.following import FollowedJob
from merge.app.inbox import CaseKind
from merge.app.new import is_unwritten
from merge.app.opening import Campaign, home, now, open_campaign
from merge.app.status import Todo
from merge.campaign.envelopes import NOT_YET_POSTED
from merge.campaign.ports import Watch
from merge.errors import SettingsError
from merge.job import JobRecord, JobState, silent
from merge.ledger.opening import Caution
from merge.model import Counts, Status
from merge.settings import Settings

if TYPE_CHECKING:
    from merge.ledger.machines import Machines

VISIT = timedelta(minutes=30)
"""Page views with less between them are one visit, in which the same news are shown."""

READS_EVERY = timedelta(minutes=5)

_VISITS = "seen.json"
_VISITS_AT_MOST = 1_000_000  # bytes: of ten thousand campaigns
_NEWS = (Status.SENT, Status.FAILED, Status.UNKNOWN, Status.BOUNCED, Status.POSTED, Status.RETURNED)

UnreadReason = Literal["none", "too-early", "server", "password"]
"""No mailbox is set, nothing has been sent, its server is not approved, no password is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    """When the mailbox was last read to its end, and the last job that tried."""

    is_named: bool
    read_at: datetime | None
    last: JobRecord | None

    @property
    def is_being_read(self) -> bool:
        """Whether a job is reading it."""
        return self.last is not None and self.last.state is JobState.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The content of the page; `since` is this user's previous visit."""

    settings: Settings
    counts: Counts
    cautions: Sequence[Caution]
    waits: Mapping[CaseKind, int]  # cases that wait for a person
    lots_to_post: int
    todo: Todo
    sending: FollowedJob | None  # the last one
    due_at: datetime | None  # when the next deferred letter may be tried
    mailbox: MailboxState
    since: datetime | None
    happened: Mapping[Status, int]  # moves to these statuses since then
    left_rows: int  # that the last import did not take
    replied: int  # mails since then
    erase_on: date | None
    machines: Machines | None  # at work, where it is kept on a server


def look(campaign: Campaign, since: datetime | None) -> Today:
    """Read it, for news since this time."""
    ledger, settings = campaign.ledger, campaign.settings
    counts = ledger.counts()
    failed = status.came_to_nothing(ledger, status.came_back(ledger, counts))
    todos = status.todos(
        counts,
        failed,
        account=bool(settings.account.host),
        unwritten=is_unwritten(campaign.folder, settings.letter.template),
    )
    happened = ledger.moves_since(since) if since else {}
    return Today(
        settings=settings,
        counts=counts,
        cautions=campaign.cautions,
        waits=inbox.counts(campaign),
        lots_to_post=sum(lot.status in NOT_YET_POSTED for lot in ledger.lots()),
        todo=todos[0],
        sending=following.last_sending(campaign),
        due_at=ledger.outlook(None, now()).next_at,
        mailbox=mailbox(campaign),
        since=since,
        happened={each: happened[each] for each in _NEWS if happened.get(each)},
        left_rows=len(importing.left_rows(ledger)),
        replied=sum(mail.at >= since for mail in ledger.replies.all()) if since else 0,
        erase_on=settings.campaign.retain_until,
        machines=status.machines_of(campaign, now()),
    )


def note_visit(campaign: Campaign) -> datetime | None:
    """Note this page view; the time of this user's previous visit."""
    name, folder, at = campaign.ledger.campaign_id, home(), now()
    seen = _visits(folder)
    before, last = seen.get(name, (None, None))
    if last is None or at - datetime.fromisoformat(last) > VISIT:
        before = last
    with suppress(OSError):  # a full disk: the news are shown once more
        disks.make_private_folder(folder)
        disks.write(folder, _VISITS, json.dumps(seen | {name: (before, at.isoformat())}).encode())
    return datetime.fromisoformat(before) if before else None


def read_mailbox(watch: Watch, place: Path) -> UnreadReason | None:
    """Read new mail and do what follows from it without a person, as `replies` does.

    Where a person would have to be asked first, return why nothing was read.
    """
    with open_campaign(place, access="read", command="replies") as campaign:
        if why := _unread_reason(campaign):
            return why
    with inbox.open(place, "replies", silent) as job:
        if not watch.asked and (harvest := job.read()):
            job.follow(harvest)
    return None


def mailbox(campaign: Campaign) -> MailboxState:
    """The state of the mailbox alone."""
    return MailboxState(
        is_named=bool(campaign.settings.account.imap.host),
        read_at=campaign.ledger.fact_as(inbox.READ_AT, datetime.fromisoformat),
        last=next(campaign.ledger.commands.latest("replies"), None),
    )


def _unread_reason(campaign: Campaign) -> UnreadReason | None:
    folder, settings = campaign.folder, campaign.settings
    if not settings.account.imap.host:
        return "none"
    if campaign.ledger.first_sent_at() is None and not campaign.ledger.lots():
        return "too-early"
    if approval.to_approve(campaign, sends=False):
        return "server"
    try:
        to = approval.imap(folder, settings).destination
        settings_room.password(settings.account, to, os.environ)
    except SettingsError:
        return "password"
    return None


def _visits(folder: Path) -> dict[str, tuple[str | None, str | None]]:
    try:
        seen = json.loads(disks.read(folder, _VISITS, _VISITS_AT_MOST))
    except (OSError, ValueError):  # none yet
        return {}
    return seen if isinstance(seen, dict) else {}
