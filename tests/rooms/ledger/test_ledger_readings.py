"""How a sheet was read is remembered with its import, and the cells mended in it with its shape."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from merge.errors import LedgerError
from merge.ledger.records import Erasure
from merge.model import MendedCell
from tests.fakes import town
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import NOON

SHAPE, OTHER = "a" * 64, "b" * 64
ONE = Erasure(
    keys=("00001",), messages=(), kept=frozenset(), lots=(), replies=0, attempts=0, waiting=0
)
CELL = MendedCell(3, "CP", "1O01", "01001", ("01001", "Y"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path)


def take(desk: Desk, *readings: tuple[str, dict[str, str]], mended: list[MendedCell]) -> None:
    with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
        intake.take([town(1)])
        intake.keep([], readings=readings, mended={SHAPE: mended})


def remembered(desk: Desk) -> list[tuple[str, dict[str, str]]]:
    with desk.open("read") as opened:
        return [(each.shape, dict(each.reading)) for each in opened.ledger.readings.last()]


def mended(desk: Desk) -> list[MendedCell]:
    with desk.open("read") as opened:
        return list(opened.ledger.readings.mended(SHAPE))


def test_the_last_reading_of_each_shape_counts(desk: Desk) -> None:
    take(desk, (SHAPE, {"email": "A"}), (OTHER, {"email": "B"}), mended=[])
    take(desk, (SHAPE, {"email": "C"}), mended=[])
    assert remembered(desk) == [(SHAPE, {"email": "C"}), (OTHER, {"email": "B"})]


def test_a_reading_goes_with_the_import_that_is_undone_and_no_mended_cell_does(desk: Desk) -> None:
    take(desk, (SHAPE, {"email": "A"}), mended=[])
    take(desk, (SHAPE, {"email": "B"}), mended=[CELL])
    with desk.open("exclusive", "import") as opened:
        opened.ledger.undo_import(NOON + timedelta(hours=1))
    assert remembered(desk) == [(SHAPE, {"email": "A"})]
    assert mended(desk) == [CELL]


def test_the_cells_mended_last_take_the_place_of_those_before(desk: Desk) -> None:
    take(desk, mended=[CELL, CELL._replace(row=4)])
    take(desk, mended=[CELL._replace(row=5)])
    assert mended(desk) == [CELL._replace(row=5)]


def test_erasing_one_recipient_leaves_nothing_that_was_typed_into_a_sheet(desk: Desk) -> None:
    take(desk, (SHAPE, {"email": "Boîte de Camille"}), mended=[CELL])
    with desk.open("exclusive", "purge") as opened:
        opened.ledger.erase(ONE, NOON, everybody=False)
    assert (remembered(desk), mended(desk)) == ([], [])
    files = b"".join(path.read_bytes() for path in desk.folder.glob("ledger.db*"))
    assert not any(each in files for each in (b"Camille", b"1O01"))


def test_a_mended_cell_that_makes_no_sense_is_a_damaged_ledger(desk: Desk) -> None:
    take(desk, mended=[CELL])
    desk.sql("UPDATE mended_cells SET anchor = '{'")
    with pytest.raises(LedgerError) as caught:
        mended(desk)
    assert caught.value.code == "ledger-damaged"
