"""What belongs to the sender and not to one campaign: quotas, approvals, where campaigns stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from merge.ledger.records import Limits, Pause, QuotaLeft
from merge.outcome import Bounce


class Accounts(Protocol):
    """accounts.db of this user: what belongs to the sender and not to one campaign."""

    def quota_left(self, account: str, limits: Limits, now: datetime) -> QuotaLeft:
        """How many may go now, over all campaigns of this user."""

    def spend(
        self, account: str, limits: Limits, *, campaign_id: str, counter: int, n: int, now: datetime
    ) -> int:
        """Count up to n sends against the quota: how many may go. And witness the counter."""

    def spent(self, account: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When this account sent how many, after `since`."""

    def witness(self, campaign_id: str, counter: int) -> None:
        """Remember the last counter of a campaign without spending anything."""

    def pause(self, account: str, campaign_id: str, reports: Sequence[Bounce]) -> None:
        """Nothing more may leave from this account, for any campaign: these reports say why."""

    def paused(self, account: str) -> Pause | None:
        """Why nothing may leave from it; None when it may. Costs next to nothing."""

    def lift(self, account: str, campaign_id: str | None = None) -> None:
        """It may send again; with a campaign, as far as that one has paused it."""
