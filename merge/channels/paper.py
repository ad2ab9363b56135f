"""Paper: letters in lots, for a printer or a copy shop, and then the post.

    queued <─> made ─> printed ─────────────────────> posted ─> returned
       v         │                                       ^          │
      held       └─> submitting ─> accepted ─> finished ─┤          v
                          ├────────────┴─────> failed ───┤       queued (another address)
                          └──────────────────> unknown ──┘

Whatever a printer says, a person who has counted the sheets may also say printed; what failed may
be handed to a printer again or given back, by a person's command alone. A letter that a person took
out of a lot by hand is queued again when the rest of the lot is posted. `unknown` ends as the
printer's own list proves it, or becomes made, printed, posted or queued by a person's word.
"""

from __future__ import annotations

from typing import Any

from merge.channels.spec import ChannelSpec
from merge.model import Channel, Recipient, Status

_MOVES: dict[Status, set[Status]] = {
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


def _reaches(recipient: Recipient) -> bool:
    return recipient.has_postal_address


def _reaches_sql(recipient: Any) -> Any:
    return (recipient.locality != "") & ((recipient.postcode != "") | (recipient.country != ""))


PAPER = ChannelSpec(
    channel=Channel.PAPER,
    statuses=(
        Status.QUEUED,
        Status.MADE,
        Status.SUBMITTING,
        Status.ACCEPTED,
        Status.FINISHED,
        Status.FAILED,
        Status.UNKNOWN,
        Status.PRINTED,
        Status.POSTED,
        Status.RETURNED,
        Status.HELD,
        Status.SUPPRESSED,
    ),
    moves=_MOVES,
    reaches=_reaches,
    reaches_sql=_reaches_sql,
    takes_over=((Channel.EMAIL, Status.FAILED), (Channel.EMAIL, Status.BOUNCED)),
    by_lot=True,
    on_page=True,
    in_letters="courrier postal",
)
