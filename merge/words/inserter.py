"""What the log of an inserter says of lots, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from merge.model import Status
from merge.words.language import N_, _, ngettext, translate

if TYPE_CHECKING:
    from merge.app.inserted import InsertedLots, SettledLot
    from merge.campaign.inserter import Unread

_UNREAD: Mapping[str, str] = {
    "row": N_("Row {row} of the log cannot be read."),
    "code": N_("Row {row} of the log: “{said}” is no code or reference of a letter in these lots."),
    "status": N_("Row {row} of the log: “{said}” is no status that is known."),
    "elsewhere": N_("Row {row} of the log: {said} is a sheet of another lot or another campaign."),
    "left": N_("Row {row} of the log: {said} is a letter that has left this lot since."),
}


def lines(found: InsertedLots) -> Iterator[str]:
    """What came of the log; the envelopes to take out are told after it."""
    for each in found.lots:
        yield from _of_lot(each)
    if not found.lots:
        yield _("Nothing in this log is about a lot of this campaign.")
    for row in found.unread:
        yield unread(row)


def unread(row: Unread) -> str:
    """Why a row settles nothing."""
    return translate(_UNREAD[row.why]).format(row=row.row, said=row.said)


def _of_lot(each: SettledLot) -> Iterator[str]:
    number, n = each.lot.number, each.in_order
    yield ngettext(
        "Lot {number}: {n} letter is in its envelope, says the inserter.",
        "Lot {number}: {n} letters are in their envelopes, says the inserter.",
        n,
    ).format(number=number, n=n)
    if each.is_known:
        yield _("Lot {number}: this log was settled before; nothing is changed.").format(
            number=number
        )
    if each.silent:
        yield ngettext(
            "Lot {number}: the log does not name {n} letter.",
            "Lot {number}: the log does not name {n} letters.",
            each.silent,
        ).format(number=number, n=each.silent)
    if each.posted:
        yield _(
            "Lot {number} is in the post, as somebody said; but the inserter does not have these "
            "letters in order: {places}. Nothing is changed."
        ).format(number=number, places=", ".join(map(str, each.posted)))
    elif each.lot.status is Status.PRINTED and not each.silent:
        yield _("When it is in the post: {command}").format(
            command=f"publipostage print --posted {number}"
        )
