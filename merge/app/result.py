"""What came of a campaign, for the group itself: figures, and who is to be called or written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from merge.app import report_map
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign.answers import DepartmentFigures, Figures
from merge.french.communes import fold
from merge.ledger.opening import Caution
from merge.ledger.records import DepartmentCount, LogFilter, LogLine, LogOrder
from merge.model import Recipient, Status

SHOWN = 8
"""Recipients of a list: the log has all of them."""

DOTS = 1_200
"""Towns on a map at most: more would be a blot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """Some of those whom a person should do something about, and how many there are."""

    chosen: LogFilter
    total: int
    lines: Sequence[LogLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """All that the page of results shows; `waves` are reminders that could still leave."""

    name: str
    tally: Figures
    departments: Sequence[DepartmentFigures]
    lists: Mapping[str, WorkList]
    waves: Sequence[int]
    cautions: Sequence[Caution]
    zone: ZoneInfo


def work_lists(silent_for: timedelta) -> Mapping[str, LogFilter]:
    """The filter of each list. "call": whose letter left that long ago, without an answer."""
    return {
        "unread": LogFilter(answers=("unread",)),
        "promised": LogFilter(answers=("yes", "conditions")),
        "bounced": LogFilter(statuses=(Status.FAILED, Status.BOUNCED, Status.RETURNED)),
        "call": LogFilter(answers=("none",), left_before=now() - silent_for),
    }


def look(place: Path, silent_for: timedelta) -> CampaignResult:
    """Read what came of the campaign in this folder; waits for nobody."""
    with open_campaign(place, access="read", command="report") as campaign:
        ledger = campaign.ledger
        departments = _by_department(campaign)
        lists = {}
        for name, chosen in work_lists(silent_for).items():
            total, lines = ledger.listing.page(
                chosen, LogOrder(by="department"), start=0, size=SHOWN
            )
            lists[name] = WorkList(chosen=chosen, total=total, lines=lines)
        return CampaignResult(
            name=campaign.settings.campaign.name,
            tally=_together([each.tally for each in departments]),
            departments=departments,
            lists=lists,
            waves=[wave for wave in ledger.reminders.waiting() if wave > 1],
            cautions=campaign.cautions,
            zone=campaign.zone,
        )


def drawn(place: Path) -> str:
    """The map, as SVG: see `report_map`."""
    with open_campaign(place, access="read", command="report") as campaign:
        tallies = {each.code: each.tally for each in _by_department(campaign)}
        return report_map.document(tallies, campaign.ledger.figures.places(DOTS))


def _by_department(campaign: Campaign) -> Sequence[DepartmentFigures]:
    counted = campaign.ledger.figures.by_department()
    return [DepartmentFigures(code=each.code, tally=_figures(each)) for each in counted]


def _figures(counted: DepartmentCount) -> Figures:
    return Figures(
        towns=counted.towns,
        written=counted.written,
        answered=counted.answered,
        unread=counted.unread,
        meanings=Counter(counted.meanings),
    )


def _together(tallies: Sequence[Figures]) -> Figures:
    meanings = sum((each.meanings for each in tallies), Counter())
    return Figures(
        towns=sum(each.towns for each in tallies),
        written=sum(each.written for each in tallies),
        answered=sum(each.answered for each in tallies),
        unread=sum(each.unread for each in tallies),
        meanings=meanings,
    )


def telephone(recipient: Recipient) -> str:
    """The telephone number in the sheet; "" for none."""
    return next(filter(None, (recipient.fields[h] for h in recipient.fields if _is_phone(h))), "")


def _is_phone(header: str) -> bool:
    words = fold(header).split()
    calls = any(word.startswith(("tel", "phone", "portable", "mobile")) for word in words)
    return calls and not any(word.startswith(("telecopie", "fax")) for word in words)
