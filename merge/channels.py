"""The two ways that a letter can travel: the states of each, its moves, and whom it reaches. Pure.

E-mail goes one message after the other, each written down before it leaves:

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

Paper goes in lots, to a printer or a copy shop, and then to the post:

    queued <─> made ─> printed ─> posted ─> returned ─> queued (another address)
       v         └───────────────────^
      held

Each of these moves of a lot is a person's word: a printer's proves nothing. A letter that a person
took out of a lot by hand is queued again when the rest of the lot is posted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from merge.model import Channel, Recipient, Status

STATUSES: Mapping[Channel, tuple[Status, ...]] = {
    Channel.EMAIL: (
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
    Channel.PAPER: (
        Status.QUEUED,
        Status.MADE,
        Status.PRINTED,
        Status.POSTED,
        Status.RETURNED,
        Status.HELD,
        Status.SUPPRESSED,
    ),
}
"""Where a delivery can stand, in the order of `status --json`."""

MOVES: Mapping[Channel, Mapping[Status, set[Status]]] = {
    Channel.EMAIL: {
        # DEFERRED, FAILED: refused at RCPT, before any intent. SENT: a late proof, after
        # `resolve`; the same from DEFERRED, FAILED, HELD and SUPPRESSED.
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
    },
    Channel.PAPER: {
        Status.QUEUED: {Status.MADE, Status.HELD, Status.SUPPRESSED},
        Status.MADE: {Status.PRINTED, Status.POSTED, Status.QUEUED},
        Status.PRINTED: {Status.POSTED},
        Status.POSTED: {Status.RETURNED},
        Status.RETURNED: {Status.QUEUED, Status.SUPPRESSED},
        Status.HELD: {Status.QUEUED, Status.SUPPRESSED},
        Status.SUPPRESSED: {Status.QUEUED, Status.RETURNED},
    },
}
"""What may follow what."""

TAKEN_BY_PAPER = (Status.FAILED, Status.BOUNCED)
"""The e-mails that paper may take: they did not reach their recipient, and that is certain."""


def ways_to(recipient: Recipient) -> Iterator[Channel]:
    """The channels that reach a recipient, the first choice first."""
    if recipient.email:
        yield Channel.EMAIL
    if recipient.has_postal_address:
        yield Channel.PAPER


def channel_for(recipient: Recipient) -> Channel | None:
    """The first choice: e-mail where there is an address, paper for the rest; None for nobody's."""
    return next(ways_to(recipient), None)


def takes_over(channel: Channel, other: Channel | None) -> bool:
    """Whether a letter may go on this channel in place of the other."""
    return channel is Channel.PAPER and other is Channel.EMAIL
