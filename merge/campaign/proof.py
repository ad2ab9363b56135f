"""Letters in doubt, and what the other side has of them.

A copy that the provider filed is proof that it was taken, and so is a report that it came back, or
a line in the provider's log. That the folder of sent mail has no copy proves nothing, unless the
provider files one of all it takes; and even then a person decides, for a copy may be late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime

from merge.campaign.account import OwnAccount
from merge.campaign.filing import archived
from merge.campaign.mailroom import Mailroom
from merge.campaign.ports import Mailbox
from merge.campaign.providerlog import Entry, settled
from merge.campaign.returns import read_returns, take
from merge.errors import LedgerError, Trouble
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.mail.message import held_as
from merge.model import Channel, Delivery, Status
from merge.outcome import Bounce, HeldMessage, Outcome, Phase

IDS_AT_ONCE = 500


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What was found of the letters in doubt, by delivery id.

    `absent`: the provider files what it takes, and has none of it. `unread`: what a log says of
    those that it does not settle, in words that are not known. `trouble`: why the mailbox could not
    be looked into.
    """

    taken: list[int] = field(default_factory=list)
    came_back: list[int] = field(default_factory=list)
    absent: list[int] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    trouble: Trouble | None = None


def in_doubt(ledger: Ledger) -> Sequence[Delivery]:
    """The e-mails that are `unknown`."""
    return [
        delivery
        for delivery in ledger.deliveries([Status.UNKNOWN])
        if delivery.channel is Channel.EMAIL
    ]


def provable(ledger: Ledger) -> Sequence[Delivery]:
    """Those, and the ones a person requeued that have not left again: a late proof wins."""
    stopped = ledger.stopped_after_doubt()
    return [
        delivery
        for delivery in ledger.deliveries()
        if delivery.channel is Channel.EMAIL
        and (
            delivery.status is Status.UNKNOWN
            or (delivery.status in (Status.QUEUED, Status.HELD) and delivery.message_id)
            or delivery.id in stopped
        )
    ]


def sent_beside(ledger: Ledger, doubtful: Collection[Delivery]) -> Sequence[Delivery]:
    """The other e-mails to these addresses: to towns that share a mailbox, or in another wave."""
    ids = {delivery.id for delivery in doubtful}
    addresses = {delivery.address.casefold() for delivery in doubtful}
    return [
        delivery
        for delivery in ledger.deliveries()
        if delivery.address.casefold() in addresses and delivery.id not in ids
    ]


def look_in_mailbox(
    ledger: Ledger, archive: Archive, room: Mailroom, *, now: datetime, who: str
) -> Evidence:
    """Look for copies and for reports; write down what they prove."""
    findings = Evidence()
    wanted = provable(ledger)
    try:
        with room.door() as mailbox:
            returned = read_returns(ledger, mailbox, room.account)
            back = (*returned.bounced, *returned.about_us)
            findings.came_back += [delivery.id for delivery in back]
            still = [one for one in wanted if one.id not in findings.came_back]
            found = _copies(archive, mailbox, still)
    except LedgerError:
        raise
    except Trouble as trouble:
        findings.trouble = trouble
        return findings
    words = dict.fromkeys(found, "proof-copy")
    findings.taken += ledger.prove_sent(words, now, who)
    if room.provider_files:
        findings.absent += [one.id for one in still if one.id not in found]
    return findings


def apply_log(
    ledger: Ledger,
    entries: Sequence[Entry],
    account: OwnAccount,
    *,
    path: str,
    now: datetime,
    who: str,
) -> Evidence:
    """Write down what a provider's log proves."""
    findings = Evidence()
    decided = settled(entries)
    open_words = (entry.word for entry in entries if entry.delivery.id not in decided)
    findings.unread += dict.fromkeys(filter(None, open_words))
    for entry in decided.values():
        where = f"{path}:{entry.row}: {entry.word}"
        if entry.fate == "taken":
            findings.taken += ledger.prove_sent({entry.delivery.id: where}, now, who)
            continue
        outcome = Outcome(status=Status.BOUNCED, phase=Phase.BOUNCE, words=where)
        bounce = Bounce(message_id=entry.delivery.message_id, to="", at=now, outcome=outcome)
        returned = take(ledger, [bounce], account)
        findings.came_back += [one.id for one in returned.bounced]
    return findings


def written_at(archive: Archive, deliveries: Iterable[Delivery]) -> Mapping[str, datetime]:
    """When each of these letters was written, by Message-ID; without those the archive lost."""
    found: dict[str, datetime] = {}
    for delivery in deliveries:
        data = archived(archive, delivery)
        if data is not None:
            found[delivery.message_id] = parsedate_to_datetime(held_as(data).date)
    return found


def _copies(archive: Archive, mailbox: Mailbox, deliveries: Sequence[Delivery]) -> set[int]:
    """The ids of those of which the mailbox holds exactly this letter."""
    found: set[int] = set()
    for start in range(0, len(deliveries), IDS_AT_ONCE):
        some = deliveries[start : start + IDS_AT_ONCE]
        there: set[HeldMessage] = set(mailbox.holding([delivery.message_id for delivery in some]))
        for delivery in some:
            data = archived(archive, delivery)
            if data is not None and held_as(data) in there:
                found.add(delivery.id)
    return found
