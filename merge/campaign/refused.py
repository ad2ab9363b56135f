"""Letters that came back because of whoever sent them, or of what they say.

They count as come back, and nothing is done about them by itself: neither their next address nor
paper would help. One decision of a person is for all of them: again later, on paper, or left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from merge.campaign.account import OwnAccount
from merge.ledger.ledger import Ledger
from merge.ledger.records import Decision, Returned
from merge.model import Delivery
from merge.outcome import Bounce

ACCEPTED = "bounces_accepted_at"
"""When a person last said to go on, in spite of all that came back: a fact of the ledger."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_DECIDED, _TAKEN_OVER = "refused_decided_at", "refused_taken_over"


def take(ledger: Ledger, bounces: Sequence[Bounce], account: OwnAccount) -> Returned:
    """Reports into the ledger; of those about us the account hears, since a person last looked."""
    looked = (ledger.fact_as(name, datetime.fromisoformat) for name in (ACCEPTED, _DECIDED))
    since = max(filter(None, looked), default=LONG_AGO)
    return ledger.bounced(bounces, account.hear, since=since)


def take_over(ledger: Ledger) -> None:
    """Once, of a ledger from before, where what came back because of us stands as `sent`."""
    if not ledger.fact(_TAKEN_OVER):
        ledger.take_over_refused()
        ledger.set_fact(_TAKEN_OVER, "1")


def decide(
    ledger: Ledger,
    account: OwnAccount,
    decision: Decision,
    keys: Sequence[str] | None,
    now: datetime,
    who: str,
) -> Sequence[Delivery]:
    """A person's word on letters that came back because of us; without `keys`, on all that wait.

    Whoever has decided about all has looked at why: the account is paused for them no more.
    """
    wanted = ledger.refused_as_senders() if keys is None else keys
    decided = ledger.decide_refused(decision, wanted, now, who)
    if decided and not ledger.refused_as_senders():
        ledger.set_fact(_DECIDED, now.isoformat())
        account.lift_own()
    return decided
