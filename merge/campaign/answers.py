"""What each town was sent and has answered, by whatever way; and figures of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.errors import Misuse
from merge.french.communes import fold
from merge.ledger.records import Answer, Figures, Meaning, Reply
from merge.ledger.states import LEFT
from merge.model import Channel, Delivery, Lot, Recipient, Status
from merge.outcome import Sort

if TYPE_CHECKING:  # commands know the columns without a database
    from merge.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class TownOutcome:
    """What one town was sent, and has answered.

    `written_at` is when a letter left for it: accepted by the next mail server, or posted; with a
    channel alone, what was tried came back. `answer` is what counts of its answers; `unread` are
    mails of it that nobody has put into a meaning yet.
    """

    recipient: Recipient
    written_at: datetime | None = None
    channel: Channel | None = None
    reminded_at: datetime | None = None
    answer: Answer | None = None
    unread: int = 0
    first_reply_at: datetime | None = None

    @property
    def has_answered(self) -> bool:
        """Whether anything came back that a person wrote or said."""
        return self.answer is not None or self.first_reply_at is not None


def understood(said: str, wordings: Iterable[str]) -> str:
    """The answer that a word means, whatever its accents and capitals: one of every campaign, or a
    wording of this one. Misuse("not-one-of").
    """
    known = [*(each.value for each in Meaning), *wordings]
    for each in known:
        if fold(each) == fold(said):
            return each
    raise Misuse("not-one-of", value=said, choices=", ".join(known))


EVIDENCE_AT_MOST = 10_000_000
"""Bytes of a document that proves an answer."""

_EVIDENCE = {
    "pdf": rb"%PDF-",
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpg": rb"\xff\xd8\xff",
    "eml": rb"(?i)(?:[!-9;-~]+:.*\n(?:[ \t].*\n)*)*?from:",
}


def evidence_kind(document: bytes) -> str:
    """The ending of such a document's name, by its first bytes; "" for what is none."""
    found = (kind for kind, begins in _EVIDENCE.items() if re.match(begins, document[:65_536]))
    return next(found, "")


def every_town(ledger: Ledger) -> list[TownOutcome]:
    """Every town of the campaign."""
    return towns(
        ledger.recipients(),
        ledger.deliveries(),
        ledger.lots(),
        ledger.answers.all(),
        ledger.replies.all(),
        ledger.replies.erased(),
    )


def towns(
    recipients: Iterable[Recipient],
    deliveries: Sequence[Delivery],
    lots: Iterable[Lot],
    answers: Iterable[Answer],
    replies: Iterable[Reply],
    erased: Iterable[Reply] = (),
) -> list[TownOutcome]:
    """Every town, in the order of the sheet.

    `erased` are mails of which a purge has left only that they came.
    """
    posted = posted_at(lots)
    left: dict[str, tuple[datetime, Channel]] = {}
    reminded: dict[str, datetime] = {}
    lost: dict[str, Channel] = {}
    for delivery in deliveries:
        if delivery.status in _LOST:
            lost[delivery.key] = delivery.channel
        elif delivery.status in LEFT and delivery.key in left:
            reminded[delivery.key] = left_at(delivery, posted)
        elif delivery.status in LEFT:
            left[delivery.key] = (left_at(delivery, posted), delivery.channel)
    last = {answer.key: answer for answer in answers}
    mails, gone = _by_town(replies), _by_town(erased)
    return [
        _town(
            each,
            left.get(each.key, (None, lost.get(each.key))),
            reminded.get(each.key),
            last.get(each.key),
            mails.get(each.key, ()),
            gone.get(each.key, ()),
        )
        for each in recipients
    ]


def _by_town(replies: Iterable[Reply]) -> Mapping[str, Sequence[Reply]]:
    found: dict[str, list[Reply]] = {}
    for reply in replies:
        if reply.sort is Sort.ANSWER and reply.key is not None:
            found.setdefault(reply.key, []).append(reply)
    return found


def posted_at(lots: Iterable[Lot]) -> Mapping[int, datetime | None]:
    """When each lot went into the post, by its number."""
    return {lot.number: lot.posted_at for lot in lots}


def left_at(delivery: Delivery, posted: Mapping[int, datetime | None]) -> datetime:
    """When it left: accepted by the next server, or in the post (`posted_at`)."""
    return posted.get(delivery.lot or 0) or delivery.at


