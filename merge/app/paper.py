"""Puts the press and the lot files together from the settings."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from merge.app.opening import Campaign, now
from merge.campaign.batch import Printer
from merge.campaign.lots import the_lot
from merge.campaign.ports import Template, Watch
from merge.errors import Misuse, Refused
from merge.model import Delivery, PrintFile
from merge.paper.binding import Marks
from merge.paper.cover import Weights
from merge.paper.lot_files import LotFiles
from merge.paper.window import FORMATS
from merge.settings import without_passwords
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
        marks=_marks(campaign),
        fast=paper.press,
        workers=cores(),
        confined=True,
    )


def printer(
    campaign: Campaign,
    template: Template,
    watch: Watch,
    words: CoverWords,
    *,
    separate: bool = False,
) -> Printer:
    """Everything `print` needs; `separate` for a PDF a recipient beside each lot."""
    paper = campaign.settings.paper
    return Printer(
        ledger=campaign.ledger,
        accounts=campaign.accounts,
        gate=campaign.gate,
        template=template,
        press=press(campaign, words),
        watch=watch,
        per_lot=paper.per_lot,
        order=paper.order,
        households=paper.households,
        separate=separate,
    )


def find_lp(file: PrintFile) -> str:
    """The `lp` of this computer's print service. Refused("lp-missing"), with what to print."""
    if found := shutil.which("lp"):
        return found
    raise Refused("lp-missing", path=file.path)


def hand_over(lp: str, printer: str, file: PrintFile) -> str:
    """Give a queue this file, once: what `lp` says. Refused("lp-refuses") in its own words.

    The paper is always named: left to itself a queue prints on Letter, and a page that is fitted
    moves the address out of the window.
    """
    sides = "two-sided-long-edge" if file.duplex else "one-sided"
    media = FORMATS[file.paper].media
    options = (f"sides={sides}", f"media={media}", "print-scaling=none")
    words = [lp, "-d", printer, *(f"-o{each}" for each in options), "--", file.path]
    try:
        with without_passwords(os.environ):
            said = subprocess.check_output(  # noqa: S603 - no shell, and a path of ours
                words, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, errors="replace"
            )
    except OSError as error:
        raise Refused("lp-refuses", path=file.path, words=error.strerror) from None
    except subprocess.CalledProcessError as error:
        words_of_it = " ".join(error.output.split())
        raise Refused("lp-refuses", path=file.path, words=words_of_it) from None
    return " ".join(said.split())


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


def _weights(campaign: Campaign) -> Weights:
    paper = campaign.settings.paper
    return Weights(paper=paper.grammage, envelope=paper.envelope_grammes, sheet=paper.sheet)


def _marks(campaign: Campaign) -> Marks | None:
    return Marks(window=campaign.window) if campaign.settings.paper.marks else None


def letter_of(campaign: Campaign, delivery: Delivery) -> bytes | None:
    """The pages of one recipient as they stand in the lot; None for one who is in none."""
    if delivery.lot is None or delivery.position is None:
        return None
    lot = the_lot(campaign.ledger, delivery.lot)
    pages = campaign.ledger.pages(lot.number)
    return lot_files(campaign).letter(lot, pages, delivery.position)
