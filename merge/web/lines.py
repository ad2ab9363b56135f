"""A recipient as a row of a table: in words, with a colour where a word has one."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from merge.app.result import telephone
from merge.ledger.records import LogLine
from merge.model import Status
from merge.web import tags
from merge.web.tags import StateTag
from merge.words import statuses
from merge.words.dates import day, moment
from merge.words.language import _
from merge.words.lots import place as lot_place


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A row of the log, or of a list of work."""

    number: int
    commune: str
    key: str
    department: str
    state: StateTag
    way: str
    when: str
    answer: StateTag | None
    answered_on: str
    telephone: str


def shown(line: LogLine, zone: ZoneInfo) -> ShownLine:
    """The row of this line; times by the clocks of the campaign."""
    recipient, delivery = line.recipient, line.delivery
    way = when = ""
    if delivery is not None:
        way = statuses.channel(delivery.channel)
        if delivery.lot is not None:
            lies = lot_place(str(delivery.lot), str(delivery.position))
            way = _("{channel}, lot {place}").format(channel=way, place=lies)
        if delivery.status is not Status.QUEUED:
            when = moment(delivery.at, zone)
    answered_at = line.answered_at
    return ShownLine(
        number=line.number,
        commune=recipient.name,
        key=recipient.key,
        department=recipient.department,
        state=tags.of_letter(delivery),
        way=way,
        when=when,
        answer=tags.of_answer(line.meaning, unread=line.unread),
        answered_on=day(f"{answered_at.astimezone(zone):%Y-%m-%d}") if answered_at else "",
        telephone=telephone(recipient),
    )
