"""Puts the press, the lot files and a printer together from the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from merge.app.export import as_csv
from merge.app.opening import Campaign, now
from merge.app.shared_files import keep_made
from merge.campaign import submit
from merge.campaign.batch import Printed, Printer, Shared
from merge.campaign.ports import PrintQueue, Template, Watch
from merge.campaign.submit import PrintDesk
from merge.errors import Misuse
from merge.french.postal import LINES
from merge.job import Event, Listener
from merge.letters.idiom import Idiom
from merge.model import Delivery
from merge.paper import codes
from merge.paper.lot_files import LotFiles
from merge.paper.lots import CutLetter
from merge.paper.marks import Marks
from merge.paper.postage import Weights
from merge.paper.printer import IppQueue, printer_uri
from merge.post import locales
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
        campaign=campaign.settings.campaign.name,
        weights=_weights(campaign),
        window=campaign.window,
        made_for=paper.made_for,
        marks=_marks(campaign),
        manifest=partial(_manifest, campaign),
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
    shared: Shared | None = None,
    told: Callable[[Printed], object] = lambda printed: None,
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
        households=paper.households,
        hand_over=hand_over or (lambda number: True),
        separate=separate,
        shared=shared,
        keep=partial(keep_made, campaign),
        told=told,
    )


def print_queue(text: str) -> PrintQueue:
    """The printer that a person names. Misuse("printer-name") when that is none."""
    return IppQueue(printer_uri(text))


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
        store=lot_files(campaign),
        queue=queue,
        watch=watch,
        limit=timedelta(minutes=campaign.settings.paper.printer_minutes),
        heard=lambda said: listener(Event(code="printer-complains", facts={"words": said})),
    )


def lot_files(campaign: Campaign) -> LotFiles:
    """Its lot files, with the words for the cover of some letters."""
    words = partial(part_words, campaign.zone)
    return LotFiles(
        campaign.folder,
        now=now,
        campaign=campaign.settings.campaign.name,
        words=words,
        weights=_weights(campaign),
        marks=_marks(campaign),
    )


MANIFEST = (
    *("place", "file", "reference", "key", "name"),
    *(f"line{number}" for number in range(1, LINES + 1)),
    *("country", "sheets", "pages", "duplex", "first_page", "last_page"),
    *("window_left_mm", "window_top_mm", "window_width_mm", "window_height_mm"),
    "sha256",
)
"""The columns of the list of letters that were cut out of a lot.

With the pages of each in the PDF of the lot, and the window in millimetres from the left and the
upper edge of the sheet: what services ask for that print and post for others.
"""


def _manifest(campaign: Campaign, letters: Sequence[CutLetter]) -> bytes:
    """The list of letters, as a French Excel opens it by itself."""
    idiom = Idiom(locales.known(campaign.settings.letter.language))
    window = campaign.settings.paper.envelope
    measures = {
        f"window_{side}_mm": f"{getattr(window, f'{side}_mm'):g}"
        for side in ("left", "top", "width", "height")
    }
    rows = [
        {
            **dict.fromkeys(MANIFEST, ""),
            **(measures if each.is_in_window else {}),
            **{f"line{number}": line for number, line in enumerate(each.address, start=1)},
            "place": str(each.place),
            "file": each.file,
            "reference": f"{idiom.reference} {each.key}",
            "key": each.key,
            "name": each.name,
            "country": each.country,
            "sheets": str(each.sheets),
            "pages": str(each.pages),
            "duplex": "yes" if each.pages > each.sheets else "no",
            "first_page": str(each.first_page),
            "last_page": str(each.first_page + each.pages - 1),
            "sha256": each.sha256,
        }
        for each in letters
    ]
    return as_csv(MANIFEST, rows, excel=True)


def _weights(campaign: Campaign) -> Weights:
    paper = campaign.settings.paper
    return Weights(paper=paper.grammage, envelope=paper.envelope_grammes, sheet=paper.sheet)


def _marks(campaign: Campaign) -> Marks | None:
    paper = campaign.settings.paper
    if paper.data_matrix:
        codes.refuse_without_encoder()
    if not (paper.marks or paper.data_matrix or paper.omr):
        return None
    return Marks(
        window=campaign.window,
        line=paper.marks,
        code=paper.data_matrix,
        omr=paper.omr,
    )


def letter_of(campaign: Campaign, delivery: Delivery) -> bytes | None:
    """The pages of one recipient as they stand in the lot; None for one who is in none."""
    if delivery.lot is None or delivery.position is None:
        return None
    lot = submit.the_lot(campaign.ledger, delivery.lot)
    pages = campaign.ledger.pages(lot.number)
    return lot_files(campaign).letter(lot, pages, delivery.position)
