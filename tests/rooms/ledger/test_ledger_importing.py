"""What an import brings in, tells and can take back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from merge.ledger.ledger import Ledger
from merge.ledger.records import FieldChange, ImportChange
from merge.model import Recipient
from tests.fakes import town
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import COUNTED, NOON, claim, settled


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=4)


def taken(desk: Desk, *batches: Sequence[Recipient]) -> tuple[list[FieldChange], ImportChange]:
    """One import of these batches."""
    with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
        told = [change for batch in batches for change in intake.take(batch)]
        intake.keep([])
        return told, intake.change()


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


def test_a_change_says_whether_the_recipient_was_written_to(desk: Desk) -> None:
    with desk.open("share", "send") as opened:
        send_first(opened.ledger)
    told, _ = taken(desk, [town(n)._replace(surname="Petit") for n in (1, 2)])
    assert [(one.key, one.written_to) for one in told] == [("00001", True), ("00002", False)]


def test_batches_of_one_import_see_each_other(desk: Desk) -> None:
    def mayor_over(known: Recipient, said: Recipient) -> Recipient:
        return known._replace(surname=said.surname)

    with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
        intake.take([town(1), town(9)])
        intake.take([town(n)._replace(surname="Petit", email=None) for n in (1, 9)], mayor_over)
        intake.keep([])
        change = intake.change()
    assert (change.added, change.changed, change.unchanged) == (1, 1, 0)
    with desk.open("read") as opened:
        found = {one.key: one for one in opened.ledger.recipients()}
    assert found["00009"] == town(9)._replace(surname="Petit")
    assert found["00001"] == town(1)._replace(surname="Petit")


TWINS = [
    ({"commune": "VILLE 1"}, True),
    ({"commune": "VILLE 1", "postcode": "00002", "email": "mairie-1@example.org"}, True),
    ({"commune": "Ville-9"}, False),  # a postcode is of several communes, most often
    ({"commune": "Ville-1", "postcode": "00002"}, False),  # of the same name, elsewhere
    ({"commune": "Ville-3", "postcode": ""}, False),  # as little is known of the one there
    ({"commune": "Ville-1", "insee": "00001"}, True),
    ({"commune": "Ville-4", "insee": "00009", "postcode": "00004"}, False),  # each has its own
]


def test_who_is_added_under_another_key_is_told_and_nobody_else(desk: Desk) -> None:
    taken(desk, [town(3)._replace(postcode=""), town(4)._replace(insee="00004")])
    failures = []
    for added, is_twin in TWINS:
        new = town(9, **{"postcode": "00001", "email": None, **added})
        with desk.open("exclusive", "import") as opened, opened.ledger.importing(NOON) as intake:
            intake.take([new])
            if intake.change().twins != (("00009",) if is_twin else ()):
                failures.append(added)
    assert failures == []
