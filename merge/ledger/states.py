"""The state machine of a delivery: what may follow what. Pure; the ledger's SQL is made from it.

    E-mail  queued ─> sending ─> sent ─> bounced
              │  │       ├─────> deferred ─> sending | sent (a late proof)
              │  │       ├─────> failed ─> sent (a late proof)
              │  │       ├─────> unknown ─> sent (a proof) | queued (a person's word)
              │  v       └─────> queued (withdrawn, or the refusal was not about them)
              │ held ─> queued | sent (a late proof)
              │   ^──── sending | deferred (refused alone, time and again)
              └────────────────> deferred | failed (refused before any intent)

    Paper   queued <─> made ─> printed ─────────────────────> posted ─> returned
              v         │                                       ^          │
             held       └─> submitting ─> accepted ─> finished ─┤          v
                                 ├────────────┴─────> failed ───┤       queued (another address)
                                 └──────────────────> unknown ──┘

Whatever a printer says, a person who has counted the sheets may also say printed; what failed may
be handed to a printer again or given back, by a person's command alone. A letter that a person took
out of a lot by hand is queued again when the rest of the lot is posted. On paper `unknown` ends as
the printer's own list proves it, or becomes made, printed, posted or queued by a person's word.

Whoever opts out is `suppressed` from wherever a letter could still leave; who takes that back
puts it where it was. A late proof finds an e-mail there, too, and it was sent.

A letter that came back because of us is `bounced` too, and waits for a person (see `policy`): it is
put off, and tried again, or paper takes it, or it stays.

`sent` is never left but for `bounced`, and `unknown` only by proof or a person's word, so nothing
is ever written to twice by itself.
"""

from __future__ import annotations

from merge.model import Channel, Recipient, Status

_EMAIL: dict[Status, set[Status]] = {
    # refused at RCPT: deferred or failed with no intent; sent, of deferred and failed too: a late
    # proof after `resolve`
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

_PAPER: dict[Status, set[Status]] = {
    Status.QUEUED: {Status.MADE, Status.HELD, Status.SUPPRESSED},
    Status.MADE: {Status.PRINTED, Status.POSTED, Status.SUBMITTING, Status.QUEUED},
    Status.SUBMITTING: {Status.ACCEPTED, Status.FAILED, Status.UNKNOWN},
    Status.ACCEPTED: {
        Status.FINISHED,
        Status.FAILED,
        Status.UNKNOWN,
        Status.PRINTED,
        Status.POSTED,
    },
    Status.FINISHED: {Status.PRINTED, Status.POSTED},
    Status.PRINTED: {Status.POSTED},
    Status.POSTED: {Status.RETURNED},
    Status.RETURNED: {Status.QUEUED, Status.SUPPRESSED},
    Status.UNKNOWN: {
        Status.ACCEPTED,
        Status.FINISHED,
        Status.FAILED,
        Status.MADE,
        Status.PRINTED,
        Status.POSTED,
        Status.QUEUED,
    },
    Status.FAILED: {Status.QUEUED, Status.SUBMITTING, Status.PRINTED, Status.POSTED},
    Status.HELD: {Status.QUEUED, Status.SUPPRESSED},
    Status.SUPPRESSED: {Status.QUEUED, Status.RETURNED},
}

IN_HAND = (Status.QUEUED, Status.DEFERRED, Status.SENDING)
"""What a sender that has claimed a delivery may still settle."""

TOUCHED_BY_IMPORT = (Status.QUEUED, Status.HELD)
"""Nothing has left: a later sheet may change the channel, or take the way away."""

WRITTEN_TO = (
    Status.SENDING,
    Status.SENT,
    Status.UNKNOWN,
    Status.BOUNCED,
    Status.MADE,
    Status.SUBMITTING,
    Status.ACCEPTED,
    Status.FINISHED,
    Status.PRINTED,
    Status.POSTED,
    Status.RETURNED,
)
"""A letter has left, or may have, or lies in a lot: another name comes too late for it."""

REQUEUED_BY_EDIT = (Status.HELD, Status.FAILED, Status.BOUNCED, Status.RETURNED)
"""It did not reach them, and that is certain: with another address it may."""

LEFT = (Status.SENT, Status.POSTED)
"""The town has been written to: what is in doubt or came back does not count."""

PAPER_TAKES = (
    (Channel.PAPER, Status.QUEUED),
    (Channel.EMAIL, Status.FAILED),
    (Channel.EMAIL, Status.BOUNCED),
)
"""Whom a letter on paper may replace: e-mail did not reach them, and that is certain."""


def channel_for(recipient: Recipient) -> Channel | None:
    """E-mail where there is an address, paper for the rest, None for whom neither reaches."""
    if recipient.email:
        return Channel.EMAIL
    return Channel.PAPER if recipient.has_postal_address else None


def may_move(channel: Channel, before: Status, after: Status) -> bool:
    """Whether a delivery on this channel may go from one status to the other."""
    moves = _EMAIL if channel is Channel.EMAIL else _PAPER
    return after in moves.get(before, ())


def sources(channel: Channel, after: Status) -> tuple[Status, ...]:
    """The statuses from which a delivery on this channel may become `after`."""
    return tuple(before for before in Status if may_move(channel, before, after))
