"""Lots that are made: what of them goes to a printer, and what is noted of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from pikepdf import Pdf

from merge.campaign import lots
from merge.campaign.batch import print_lots
from merge.campaign.suppression import Gate
from merge.errors import LedgerError, Misuse, Refused
from merge.ledger.ledger import Ledger
from merge.model import Lot, Page, PrintFile, Status
from tests.fakes import town
from tests.place import START, Make, Place
from tests.rooms.campaign.test_batch import PlainPress, printer

EVERYBODY = 3
LATER = START + timedelta(hours=1)


@dataclass
class PlainStore:
    """Fills LotStore with one file for everything."""

    file: Path
    parts: list[tuple[int, int]] = field(default_factory=list)

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        with Pdf.new() as pdf:
            pdf.add_blank_page(page_size=(595, 842))
            pdf.save(self.file)
        return PrintFile(path=str(self.file), duplex=True, sheets=lot.sheets, paper="A4")

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        self.parts.append((first, last))
        return self.complete(lot, pages)


@pytest.fixture
def place(make: Make) -> Place:
    """A campaign with one lot of three letters, made."""
    place = make([town(n, email=None) for n in range(1, EVERYBODY + 1)])
    with place.opened() as sender:
        made = printer(sender, PlainPress())
        print_lots(replace(made, per_lot=EVERYBODY))
    return place


class Desk(NamedTuple):
    """What the functions of `lots` take of a campaign."""

    ledger: Ledger
    gate: Gate
    store: PlainStore


@contextmanager
def desk(place: Place) -> Iterator[Desk]:
    with place.opened() as sender:
        yield Desk(sender.ledger, sender.gate, PlainStore(place.folder / "lot.pdf"))


def test_the_ledger_says_when_a_lot_went_to_which_printer_and_is_counted(place: Place) -> None:
    """Counted, so that a ledger restored from before is refused: it would print the lot again."""
    with desk(place) as at:
        before = at.ledger.counter
        at.ledger.note_handed_over(1, "bureau", START, None)
        (lot,) = at.ledger.lots()
        assert (lot.status, lot.handed_to, lot.handed_at) == (Status.MADE, "bureau", START)
        assert at.ledger.counter == before + 1
    assert place.statuses() == {Status.MADE: EVERYBODY}


def test_who_did_not_know_that_it_was_handed_over_hands_it_over_to_nobody(place: Place) -> None:
    """Two windows, the same line: the second has read the lot before the first wrote."""
    with desk(place) as at:
        at.ledger.note_handed_over(1, "bureau", START, None)
        with pytest.raises(Refused, match="consent-missing"):
            at.ledger.note_handed_over(1, "bureau", LATER, None)
        at.ledger.note_handed_over(1, "salon", LATER, START)
        (lot,) = at.ledger.lots()
    assert (lot.handed_to, lot.handed_at) == ("salon", LATER)


@pytest.mark.parametrize(
    ("stands", "code"),
    [
        (Status.PRINTED, "lot-status"),
        (Status.POSTED, "lot-status"),
        (Status.QUEUED, "lot-discarded"),
    ],
)
def test_only_a_lot_that_is_made_goes_to_a_printer(place: Place, stands: Status, code: str) -> None:
    with desk(place) as at:
        at.ledger.mark_lot(1, stands, START)
        with pytest.raises(LedgerError, match=code):
            at.ledger.note_handed_over(1, "bureau", LATER, None)


def test_some_letters_again_move_nobody_and_each_keeps_an_attempt(place: Place) -> None:
    with desk(place) as at:
        before = at.ledger.deliveries()
        at.ledger.note_range(1, 2, 3, START)
        after = at.ledger.deliveries()
        noted = [(a.key, a.phase, a.status, a.words) for a in at.ledger.attempts()][-2:]
    assert [one._replace(attempts=0) for one in after] == [
        one._replace(attempts=0) for one in before
    ]
    assert noted == [(town(n).key, "again", Status.MADE, "1: 2-3") for n in (2, 3)]


def test_a_lot_is_cut_into_files_only_while_all_its_letters_are_in_it(place: Place) -> None:
    with desk(place) as at:
        press = PlainPress()
        assert len(lots.make_separate(*at, press, 1)) == EVERYBODY
        at.ledger.mark_lot(1, Status.QUEUED, START)
        with pytest.raises(LedgerError, match="lot-discarded"):
            lots.make_separate(*at, press, 1)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (1, EVERYBODY + 1)])
def test_a_lot_has_no_other_letters_than_its_own(place: Place, first: int, last: int) -> None:
    with desk(place) as at, pytest.raises(Misuse, match="lot-range"):
        lots.make_part(*at, 1, first, last)


def test_no_letter_of_a_discarded_lot_is_made_again(place: Place) -> None:
    with desk(place) as at:
        at.ledger.mark_lot(1, Status.QUEUED, START)
        with pytest.raises(LedgerError, match="lot-discarded"):
            lots.make_part(*at, 1, 1, 1)
        with pytest.raises(Misuse, match="lot-missing"):
            lots.make_part(*at, 9, 1, 1)


def test_an_envelope_that_came_back_is_this_recipients_alone(place: Place) -> None:
    with desk(place) as at:
        ledger = at.ledger
        with pytest.raises(LedgerError, match="returned-not-posted"):
            ledger.mark_returned(town(1).key, START)
        ledger.mark_lot(1, Status.POSTED, START)
        assert ledger.mark_returned(town(1).key, START).status is Status.RETURNED
        with pytest.raises(LedgerError, match="returned-already"):
            ledger.mark_returned(town(1).key, START)
        (lot,) = ledger.lots()
    assert (lot.status, lot.posted_at) == (Status.POSTED, START)
    assert place.statuses() == {Status.RETURNED: 1, Status.POSTED: 2}
