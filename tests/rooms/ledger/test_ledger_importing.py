"""What an import brings in, tells and can take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from merge.errors import LedgerError
from merge.ledger.ledger import Ledger
from merge.ledger.records import FieldChange, ImportChange, Taken
from merge.model import Channel, LotFile, Page, Recipient, Status
from tests.both import on_each_database
from tests.fakes import sums_agree, town
from tests.house import ROOT
from tests.promises.crash.ledger_desk import Desk, new_desk, store
from tests.promises.crash.ledger_hands import COUNTED, NOON, claim, settled

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database

GOLDEN = ROOT / "tests/golden"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=4)


def taken(desk: Desk, *batches: Sequence[Recipient]) -> tuple[list[FieldChange], ImportChange]:
    """One import of these batches."""
    with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
        told = [change for batch in batches for change in intake.take(batch)]
        intake.keep([])
        return told, intake.change()


def records(desk: Desk) -> list[Recipient]:
    with desk.open("read") as opened:
        return list(opened.ledger.recipients())


def ways(desk: Desk) -> dict[str, tuple[Channel, Status]]:
    with desk.open("read") as opened:
        assert sums_agree(opened.ledger.counts())
        return {one.key: (one.channel, one.status) for one in opened.ledger.deliveries()}


def undone(desk: Desk) -> int:
    with desk.open("exclusive", "import") as opened:
        return opened.ledger.undo_import(NOON)


def send_first(ledger: Ledger) -> None:
    from merge.ledger.records import Intent

    (claimed,) = claim(ledger, ["00001"], 1, NOON)
    intent = Intent(
        delivery_id=claimed.id, message_id="<1@x>", address="a@x", sha256="0", fingerprint="1"
    )
    ledger.commit([], [intent], *COUNTED)
    ledger.commit([settled(claimed)], [], *COUNTED)


def test_what_changed_is_told_field_by_field(desk: Desk) -> None:
    after = town(2)._replace(surname="Petit", street=("1 rue", "BP 2"), fields={"Note": "vue"})
    told, change = taken(desk, [after, town(9)])
    assert [(one.key, one.field, one.before, one.after) for one in told] == [
        ("00002", "street", ", ".join(town(2).street), "1 rue, BP 2"),
        ("00002", "surname", town(2).surname, "Petit"),
        ("00002", "Note", "", "vue"),
    ]
    assert (change.added, change.changed, change.unchanged) == (1, 1, 0)
    assert change.absent == ("00001", "00003", "00004")


def test_what_stayed_as_it_was_is_not_told(desk: Desk) -> None:
    nowhere = town(9, email=None, postcode="", fields={"Note": "vue", "Réunion": ""})
    taken(desk, [nowhere])
    told, _ = taken(desk, [nowhere._replace(fields={"Note": "vue", "Réunion": "lundi"})])
    assert [(one.field, one.before, one.after) for one in told] == [("Réunion", "", "lundi")]
    assert not told[0].written_to


@pytest.mark.parametrize("status", [Status.FAILED, Status.DEFERRED])
def test_an_edit_sends_again_what_failed_and_leaves_what_waits(desk: Desk, status: Status) -> None:
    with desk.open("share", "send") as opened:
        (claimed,) = claim(opened.ledger, ["00001"], 1, NOON)
        opened.ledger.commit([settled(claimed, status)], [], *COUNTED)
    taken(desk, [town(9, email=None, postcode="")])
    with desk.open("exclusive", "edit") as opened:
        opened.ledger.edit(town(1), {"surname": ""}, Channel.EMAIL, NOON)
        opened.ledger.edit(town(9, email=None, postcode=""), {"surname": ""}, None, NOON)
    now = Status.QUEUED if status is Status.FAILED else Status.DEFERRED
    assert ways(desk)["00001"] == (Channel.EMAIL, now)
    assert "00009" not in ways(desk)


def test_what_failed_stays_told_where_an_edit_leaves_no_way_to_send_it(desk: Desk) -> None:
    with desk.open("share", "send") as opened:
        (claimed,) = claim(opened.ledger, ["00001"], 1, NOON)
        opened.ledger.commit([settled(claimed, Status.FAILED)], [], *COUNTED)
    with desk.open("exclusive", "edit") as opened:
        opened.ledger.edit(town(1, email=None, postcode=""), {"email": ""}, None, NOON)
    assert ways(desk)["00001"] == (Channel.EMAIL, Status.FAILED)


def test_a_change_says_whether_the_recipient_was_written_to(desk: Desk) -> None:
    with desk.open("share", "send") as opened:
        send_first(opened.ledger)
    told, _ = taken(desk, [town(n)._replace(surname="Petit") for n in (1, 2)])
    assert [(one.key, one.written_to) for one in told] == [("00001", True), ("00002", False)]


def test_nothing_is_kept_without_a_word(desk: Desk) -> None:
    before = records(desk)
    with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
        intake.take([town(1)._replace(surname="Petit"), town(9)])
    assert records(desk) == before
    assert undone(desk) == 4  # the first import is still the last one


def test_batches_of_one_import_see_each_other(desk: Desk) -> None:
    def mayor_over(known: Recipient, said: Recipient) -> Recipient:
        return known._replace(surname=said.surname)

    with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
        intake.take([town(1), town(9)])
        intake.take([town(n)._replace(surname="Petit", email=None) for n in (1, 9)], mayor_over)
        intake.keep([])
        change = intake.change()
    assert (change.added, change.changed, change.unchanged) == (1, 1, 0)
    found = {one.key: one for one in records(desk)}
    assert found["00009"] == town(9)._replace(surname="Petit")
    assert found["00001"] == town(1)._replace(surname="Petit")


def test_who_changes_twice_in_one_import_is_as_before_it_when_that_is_undone(desk: Desk) -> None:
    before = records(desk)
    petit = town(1)._replace(surname="Petit")
    _, change = taken(desk, [petit], [petit._replace(sex="F")])
    assert change.changed == 1
    assert undone(desk) == 1
    assert records(desk) == before


@pytest.mark.parametrize(
    ("added", "twin"),
    [
        ({"commune": "VILLE 1"}, True),
        ({"commune": "VILLE 1", "postcode": "00002", "email": "mairie-1@example.org"}, True),
        ({"commune": "Ville-9"}, False),  # a postcode is of several communes, most often
        ({"commune": "Ville-1", "postcode": "00002"}, False),  # of the same name, elsewhere
        ({"commune": "Ville-3", "postcode": ""}, False),  # as little is known of the one there
        ({"commune": "Ville-1", "insee": "00001"}, True),
        ({"commune": "Ville-4", "insee": "00009", "postcode": "00004"}, False),  # each has its own
    ],
)
def test_who_is_added_under_another_key_is_told_and_nobody_else(
    desk: Desk, added: dict[str, str], twin: bool
) -> None:
    taken(desk, [town(3)._replace(postcode=""), town(4)._replace(insee="00004")])
    _, change = taken(desk, [town(9, **{"postcode": "00001", "email": None, **added})])
    assert change.added == 1
    assert change.twins == (("00009",) if twin else ())


def test_an_import_is_undone_whole(desk: Desk) -> None:
    before, waiting = records(desk), ways(desk)
    taken(desk, [town(1)._replace(email=None), town(2)._replace(email=None, postcode="")])
    taken(desk, [town(9)], [town(9)._replace(surname="Petit"), town(1)._replace(surname="Petit")])
    assert undone(desk) == 2
    assert [one.key for one in records(desk)] == ["00001", "00002", "00003", "00004"]
    assert "00002" not in ways(desk)
    assert undone(desk) == 2
    assert (records(desk), ways(desk)) == (before, waiting)


def test_every_import_can_be_undone_back_to_an_empty_campaign(desk: Desk) -> None:
    taken(desk, [town(9)])
    assert (undone(desk), undone(desk)) == (1, 4)
    assert (records(desk), ways(desk)) == ([], {})
    with pytest.raises(LedgerError, match="undo-nothing"):
        undone(desk)
    taken(desk, [town(2), town(1)])
    assert [one.key for one in records(desk)] == ["00002", "00001"]


def test_an_edit_outlives_the_import_that_is_undone(desk: Desk) -> None:
    taken(desk, [town(1)._replace(surname="Petit"), town(9)])
    with desk.open("exclusive", "edit") as opened:
        mended = town(1)._replace(surname="Petit", email="other@example.org")
        opened.ledger.edit(mended, {"email": "other@example.org"}, Channel.EMAIL, NOON)
        opened.ledger.edit(town(9)._replace(sex="F"), {"sex": "F"}, Channel.EMAIL, NOON)
    assert undone(desk) == 2
    found = {one.key: one for one in records(desk)}
    assert found["00001"] == town(1)._replace(email="other@example.org")
    assert "00009" not in found


def test_what_has_left_since_is_not_undone(desk: Desk) -> None:
    taken(desk, [town(2)._replace(surname="Petit")])
    with desk.open("share", "send") as opened:
        send_first(opened.ledger)
    before = records(desk)
    with pytest.raises(LedgerError, match="undo-too-late"):
        undone(desk)
    assert records(desk) == before


def test_an_import_is_undone_after_its_lots_were_given_back(desk: Desk) -> None:
    taken(desk, [town(9, email=None), town(2, email=None, surname="Petit")])
    with desk.open("share", "print") as opened:
        for number in (1, 2):
            put_on_paper(opened.ledger, "00009", "00002")
            with pytest.raises(LedgerError, match="undo-too-late"):
                opened.ledger.undo_import(NOON)
            opened.ledger.mark_lot(number, Status.QUEUED, NOON + timedelta(hours=2))
    assert undone(desk) == 2
    assert [one.key for one in records(desk)] == ["00001", "00002", "00003", "00004"]
    with desk.open("read") as opened:
        assert {each.key for each in opened.ledger.attempts()} == {"00002"}


def put_on_paper(ledger: Ledger, *keys: str) -> None:
    """A lot of their letters."""
    found = list(ledger.for_paper(keys, all_queued=True))
    pages = tuple(
        Page(key=one.key, position=at, sheets=1, sha256="b" * 64) for at, one in enumerate(found, 1)
    )
    lot = LotFile(path="lot.pdf", sha256="c" * 64, sheets=2, pages=pages)
    whose = {one.key: Taken(delivery_id=one.id, fingerprint="d" * 64, address="") for one in found}
    number = ledger.next_lot()
    assert ledger.commit_lot(lot, number, NOON + timedelta(minutes=number), whose)


@pytest.mark.parametrize("by_edit", [True, False])
def test_a_letter_refused_for_now_that_nothing_reaches_any_more_is_given_up(
    tmp_path: Path, by_edit: bool
) -> None:
    desk = new_desk(tmp_path, towns=1)
    with desk.open("share", "send") as opened:
        (claimed,) = claim(opened.ledger, None, 1, NOON)
        opened.ledger.commit([settled(claimed, Status.DEFERRED)], [], *COUNTED)
    nowhere = town(1, email=None, postcode="", locality="")
    with desk.open("exclusive", "import") as opened:
        if by_edit:
            opened.ledger.edit(nowhere, {"email": ""}, None, NOON)
        else:
            store(opened.ledger, [nowhere])
        assert opened.ledger.delivery("00001") is None
        assert opened.ledger.counts().unreachable == 1
        assert [each.status for each in opened.ledger.attempts()] == [Status.DEFERRED]
    assert ways(desk) == {}
