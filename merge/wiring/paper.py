"""Letters → paper: the press, and what became of a lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from merge.campaign.batch import Printer
from merge.campaign.ports import Template, Watch
from merge.model import Lot, Status
from merge.wiring.campaigns import Campaign, now

if TYPE_CHECKING:
    from merge.paper.cover import CoverWords


def printer(campaign: Campaign, template: Template, watch: Watch, words: CoverWords) -> Printer:
    """Everything `print` needs."""
    from merge.paper.pdf import LotPress

    paper = campaign.settings.paper
    return Printer(
        books=campaign.books,
        accounts=campaign.accounts,
        template=template,
        press=LotPress(campaign.folder, duplex=paper.duplex == "long-edge", words=words),
        watch=watch,
        per_lot=paper.per_lot,
        order=paper.order,
    )


def mark_lot(campaign: Campaign, number: int, status: Status) -> Lot:
    """made → printed → posted, or back into the queue."""
    lot = campaign.books.mark_lot(number, status, now())
    campaign.accounts.witness(campaign.books.campaign_id, campaign.books.counter)
    return lot
