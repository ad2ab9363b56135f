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

from merge.errors import LedgerError, Misuse
from merge.ledger.ledger import Ledger
from merge.ledger.records import Outlook, Taken
from merge.model import Channel, LetterFault, LotFile, Page, Recipient, Status
from merge.outcome import Outcome, Phase
from tests.both import in_files, on_each_database
from tests.fakes import sums_agree, town
from tests.promises.crash.ledger_desk import Desk, new_desk, store
from tests.promises.crash.ledger_hands import COUNTED, NOON, claim, intent, settled

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database

EVERYBODY = None
STREET = "3 rue Neuve, 35000 RENNES"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=4)


@pytest.fixture
def ledger(desk: Desk) -> Iterator[Ledger]:
    with desk.open("share", "send") as opened:
        yield opened.ledger


def status_of(ledger: Ledger, number: int) -> Status:
    delivery = ledger.delivery(f"{number:05}")
    assert delivery is not None
    return delivery.status


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


def test_communes_are_had_by_key_without_the_rest_of_a_recipient(ledger: Ledger) -> None:
    keys = ["00003", "00001", "99999", "00001"]
    assert ledger.names_of(keys) == {r.key: r.commune for r in ledger.recipients_of(keys)}
    assert ledger.names_of([]) == {}


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


def test_each_recipient_waits_on_its_channel_and_the_sums_agree(tmp_path: Path) -> None:
    on_paper = town(2, email=None)
    nowhere = town(3, email=None, postcode="", locality="")
    desk = new_desk(tmp_path)
    desk.import_towns([town(1), on_paper, nowhere])
    with desk.open("read") as opened:
        counts = opened.ledger.counts()
        assert counts.email[Status.QUEUED] == 1
        assert counts.paper[Status.QUEUED] == 1
        assert counts.unreachable == 1
        assert sums_agree(counts)
        assert opened.ledger.delivery(nowhere.key) is None


def test_importing_again_updates_by_key_and_keeps_who_is_absent(desk: Desk) -> None:
    change = desk.import_towns([town(9), town(2)._replace(surname="Durand"), town(1)])
    assert change.added == 1
    assert change.changed == 1
    assert change.unchanged == 1
    assert change.absent == ("00003", "00004")
    with desk.open("read") as opened:
        keys = [one.key for one in opened.ledger.recipients()]
        assert keys == ["00001", "00002", "00003", "00004", "00009"]


def test_a_sheet_sorted_anew_changes_nobody(desk: Desk) -> None:
    change = desk.import_towns([town(number)._replace(row=99 - number) for number in (4, 3, 2, 1)])
    assert change.changed == 0
    with desk.open("read") as opened:
        assert opened.ledger.recipient("00004") == town(4)._replace(row=95)


def test_a_later_sheet_moves_only_what_still_waits(desk: Desk, ledger: Ledger) -> None:
    send(ledger, 1)
    ledger.hold(
        ledger.delivery("00002").id,  # type: ignore[union-attr]
        LetterFault(key="00002", code="empty-value", field="surname", value=""),
        NOON,
    )
    lost = [town(number)._replace(email=None) for number in (1, 2, 3)]
    gone = town(4)._replace(email=None, postcode="", locality="")
    store(ledger, [*lost, gone])
    assert status_of(ledger, 1) is Status.SENT
    for number in (2, 3):
        delivery = ledger.delivery(f"{number:05}")
        assert delivery is not None
        assert (delivery.channel, delivery.status) == (Channel.PAPER, Status.QUEUED)
    assert ledger.delivery("00004") is None
    assert ledger.counts().unreachable == 1
    assert sums_agree(ledger.counts())


def test_an_import_remembers_its_sheets(desk: Desk) -> None:
    imports = "SELECT added, changed, unchanged, absent FROM imports"
    assert desk.sql(imports) == [(4, 0, 0, 0)]
    assert desk.sql("SELECT file, sha256 FROM import_sources") == [("towns.csv", "0" * 64)]


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


@in_files
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


def test_an_edit_outlives_later_imports(desk: Desk, ledger: Ledger) -> None:
    edited = town(1)._replace(email="new@example.org", fields={"Note": "seen"})
    ledger.edit(edited, {"email": "new@example.org", "Note": "seen"}, Channel.EMAIL, NOON)
    change = store(ledger, [town(1)._replace(surname="Petit", fields={"Note": "", "Tel": "1"})])
    assert change.changed == 1
    assert ledger.recipient("00001") == edited._replace(
        surname="Petit", fields={"Note": "seen", "Tel": "1"}
    )


