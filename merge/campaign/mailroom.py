"""The mailbox beside the sending: what came back is read, copies of what was sent are filed.

Sending needs none of it. A mailbox that is out of reach, or refuses, is told and tried again the
next time; it never stops a letter, and never brings one into doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from merge.campaign.filing import Filed, file_copies, looked_for
from merge.campaign.ports import Interruption, Mailbox
from merge.campaign.returns import OwnAccount, read_returns
from merge.errors import LedgerError, Trouble
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.records import Returned
from merge.model import Channel, Delivery, Status

Door = Callable[[], AbstractContextManager[Mailbox]]
"""Connects, logs in, and logs out at the end; Trouble when that fails."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """What one look into the mailbox brought; `trouble` is why there was not all of it."""

    returned: Returned = field(default_factory=Returned)
    filed: Filed = field(default_factory=Filed)
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """The mailbox of a campaign: how to open it, and whether copies are filed in it by us."""

    door: Door
    account: OwnAccount
    files_copies: bool
    provider_files: bool  # the provider files a copy of what it takes by itself

    def visit(
        self, ledger: Ledger, archive: Archive, watch: Interruption, *, filing: bool
    ) -> Visit:
        """Read what came back; with `filing` also file copies. Troubles of the mailbox are told."""
        visit = Visit()
        try:
            with self.door() as mailbox:
                visit.returned = read_returns(ledger, mailbox, self.account)
                if filing and self.files_copies:
                    file_copies(ledger, archive, mailbox, watch, visit.filed)
        except LedgerError:
            raise  # a ledger that cannot be written is everybody's trouble
        except Trouble as trouble:
            visit.trouble = trouble
        return visit


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
            kept = looked_for(archive, mailbox, still)
            found = {delivery.id for delivery, _, is_there in kept if is_there}
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
