"""Letters that lie in a lot and are not in the post yet: which of them should not go there.

A lot is one file. What comes after it is made (a wish to opt out, the answer to a letter whose
reminder it holds) takes no page out of it: a person takes the envelope out by hand, and says so
when the lot is posted (`print --posted LOT --except KEY`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from merge.campaign.suppression import Gate
from merge.ledger.records import Answer, Reply
from merge.ledger.states import LEFT
from merge.model import Channel, Delivery, Lot, Status
from merge.outcome import Sort

if TYPE_CHECKING:  # a command's options need none of the database
    from merge.ledger.ledger import Ledger

NOT_YET_POSTED = (Status.MADE, Status.PRINTED)
"""Where a letter on paper may stand while its pages lie in a lot."""


def lies_in_a_lot(delivery: Delivery) -> bool:
    """Whether its pages are made, perhaps printed, and not in the post as far as anybody said."""
    return delivery.lot is not None and delivery.status in NOT_YET_POSTED


class WhyKept(StrEnum):
    """Why an envelope should stay."""

    SUPPRESSED = "peace"
    ANSWERED = "answered"
    CAME_BACK = "came-back"  # the letter that this one reminds of


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """One envelope that should not be posted: where it lies, and why."""

    key: str
    commune: str
    lot: int
    position: int
    status: Status
    why: WhyKept


def those_to_keep(ledger: Ledger, gate: Gate) -> Sequence[Stays]:
    """The envelopes to take out of lots by hand, in the order in which they lie there."""
    lots = {lot.number: lot for lot in ledger.lots()}
    if not any(lot.status in NOT_YET_POSTED for lot in lots.values()):
        return ()
    deliveries = ledger.deliveries()
    latest = {each.key: each for each in deliveries}
    made = [each for each in latest.values() if lies_in_a_lot(each)]
    if not made:
        return ()
    heard = _heard(ledger.answers.all(), ledger.replies.all())
    waves = {(each.key, each.wave): each for each in deliveries}
    gate.renew()
    names: dict[str, str] = {}
    reasons: dict[str, WhyKept] = {}
    for recipient in ledger.recipients_of([each.key for each in made]):
        delivery = latest[recipient.key]
        names[recipient.key] = recipient.name
        before = waves.get((recipient.key, delivery.wave - 1))
        if gate.ruling(recipient, Channel.PAPER):
            reasons[recipient.key] = WhyKept.SUPPRESSED
        elif _is_answered(delivery, heard.get(recipient.key), lots[delivery.lot or 0]):
            reasons[recipient.key] = WhyKept.ANSWERED
        elif before is not None and before.status not in LEFT:
            reasons[recipient.key] = WhyKept.CAME_BACK
    stays = [
        Stays(
            key=each.key,
            commune=names[each.key],
            lot=each.lot or 0,
            position=each.position or 0,
            status=each.status,
            why=reasons[each.key],
        )
        for each in made
        if each.key in reasons
    ]
    return sorted(stays, key=lambda one: (one.lot, one.position))


SHOWN = 10
"""Letters of one lot that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """Letters in a lot that were made before their recipients were changed."""

    lot: int
    status: Status
    keys: Sequence[str]
    shown: Sequence[tuple[str, str, int | None]]  # of the first: key, commune, position


def made_before(ledger: Ledger, keys: Collection[str]) -> Sequence[Older]:
    """Which letters to these, who are changed by now, lie in a lot that was made before."""
    lots: dict[int, list[Delivery]] = {}
    for each in ledger.deliveries(NOT_YET_POSTED) if keys else ():
        if each.key in keys and lies_in_a_lot(each):
            lots.setdefault(each.lot or 0, []).append(each)
    found = []
    for lot, inside in sorted(lots.items()):
        names = ledger.names_of([one.key for one in inside[:SHOWN]])
        found.append(
            Older(
                lot=lot,
                status=inside[0].status,
                keys=[one.key for one in inside],
                shown=[(one.key, names[one.key], one.position) for one in inside[:SHOWN]],
            )
        )
    return found


def _heard(answers: Iterable[Answer], replies: Iterable[Reply]) -> dict[str, datetime]:
    """When each recipient was last heard of."""
    last: dict[str, datetime] = {}
    told = [(answer.key, answer.noted_at) for answer in answers]
    mails = [(mail.key, mail.at) for mail in replies if mail.sort is Sort.ANSWER and mail.key]
    for key, at in (*told, *mails):
        last[key] = max(at, last.get(key, at))
    return last


def _is_answered(delivery: Delivery, heard_at: datetime | None, lot: Lot) -> bool:
    """For a reminder any answer counts; for a first letter only one that came after its page was
    made: the earlier ones were known then."""
    return heard_at is not None and (delivery.wave > 1 or heard_at > lot.at)
