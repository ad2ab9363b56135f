"""Lots that are made: what of them goes to a printer, and who is in them.

A lot is handed over whole once; a second time wants a person's consent (see `app.lots`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from merge.campaign.ports import LotMaker, LotStore
from merge.campaign.suppression import Gate, refuse_suppressed
from merge.errors import LedgerError, Misuse
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
    """The places from one letter of a lot to another, each said as its sheets say it ("12" or
    "12/40"); None is its first, or its last. Misuse("lot-range"), also for a last before the first.
    """
    lot = the_lot(ledger, number)

    def place(word: str) -> int:
        said = _PLACE.fullmatch(word.strip())
        found = (
            int(said["place"]) if said and int(said["letters"] or lot.letters) == lot.letters else 0
        )
        if not 1 <= found <= lot.letters:
            raise Misuse("lot-range", number=number, word=word.strip(), letters=lot.letters)
        return found

    found = 1 if first is None else place(first), lot.letters if last is None else place(last)
    if found[1] < found[0]:
        word = f"{found[0]} … {found[1]}"
        raise Misuse("lot-range", number=number, word=word, letters=lot.letters)
    return found


_PLACE = re.compile(r"(?P<place>[0-9]{1,8})(?:\s*/\s*(?P<letters>[0-9]{1,8}))?")


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
