"""When a run stops by itself, for its own good: pure rules over what has happened so far.

Hosts count too. Some block a mailbox for a day after fifteen messages that came back within an
hour; a list of which one address in twenty is dead looks bought. It is cheaper to stop and ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

FIRST_RUN = 10  # letters before anybody has looked whether they arrive
BOUNCES_AN_HOUR = 15  # easyname and others block a mailbox at that
BOUNCES_PERCENT = 5
BOUNCES_COUNT_FROM = 40  # letters; of fewer, a share says nothing

Alarm = Literal["", "bounces-in-an-hour", "bounces-of-all"]


def first_batch(sent_before: int) -> int | None:
    """How many letters go before someone looks whether they arrive; None once that is over."""
    return FIRST_RUN - sent_before if sent_before < FIRST_RUN else None


def bounce_alarm(bounced: Sequence[datetime], *, sent: int, now: datetime) -> Alarm:
    """Whether too much came back: when each bounce was noticed, of `sent` letters in all.

    The hour's alarm ends by itself, when fewer than BOUNCES_AN_HOUR are of the last hour; that of
    all ends when more letters arrive, or when a person has mended the list.
    """
    if sum(at > now - timedelta(hours=1) for at in bounced) >= BOUNCES_AN_HOUR:
        return "bounces-in-an-hour"
    if sent >= BOUNCES_COUNT_FROM and len(bounced) * 100 >= sent * BOUNCES_PERCENT:
        return "bounces-of-all"
    return ""


def calm_at(bounced: Sequence[datetime]) -> datetime | None:
    """When the alarm of the hour ends, if nothing more comes back; None when there was none."""
    if len(bounced) < BOUNCES_AN_HOUR:
        return None
    return sorted(bounced)[-BOUNCES_AN_HOUR] + timedelta(hours=1)
