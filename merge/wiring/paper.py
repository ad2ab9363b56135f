"""Letters → paper: the press, and what became of a lot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from merge.campaign.batch import Printer
from merge.campaign.ports import Template, Watch
from merge.model import Lot, Status
from merge.paper.lots import published_path
from merge.wiring.campaigns import Campaign, now

if TYPE_CHECKING:
    from merge.paper.cover import CoverWords

DISCARDED = Path("outbox") / "discarded"


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
    """made → printed → posted, or back into the queue.

    The PDF of a lot that is given back leaves `outbox/lots`, and before the ledger says so: nobody
    may print it beside the one that takes its place.
    """
    if status is Status.QUEUED:
        _put_away(campaign, number)
    lot = campaign.books.mark_lot(number, status, now())
    campaign.accounts.witness(campaign.books.campaign_id, campaign.books.counter)
    return lot


def _put_away(campaign: Campaign, number: int) -> None:
    made = next((lot for lot in campaign.books.lots() if lot.number == number), None)
    if made is None or made.status is not Status.MADE:
        return  # the ledger says why it cannot be given back
    file = campaign.folder / published_path(made.path)
    if file.exists():
        (campaign.folder / DISCARDED).mkdir(parents=True, exist_ok=True)
        file.replace(campaign.folder / DISCARDED / file.name)
