"""Where a campaign stands: what waits for a person, what goes on by itself, the one next thing, and
what has happened.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from merge import disks
from merge import settings as settings_room
from merge.app import approval, following, importing, inbox
from merge.app.following import FollowedJob, machines_of
from merge.app.inbox import CaseKind
from merge.app.new import is_unwritten
from merge.app.opening import Campaign, home, now, open_campaign
from merge.campaign.envelopes import NOT_YET_POSTED, Stays
from merge.campaign.ports import Watch
from merge.channels import STATUSES, TAKEN_BY_PAPER
from merge.errors import AccountPaused, SettingsError
from merge.job import JobRecord, JobState, silent
from merge.ledger.ledger import Ledger
from merge.ledger.opening import Caution
from merge.ledger.records import Figures
from merge.model import Channel, Counts, Lot, Status

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
class Overview:
    """All that `status` and the page "Today" show; `since` is this user's previous visit."""

    name: str
    counts: Counts
    cautions: Sequence[Caution]
    waits: Mapping[str, int]  # cases of the inbox, by their kind
    tally: Figures
    todos: Sequence[str]  # the most pressing first
    pause: AccountPaused | None  # of the account, whichever campaign it was that heard why
    lots: Sequence[Lot]  # that are not in the post
    to_keep: Sequence[Stays]  # envelopes that should not be posted
    left_rows: int  # that the last import did not take
    sending: FollowedJob | None  # the last one
    due_at: datetime | None  # when the next deferred letter may be tried
    mailbox: MailboxState
    since: datetime | None
    happened: Mapping[Status, int]  # moves to these statuses since then
    replied: int  # mails since then
    erase_on: date | None  # when personal data is due for deletion
    machines: Machines | None  # at work, where it is kept on a server
    at: datetime
    zone: ZoneInfo  # that people of the campaign live in

    @property
    def is_to_erase(self) -> bool:
        """Whether that day has come."""
        return self.erase_on is not None and self.at.astimezone(self.zone).date() >= self.erase_on


def look(campaign: Campaign, at: datetime, since: datetime | None = None) -> Overview:
    """Read where it stands, with news since this time; waits for nobody."""
    ledger, settings = campaign.ledger, campaign.settings
    counts = ledger.counts()
    lots = [lot for lot in ledger.lots() if lot.status in NOT_YET_POSTED]
    happened = ledger.moves_since(since) if since else {}
    return Overview(
        name=settings.campaign.name,
        counts=counts,
        cautions=campaign.cautions,
        waits={each.value: n for each, n in inbox.counts(campaign, tuple(CaseKind)).items()},
        tally=ledger.figures.total(),
        todos=todos(campaign, counts),
        pause=None if campaign.is_blind else campaign.account.refusal(),
        lots=lots,
        to_keep=campaign.envelopes_to_keep() if lots else (),
        left_rows=len(importing.left_rows(ledger)),
        sending=following.last_sending(campaign),
        due_at=ledger.outlook(None, at).next_at,
        mailbox=mailbox(campaign),
        since=since,
        happened={each: happened[each] for each in _NEWS if happened.get(each)},
        replied=ledger.replies.count_since(since) if since else 0,
        erase_on=settings.campaign.retain_until,
        machines=machines_of(campaign, at),
        at=at,
        zone=campaign.zone,
    )


def status(place: Path, at: datetime) -> Overview:
    """The same of the campaign in this folder."""
    with open_campaign(place, access="read", command="status") as campaign:
        return look(campaign, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What the frame of each page says of a campaign."""

    name: str
    counts: Counts
    waiting: int  # cases of the inbox, for a person's word


def glance(campaign: Campaign) -> Glance:
    """Read that; a moment's work, however many recipients there are."""
    return Glance(
        name=campaign.settings.campaign.name,
        counts=campaign.ledger.counts(),
        waiting=sum(inbox.counts(campaign).values()),
    )


def figures(counts: Counts, machines: Machines | None = None) -> dict[str, object]:
    """`status --json`: each recipient once, in its present channel; zeros included. On a server
    also who is at work.
    """
    return {
        "recipients": counts.recipients,
        **{
            channel.value: {
                status.value: counts.by_channel[channel].get(status, 0) for status in statuses
            }
            for channel, statuses in STATUSES.items()
        },
        "unreachable": counts.unreachable,
        **({"machines": asdict(machines)} if machines else {}),
    }


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


# What is left to do


class CameToNothing(NamedTuple):
    """Letters that failed or came back, by what is left to do about them.

    Whoever a purge has erased counts nowhere.
    """

    on_paper: int = 0
    """E-mails to those whose postal address is known: `print` takes them."""
    nowhere: int = 0
    """The other e-mails: another address is all that helps."""
    by_post: int = 0
    """Letters on paper that the post brought back: only another address helps."""
    undecided: int = 0
    """E-mails that came back because of their sender or their content: a person decides."""


_ENDED = (Status.FAILED, Status.BOUNCED, Status.RETURNED)


def came_to_nothing(ledger: Ledger, counts: Counts) -> CameToNothing:
    """How many letters were refused or came back, the latest of each recipient."""
    if not any(by.get(status) for by in counts.by_channel.values() for status in _ENDED):
        return CameToNothing()
    latest = ledger.reminders.waves()
    back = [
        delivery
        for delivery in ledger.deliveries(_ENDED)
        if delivery.wave == latest.get(delivery.key, delivery.wave)
    ]
    stands = ledger.stands_of_refused()
    ended = {
        delivery.key: delivery for delivery in back if stands.get(delivery.id, "paper") == "paper"
    }
    recipients = ledger.recipients_of(list(ended))
    known = [recipient for recipient in recipients if recipient.source]  # the others are erased
    by_post = sum(ended[each.key].status is Status.RETURNED for each in known)
    on_paper = sum(
        each.has_postal_address
        and ended[each.key].channel is Channel.EMAIL
        and ended[each.key].status in TAKEN_BY_PAPER
        for each in known
    )
    return CameToNothing(
        on_paper=on_paper,
        nowhere=len(known) - on_paper - by_post,
        by_post=by_post,
        undecided=len(ledger.refused_as_senders()),
    )


def todos(campaign: Campaign, counts: Counts) -> list[str]:
    """Codes of what is left to do, most pressing first; "nothing" alone when all is done."""
    failed = came_to_nothing(campaign.ledger, counts)
    account = bool(campaign.settings.account.host)
    unwritten = is_unwritten(campaign.folder, campaign.settings.letter.template)
    email, paper = Counter(counts.email), Counter(counts.paper)
    due = {
        "write": int(unwritten),
        "import": 1 - min(counts.recipients, 1),
        "reach": counts.unreachable if counts.unreachable == counts.recipients else 0,
        "resolve": email[Status.UNKNOWN],
        "decide": failed.undecided,
        "edit": sum(by.get(Status.HELD, 0) for by in counts.by_channel.values()),
        "account": 0 if account else email[Status.QUEUED],
        "send": email[Status.QUEUED] if account and not unwritten else 0,
        "send-again": email[Status.DEFERRED],
        "sending": email[Status.SENDING],  # by one who lives: those of the dead are in doubt
        "print": 0 if unwritten else paper[Status.QUEUED],
        "print-failed": 0 if paper[Status.QUEUED] else failed.on_paper,
        "edit-failed": failed.nowhere,
        "post": paper[Status.MADE] + paper[Status.PRINTED],
        "edit-returned": failed.by_post,
    }
    return [code for code, n in due.items() if n] or ["nothing"]
