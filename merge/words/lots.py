"""Letters that were made, tried or printed, and the sheets that go with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.model import Delivery, Outcome, Recipient, Status, Ways
from merge.words import departures, plainly, standing
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from datetime import datetime

    from merge.campaign.batch import Made
    from merge.paper.cover import CoverWords
    from merge.paper.testsheet import SheetWords


def refused_test(outcome: Outcome, address: str) -> str:
    """The letter to oneself was refused, or nobody knows."""
    ours = standing.OUR_WORDS.get(outcome.words)
    said = ours or _("The server said: {reply}").format(
        reply=" ".join(filter(None, (str(outcome.code or ""), outcome.enhanced, outcome.words)))
    )
    if outcome.status is Status.UNKNOWN:
        return _(
            "Nobody knows whether the letter reached {address}. {said} Look there before you send "
            "another."
        ).format(address=address, said=said)
    return _("{address} did not get the letter. {said}").format(address=address, said=said)


def in_doubt(delivery: Delivery | None, recipient: Recipient) -> str:
    """What is known of a delivery in doubt."""
    if delivery is None:
        return standing.no_letter()
    return _("{commune} ({key}), {address}: {status}. Message-ID {message_id}").format(
        commune=recipient.commune,
        key=recipient.key,
        address=delivery.address,
        status=standing.status(delivery.status),
        message_id=delivery.message_id,
    )


def lot(made: Made) -> str:
    """One lot that has been made."""
    return ngettext(
        "{path}: {n} letter, {sheets} sheets",
        "{path}: {n} letters, {sheets} sheets",
        made.letters,
    ).format(path=made.path, n=made.letters, sheets=made.sheets)


def ways(found: Ways) -> str:
    """How the letters of a lot were set."""
    line = _("Set fast: {fast}; plainly: {plain}; both ways and compared: {checked}.").format(
        fast=found.fast, plain=found.plain, checked=found.checked
    )
    if not found.reasons:
        return line
    return f"{line} {_('Why plainly: {why}.').format(why=plainly.why(found.reasons))}"


def part_words(zone: ZoneInfo, first: int, last: int) -> CoverWords:
    """The cover sheet of some letters of a lot, made again."""
    title = _("Lot {number}, letters {first} to {last}")
    return replace(cover_words(zone), lot=title.format(number="{number}", first=first, last=last))


def sheet_words(*, folds_known: bool) -> SheetWords:
    """The test sheet in the language of people."""
    from merge.paper.testsheet import SheetWords

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
            else _("Fold the sheet for your envelope, put it in and shake it."),
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


def _made_at(local: datetime) -> str:
    return _("{day} {year} at {time}").format(
        day=departures.on(local.date()), year=local.year, time=f"{local:%H:%M}"
    )


def cover_words(zone: ZoneInfo) -> CoverWords:
    """The cover sheet of a lot in the language of people, with times as they read them."""
    from merge.paper.cover import CoverWords

    return CoverWords(
        lang=_("en"),
        lot=_("Lot {number}"),
        do_not_post=_("Cover sheet: do not post"),
        letters=_("Letters"),
        sheets=_("Sheets, this one included"),
        first=_("First letter"),
        last=_("Last letter"),
        sides=_("Printing"),
        duplex=_("both sides, long edge, actual size (100 %)"),
        simplex=_("one side, actual size (100 %)"),
        made=_("Made"),
        checksum=_("Checksum of the recipients"),
        count=_(
            "Count the sheets before you post them: a letter that jammed is in nobody's hands."
        ),
        date=lambda at: _made_at(at.astimezone(zone)),
    )
