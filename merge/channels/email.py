"""E-mail: one message after the other, each written down before it leaves.

    queued ─> sending ─> sent ─> bounced
       │  │       ├─────> deferred ─> sending | sent (a late proof)
       │  │       ├─────> failed ─> sent (a late proof)
       │  │       ├─────> unknown ─> sent (a proof) | queued (a person's word)
       │  v       └─────> queued (withdrawn, or the refusal was not about them)
       │ held ─> queued | sent (a late proof)
       │   ^──── sending | deferred (refused alone, time and again)
       └────────────────> deferred | failed (refused before any intent)

A letter that came back because of us is `bounced` too, and waits for a person (see `policy`): it is
put off, and tried again, or paper takes it, or it stays. A late proof also finds an e-mail that is
`suppressed`, and it was sent.
"""

from __future__ import annotations

from typing import Any

from merge.channels.spec import ChannelSpec
from merge.model import Channel, Recipient, Status

_MOVES: dict[Status, set[Status]] = {
    # DEFERRED, FAILED: refused at RCPT, before any intent. SENT: a late proof, after `resolve`; the
    # same from DEFERRED, FAILED, HELD and SUPPRESSED.
    Status.QUEUED: {
        Status.QUEUED,
        Status.SENDING,
        Status.DEFERRED,
        Status.FAILED,
        Status.SENT,
        Status.HELD,
        Status.SUPPRESSED,
    },
    Status.SENDING: {
        Status.SENT,
        Status.DEFERRED,
        Status.FAILED,
        Status.UNKNOWN,
        Status.QUEUED,
        Status.HELD,
    },
    Status.DEFERRED: {
        Status.SENDING,
        Status.SENT,
        Status.DEFERRED,
        Status.FAILED,
        Status.QUEUED,
        Status.HELD,
        Status.SUPPRESSED,
    },
    Status.UNKNOWN: {Status.SENT, Status.QUEUED},
    Status.SENT: {Status.BOUNCED},
    Status.FAILED: {Status.QUEUED, Status.SENT, Status.SUPPRESSED},
    Status.BOUNCED: {Status.QUEUED, Status.DEFERRED, Status.SUPPRESSED},
    Status.HELD: {Status.QUEUED, Status.SENT, Status.SUPPRESSED},
    Status.SUPPRESSED: {Status.QUEUED, Status.SENT, Status.FAILED, Status.BOUNCED},
}


def _reaches(recipient: Recipient) -> bool:
    return bool(recipient.email)


def _reaches_sql(recipient: Any) -> Any:
    return recipient.email.is_not(None)


EMAIL = ChannelSpec(
    channel=Channel.EMAIL,
    statuses=(
        Status.QUEUED,
        Status.SENDING,
        Status.SENT,
        Status.DEFERRED,
        Status.FAILED,
        Status.UNKNOWN,
        Status.BOUNCED,
        Status.HELD,
        Status.SUPPRESSED,
    ),
    moves=_MOVES,
    reaches=_reaches,
    reaches_sql=_reaches_sql,
    in_letters="courriel",
)
