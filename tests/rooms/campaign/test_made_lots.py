"""Lots that are made: what of them goes to a printer, and what is noted of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest

from merge.campaign import lots
from merge.campaign.batch import print_lots
from merge.campaign.suppression import Gate
from merge.errors import LedgerError, Misuse
from merge.ledger.ledger import Ledger
from merge.model import Status
from tests.fakes import town
from tests.place import START, Make, Place
from tests.printing import PlainPress, PlainStore, printer

EVERYBODY = 3
LATER = START + timedelta(hours=1)


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
