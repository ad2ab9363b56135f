"""What came of a campaign, as rows and figures by département: for `report` and `log --answers`.

Everything here reads, and makes no words for people. What leaves the group names no person: no
mayor, no address, no note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from merge.campaign.answers import Tally, Town, tally

REPORT_COLUMNS = (
    *("insee", "commune", "department"),
    *("date", "channel", "answer", "answered_on", "answered_by"),
)
ANSWER_COLUMNS = (
    *("key", "commune", "department"),
    *("date", "channel", "answer", "answered_on", "answered_by", "note"),
)
UNREAD = "unread"
"""Stands for the answer of a town whose mail nobody has put into a meaning yet."""

Row = Mapping[str, str]


def report_rows(towns: Iterable[Town], zone: ZoneInfo) -> list[Row]:
    """A row for each town that was written to or has answered; nothing personal in it."""
    return [
        {column: _facts(town, zone)[column] for column in REPORT_COLUMNS}
        for town in towns
        if town.written_at is not None or town.has_answered
    ]


def answer_rows(towns: Iterable[Town], zone: ZoneInfo) -> list[Row]:
    """A row for each town that has answered, with the note: for the group itself."""
    return [
        {column: _facts(town, zone)[column] for column in ANSWER_COLUMNS}
        for town in towns
        if town.has_answered
    ]


def _facts(town: Town, zone: ZoneInfo) -> dict[str, str]:
    answer, recipient = town.answer, town.recipient
    answered_at = answer.at if answer else town.first_reply_at
    has_come = town.has_answered
    unread = UNREAD if town.unread else ""
    return {
        "key": recipient.key,
        "insee": recipient.insee or "",
        "commune": recipient.commune,
        "department": recipient.department,
        "date": day(town.written_at, zone),
        "channel": town.channel.value if town.channel else "",
        "answer": answer.meaning.value if answer else unread,
        "answered_on": day(answered_at, zone) if has_come else "",
        "answered_by": (answer.way or "") if answer else ("email" if has_come else ""),
        "note": answer.note if answer else "",
    }


def day(at: datetime | None, zone: ZoneInfo) -> str:
    """The day of a moment, where the campaign is: 2026-03-21; "" for none."""
    return at.astimezone(zone).date().isoformat() if at else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """The figures of one département."""

    code: str
    tally: Tally


def by_department(towns: Iterable[Town]) -> Sequence[Department]:
    """The figures of each département that has a town in the campaign, by its code."""
    found: dict[str, list[Town]] = {}
    for town in towns:
        found.setdefault(town.recipient.department, []).append(town)
    return [Department(code=code, tally=tally(found[code])) for code in sorted(found)]
