"""What one run of `send --really` needs, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from merge.campaign.account import OwnAccount
from merge.campaign.pace import Hours
from merge.campaign.ports import Composer, PostOffice, Template, Watch
from merge.campaign.suppression import Gate
from merge.errors import Stopped
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.records import QuotaLeft, QuotaLimits
from merge.model import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Everything a run needs, built by `merge.app`.

    `receiver` is the name, in `limits`, of who receives mail for a domain; "" for one without.
    """

    ledger: Ledger
    archive: Archive
    accounts: Accounts
    gate: Gate
    template: Template
    composer: Composer
    post_office: PostOffice
    watch: Watch
    account: OwnAccount
    limits: QuotaLimits
    envelope_sender: str
    connections: int = 1
    hours: Hours | None = None
    receiver: Callable[[str], str] = lambda domain: ""

    def opens_at(self, now: datetime) -> datetime:
        """When letters may leave, by the sending hours: `now`, or later."""
        return self.hours.next_open(now) if self.hours else now

    def quota_left(self, now: datetime) -> QuotaLeft:
        """How many messages may leave now, by the sending hours and the account's quota."""
        opens_at = self.opens_at(now)
        if opens_at > now:
            return QuotaLeft(now=0, next_at=opens_at)
        left = self.accounts.quota_left(self.account.name, self.limits, now)
        if left.next_at is None:
            return left
        return replace(left, next_at=self.opens_at(left.next_at))

    def full_receivers(self, now: datetime) -> Mapping[str, datetime]:
        """Those whose share of the account's quota is spent, and when each has some again."""
        left = self.accounts.left_by_receiver(self.account.name, self.limits, now)
        return {
            name: self.opens_at(each.next_at)
            for name, each in left.items()
            if each.now <= 0 and each.next_at is not None
        }


@dataclass(slots=True, kw_only=True)
class Run:
    """What came of one run: messages by status, and why it ended before the end, if it did."""

    by_status: Counter[Status] = field(default_factory=Counter)
    stopped_by: Literal[
        "", "at", "quota", "receiver", "hours", "limit", "deferred", "away", "interrupted"
    ] = ""
    next_at: datetime | None = None
    away: Stopped | None = None  # why the server is out of reach, while it is waited for
    tries: int = 0  # to reach it, so far

    @property
    def sent(self) -> int:
        """How many messages the next server accepted."""
        return self.by_status[Status.SENT]
