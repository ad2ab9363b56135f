"""The results of a campaign for the group itself: figures, a map, and lists to work through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from merge.app import report_map
from merge.app.opening import Campaign, now
from merge.ledger.records import DepartmentFigures, Figures, LogFilter, LogOrder

DOTS = 1_200
"""Towns on the map at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResult:
    """The results; `waves` are reminders with letters that could still leave."""

    name: str
    tally: Figures
    departments: Sequence[DepartmentFigures]
    to_call: int  # no answer to a letter that left that long ago
    lost: int  # letters that reached nobody
    is_to_people: bool
    is_to_communes: bool
    waves: Sequence[int]


def look(campaign: Campaign, silent_for: timedelta) -> CampaignResult:
    """Read the results."""
    ledger = campaign.ledger
    departments = ledger.figures.by_department()
    to_call = LogFilter(answers=("none",), left_before=now() - silent_for)
    return CampaignResult(
        name=campaign.settings.campaign.name,
        tally=_sum([each.tally for each in departments]),
        departments=departments,
        to_call=ledger.listing.page(to_call, LogOrder(), start=0, size=1)[0],
        lost=len(ledger.came_back(waiting=False)),
        is_to_people=campaign.settings.campaign.is_to_people,
        is_to_communes=campaign.settings.campaign.is_to_communes,
        waves=[wave for wave in ledger.reminders.waiting() if wave > 1],
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
