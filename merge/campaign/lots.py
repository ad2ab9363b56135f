"""Lots that are made: what of them goes to a printer, and who is in them.

A lot is handed over whole once; a second time wants a person's consent (see `app.lots`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from merge.campaign.plan import called
from merge.campaign.ports import LotMaker, LotStore
from merge.campaign.suppression import Gate, refuse_suppressed
from merge.errors import LedgerError, Misuse
from merge.french.communes import fold
from merge.ledger.ledger import Ledger
from merge.model import Lot, PrintFile, Recipient, Status


def the_lot(ledger: Ledger, number: int) -> Lot:
    """One lot. Misuse("lot-missing") for a number that is not in the ledger."""
    for lot in ledger.lots():
        if lot.number == number:
            return lot
    raise Misuse("lot-missing", number=number)


def whole(ledger: Ledger, gate: Gate, store: LotStore, number: int) -> PrintFile:
    """The PDF of a lot, with all of its letters.

    Refused when its file is not the ledger's, "lot-incomplete" when one of its letters has gone
    another way, and "lot-suppressed" when it holds a letter to someone who asked for none.
    LedgerError("lot-discarded") when it was given back.
    """
    lot = _kept_lot(ledger, number)
    refuse_suppressed(ledger, gate, number)
    return store.complete(lot, ledger.pages(number))


def letters_named(
    ledger: Ledger, number: int, first: str | None, last: str | None
) -> tuple[int, int]:
    """The places from one letter of a lot to another, as a person names them; without a name, from
    its first letter, or to its last.

    A name is a place, as each sheet says it ("12" or "12/40"), or else of the recipient: a
    reference, a commune, or what `called` takes. Misuse("lot-range") for what is none or several of
    them, and for a last letter before the first.
    """
    lot = the_lot(ledger, number)
    found = (
        1 if first is None else _place(ledger, lot, first),
        lot.letters if last is None else _place(ledger, lot, last),
    )
    if found[1] < found[0]:
        word = f"{found[0]} … {found[1]}"
        raise Misuse("lot-range", number=number, word=word, letters=lot.letters)
    return found


def _place(ledger: Ledger, lot: Lot, word: str) -> int:
    word = word.strip()
    said = _PLACE.fullmatch(word)
    if said:
        is_of_it = int(said["letters"] or lot.letters) == lot.letters
        if is_of_it and 1 <= int(said["place"]) <= lot.letters:
            return int(said["place"])
    places = {page.key: page.position for page in ledger.pages(lot.number)}
    recipients = ledger.recipients_of(list(places))
    name = _REFERENCE.sub("", word)
    there = [places[each.key] for each in called(recipients, name)] or [
        places[each.key] for each in recipients if fold(each.locality) == fold(name)
    ]
    if len(there) == 1:
        return there[0]
    word = ": ".join(filter(None, (word, ", ".join(map(str, sorted(there))))))
    raise Misuse("lot-range", number=lot.number, word=word, letters=lot.letters)


_PLACE = re.compile(r"(?P<place>[0-9]{1,8})(?:\s*/\s*(?P<letters>[0-9]{1,8}))?")
_REFERENCE = re.compile(r"\s*r[eé]f\w*[.\s:]\s*", re.IGNORECASE)  # as the foot of a letter says it


def make_part(
    ledger: Ledger, gate: Gate, store: LotStore, number: int, first: int, last: int
) -> PrintFile:
    """The PDF of some letters of a lot, from its own pages.

    Misuse("lot-range") when it has no such letters, LedgerError("lot-discarded") when it was given
    back: its letters may stand in another. Refused("lot-suppressed") as in `whole`.
    """
    lot = the_lot(ledger, number)
    if not 1 <= first <= last <= lot.letters:
        word = f"{first} … {last}"
        raise Misuse("lot-range", number=number, word=word, letters=lot.letters)
    _kept_lot(ledger, number)
    refuse_suppressed(ledger, gate, number, (first, last))
    return store.part(lot, ledger.pages(number), first, last)


def make_separate(
    ledger: Ledger, gate: Gate, store: LotStore, press: LotMaker, number: int
) -> Sequence[str]:
    """A PDF for each recipient of a lot that is made; their paths, in the lot's order.

    Refused as `whole`.
    """
    whole(ledger, gate, store, number)
    pages = ledger.pages(number)
    return press.separate(the_lot(ledger, number), pages, ledger.addressed(number))


def recipients_of(ledger: Ledger, gate: Gate, number: int) -> Sequence[Recipient]:
    """Whom a lot that is made goes to, in its order.

    LedgerError("lot-discarded") when it was given back; Refused("lot-suppressed") as in `whole`.
    """
    _kept_lot(ledger, number)
    refuse_suppressed(ledger, gate, number)
    keys = [page.key for page in ledger.pages(number)]
    found = {recipient.key: recipient for recipient in ledger.recipients_of(keys)}
    return [found[key] for key in keys]


def _kept_lot(ledger: Ledger, number: int) -> Lot:
    lot = the_lot(ledger, number)
    if lot.status is Status.QUEUED:
        raise LedgerError("lot-discarded", number=number)
    return lot
