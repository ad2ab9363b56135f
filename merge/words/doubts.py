"""Letters in doubt: what proves that they were taken, and what a person is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from merge.model import Recipient, Status
from merge.words import statuses, troubles
from merge.words.deliveries import cell, in_doubt
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.app.resolve import Doubt
    from merge.campaign.mailroom import Evidence


def proven(found: Evidence) -> Iterator[str]:
    """What the mailbox proves."""
    if found.trouble is not None:
        yield troubles.mailbox_trouble(found.trouble)
    if n := len(found.taken):
        yield ngettext(
            "Proof was found that {n} letter was taken.",
            "Proof was found that {n} letters were taken.",
            n,
        ).format(n=n)
    if n := len(found.came_back):
        yield ngettext("{n} letter came back.", "{n} letters came back.", n).format(n=n)


def how_to_know() -> str:
    """Before a person is asked, one letter after the other."""
    return _(
        "For each, look for a copy in the folder of sent mail, or an answer. If you cannot "
        "know, leave it: two letters annoy more than a phone call."
    )


def doubt(each: Doubt) -> Iterator[str]:
    """One letter, and all that is known of it."""
    yield in_doubt(each.delivery, each.recipient)
    if each.delivery.detail:
        yield cell("detail", each.delivery.detail)
    if each.is_absent:
        yield _("The provider files a copy of all it takes, and the mailbox has none of this.")


def stands(recipient: Recipient, status: Status) -> str:
    """Where a letter stands now."""
    return _("{commune}: {status}.").format(commune=recipient.name, status=statuses.status(status))


def remaining(n: int) -> str:
    """So many stay in doubt."""
    return ngettext(
        "{n} letter stays in doubt; it is not sent again by itself.",
        "{n} letters stay in doubt; they are not sent again by themselves.",
        n,
    ).format(n=n)