def test_an_edit_that_confirms_a_value_outlives_later_imports(ledger: Ledger) -> None:
    email = town(1).email
    assert email is not None
    ledger.edit(town(1), {"email": email}, Channel.EMAIL, NOON)
    store(ledger, [town(1)._replace(email="other@example.org")])
    assert ledger.recipient("00001") == town(1)


def test_an_edited_address_still_reaches_after_an_import_without_one(ledger: Ledger) -> None:
    ledger.edit(
        town(1)._replace(email="new@example.org"), {"email": "new@example.org"}, Channel.EMAIL, NOON
    )
    store(ledger, [town(1)._replace(email=None)])
    delivery = ledger.delivery("00001")
    assert delivery is not None
    assert delivery.channel is Channel.EMAIL


@pytest.mark.parametrize("status", [Status.FAILED, Status.HELD])
def test_an_edit_requeues_what_failed_or_was_held(ledger: Ledger, status: Status) -> None:
    if status is Status.FAILED:
        send(ledger, 1, Status.FAILED)
    else:
        delivery = ledger.delivery("00001")
        assert delivery is not None
        ledger.hold(delivery.id, LetterFault(key="00001", code="empty-value"), NOON)
    assert status_of(ledger, 1) is status
    ledger.edit(town(1)._replace(surname="Petit"), {"surname": "Petit"}, Channel.EMAIL, NOON)
    delivery = ledger.delivery("00001")
    assert delivery is not None
    assert (delivery.status, delivery.detail, delivery.code) == (Status.QUEUED, "", None)


@pytest.mark.parametrize("status", [Status.SENT, Status.UNKNOWN, Status.DEFERRED])
def test_an_edit_never_requeues_what_may_have_left(ledger: Ledger, status: Status) -> None:
    send(ledger, 1, status)
    ledger.edit(town(1)._replace(surname="Petit"), {"surname": "Petit"}, Channel.EMAIL, NOON)
    assert status_of(ledger, 1) is status


def test_an_edit_takes_the_letter_out_of_a_senders_hands(ledger: Ledger) -> None:
    (one,) = claim(ledger, ["00001"], 1, NOON)
    ledger.edit(town(1)._replace(surname="Petit"), {"surname": "Petit"}, Channel.EMAIL, NOON)
    assert not ledger.commit([], [intent(one)], *COUNTED).leaving
    assert status_of(ledger, 1) is Status.QUEUED


def test_an_edit_of_nobody_is_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="nobody-called"):
        ledger.edit(town(77), {"surname": "X"}, Channel.EMAIL, NOON)


def test_every_edit_is_logged(desk: Desk, ledger: Ledger) -> None:
    ledger.edit(town(1)._replace(surname="Petit"), {"surname": "Petit"}, Channel.EMAIL, NOON)
    assert desk.sql("SELECT recipient, field, value FROM edits") == [("00001", "surname", "Petit")]


# Sending once


def test_an_edit_that_says_what_stands_there_already_leaves_a_claim_alone(ledger: Ledger) -> None:
    """Two commands read what came back at once, and both turn to the next address."""
    known = ledger.recipient("00001")
    assert known
    edited = known._replace(email="accueil@example.org")
    ledger.edit(edited, {"email": "accueil@example.org"}, Channel.EMAIL, NOON)
    (one,) = claim(ledger, ["00001"], 1, NOON)
    ledger.edit(edited, {"email": "accueil@example.org"}, Channel.EMAIL, NOON)
    assert claim(ledger, ["00001"], 1, NOON) == []
    assert ledger.commit([], [intent(one)], *COUNTED).leaving == [one.id]


def test_a_claimed_delivery_is_not_claimed_again(ledger: Ledger) -> None:
    first = claim(ledger, EVERYBODY, 3, NOON)
    second = claim(ledger, EVERYBODY, 3, NOON)
    assert [one.key for one in (*first, *second)] == ["00001", "00002", "00003", "00004"]
    assert claim(ledger, EVERYBODY, 3, NOON) == []


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


@pytest.fixture
def another(desk: Desk) -> Iterator[Ledger]:
    """The same ledger, in the hands of another sender."""
    with desk.open("share", "send") as opened:
        yield opened.ledger


def test_a_plan_that_is_out_of_date_gives_nobody_what_another_has_in_hand(
    ledger: Ledger, another: Ledger
) -> None:
    first, second, third, last = (one.id for one in ledger.deliveries())
    assert [one.delivery.id for one in ledger.claim([third, first], NOON)] == [third, first]
    assert [one.delivery.id for one in another.claim([first, last, third], NOON)] == [last]
    send(ledger, 2)
    assert another.claim([second], NOON) == []


