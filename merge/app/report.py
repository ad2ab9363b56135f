"""What came of a campaign, for those outside the group: it names no person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from merge.app.opening import open_campaign
from merge.campaign import answers
from merge.campaign.answers import Row
from merge.ledger.opening import Caution
from merge.ledger.records import DepartmentFigures, Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures, by département too, and a row of `REPORT_COLUMNS` for each town."""

    name: str
    day: str  # ISO 8601, where the campaign is
    tally: Figures
    departments: Sequence[DepartmentFigures]
    towns: Sequence[Row]
    cautions: Sequence[Caution]


def look(place: Path, now: datetime) -> Report:
    """Read what came of the campaign in this folder; waits for nobody."""
    with open_campaign(place, access="read", command="report") as campaign:
        towns, zone = answers.every_town(campaign.ledger), campaign.zone
        return Report(
            name=campaign.settings.campaign.name,
            day=answers.iso_day(now, zone),
            tally=answers.tally(towns),
            departments=campaign.ledger.figures.by_department(),
            towns=answers.report_rows(towns, zone),
            cautions=campaign.cautions,
        )
