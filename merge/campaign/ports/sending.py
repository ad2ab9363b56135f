"""E-mails in the ledger, from the queue to what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from merge.ledger.records import (
    Claimed,
    Commit,
    Decision,
    Intent,
    Limits,
    Outlook,
    Refused,
    Returned,
    Settled,
)
from merge.model import Delivery, Status
from merge.outcome import Bounce


class Sending(Protocol):
    """What becomes of e-mails. Whoever sends claims first; nobody else gets those."""

    def may_go(
        self, keys: Sequence[str] | None, now: datetime, *, again: bool
    ) -> Iterator[tuple[int, str]]:
        """Delivery ids of the e-mails that may go now, each with the domain of its mailbox.

        Those that are queued, as they were queued, or those that were deferred and are due `again`;
        nobody whom a sender has in hand. `keys` narrows; None is everybody.
        """

    def outlook(self, keys: Sequence[str] | None, now: datetime) -> Outlook:
        """How many e-mails may go now, and when the next of those that wait is due."""

    def claim(self, delivery_ids: Sequence[int], now: datetime) -> Sequence[Claimed]:
        """Reserve those of these that still may go now; no other living sender gets them."""

    def commit(
        self,
        settled: list[Settled],
        intents: Sequence[Intent],
        account: str,
        limits: Limits,
        now: datetime,
    ) -> Commit:
        """Write outcomes and intents down together, then count the intents against the quota.

        Before any body. `settled` is emptied once it is written: whatever fails after that is about
        the intents alone.
        """

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed, or intended and withdrawn before the first byte."""

    def resolve(self, key: str, status: Status, at: datetime, who: str) -> Delivery:
        """unknown → sent or queued, by a person's word, kept as an attempt.

        Also bounced → queued of what came back because of us (`refused_as_senders`).
        """

    def prove_sent(self, delivery_ids: Mapping[int, str], at: datetime, who: str) -> Sequence[int]:
        """unknown → sent, by what the other side has, kept as an attempt of phase "proof".

        The words by delivery say what the proof is. Also what a person gave back and nobody has
        in hand. Returns the ids for which that held.
        """

    def copies_due(self, *, after: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` e-mails that were sent and of which no copy is filed yet.

        Those with ids above `after`, in their order; no other living sender gets them.
        """

    def filed(self, filed: Sequence[Delivery], left: Sequence[Delivery]) -> None:
        """The copies of `filed` lie in the mailbox; those `left` are to be filed later."""

    def bounced(
        self,
        bounces: Sequence[Bounce],
        hear: Callable[[Refused], object],
        *,
        since: datetime,
    ) -> Returned:
        """sent → bounced, with an attempt of phase "bounce", each report once.

        What is not about a message of this campaign is left alone. A report settles a doubt. One
        that is about the sender has the phase "policy", and its letter waits for a person; `hear`
        is told of all of these that came after `since` before they count as read, so that a kill
        in between tells it again.
        """

    def decide_refused(
        self, decision: Decision, keys: Sequence[str], at: datetime, who: str
    ) -> Sequence[Delivery]:
        """A person's word on letters that came back because of us; those that it was about."""

    def take_over_refused(self) -> None:
        """Letters that came back because of us stand as `sent` in a ledger of before."""
