"""Who makes which lot, where several machines print one campaign."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from merge.ledger.ledger import Ledger
from merge.ledger.opening import Opened
from merge.ledger.records import Taken
from merge.model import LotFile, Page
from tests.both import on_each_database
from tests.crash.ledger_desk import Desk, new_desk
from tests.crash.ledger_hands import NOON
from tests.fakes import town

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database

PRINTING, ANOTHER = 7, 8
LOTS = [[1, 2], [3, 4], [5]]
NUMBERS = (1, 2, 3)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = new_desk(tmp_path)
    desk.import_towns([town(n, email=None) for n in range(1, 6)])
    return desk


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    with machine(desk) as opened:
        opened.ledger.lot_plan.begin(PRINTING, LOTS)
        yield opened.ledger


def machine(desk: Desk) -> AbstractContextManager[Opened]:
    """One that prints, until it is closed: then it is dead to the others."""
    return desk.open("share", "print")


def take(ledger: Ledger) -> int | None:
    return ledger.lot_plan.take(PRINTING, NUMBERS)


def commit(ledger: Ledger, number: int, printing: int | None = PRINTING) -> bool:
    keys = [f"{n:05}" for n in LOTS[number - 1]]
    pages = [Page(key=key, position=n, sheets=1, sha256="b" * 64) for n, key in enumerate(keys, 1)]
    path = f"outbox/making/lot-{number:04}.pdf"
    lot = LotFile(path=path, sha256="c" * 64, sheets=9, pages=tuple(pages))
    whose = {
        each.key: Taken(delivery_id=each.id, fingerprint="", address="")
        for each in ledger.deliveries()
    }
    return ledger.commit_lot(lot, number, NOON, whose, printing=printing)


def test_each_lot_is_in_one_hand_and_what_a_dead_one_had_is_taken_again(
    desk: Desk, ledger: Ledger
) -> None:
    planned = ledger.lot_plan.lots(PRINTING)
    assert [(number, list(ids)) for number, ids in planned.items()] == [*enumerate(LOTS, start=1)]
    with machine(desk) as other:
        assert (take(other.ledger), take(ledger), take(other.ledger)) == (1, 2, 3)
        assert take(ledger) is None
        assert ledger.lot_plan.goes_on(PRINTING, NUMBERS)
    assert (take(ledger), take(ledger), take(ledger)) == (1, 3, None)
    assert all(commit(ledger, number) for number in NUMBERS)
    assert not ledger.lot_plan.goes_on(PRINTING, NUMBERS)
    assert [lot.number for lot in ledger.lots()] == [1, 2, 3]


def test_who_has_a_lot_in_hand_no_more_commits_it_no_more(desk: Desk, ledger: Ledger) -> None:
    assert take(ledger) == 1
    ledger.lot_plan.give_back(1)
    with machine(desk) as other:
        assert take(other.ledger) == 1
        assert not commit(ledger, 1)
        assert commit(other.ledger, 1)
        assert not commit(other.ledger, 1)
        assert ledger.lot_plan.goes_on(PRINTING, [1])  # it is made, and not yet told
        other.ledger.lot_plan.give_back(1)
        assert not ledger.lot_plan.goes_on(PRINTING, [1])
    assert take(ledger) == 2


def test_a_lot_of_which_nobody_is_left_is_taken_by_nobody(desk: Desk, ledger: Ledger) -> None:
    assert take(ledger) == 1
    ledger.lot_plan.leave_out(1)
    with machine(desk) as other:
        assert (take(other.ledger), take(other.ledger)) == (2, 3)
        assert commit(other.ledger, 2)
        assert commit(other.ledger, 3)
    assert not ledger.lot_plan.goes_on(PRINTING, NUMBERS)


def test_the_next_plan_takes_the_place_of_this_one_and_the_numbers_that_were_left(
    desk: Desk, ledger: Ledger
) -> None:
    with machine(desk) as other:
        assert (take(ledger), take(other.ledger)) == (1, 2)
        assert commit(other.ledger, 2)
        other.ledger.lot_plan.begin(ANOTHER, [LOTS[0], LOTS[2]])
        assert not commit(ledger, 1)
        assert take(ledger) is None
        assert not ledger.lot_plan.goes_on(PRINTING, NUMBERS)
        assert ledger.lot_plan.lots(PRINTING) == {}
        assert not ledger.lot_plan.end(PRINTING)
        assert [*other.ledger.lot_plan.lots(ANOTHER)] == [1, 3]
        assert other.ledger.lot_plan.end(ANOTHER)
        assert other.ledger.lot_plan.lots(ANOTHER) == {}


def test_a_lot_beside_the_plan_gets_a_number_behind_it(ledger: Ledger) -> None:
    assert ledger.next_lot() == 4
    assert not commit(ledger, 3, printing=None)
    assert ledger.lot_plan.end(PRINTING)
    assert ledger.next_lot() == 1
