"""Puts press, lot files and printer together from the settings, and marks what became of a lot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from merge import disks
from merge.app.opening import Campaign, now
from merge.app.suppress import keep_suppressed
from merge.campaign import submit
from merge.campaign.batch import Printer
from merge.campaign.ports import PrintQueue, Template, Watch
from merge.campaign.submit import PrintDesk
from merge.errors import LedgerError, Misuse
from merge.job import Event, Listener
from merge.ledger.states import may_move
from merge.model import Channel, Delivery, Lot, PrintFile, PrintJob, Status
from merge.paper.lot_files import LotFiles
from merge.paper.lots import made_of
from merge.paper.printer import IppQueue, printer_uri
from merge.words.lots import part_words

if TYPE_CHECKING:
    from merge.paper.cover import CoverWords
    from merge.paper.pdf import LotPress

DISCARDED = Path("outbox") / "discarded"


def what_pages_lack() -> Misuse | None:
    """What of this machine stands in the way of pages; None when nothing does."""
    from merge.paper.loading import load_weasyprint

    try:
        load_weasyprint()
    except Misuse as misuse:
        return misuse
    return None


def press(campaign: Campaign, words: CoverWords | None = None) -> LotPress:
    """What makes the pages of this campaign; `words` are for the cover sheets."""
    from merge.paper.pdf import LotPress
    from merge.paper.runs import cores

    paper = campaign.settings.paper
    return LotPress(
        campaign.folder,
        duplex=paper.duplex == "long-edge",
        words=words,
        window=paper.envelope,
        workers=cores(),
        confined=True,
    )


def printer(
    campaign: Campaign,
    template: Template,
    watch: Watch,
    words: CoverWords,
    *,
    hand_over: Callable[[int], bool] | None = None,
    separate: bool = False,
) -> Printer:
    """Everything `print` needs.

    `hand_over` when the lots go to a printer at once, `separate` for a PDF a recipient beside each.
    """
    paper = campaign.settings.paper
    return Printer(
        ledger=campaign.ledger,
        accounts=campaign.accounts,
        gate=campaign.gate,
        template=template,
        press=press(campaign, words),
        watch=watch,
        per_lot=paper.per_lot_printer if hand_over else paper.per_lot,
        order=paper.order,
        hand_over=hand_over or (lambda number: True),
        separate=separate,
    )


def print_queue(text: str) -> PrintQueue:
    """The printer that a person names. Misuse("printer-name") when that is none."""
    return IppQueue(printer_uri(text))


def check_printer(campaign: Campaign, queue: PrintQueue) -> None:
    """Refused("printer-…") when the printer cannot do what this campaign's lots need."""
    queue.check(duplex=campaign.settings.paper.duplex == "long-edge")


def print_desk(
    campaign: Campaign,
    queue: PrintQueue,
    watch: Watch,
    listener: Listener,
) -> PrintDesk:
    """Everything that handing over a lot needs.

    Event: "printer-complains" with its `words`, "" once it goes on.
    """
    return PrintDesk(
        ledger=campaign.ledger,
        accounts=campaign.accounts,
        gate=campaign.gate,
        store=_files(campaign),
        queue=queue,
        watch=watch,
        limit=timedelta(minutes=campaign.settings.paper.printer_minutes),
        heard=lambda said: listener(Event(code="printer-complains", facts={"words": said})),
    )


def _files(campaign: Campaign) -> LotFiles:
    """Its lot files, with the words for the cover of some letters."""
    return LotFiles(campaign.folder, now=now, words=partial(part_words, campaign.zone))


def make_part(
    campaign: Campaign,
    number: int,
    first: int,
    last: int,
) -> PrintFile:
    """Some letters of a lot again, as a file; each of them keeps an attempt."""
    file = submit.make_part(campaign.ledger, campaign.gate, _files(campaign), number, first, last)
    campaign.ledger.note_range(number, first, last, now())
    return file


def make_separate(campaign: Campaign, number: int) -> Sequence[str]:
    """A PDF for each recipient of a lot that is made; their paths in the campaign's folder."""
    files = LotFiles(campaign.folder, now=now)
    return submit.make_separate(campaign.ledger, campaign.gate, files, press(campaign), number)


def letter_of(campaign: Campaign, delivery: Delivery) -> bytes | None:
    """The pages of one recipient as they stand in the lot; None for one who is in none."""
    if delivery.lot is None or delivery.position is None:
        return None
    lot = submit.the_lot(campaign.ledger, delivery.lot)
    pages = campaign.ledger.pages(lot.number)
    return LotFiles(campaign.folder, now=now).letter(lot, pages, delivery.position)


def look_up(campaign: Campaign, number: int) -> PrintJob:
    """What the printer's own lists prove about a lot; UNKNOWN when they prove nothing.

    LedgerError("lot-not-in-doubt") for any other lot.
    """
    lot = submit.the_lot(campaign.ledger, number)
    job = submit.last_job(campaign.ledger, number)
    if lot.status not in submit.IN_DOUBT or job is None:
        raise LedgerError("lot-not-in-doubt", number=number, status=lot.status)
    found = submit.look_up(campaign.ledger, IppQueue(job.printer), job, now())
    campaign.accounts.witness(campaign.ledger.campaign_id, campaign.ledger.counter)
    return found


def look_up_part(campaign: Campaign, number: int, first: int | None, last: int | None) -> PrintJob:
    """What the printer's own lists prove about some letters of a lot that were printed again.

    LedgerError("part-not-in-doubt") for any others.
    """
    job = submit.the_part(campaign.ledger, number, first, last)
    return submit.look_up(campaign.ledger, IppQueue(job.printer), job, now())


def mark_part(campaign: Campaign, job: PrintJob, status: Status) -> PrintJob:
    """A person's word on letters printed again: all there, some of them, or none."""
    return campaign.ledger.settle_job(job, status, now())


def mark_returned(campaign: Campaign, key: str) -> Delivery:
    """The envelope to this recipient came back: it overtakes a reminder that waits behind it."""
    return campaign.ledger.mark_returned(key, now())


def mark_lot(campaign: Campaign, number: int, status: Status, without: Sequence[str] = ()) -> Lot:
    """made → printed → posted, or back into the queue.

    The letters to `without` were taken out: each waits again, unless it should not leave at all.
    What was made of a lot that is given back leaves `outbox/lots`, and before the ledger says so:
    nobody may print it beside the one that takes its place. LedgerError("part-in-doubt") while a
    printer may still do that with letters of it that were printed again.
    """
    if status is Status.QUEUED:
        campaign.ledger.refuse_open_parts(number)
        _put_away(campaign, number)
    lot = campaign.ledger.mark_lot(number, status, now(), without)
    campaign.accounts.witness(campaign.ledger.campaign_id, campaign.ledger.counter)
    if without:
        keep_suppressed(campaign)
    return lot


def _put_away(campaign: Campaign, number: int) -> None:
    made = next((lot for lot in campaign.ledger.lots() if lot.number == number), None)
    if made is None or not may_move(Channel.PAPER, made.status, Status.QUEUED):
        return  # the ledger says why it cannot be given back
    for pattern in made_of(made.path):
        for found in disks.found(campaign.folder, pattern):
            discarded = disks.folder_in(campaign.folder, DISCARDED)
            found.replace(discarded / found.name)
