"""Where a campaign stands, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from merge.app import inbox
from merge.app.inbox import CaseKind
from merge.app.new import is_unwritten
from merge.app.opening import Campaign, open_campaign
from merge.campaign.envelopes import NOT_YET_POSTED, Stays
from merge.channels import STATUSES, TAKEN_BY_PAPER
from merge.errors import AccountPaused
from merge.job import Step
from merge.ledger.ledger import Ledger
from merge.ledger.opening import Caution
from merge.ledger.records import Figures
from merge.model import (
    Channel,
    Counts,
    Delivery,
    Lot,
    Status,
)

if TYPE_CHECKING:
    from merge.ledger.machines import Machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """Something left to do: `code` says what, `step` does it where one command can."""

    code: str
    step: Step | None = None


TODOS: Mapping[str, Todo] = {
    todo.code: todo
    for todo in (
        Todo(code="write"),
        Todo(code="import", step=Step(command="import")),
        Todo(code="reach", step=Step(command="import")),
        Todo(code="resolve", step=Step(command="resolve")),
        Todo(code="decide", step=Step(command="resolve")),
        Todo(code="edit", step=Step(command="edit")),
        Todo(code="account", step=Step(command="account", options=("set",))),
        Todo(code="send", step=Step(command="send", options=("--really",))),
        Todo(code="send-again", step=Step(command="send", options=("--really",))),
        Todo(code="sending"),
        Todo(code="print", step=Step(command="print")),
        Todo(code="print-failed", step=Step(command="print")),
        Todo(code="edit-failed", step=Step(command="edit")),
        Todo(code="post", step=Step(command="print", options=("--posted",))),
        Todo(code="edit-returned", step=Step(command="edit")),
        Todo(code="nothing"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that `status` shows."""

    name: str
    counts: Counts
    cautions: Sequence[Caution]
    waits: Mapping[str, int]  # cases of the inbox, by their kind
    tally: Figures
    todos: Sequence[Todo]  # the most pressing first
    pause: AccountPaused | None  # of the account, whichever campaign it was that heard why
    lots: Sequence[Lot]  # that are not in the post
    to_keep: Sequence[Stays]  # envelopes that should not be posted
    erase_since: date | None  # personal data was due for deletion on that day
    machines: Machines | None
    at: datetime
    zone: ZoneInfo  # that people of the campaign live in


def look(place: Path, now: datetime) -> Overview:
    """Read where the campaign in this folder stands; waits for nobody."""
    with open_campaign(place, access="read", command="status") as campaign:
        ledger, settings = campaign.ledger, campaign.settings
        counts = ledger.counts()
        back = came_back(ledger, counts)
        lots = ledger.lots()
        waiting = [lot for lot in lots if lot.status in NOT_YET_POSTED]
        retain_until = settings.campaign.retain_until
        is_over = retain_until and now.astimezone(campaign.zone).date() >= retain_until
        failed = came_to_nothing(ledger, back)
        return Overview(
            name=settings.campaign.name,
            counts=counts,
            cautions=campaign.cautions,
            waits={each.value: n for each, n in inbox.counts(campaign, tuple(CaseKind)).items()},
            tally=ledger.figures.total(),
            todos=todos(
                counts,
                failed,
                account=bool(settings.account.host),
                unwritten=is_unwritten(place, settings.letter.template),
            ),
            pause=None if campaign.is_blind else campaign.account.refusal(),
            lots=waiting,
            to_keep=campaign.envelopes_to_keep() if waiting else (),
            erase_since=retain_until if is_over else None,
            machines=machines_of(campaign, now),
            at=now,
            zone=campaign.zone,
        )


def machines_of(campaign: Campaign, now: datetime) -> Machines | None:
    """Who is at work on it; None where it is not kept on a server."""
    if not campaign.is_on_server:
        return None
    from merge.ledger import machines  # no file needs a server's driver

    accounts, ledger = campaign.accounts, campaign.ledger
    schema = accounts.site_of(ledger.campaign_id).schema
    return machines.look(
        accounts.server, ledger.campaign_id, schema, now=now, sent_by=ledger.sent_by
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What the frame of each page says of a campaign."""

    name: str
    counts: Counts
    account: bool  # it is said which mailbox the letters leave from
    waiting: int  # cases of the inbox, for a person's word


def glance(campaign: Campaign) -> Glance:
    """Read that; a moment's work, however many recipients there are."""
    return Glance(
        name=campaign.settings.campaign.name,
        counts=campaign.ledger.counts(),
        account=bool(campaign.settings.account.host),
        waiting=sum(inbox.counts(campaign).values()),
    )


def next_todo(place: Path) -> Todo:
    """The most pressing, for whoever has just said which mailbox the letters leave from."""
    with open_campaign(place, access="read", command="status") as campaign:
        ledger = campaign.ledger
        counts = ledger.counts()
        failed = came_to_nothing(ledger, came_back(ledger, counts))
        unwritten = is_unwritten(place, campaign.settings.letter.template)
        return todos(counts, failed, account=True, unwritten=unwritten)[0]


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


def came_back(ledger: Ledger, counts: Counts) -> Sequence[Delivery]:
    """Letters that were refused or came back: the latest of each recipient, in their order."""
    if not any(by.get(status) for by in counts.by_channel.values() for status in _ENDED):
        return ()
    latest = ledger.reminders.waves()
    return [
        delivery
        for delivery in ledger.deliveries(_ENDED)
        if delivery.wave == latest.get(delivery.key, delivery.wave)
    ]


def came_to_nothing(ledger: Ledger, back: Sequence[Delivery]) -> CameToNothing:
    """How many of those that came back ended so."""
    if not back:
        return CameToNothing()
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


def todos(counts: Counts, failed: CameToNothing, *, account: bool, unwritten: bool) -> list[Todo]:
    """What is left to do, most pressing first; `nothing` when everyone has been written to.

    `account`: it is said which mailbox the letters leave from. `unwritten`: their text is still to
    be written, and none can leave.
    """
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
    return [TODOS[code] for code, n in due.items() if n] or [TODOS["nothing"]]
