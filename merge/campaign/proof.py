"""Letters in doubt, and what the other side has of them.

A copy that the provider filed is proof that it was taken, and so is a report that it came back.
That the folder of sent mail has no copy proves nothing, unless the
provider files one of all it takes; and even then a person decides, for a copy may be late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from merge.campaign.filing import archived
from merge.campaign.mailroom import Mailroom
from merge.campaign.ports import Mailbox
from merge.campaign.returns import read_returns
from merge.errors import LedgerError, Trouble
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.mail.message import held_as
from merge.model import Channel, Delivery, Status
from merge.outcome import HeldMessage

IDS_AT_ONCE = 500


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What was found of the letters in doubt, by delivery id.

    `absent`: the provider files what it takes, and has none of it. `trouble`: why the mailbox could
    not be looked into.
    """

    taken: list[int] = field(default_factory=list)
    came_back: list[int] = field(default_factory=list)
    absent: list[int] = field(default_factory=list)
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
