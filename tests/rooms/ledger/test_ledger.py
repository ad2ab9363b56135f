"""What the ledger says after an import, an edit, a sending, a lot."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import StatementError

from merge.errors import LedgerError
from merge.ledger.ledger import Ledger
from merge.ledger.records import Taken
from merge.model import Channel, LotFile, Page, Recipient, Status
from tests.both import statements
from tests.fakes import town
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import COUNTED, NOON, claim, intent, settled

EVERYBODY = None
STREET = "3 rue Neuve, 35000 RENNES"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=4)


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    with desk.open("share", "send") as opened:
        yield opened.ledger


def send(ledger: Ledger, number: int, status: Status = Status.SENT) -> None:
    (one,) = claim(ledger, [f"{number:05}"], 1, NOON)
    assert ledger.commit([], [intent(one)], *COUNTED).leaving == [one.id]
    ledger.commit([settled(one, status)], [], *COUNTED)


def lot_of(number: int, *towns: int) -> LotFile:
    pages = tuple(
        Page(key=f"{town:05}", position=place, sheets=1, sha256="b" * 64)
        for place, town in enumerate(towns, start=1)
    )
    path = f"outbox/making/lot-{number:03}.pdf"
    return LotFile(path=path, sha256="c" * 64, sheets=len(towns) + 1, pages=pages)


def commit_lot(ledger: Ledger, number: int, *towns: int) -> bool:
    lot = lot_of(number, *towns)
    whose = {
        d.key: Taken(delivery_id=d.id, fingerprint="d" * 64, address=STREET)
        for d in ledger.deliveries()
    }
    return ledger.commit_lot(lot, number, NOON, whose)


def test_a_sending_that_goes_on_meanwhile_takes_its_letters_out_of_a_check(ledger: Ledger) -> None:
    checked = ledger.candidates(EVERYBODY, [Channel.EMAIL])
    send(ledger, 1)
    assert [one.recipient.key for one in checked] == ["00002", "00003", "00004"]


def test_the_headers_are_those_of_all_sheets(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    desk.import_towns([town(1, fields={"Note": "a", "Été": ""}), town(2, fields={"Autre": "b"})])
    with desk.open("read") as opened:
        assert opened.ledger.headers() == {"Note", "Été", "Autre"}


# Import


def test_a_recipient_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    full = town(
        1,
        insee="01001",
        article_code=5,
        population=612,
        sex="F",
        first_name="Zoé",
        surname="L’Hôte",
        alternates=("autre@example.org",),
        fields={"Remarque": "=1+1", "Téléphone": ""},
    )
    bare = Recipient(key="2", commune="")
    desk = new_desk(tmp_path)
    desk.import_towns([full, bare])
    with desk.open("read") as opened:
        assert opened.ledger.recipients() == [full, bare]
        assert opened.ledger.recipient("2") == bare
        assert opened.ledger.recipient("3") is None


def test_towns_are_stored_by_hundreds_not_by_a_statement_each(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    with statements() as asked:
        desk.import_towns([town(number) for number in range(5_000)])
    assert len(asked) < 200


def test_how_many_stand_where_is_read_from_indexes_alone(desk: Desk, ledger: Ledger) -> None:
    with statements() as asked:
        assert ledger.counts().recipients == 4
    with closing(sqlite3.connect(desk.ledger)) as handle:
        for statement in [each for each in asked if each.startswith("SELECT")]:
            ((*_where, how), *_more) = handle.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            assert "COVERING INDEX" in how, (how, statement)


# Sending once


def test_keys_narrow_a_claim_however_many_they_are(ledger: Ledger) -> None:
    assert [one.key for one in claim(ledger, ["00003"], 9, NOON)] == ["00003"]
    many = [f"{number:05}" for number in range(2, 40_000)]
    assert [one.key for one in claim(ledger, many, 1, NOON)] == ["00002"]
    assert [one.key for one in claim(ledger, many, 9, NOON)] == ["00004"]


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes and moves no open file")
@pytest.mark.parametrize("fate", ["deleted", "replaced", "moved"])
def test_nothing_more_leaves_once_the_ledger_is_no_longer_in_its_place(
    desk: Desk, fate: str
) -> None:
    """SQLite writes on into the file that has no name any more, and all of it is lost."""
    with desk.open("share", "send") as opened:
        ledger = opened.ledger
        first, second = claim(ledger, EVERYBODY, 2, NOON)
        assert ledger.commit([], [intent(first)], *COUNTED).leaving
        assert ledger.counter == 1
        older = desk.ledger.read_bytes()
        if fate == "moved":
            desk.folder.rename(desk.folder.with_name("moved"))
        else:
            desk.ledger.unlink()
        if fate == "replaced":
            desk.ledger.write_bytes(older)
        with pytest.raises(LedgerError, match="ledger-gone"):
            ledger.commit([settled(first)], [intent(second)], *COUNTED)
        ledger.commit(
            [settled(first)], [], *COUNTED
        )  # what the server has said is written all the same
        with pytest.raises(LedgerError, match="ledger-gone"):
            commit_lot(ledger, 1, 4)
        with pytest.raises(LedgerError, match="ledger-gone"):
            ledger.note_handed_over(1, "bureau", NOON, None)
        sent = ledger.delivery("00001")
        assert sent is not None
        assert sent.status is Status.SENT
        assert ledger.counter == 1
        if fate == "moved":
            desk.folder.with_name("moved").rename(desk.folder)


def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StatementError, match="no naive time"):
        claim(ledger, EVERYBODY, 1, NOON.replace(tzinfo=None))


def test_no_recipient_stands_in_an_error(ledger: Ledger) -> None:
    changes = {"surname": "Confidentiel"}
    with pytest.raises(StatementError) as caught:
        ledger.edit(town(1), changes, Channel.EMAIL, NOON.replace(tzinfo=None))
    assert changes["surname"] not in str(caught.value)


# Paper