def test_each_sender_intends_and_settles_only_what_it_has_in_hand(
    ledger: Ledger, another: Ledger
) -> None:
    (first,) = claim(another, ["00001"], 1, NOON)
    second, third = claim(ledger, ["00002", "00003"], 2, NOON)
    assert another.commit([], [intent(first)], *COUNTED).leaving
    intents = [intent(third), intent(first), intent(second)]
    assert ledger.commit([], intents, *COUNTED).leaving == [third.id, second.id]
    ledger.commit([settled(first, Status.FAILED)], [], *COUNTED)
    assert status_of(ledger, 1) is Status.SENDING
    assert another.commit([settled(first)], [], *COUNTED).leaving == ()
    assert status_of(ledger, 1) is Status.SENT


def test_what_is_put_off_without_a_time_is_due_from_its_refusal_on(ledger: Ledger) -> None:
    (one,) = claim(ledger, ["00001"], 1, NOON)
    later = NOON + timedelta(minutes=3)
    ledger.commit([settled(one, Status.DEFERRED, later)], [], *COUNTED)
    found = ledger.delivery(one.key)
    assert found is not None
    assert found.at == found.not_before == later


def test_a_late_proof_of_sent_leaves_what_is_held_in_hand_or_on_paper(
    ledger: Ledger, another: Ledger
) -> None:
    given_back = []
    for number in (1, 2, 3):
        send(ledger, number, Status.UNKNOWN)
        given_back.append(ledger.resolve(f"{number:05}", Status.QUEUED, NOON, "camille"))
    ledger.hold(given_back[0].id, LetterFault(key="00001", code="x"), NOON)
    claim(another, ["00002"], 1, NOON)
    ledger.edit(town(3, email=None), {"email": ""}, Channel.PAPER, NOON)
    ledger.commit([settled(one) for one in given_back], [], *COUNTED)
    assert [status_of(ledger, number) for number in (1, 2, 3)] == [
        *(Status.HELD, Status.QUEUED, Status.QUEUED)
    ]


def test_an_outcome_shares_its_commit_with_the_next_intent(ledger: Ledger) -> None:
    first, second = claim(ledger, EVERYBODY, 2, NOON)
    assert ledger.commit([], [intent(first)], *COUNTED).leaving == [first.id]
    assert ledger.commit([settled(first)], [intent(second)], *COUNTED).leaving == [second.id]
    assert status_of(ledger, 1) is Status.SENT
    assert status_of(ledger, 2) is Status.SENDING
    delivery = ledger.delivery("00001")
    assert delivery is not None
    assert (delivery.address, delivery.message_id) == (
        "mairie-1@example.org",
        "<00001@example.org>",
    )
    assert (delivery.code, delivery.enhanced, delivery.detail) == (250, "2.0.0", "ok")


def test_only_intents_move_the_counter(ledger: Ledger) -> None:
    (one,) = claim(ledger, EVERYBODY, 1, NOON)
    assert ledger.counter == 0
    ledger.commit([], [intent(one)], *COUNTED)
    assert ledger.counter == 1
    ledger.commit([settled(one)], [], *COUNTED)
    assert ledger.counter == 1


def test_nobody_intends_what_was_not_claimed(ledger: Ledger) -> None:
    (one, *_) = ledger.deliveries()
    assert not ledger.commit([], [intent(one)], *COUNTED).leaving
    assert ledger.counter == 0
    assert status_of(ledger, 1) is Status.QUEUED


@in_files
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
        assert status_of(ledger, 1) is Status.SENT
        assert ledger.counter == 1
        if fate == "moved":
            desk.folder.with_name("moved").rename(desk.folder)


def test_a_deferred_delivery_waits_until_it_is_due(ledger: Ledger) -> None:
    (one,) = claim(ledger, ["00001"], 1, NOON)
    due = NOON + timedelta(minutes=15)
    greylisted = Outcome(status=Status.DEFERRED, phase=Phase.RCPT, code=450)
    ledger.commit([settled(one)._replace(outcome=greylisted, not_before=due)], [], *COUNTED)
    assert claim(ledger, ["00001"], 1, NOON) == []
    (again,) = claim(ledger, ["00001"], 1, due)
    assert (again.status, again.not_before, again.attempts) == (Status.DEFERRED, due, 1)


