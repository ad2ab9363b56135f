"""The states that the parts of the ledger agree on, and what may follow what. Pure.

The moves of each channel stand in `merge.channels`; the ledger's SQL is made from them.
Which function makes each move, for which command, is a table in docs/architecture.md.

Whoever opts out is `suppressed` from wherever a letter could still leave; who takes that back
puts it where it was.

`sent` is never left but for `bounced`, and `unknown` only by proof or a person's word, so nothing
is ever written to twice by itself.
"""

from __future__ import annotations

from merge.channels import MOVES
from merge.model import Channel, Status

IN_HAND = (Status.QUEUED, Status.DEFERRED, Status.SENDING)
"""What a sender that has claimed a delivery may still settle."""

TOUCHED_BY_IMPORT = (Status.QUEUED, Status.HELD)
"""Nothing has left: a later sheet may change the channel, or leave no address at all."""

WRITTEN_TO = (
    Status.SENDING,
    Status.SENT,
    Status.UNKNOWN,
    Status.BOUNCED,
    Status.MADE,
    Status.PRINTED,
    Status.POSTED,
    Status.RETURNED,
)
"""A letter has left, may have left, or lies in a lot: a new name no longer changes it."""

NOT_BACK = tuple(each for each in WRITTEN_TO if each not in (Status.BOUNCED, Status.RETURNED))
"""What was written to and has not come back: nothing of it goes a second time."""

REQUEUED_BY_EDIT = (Status.HELD, Status.FAILED, Status.BOUNCED, Status.RETURNED)
"""The letter certainly did not reach them: an edited address puts it in the queue again."""

LEFT = (Status.SENT, Status.POSTED)
"""The town has been written to: `unknown`, `bounced` and `returned` do not count."""


def may_move(channel: Channel, before: Status, after: Status) -> bool:
    """Whether a delivery on this channel may go from one status to the other."""
    return after in MOVES[channel].get(before, ())


def sources(channel: Channel, after: Status) -> tuple[Status, ...]:
    """The statuses from which a delivery on this channel may become `after`."""
    return tuple(before for before in Status if may_move(channel, before, after))
