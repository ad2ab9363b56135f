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
    """Figures, by département too, and a row of `REPORT_COLUMNS` for each town.

    Of a campaign to people there are the figures of all of them alone: few live in one département.
    With their names, which somebody has asked for, there are rows, too.
    """

    name: str
    day: str  # ISO 8601, where the campaign is
    tally: Figures
    departments: Sequence[DepartmentFigures]
    towns: Sequence[Row]
    cautions: Sequence[Caution]
    is_to_people: bool
    is_to_communes: bool
    names_people: bool

    @property
    def table(self) -> tuple[Sequence[str], Sequence[Row]]:
        """Columns and rows of the report as a file."""
        if self.is_to_people and not self.names_people:
            return answers.FIGURE_COLUMNS, answers.figure_rows(self.tally)
        return answers.REPORT_COLUMNS, self.towns


def look(place: Path, now: datetime, *, names: bool = False) -> Report:
    """Read what came of the campaign in this folder; waits for nobody. `names`: also of people."""
    with open_campaign(place, access="read", command="report") as campaign:
        towns, zone = answers.every_town(campaign.ledger), campaign.zone
        is_to_people = campaign.settings.campaign.is_to_people
        may_name = names or not is_to_people
        return Report(
            name=campaign.settings.campaign.name,
            day=answers.iso_day(now, zone),
            tally=answers.tally(towns),
            departments=() if is_to_people else campaign.ledger.figures.by_department(),
            towns=answers.report_rows(towns, zone) if may_name else (),
            cautions=campaign.cautions,
            is_to_people=is_to_people,
            is_to_communes=campaign.settings.campaign.is_to_communes,
            names_people=is_to_people and names,
        )