def test_a_late_proof_of_sent_overrides_unknown(ledger: Ledger) -> None:
    (one,) = claim(ledger, ["00001"], 1, NOON)
    ledger.commit([], [intent(one)], *COUNTED)
    ledger.commit([settled(one, Status.UNKNOWN)], [], *COUNTED)
    ledger.commit([settled(one, Status.FAILED)], [], *COUNTED)
    assert status_of(ledger, 1) is Status.UNKNOWN
    ledger.commit([settled(one)], [], *COUNTED)
    assert status_of(ledger, 1) is Status.SENT


def test_a_late_proof_of_sent_wins_over_a_requeue(ledger: Ledger) -> None:
    send(ledger, 1, Status.UNKNOWN)
    delivery = ledger.resolve("00001", Status.QUEUED, NOON, "camille")
    ledger.commit([settled(delivery)], [], *COUNTED)
    assert status_of(ledger, 1) is Status.SENT


@pytest.mark.parametrize("late", [Status.FAILED, Status.DEFERRED, Status.UNKNOWN, Status.QUEUED])
def test_nothing_overwrites_sent_and_every_attempt_is_kept(ledger: Ledger, late: Status) -> None:
    send(ledger, 1)
    (one, *_) = ledger.deliveries()
    ledger.commit([settled(one, late)], [], *COUNTED)
    assert status_of(ledger, 1) is Status.SENT
    assert [attempt.status for attempt in ledger.attempts("00001")] == [Status.SENT, late]


def test_what_was_withdrawn_goes_back_to_the_queue(ledger: Ledger) -> None:
    first, second = claim(ledger, EVERYBODY, 2, NOON)
    ledger.commit([], [intent(first)], *COUNTED)
    ledger.release([first.id, second.id])
    assert [one.key for one in claim(ledger, EVERYBODY, 2, NOON)] == [
        "00001",
        "00002",
    ]
    assert first == ledger.deliveries()[0]._replace(at=first.at)


def test_what_was_in_doubt_and_is_withdrawn_from_a_second_try_can_still_be_proved(
    ledger: Ledger,
) -> None:
    (one,) = claim(ledger, ["00001"], 1, NOON)
    ledger.commit([], [intent(one)], *COUNTED)
    ledger.commit([settled(one, Status.UNKNOWN)], [], *COUNTED)
    ledger.resolve("00001", Status.QUEUED, NOON, "camille")
    (again,) = claim(ledger, ["00001"], 1, NOON)
    ledger.commit([], [intent(again)], *COUNTED)
    ledger.release([again.id])  # its quota was spent by another campaign
    assert ledger.prove_sent({one.id: "proof-copy"}, NOON, "camille") == [one.id]
    assert status_of(ledger, 1) is Status.SENT


def test_a_fault_holds_one_recipient_and_says_what_would_cure_it(ledger: Ledger) -> None:
    (one, *_) = claim(ledger, EVERYBODY, 4, NOON)
    fault = LetterFault(key=one.key, code="empty-value", field="surname")
    ledger.hold(one.id, fault, NOON)
    held = ledger.delivery(one.key)
    assert held is not None
    assert (held.status, held.detail) == (Status.HELD, "empty-value surname=")


def test_what_another_sender_has_in_hand_is_not_held_suppressed_or_printed(
    ledger: Ledger, another: Ledger
) -> None:
    (one,) = claim(another, ["00001"], 1, NOON)
    ledger.hold(one.id, LetterFault(key=one.key, code="empty-value"), NOON)
    ledger.suppress({one.id: "asked"}, NOON)
    assert one.key not in {each.key for each in ledger.for_paper(None, all_queued=True)}
    assert another.commit([], [intent(one)], *COUNTED).leaving


def test_a_page_is_held_while_it_is_queued_and_not_in_a_lot(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    desk.import_towns([town(1, email=None), town(2, email=None)])
    with desk.open("share", "print") as opened:
        assert commit_lot(opened.ledger, 1, 2)
        for one in opened.ledger.deliveries():
            opened.ledger.hold(one.id, LetterFault(key=one.key, code="empty-value"), NOON)
        assert status_of(opened.ledger, 1) is Status.HELD
        assert status_of(opened.ledger, 2) is Status.MADE


def test_only_what_is_in_doubt_can_be_resolved(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="resolve-nothing"):
        ledger.resolve("00001", Status.SENT, NOON, "camille")
    send(ledger, 1, Status.UNKNOWN)
    with pytest.raises(ValueError, match="failed"):
        ledger.resolve("00001", Status.FAILED, NOON, "camille")
    assert ledger.resolve("00001", Status.SENT, NOON, "camille").status is Status.SENT
    *_, last = ledger.attempts("00001")
    assert (last.phase, last.sender, last.status) == ("person", "camille", Status.SENT)


def test_facts_are_remembered(ledger: Ledger) -> None:
    assert ledger.fact("letter_date") is None
    ledger.set_fact("letter_date", "2026-11-24")
    ledger.set_fact("letter_date", "2026-11-25")
    assert ledger.fact("letter_date") == "2026-11-25"


def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StatementError, match="no naive time"):
        claim(ledger, EVERYBODY, 1, NOON.replace(tzinfo=None))


