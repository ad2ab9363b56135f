"""What belongs to the sender and not to one campaign: quotas, approvals, where campaigns stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Literal, Protocol

from merge.campaign.ports.mailbox import Bounce


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one account may send. None is no limit."""

    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None

    def windows(self) -> Iterator[tuple[timedelta, int]]:
        """Each limit with the length of time that it holds for."""
        for length, limit in (
            (timedelta(minutes=1), self.per_minute),
            (timedelta(hours=1), self.per_hour),
            (timedelta(days=1), self.per_day),
        ):
            if limit is not None:
                yield length, limit


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLeft:
    """How many messages an account may send now, and when the next becomes possible."""

    now: int
    next_at: datetime | None  # set when `now` is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why nothing may leave from an account: how many reports said so, and the last one's codes.

    `folder` is where the campaign stands that this one came back to.
    """

    reports: int
    at: datetime
    code: int | None
    enhanced: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a password goes and whose it is: what a person approves, as a whole.

    `ca` is the SHA-256 of the file of certificates that are trusted, in hexadecimal; "" where the
    system's are. `host` is in ASCII (RFC 5890 A-labels): two that look alike do not read alike.
    """

    protocol: Literal["smtp", "imap"]
    host: str
    port: int
    tls: str
    ca: str
    login: str

    def differs_in(self, other: Destination) -> frozenset[str]:
        """The names of the fields in which these two differ."""
        names = (field.name for field in fields(self))
        return frozenset(name for name in names if getattr(self, name) != getattr(other, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person said that this is their server. `with_password` false: to be used without one."""

    destination: Destination
    with_password: bool
    at: datetime


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
