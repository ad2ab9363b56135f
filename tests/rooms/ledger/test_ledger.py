"""What the ledger says after an import, an edit, a sending, a lot."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import StatementError

from merge.errors import LedgerError
from merge.ledger.ledger import Ledger
from merge.ledger.records import Outlook, Taken
from merge.model import Channel, LetterFault, LotFile, Page, Recipient, Status
from merge.outcome import Outcome, Phase
from tests.fakes import town
from tests.ledger_desk import Desk, new_desk, store
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


# Whose letter could still leave


def test_those_can_be_checked_whose_letter_could_still_leave(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    homeless = {"postcode": "", "locality": ""}
    desk.import_towns(
        [*map(town, range(1, 6)), town(6, **homeless), town(7, email=None), town(8, **homeless)]
    )
    with desk.open("share", "send") as opened:
        ledger = opened.ledger
        send(ledger, 2)
        for number in (3, 6):  # only one of them has a postal address
            send(ledger, number, Status.FAILED)
        send(ledger, 4, Status.DEFERRED)
        held = ledger.delivery("00005")
        assert held
        ledger.hold(held.id, LetterFault(key="00005", code="empty-value"), NOON)

        def found(
            channels: Sequence[Channel], keys: Sequence[str] | None = None
        ) -> list[tuple[str, Channel, bool]]:
            candidates = ledger.candidates(keys, channels)
            them = list(candidates)
            assert len(candidates) == len(them)
            assert list(candidates) == them
            for one in them:
                delivery = ledger.delivery(one.recipient.key)
                assert delivery
                assert delivery.id == one.delivery_id
            return [(one.recipient.key, one.channel, one.is_held) for one in them]

        by_email = [(key, Channel.EMAIL, key == "00005") for key in ["00001", "00004", "00005"]]
        by_email.append(("00008", Channel.EMAIL, False))
        on_paper = [("00003", Channel.PAPER, False), ("00007", Channel.PAPER, False)]
        assert found([Channel.EMAIL]) == by_email
        assert found([Channel.PAPER]) == on_paper
        assert found([Channel.EMAIL, Channel.PAPER]) == sorted(by_email + on_paper)
        assert found([Channel.EMAIL], ["00008", "00002"]) == by_email[-1:]
        assert found([Channel.EMAIL], []) == []


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
    def statements(towns: int) -> int:
        count = 0

        def one(*_args: object) -> None:
            nonlocal count
            count += 1

        desk = new_desk(tmp_path / str(towns))
        event.listen(Engine, "before_cursor_execute", one)
        try:
            change = desk.import_towns([town(number) for number in range(towns)])
        finally:
            event.remove(Engine, "before_cursor_execute", one)
        assert change.added == towns
        return count

    assert statements(5_000) - statements(10) < 100


def test_how_many_stand_where_is_read_from_indexes_alone(desk: Desk, ledger: Ledger) -> None:
    asked: list[str] = []

    def keep(*said: object) -> None:
        asked.extend(str(each) for each in said if str(each).startswith("SELECT"))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        assert ledger.counts().recipients == 4
    finally:
        event.remove(Engine, "before_cursor_execute", keep)
    with closing(sqlite3.connect(desk.ledger)) as handle:
        for statement in asked:
            ((*_where, how), *_more) = handle.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            assert "COVERING INDEX" in how, (how, statement)
    assert asked


# Edit


def test_every_edit_is_logged(desk: Desk, ledger: Ledger) -> None:
    ledger.edit(town(1)._replace(surname="Petit"), {"surname": "Petit"}, Channel.EMAIL, NOON)
    assert desk.sql("SELECT recipient, field, value FROM edits") == [("00001", "surname", "Petit")]


# Sending once


def test_keys_narrow_a_claim_however_many_they_are(ledger: Ledger) -> None:
    assert [one.key for one in claim(ledger, ["00003"], 9, NOON)] == ["00003"]
    many = [f"{number:05}" for number in range(2, 40_000)]
    assert [one.key for one in claim(ledger, many, 1, NOON)] == ["00002"]
    assert [one.key for one in claim(ledger, many, 9, NOON)] == ["00004"]


def put_off(ledger: Ledger, number: int, *, minutes: int) -> int:
    """Refused for now; the id of its delivery."""
    (one,) = claim(ledger, [f"{number:05}"], 1, NOON)
    greylisted = Outcome(status=Status.DEFERRED, phase=Phase.RCPT, code=450)
    due = NOON + timedelta(minutes=minutes)
    ledger.commit([settled(one)._replace(outcome=greylisted, not_before=due)], [], *COUNTED)
    return one.id


def test_what_is_due_is_told_apart_from_what_has_not_been_tried_and_each_with_its_domain(
    tmp_path: Path,
) -> None:
    towns = [town(1), town(2, email="Mairie@Ville.Example.ORG"), town(3), town(4, email=None)]
    desk = new_desk(tmp_path)
    desk.import_towns(towns)
    with desk.open("share", "send") as opened:
        ledger = opened.ledger
        first, second, third, _paper = (one.id for one in ledger.deliveries())
        put_off(ledger, 3, minutes=15)
        put_off(ledger, 2, minutes=10)
        at = [NOON + timedelta(minutes=minutes) for minutes in (9, 10, 15)]
        here, there = "example.org", "ville.example.org"
        assert [list(ledger.may_go(None, now, again=False)) for now in at] == [[(first, here)]] * 3
        assert [list(ledger.may_go(None, now, again=True)) for now in at] == [
            [],
            [(second, there)],
            [(second, there), (third, here)],
        ]
        assert list(ledger.may_go(["00003"], at[2], again=True)) == [(third, here)]
        assert list(ledger.may_go(["00003"], at[2], again=False)) == []


def test_what_may_go_now_and_when_the_next_may_is_known_of_all_and_of_some(ledger: Ledger) -> None:
    first, second, third = (NOON + timedelta(minutes=minutes) for minutes in (10, 15, 20))
    store(ledger, [town(5, email=None)])  # by paper
    for number, minutes in ((1, 15), (2, 10), (3, 20)):
        put_off(ledger, number, minutes=minutes)
    assert ledger.outlook(None, NOON) == Outlook(now=1, next_at=first)
    assert ledger.outlook(None, first) == Outlook(now=2, next_at=second)
    assert ledger.outlook(None, third) == Outlook(now=4, next_at=None)
    assert ledger.outlook(["00001", "00004"], NOON) == Outlook(now=1, next_at=second)
    assert ledger.outlook(["00002"], NOON) == Outlook(now=0, next_at=first)
    claim(ledger, ["00002", "00004"], 2, first)
    assert ledger.outlook(None, first) == Outlook(now=0, next_at=second)


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