def test_no_recipient_stands_in_an_error(ledger: Ledger) -> None:
    changes = {"surname": "Confidentiel"}
    with pytest.raises(StatementError) as caught:
        ledger.edit(town(1), changes, Channel.EMAIL, NOON.replace(tzinfo=None))
    assert changes["surname"] not in str(caught.value)


# Paper


def test_paper_takes_whom_email_did_not_reach_and_nobody_else(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    desk.import_towns([town(1, email=None), *(town(number) for number in range(2, 8))])
    with desk.open("share", "print") as opened:
        ledger = opened.ledger
        ends = (Status.FAILED, Status.SENT, Status.UNKNOWN, Status.DEFERRED)
        for number, status in enumerate(ends, start=2):
            send(ledger, number, status)
        claim(ledger, ["00006"], 1, NOON)  # another sender has it in hand

        def whom(*, all_queued: bool) -> list[str]:
            return [one.key for one in ledger.for_paper(EVERYBODY, all_queued=all_queued)]

        assert whom(all_queued=False) == ["00001", "00002"]
        assert whom(all_queued=True) == ["00001", "00002", "00007"]
        assert [one.key for one in ledger.for_paper(["00002"], all_queued=True)] == ["00002"]


def test_a_lot_is_made_printed_and_posted(ledger: Ledger) -> None:
    assert ledger.next_lot() == 1
    assert commit_lot(ledger, 1, 2, 1)
    made = ledger.delivery("00001")
    assert made is not None
    assert (made.channel, made.status, made.lot, made.position) == (
        Channel.PAPER,
        Status.MADE,
        1,
        2,
    )
    assert (made.sha256, made.fingerprint) == ("b" * 64, "d" * 64)
    assert ledger.counter == 1
    assert ledger.mark_lot(1, Status.PRINTED, NOON).status is Status.PRINTED
    assert ledger.mark_lot(1, Status.POSTED, NOON).status is Status.POSTED
    assert status_of(ledger, 2) is Status.POSTED
    assert [attempt.status for attempt in ledger.attempts("00002")] == [
        Status.MADE,
        Status.PRINTED,
        Status.POSTED,
    ]
    assert ledger.next_lot() == 2
    assert sums_agree(ledger.counts())


def test_a_lot_with_one_that_may_no_longer_be_taken_is_not_written(ledger: Ledger) -> None:
    send(ledger, 2)
    counter = ledger.counter
    assert not commit_lot(ledger, 1, 1, 2)
    assert ledger.lots() == []
    assert status_of(ledger, 1) is Status.QUEUED
    assert ledger.counter == counter


def test_two_lots_never_have_the_same_number(ledger: Ledger) -> None:
    assert commit_lot(ledger, 1, 1)
    assert not commit_lot(ledger, 1, 2)


def test_a_discarded_lot_puts_everybody_back_where_they_waited(ledger: Ledger) -> None:
    send(ledger, 2, Status.FAILED)
    assert commit_lot(ledger, 1, 1, 2)
    assert ledger.mark_lot(1, Status.QUEUED, NOON).status is Status.QUEUED
    channels = [(one.channel, one.status, one.lot) for one in ledger.deliveries()[:2]]
    assert channels == [
        (Channel.EMAIL, Status.QUEUED, None),
        (Channel.PAPER, Status.QUEUED, None),
    ]


@pytest.mark.parametrize("wanted", [Status.RETURNED, Status.MADE, Status.SENT])
def test_a_lot_only_goes_where_the_states_allow(ledger: Ledger, wanted: Status) -> None:
    commit_lot(ledger, 1, 1)
    with pytest.raises(LedgerError, match="lot-status"):
        ledger.mark_lot(1, wanted, NOON)
    with pytest.raises(Misuse, match="lot-missing"):
        ledger.mark_lot(2, Status.PRINTED, NOON)
