"""The results of a campaign for the group itself: figures, a map, and lists to work through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from merge.app import report_map
from merge.app.log import wordings
from merge.app.opening import Campaign, now
from merge.french.communes import fold
from merge.ledger.opening import Caution
from merge.ledger.records import DepartmentFigures, Figures, LogFilter, LogLine, LogOrder
from merge.model import Recipient, Status

SHOWN = 8
"""Recipients shown of a list; the log has all."""

DOTS = 1_200
"""Towns on the map at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """Recipients whom a person should do something about: how many, and the first lines."""

    chosen: LogFilter
    total: int
    lines: Sequence[LogLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """The results; `waves` are reminders with letters that could still leave."""

    name: str
    tally: Figures
    departments: Sequence[DepartmentFigures]
    lists: Mapping[str, WorkList]  # also one for "said WORDING" of each of the wordings
    wordings: Sequence[str]
    is_to_people: bool
    is_to_communes: bool
    waves: Sequence[int]
    cautions: Sequence[Caution]
    zone: ZoneInfo


def work_lists(silent_for: timedelta) -> Mapping[str, LogFilter]:
    """The log's filter for each list. "call": no answer to a letter sent that long ago."""
    return {
        "unread": LogFilter(answers=("unread",)),
        "promised": LogFilter(answers=("yes", "conditions")),
        "bounced": LogFilter(statuses=(Status.FAILED, Status.BOUNCED, Status.RETURNED)),
        "call": LogFilter(answers=("none",), left_before=now() - silent_for),
    }


def look(campaign: Campaign, silent_for: timedelta) -> CampaignResult:
    """Read the results."""
    ledger = campaign.ledger
    departments = ledger.figures.by_department()
    lists = {}
    own = wordings(campaign)
    worded = {f"said {each}": LogFilter(answers=(each,)) for each in own}
    for name, chosen in {**work_lists(silent_for), **worded}.items():
        total, lines = ledger.listing.page(chosen, LogOrder(by="department"), start=0, size=SHOWN)
        lists[name] = WorkList(chosen=chosen, total=total, lines=lines)
    return CampaignResult(
        name=campaign.settings.campaign.name,
        tally=_sum([each.tally for each in departments]),
        departments=departments,
        lists=lists,
        wordings=own,
        is_to_people=campaign.settings.campaign.is_to_people,
        is_to_communes=campaign.settings.campaign.is_to_communes,
        waves=[wave for wave in ledger.reminders.waiting() if wave > 1],
        cautions=campaign.cautions,
        zone=campaign.zone,
    )


def map_svg(campaign: Campaign) -> str:
    """The map, see `report_map`; "" where nobody writes to communes."""
    if not campaign.settings.campaign.is_to_communes:
        return ""
    figures = campaign.ledger.figures
    tallies = {each.code: each.tally for each in figures.by_department()}
    return report_map.document(tallies, figures.places(DOTS))


def _sum(tallies: Sequence[Figures]) -> Figures:
    return Figures(
        towns=sum(each.towns for each in tallies),
        written=sum(each.written for each in tallies),
        answered=sum(each.answered for each in tallies),
        unread=sum(each.unread for each in tallies),
        meanings=sum((each.meanings for each in tallies), Counter()),
    )


def telephone(recipient: Recipient) -> str:
    """The first telephone number in the recipient's own columns; "" for none."""
    return next(filter(None, (recipient.fields[h] for h in recipient.fields if _is_phone(h))), "")


def _is_phone(header: str) -> bool:
    words = fold(header).split()
    calls = any(word.startswith(("tel", "phone", "portable", "mobile")) for word in words)
    return calls and not any(word.startswith(("telecopie", "fax")) for word in words)