def _town(
    recipient: Recipient,
    left: tuple[datetime | None, Channel | None],
    reminded_at: datetime | None,
    answer: Answer | None,
    mails: Sequence[Reply],
    gone: Sequence[Reply],
) -> TownOutcome:
    open_mails = (mail for mail in mails if mail.is_to_classify)
    unread = [mail for mail in open_mails if answer is None or mail.at > answer.noted_at]
    return TownOutcome(
        recipient=recipient,
        written_at=left[0],
        channel=left[1],
        reminded_at=reminded_at,
        answer=answer,
        unread=len(unread),
        first_reply_at=min((mail.at for mail in (*mails, *gone)), default=None),
    )


def tally(found: Iterable[TownOutcome]) -> Figures:
    """The figures of these towns."""
    found = list(found)
    return Figures(
        towns=len(found),
        written=sum(town.written_at is not None for town in found),
        answered=sum(town.has_answered for town in found),
        unread=sum(town.answer is None and town.unread > 0 for town in found),
        meanings=Counter(town.answer.meaning for town in found if town.answer),
    )


# As rows and figures, for `report` and `log --answers`. What leaves the group names no person: no
# mayor, no address, no note, no words of its own.


class State(StrEnum):
    """What a report says of a town. Silence is no refusal."""

    ENGAGED = "engaged"
    CONDITIONS = "engaged-with-conditions"
    REFUSES = "refuses"
    OTHERWISE = "answers-otherwise"  # in other words, or in a mail that nobody has classified
    SILENT = "no-answer-yet"
    LOST = "not-reached"


ANSWERED = (State.ENGAGED, State.CONDITIONS, State.REFUSES, State.OTHERWISE)
_STATES: Mapping[str, State] = {
    Meaning.YES: State.ENGAGED,
    Meaning.CONDITIONS: State.CONDITIONS,
    Meaning.NO: State.REFUSES,
}
_LOST = (Status.BOUNCED, Status.RETURNED, Status.FAILED)

REPORT_COLUMNS = (
    *("insee", "commune", "department", "channel", "written_on", "reminded_on", "answered_on"),
    *("state", "grade", "address", "evidence", "corrected_on"),
)
ANSWER_COLUMNS = (
    *("key", "commune", "department"),
    *("date", "channel", "answer", "answered_on", "answered_by", "grade", "note"),
)
UNREAD = "unread"
"""Stands for the answer of a town whose mail nobody has put into a meaning yet."""

Row = Mapping[str, str]


def report_rows(towns: Iterable[TownOutcome], zone: ZoneInfo) -> list[Row]:
    """A row for each town that was written to or has answered; nothing personal in it."""
    return [_public(town, zone) for town in towns if town.channel is not None or town.has_answered]


def _public(town: TownOutcome, zone: ZoneInfo) -> Row:
    answer, recipient = town.answer, town.recipient
    state = State.SILENT if town.written_at else State.LOST
    if town.has_answered:
        state = _STATES.get(answer.meaning, State.OTHERWISE) if answer else State.OTHERWISE
    return {
        "insee": recipient.insee or "",
        "commune": recipient.commune or recipient.organisation,  # and never a person in its place
        "department": recipient.department,
        "channel": town.channel or "",
        "written_on": iso_day(town.written_at, zone),
        "reminded_on": iso_day(town.reminded_at, zone),
        "answered_on": iso_day(answer.at if answer else town.first_reply_at, zone),
        "state": state,
        "grade": (answer.graded or "") if answer else "",
        "address": answer.address if answer else "",
        "evidence": answer.evidence if answer else "",
        "corrected_on": "",
    }


def answer_rows(towns: Iterable[TownOutcome], zone: ZoneInfo) -> list[Row]:
    """A row for each town that has answered, with the note: for the group itself."""
    return [
        {column: _facts(town, zone)[column] for column in ANSWER_COLUMNS}
        for town in towns
        if town.has_answered
    ]


def _facts(town: TownOutcome, zone: ZoneInfo) -> dict[str, str]:
    answer, recipient = town.answer, town.recipient
    answered_at = answer.at if answer else town.first_reply_at
    has_come = town.has_answered
    unread = UNREAD if town.unread else ""
    return {
        "key": recipient.key,
        "commune": recipient.name,
        "department": recipient.department,
        "date": iso_day(town.written_at, zone),
        "channel": town.channel or "",
        "answer": answer.meaning if answer else unread,
        "answered_on": iso_day(answered_at, zone) if has_come else "",
        "answered_by": (answer.way or "") if answer else ("email" if has_come else ""),
        "grade": (answer.graded or "") if answer else "",
        "note": answer.note if answer else "",
    }


def iso_day(at: datetime | None, zone: ZoneInfo) -> str:
    """The day of a moment, where the campaign is: 2026-03-21; "" for none."""
    return at.astimezone(zone).date().isoformat() if at else ""
