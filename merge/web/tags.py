"""How a state or an answer looks on a page: its colour, which always stands beside its word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from merge.ledger.records import Meaning
from merge.model import Delivery, Status
from merge.words.deliveries import answer
from merge.words.language import _
from merge.words.statuses import status

_DONE = (Status.SENT, Status.POSTED)
_LOOK = (Status.UNKNOWN, Status.HELD)
_BAD = (Status.FAILED, Status.BOUNCED, Status.RETURNED)
_ANSWERS: Mapping[str, str] = {
    Meaning.YES: "ok",
    Meaning.CONDITIONS: "ok",
    Meaning.NO: "bad",
    Meaning.RECEIVED: "wait",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTag:
    """A word with the class of its colour."""

    look: str
    words: str


def look_of(value: Status) -> str:
    """The class of its colour."""
    if value is Status.SUPPRESSED:
        return ""
    for look, statuses in (("ok", _DONE), ("look", _LOOK), ("bad", _BAD)):
        if value in statuses:
            return look
    return "wait"


def of_letter(delivery: Delivery | None) -> StateTag:
    """How the letter stands of one whom nothing may reach."""
    if delivery is None:
        return StateTag(look="look", words=_("no address"))
    return StateTag(look=look_of(delivery.status), words=status(delivery.status))


def of_answer(meaning: str | None, *, unread: bool) -> StateTag | None:
    """What a town has answered; None where it has not."""
    if meaning is not None:
        return StateTag(look=_ANSWERS.get(meaning, "wait"), words=answer(meaning))
    return StateTag(look="look", words=answer("unread")) if unread else None
