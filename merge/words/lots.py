"""Lots: what they are, what comes next, and the sheets that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.job import Step
from merge.model import Lot, Status, Ways
from merge.words import dates, statuses
from merge.words.language import N_, _, decimal, ngettext, translate
from merge.words.reasons import in_words
from merge.words.reasons.form import WhatToDo

if TYPE_CHECKING:
    from merge.campaign.batch import Made
    from merge.paper.cover import CoverWords
    from merge.paper.stationery import SheetWords

_POSTED = Step(command="print", options=("--posted", "{n}"))
_AGAIN = Step(command="print", options=("--lot", "{n}", "--printer", N_("NAME")))
LOT_STEPS: Mapping[Status, WhatToDo] = {
    Status.MADE: (
        N_("Print it (or: {step}), count {sheets} sheets, post it, then: {step2}"),
        _AGAIN,
        _POSTED,
    ),
    Status.PRINTED: (N_("In the post: {step}"), _POSTED),
}
"""What a person can do with a lot that stands so."""
_HANDED_OVER: WhatToDo = (
    N_("Count {sheets} sheets. Those that are missing: {step}. In the post: {step2}"),
    Step(command="print", options=("--lot", "{n}", "--from", "…", "--to", "…")),
    _POSTED,
)


def lot(made: Made) -> str:
    """One lot that has been made."""
    return ngettext(
        "{path}: {n} letter, {sheets} sheets",
        "{path}: {n} letters, {sheets} sheets",
        made.letters,
    ).format(path=made.path, n=made.letters, sheets=made.sheets)


WHY_PLAINLY = {
    "few-letters": N_("too few letters alike"),
    "characters": N_("letters of another script, or rare characters"),
    "hyphen": N_("the font has no hyphen U+2010 (see hyphenate-character in docs/terminal.md)"),
    "font": N_(
        "the font lacks characters, composes them, or sets them otherwise beside others or in "
        "another size"
    ),
    "lines": N_("where lines and pages end, spaces and kerning"),
    "look": N_(
        "a blank in a table, a list, a link or a note, or a look that draws or places by itself"
    ),
    "wrong": N_("the fast way does not come out right on this machine"),
    "error": N_("an error of the fast way; tell the authors"),
}


def ways(found: Ways) -> str:
    """How the letters of a lot were set."""
    line = _("Set fast: {fast}; plainly: {plain}; both ways and compared: {checked}.").format(
        fast=found.fast, plain=found.plain, checked=found.checked
    )
    if not found.reasons:
        return line
    most_first = sorted(found.reasons.items(), key=lambda reason: -reason[1])
    why = ", ".join(f"{translate(WHY_PLAINLY[code])} ({n})" for code, n in most_first)
    return f"{line} {_('Why plainly: {why}.').format(why=why)}"


def part_words(zone: ZoneInfo, first: int, last: int) -> CoverWords:
    """The cover sheet of some letters of a lot, made again."""
    title = _("Lot {number}, letters {first} to {last}")
    return replace(cover_words(zone), lot=title.format(number="{number}", first=first, last=last))


def sheet_words(*, folds_known: bool) -> SheetWords:
    """The test sheet in the language of people."""
    from merge.paper.stationery import SheetWords

    return SheetWords(
        lang=_("en"),
        title=_("Test sheet"),
        steps=(
            _(
                "Print this sheet as you will print the letters: actual size (100 %), without "
                "“fit to page”."
            ),
            _("Measure the line below. If it is not 100 mm long, the printer changed the size."),
            _("Fold at the marks on the left edge, put the sheet into the envelope and shake it.")
            if folds_known
            else _("Put the sheet into the envelope, folded if your letters are, and shake it."),
            _(
                "Whichever way it slips, the window must show all of the address. The dashed "
                "frame is what it may show: nothing else is printed there."
            ),
            _("Another envelope? Change window in campaign.toml, [paper]."),
        ),
        back=_(
            "This is the back. Its top is at the top of the front: if not, choose “long edge” for "
            "both sides."
        ),
    )


def cover_words(zone: ZoneInfo) -> CoverWords:
    """The cover sheet of a lot in the language of people, with times as they read them."""
    from merge.paper.cover import CoverWords

    return CoverWords(
        lang=_("en"),
        lot=_("Lot {number}"),
        do_not_post=_("Cover sheet: do not post"),
        letters=_("Letters"),
        campaign=_("Campaign"),
        sheets=_("Sheets, the cover included"),
        first=_("First letter"),
        last=_("Last letter"),
        sides=_("Printing"),
        duplex=_("both sides, long edge, actual size (100 %)"),
        simplex=_("one side, actual size (100 %)"),
        made=_("Made"),
        checksum=_("Checksum of the recipients"),
        envelopes=_("Envelopes (letters to one household share one)"),
        weight=_("Weight, with envelopes"),
        postage=_("Envelopes by weight"),
        up_to=_("up to"),
        zones=(_("Europe"), _("world")),
        too_heavy=_("parcel"),
        grammes=_weight,
        count=_(
            "Count the sheets before you post them: a letter that jammed is in nobody's hands."
        ),
        date=lambda at: dates.exactly(at, zone),
    )


def _weight(grammes: float) -> str:
    """Whole grammes, of which a part counts; from a kilogram on in kilograms."""
    if grammes < 1000:
        return _("{n} g").format(n=ceil(grammes))
    return _("{n} kg").format(n=decimal(round(grammes / 1000, 2)))


def lot_line(lot: Lot) -> str:
    """One lot that is not in the post yet: where it stands, where its PDF is, what comes next."""
    return f"{lot_stands(lot)} {lot_step(lot)}"


def lot_status(status: Status) -> str:
    """How a lot stands; that it waits says that it was given back."""
    if status is Status.QUEUED:
        return _("given back")
    return statuses.status(status)


def lot_stands(lot: Lot) -> str:
    """One lot, and where it stands."""
    stands = statuses.status(lot.status)
    if lot.status is Status.MADE and lot.handed_at:
        stands = _("{status}, handed to “{printer}”").format(status=stands, printer=lot.handed_to)
    return ngettext(
        "Lot {number} ({n} letter, {sheets} sheets): {status}.",
        "Lot {number} ({n} letters, {sheets} sheets): {status}.",
        lot.letters,
    ).format(
        number=lot.number,
        n=lot.letters,
        sheets=lot.sheets,
        status=stands,
    )


def lot_step(lot: Lot) -> str:
    """What a person can do with a lot as it stands; "" when nothing is left."""
    facts = {"n": lot.number, "sheets": lot.sheets}
    is_handed = lot.status is Status.MADE and lot.handed_at
    what = _HANDED_OVER if is_handed else LOT_STEPS.get(lot.status, ("",))
    return str(in_words(("", *what), facts))


def handed_over(
    number: int, printer: str, words: str, first: int | None = None, last: int | None = None
) -> str:
    """A lot, or some of its letters, went to a printer, whose service says these words."""
    name = lot_name(number, first, last)
    return (
        _("{lot}: handed to “{printer}”. {words}")
        .format(lot=name, printer=printer, words=words)
        .rstrip()
    )


def lot_name(number: int | str, first: int | str | None, last: int | str | None) -> str:
    """A lot, or some of its letters."""
    if first is None:
        return _("Lot {number}").format(number=number)
    return _("Lot {number}, letters {first} to {last}").format(
        number=number, first=first, last=last
    )


def place(lot: str, position: str) -> str:
    """Where a letter lies, in a word that no table breaks: lot/letter; "" where there is no lot."""
    return f"{lot}/{position}" if lot else ""
