"""A sheet that brings another address: whose letter leaves again or sooner, and whose does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from merge.errors import LedgerError
from merge.ledger.ledger import Ledger
from merge.ledger.records import Answer, Erasure, ImportChange, Meaning, Reply, Settled, Taken
from merge.model import Channel, Counts, Delivery, LetterFault, LotFile, Page, Recipient, Status
from merge.outcome import Outcome, Phase, Sort
from tests.both import on_each_database
from tests.fakes import town
from tests.promises.crash.ledger_desk import Desk, new_desk
from tests.promises.crash.ledger_hands import COUNTED, NOON, claim, intent

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database

KEY = "00001"
LATER = NOON + timedelta(hours=1)
LIES_AT = "1 PLACE DE LA MAIRIE, 00001 VILLE 1"
IN_THE_NEW_STREET = "2 RUE NEUVE, 00001 VILLE 1"
AT_HOME = town(1)
ELSEWHERE = town(1, street=("2 rue Neuve",))
OTHER_BOX = town(1, email="accueil@example.org")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=2)


def taken(desk: Desk, *batches: Sequence[Recipient], at: datetime = LATER) -> ImportChange:
    """One import of these batches."""
    with desk.open("exclusive", "import") as opened, opened.ledger.importing(at) as intake:
        for batch in batches:
            intake.take(batch)
        change = intake.change()
        intake.keep([])
        kept = intake.change()
        assert replace(kept, counts=change.counts) == change
        assert reached(kept.counts) == reached(change.counts)
        return change


def reached(counts: Counts) -> tuple[int, int, int]:
    """By e-mail, on paper, by neither: what an import says before it is kept."""
    return sum(counts.email.values()), sum(counts.paper.values()), counts.unreachable


def undone(desk: Desk) -> int:
    with desk.open("exclusive", "import") as opened:
        return opened.ledger.undo_import(LATER)


def edited(desk: Desk, recipient: Recipient, **changes: str) -> None:
    with desk.open("exclusive", "edit") as opened:
        opened.ledger.edit(recipient, changes, Channel.EMAIL, LATER)


def letter(desk: Desk) -> Delivery | None:
    with desk.open("read") as opened:
        return opened.ledger.delivery(KEY)


def stands(desk: Desk) -> tuple[Channel, Status]:
    found = letter(desk)
    assert found is not None
    return found.channel, found.status


def put_on_paper(ledger: Ledger, status: Status = Status.POSTED, *, lies_at: str = LIES_AT) -> None:
    (one,) = ledger.for_paper([KEY], all_queued=True)
    number = ledger.next_lot()
    page = Page(key=KEY, position=1, sheets=1, sha256="b" * 64)
    lot = LotFile(path="lot.pdf", sha256="c" * 64, sheets=2, pages=(page,))
    whose = {KEY: Taken(delivery_id=one.id, fingerprint="d" * 64, address=lies_at)}
    assert ledger.commit_lot(lot, number, NOON, whose)
    if status is not Status.MADE:
        ledger.mark_lot(number, status, NOON)


def returned(desk: Desk) -> None:
    with desk.open("share", "print") as opened:
        put_on_paper(opened.ledger)
        opened.ledger.mark_returned(KEY, NOON)


def refused(desk: Desk, *before: Status) -> None:
    """Its e-mail is refused for now, after it was in doubt or not."""
    with desk.open("share", "send") as opened:
        for status in (*before, Status.DEFERRED):
            (claimed,) = claim(opened.ledger, [KEY], 1, NOON)
            opened.ledger.commit([], [intent(claimed)], *COUNTED)
            outcome = Outcome(status=status, phase=Phase.RCPT, code=450, words="try later")
            due = NOON + timedelta(hours=8) if status is Status.DEFERRED else None
            opened.ledger.commit(
                [Settled(delivery_id=claimed.id, at=NOON, outcome=outcome, not_before=due)],
                [],
                *COUNTED,
            )
            if status is Status.UNKNOWN:
                opened.ledger.resolve(KEY, Status.QUEUED, NOON, "camille")


# What the post returned


def test_a_letter_that_the_post_returned_waits_again_for_another_address(desk: Desk) -> None:
    returned(desk)
    change = taken(desk, [ELSEWHERE, town(2)])
    assert (change.returned, change.deferred) == ((KEY,), ())
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)
    with desk.open("share", "print") as opened:
        (again,) = opened.ledger.for_paper(None, all_queued=False)
        assert (again.key, again.address, again.lot) == (KEY, "", None)
        assert [each.status for each in opened.ledger.attempts(KEY)][-1] is Status.RETURNED


@pytest.mark.parametrize(
    "said",
    [
        AT_HOME,
        town(1, street=("1, PLACE de la mairie",), locality="VILLE-1"),
        town(1, surname="PETIT"),
        OTHER_BOX,
        town(1, postcode="", locality=""),
        town(1, postcode="0001"),  # nothing that can stand on an envelope
    ],
)
def test_where_no_other_address_is_named_it_stays_returned(desk: Desk, said: Recipient) -> None:
    returned(desk)
    assert taken(desk, [said]).returned == ()
    assert stands(desk) == (Channel.PAPER, Status.RETURNED)


def test_where_it_went_is_not_known_the_address_in_the_books_counts(desk: Desk) -> None:
    returned(desk)
    desk.sql("UPDATE deliveries SET address = ''")  # as before it was written down
    assert taken(desk, [town(1, surname="PETIT")]).returned == ()
    assert taken(desk, [ELSEWHERE]).returned == (KEY,)
    assert taken(desk, [AT_HOME]).stay_returned == (KEY,)


def test_an_address_that_it_came_back_from_wakes_it_no_more_than_one_on_the_way_there(
    desk: Desk,
) -> None:
    with desk.open("share", "print") as opened:
        put_on_paper(opened.ledger)
    assert taken(desk, [ELSEWHERE]).returned == ()  # in the post
    with desk.open("share", "print") as opened:
        opened.ledger.mark_returned(KEY, NOON)
    assert taken(desk, [AT_HOME]).returned == ()
    assert stands(desk) == (Channel.PAPER, Status.RETURNED)
    assert taken(desk, [ELSEWHERE], [AT_HOME]).returned == ()  # the sheet that is read last counts
    assert stands(desk) == (Channel.PAPER, Status.RETURNED)
    assert taken(desk, [AT_HOME], [ELSEWHERE]).returned == (KEY,)


@pytest.mark.parametrize("is_held", [False, True])
def test_what_waits_for_another_address_is_not_sent_where_it_came_back_from(
    desk: Desk, is_held: bool
) -> None:
    returned(desk)
    before = letter(desk)
    assert before is not None
    taken(desk, [ELSEWHERE])
    if is_held:
        with desk.open("share", "print") as opened:
            opened.ledger.hold(before.id, LetterFault(key=KEY, code="x"), LATER)
    change = taken(desk, [AT_HOME])
    assert (change.returned, change.stay_returned) == ((), (KEY,))
    assert letter(desk) == before
    assert undone(desk) == 1
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)
    assert undone(desk) == 1
    assert letter(desk) == before


def test_what_came_back_from_two_addresses_goes_to_neither_again(desk: Desk) -> None:
    returned(desk)
    taken(desk, [ELSEWHERE])
    with desk.open("share", "print") as opened:
        put_on_paper(opened.ledger, lies_at=IN_THE_NEW_STREET)
        opened.ledger.mark_returned(KEY, NOON)
    before = letter(desk)
    for said in (AT_HOME, ELSEWHERE, AT_HOME):
        change = taken(desk, [said])
        assert (change.returned, change.stay_returned) == ((), ())
        assert letter(desk) == before
    assert taken(desk, [town(1, street=("3 rue Haute",))]).returned == (KEY,)
    assert taken(desk, [ELSEWHERE]).stay_returned == (KEY,)
    assert letter(desk) == before


def test_a_third_address_takes_the_place_of_the_one_that_it_waits_for(desk: Desk) -> None:
    returned(desk)
    for said in (ELSEWHERE, town(1, street=("3 rue Haute",)), ELSEWHERE):
        assert taken(desk, [said]).stay_returned == ()
        assert stands(desk) == (Channel.PAPER, Status.QUEUED)


def test_a_person_may_send_a_letter_where_it_came_back_from(desk: Desk) -> None:
    returned(desk)
    taken(desk, [ELSEWHERE])
    edited(desk, AT_HOME, street="1 place de la Mairie")
    assert taken(desk, [town(1, surname="PETIT")]).stay_returned == ()
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)


def test_another_mailbox_beside_the_address_that_it_came_back_from_takes_the_letter(
    desk: Desk,
) -> None:
    returned(desk)
    taken(desk, [OTHER_BOX._replace(street=ELSEWHERE.street)])
    assert taken(desk, [AT_HOME]).stay_returned == ()
    assert stands(desk) == (Channel.EMAIL, Status.QUEUED)


def test_what_came_back_before_a_reminder_leaves_both_letters_as_they_stand(desk: Desk) -> None:
    returned(desk)
    taken(desk, [ELSEWHERE])
    with desk.open("exclusive") as opened:
        put_on_paper(opened.ledger)
        opened.ledger.reminders.open(2, [(KEY, Channel.PAPER)], LATER)
    assert taken(desk, [AT_HOME]).stay_returned == ()
    with desk.open("read") as opened:
        found = [one.status for one in opened.ledger.deliveries() if one.key == KEY]
    assert found == [Status.POSTED, Status.QUEUED]


def test_where_an_e_mail_was_refused_for_now_no_letter_has_come_back(desk: Desk) -> None:
    refused(desk)
    desk.sql("UPDATE deliveries SET address = ''")  # before it was written down
    taken(desk, [OTHER_BOX])
    for said in (ELSEWHERE, AT_HOME):
        assert taken(desk, [said._replace(email=None)]).stay_returned == ()
        assert stands(desk) == (Channel.PAPER, Status.QUEUED)


def heard_by_phone(ledger: Ledger) -> None:
    ledger.answers.add(Answer(key=KEY, meaning=Meaning.YES, at=NOON, noted_at=NOON))


def heard_by_mail(ledger: Ledger) -> None:
    ledger.replies.keep([Reply(identity="a" * 64, sort=Sort.ANSWER, at=NOON, key=KEY)])


def suppressed(ledger: Ledger) -> None:
    delivery = ledger.delivery(KEY)
    assert delivery is not None
    ledger.suppress({delivery.id: "asked by phone"}, NOON)


def behind_a_reminder(ledger: Ledger) -> None:
    ledger.reminders.open(2, [(KEY, Channel.PAPER)], NOON)
    put_on_paper(ledger, Status.MADE)


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        (heard_by_phone, Status.RETURNED),
        (heard_by_mail, Status.RETURNED),
        (suppressed, Status.SUPPRESSED),
        (behind_a_reminder, Status.MADE),
    ],
)
def test_who_is_to_get_no_letter_gets_none_at_another_address_either(
    desk: Desk, happens: Callable[[Ledger], None], status: Status
) -> None:
    returned(desk)
    with desk.open("exclusive") as opened:
        happens(opened.ledger)
    assert taken(desk, [ELSEWHERE]).returned == ()
    assert stands(desk) == (Channel.PAPER, status)


def test_who_was_erased_and_stands_in_a_sheet_again_gets_no_letter(desk: Desk) -> None:
    taken(desk, [town(1, insee="01001")])
    returned(desk)
    with desk.open("exclusive", "purge") as opened:
        erasure = Erasure(
            keys=(KEY,), messages=(), kept=frozenset(), lots=(), replies=0, attempts=0, waiting=0
        )
        opened.ledger.erase(erasure, NOON, everybody=False)
    assert taken(desk, [town(1, insee="01001", street=("2 rue Neuve",))]).returned == ()
    assert stands(desk) == (Channel.PAPER, Status.RETURNED)


def test_an_address_that_an_edit_holds_wakes_nothing(desk: Desk) -> None:
    edited(desk, ELSEWHERE, street="2 rue Neuve")
    returned(desk)
    assert taken(desk, [AT_HOME]).returned == ()
    assert stands(desk) == (Channel.PAPER, Status.RETURNED)


@pytest.mark.parametrize("status", [Status.MADE, Status.PRINTED, Status.POSTED])
def test_what_did_not_come_back_is_not_woken(desk: Desk, status: Status) -> None:
    with desk.open("share", "print") as opened:
        put_on_paper(opened.ledger, status)
    assert taken(desk, [ELSEWHERE]).returned == ()
    assert stands(desk) == (Channel.PAPER, status)


def test_what_is_only_looked_at_is_told_and_stays(desk: Desk) -> None:
    returned(desk)
    with desk.open("exclusive", "import") as opened, opened.ledger.importing(LATER) as intake:
        intake.take([ELSEWHERE])
        assert intake.change().returned == (KEY,)
    assert stands(desk) == (Channel.PAPER, Status.RETURNED)


def test_an_import_that_is_undone_leaves_what_was_returned_as_it_was(desk: Desk) -> None:
    returned(desk)
    before = letter(desk)
    taken(desk, [ELSEWHERE])
    assert undone(desk) == 1
    assert letter(desk) == before


def test_each_import_is_undone_to_what_it_met(desk: Desk) -> None:
    taken(desk, [town(1, email=None)])
    returned(desk)
    before = letter(desk)
    elsewhere = ELSEWHERE._replace(email=None)
    taken(desk, [elsewhere._replace(surname="PETIT"), town(2, surname="PETIT")])
    kept = "SELECT count(*) FROM import_before WHERE record LIKE '%\"delivery\"%'"
    assert desk.sql(kept) == [(1,)]  # of this import, and of this recipient
    taken(desk, [elsewhere, town(2)])
    with desk.open("read") as opened:
        found = {one.key: one.surname for one in opened.ledger.recipients()}
    assert found == {KEY: "", "00002": ""}
    assert undone(desk) == 2
    with desk.open("read") as opened:
        found = {one.key: one.surname for one in opened.ledger.recipients()}
    assert found == {KEY: "PETIT", "00002": "PETIT"}
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)
    assert undone(desk) == 2
    assert letter(desk) == before


def test_a_letter_that_was_held_meanwhile_is_put_back_too(desk: Desk) -> None:
    returned(desk)
    before = letter(desk)
    taken(desk, [ELSEWHERE])
    with desk.open("share", "print") as opened:
        assert before is not None
        opened.ledger.hold(before.id, LetterFault(key=KEY, code="x"), LATER)
    undone(desk)
    assert letter(desk) == before


def test_a_letter_to_where_an_edit_sends_it_is_not_put_back(desk: Desk) -> None:
    returned(desk)
    taken(desk, [ELSEWHERE])
    edited(desk, town(1, street=("3 rue Neuve",), email=None), street="3 rue Neuve", email="")
    undone(desk)
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)


def test_another_letter_that_took_its_place_is_not_put_back(desk: Desk) -> None:
    returned(desk)
    taken(desk, [ELSEWHERE])
    with desk.open("exclusive") as opened:
        opened.ledger.reminders.open(2, [(KEY, Channel.PAPER)], LATER)
    undone(desk)
    found = letter(desk)
    assert found is not None
    assert (found.wave, found.status) == (2, Status.QUEUED)


def test_an_import_whose_woken_letter_is_in_a_lot_is_not_undone(desk: Desk) -> None:
    returned(desk)
    taken(desk, [ELSEWHERE])
    with desk.open("share", "print") as opened:
        put_on_paper(opened.ledger, Status.MADE)
    with pytest.raises(LedgerError, match="undo-too-late"):
        undone(desk)
    assert stands(desk) == (Channel.PAPER, Status.MADE)


# What was refused for now


@pytest.mark.parametrize("by_edit", [True, False])
def test_what_was_refused_for_now_is_due_at_another_address(desk: Desk, by_edit: bool) -> None:
    refused(desk)
    before = letter(desk)
    assert before is not None
    if by_edit:
        edited(desk, OTHER_BOX, email="accueil@example.org")
    else:
        change = taken(desk, [OTHER_BOX])
        assert (change.returned, change.deferred) == ((), (KEY,))
    assert letter(desk) == before._replace(not_before=LATER)
    with desk.open("share", "send") as opened:
        assert opened.ledger.readdressed_at(KEY) == LATER
        assert [one.key for one in claim(opened.ledger, [KEY], 9, LATER)] == [KEY]


def test_whoever_has_it_in_hand_does_not_send_it_to_the_address_of_before(desk: Desk) -> None:
    refused(desk)
    with desk.open("share", "send") as opened:
        (claimed,) = claim(opened.ledger, [KEY], 1, NOON + timedelta(hours=8))
        opened.ledger.edit(OTHER_BOX, {"email": "accueil@example.org"}, Channel.EMAIL, LATER)
        assert not opened.ledger.commit([], [intent(claimed)], *COUNTED).leaving


@pytest.mark.parametrize(
    "said", [AT_HOME, town(1, email="Mairie-1@Example.org"), town(1, surname="PETIT"), ELSEWHERE]
)
def test_what_was_refused_for_now_waits_where_the_address_is_the_same(
    desk: Desk, said: Recipient
) -> None:
    refused(desk)
    before = letter(desk)
    assert taken(desk, [said]).deferred == ()
    assert taken(desk, [OTHER_BOX], [AT_HOME]).deferred == ()
    edited(desk, said, surname=said.surname)
    assert letter(desk) == before
    with desk.open("read") as opened:
        assert opened.ledger.readdressed_at(KEY) is None


def test_a_late_proof_still_finds_what_was_refused_at_another_address(desk: Desk) -> None:
    refused(desk, Status.UNKNOWN)
    assert taken(desk, [OTHER_BOX]).deferred == (KEY,)
    with desk.open("share", "send") as opened:
        (number,) = opened.ledger.stopped_after_doubt()
        assert opened.ledger.prove_sent({number: "proof-copy"}, LATER, "camille") == [number]
    assert stands(desk) == (Channel.EMAIL, Status.SENT)


def test_an_import_that_is_undone_lets_what_was_refused_wait_as_before(desk: Desk) -> None:
    refused(desk)
    before = letter(desk)
    taken(desk, [OTHER_BOX])
    undone(desk)
    assert letter(desk) == before
    with desk.open("read") as opened:
        assert opened.ledger.readdressed_at(KEY) is None


def test_an_edit_to_a_third_address_outlives_the_import_that_is_undone(desk: Desk) -> None:
    refused(desk)
    taken(desk, [OTHER_BOX])
    edited(desk, town(1, email="maire@example.org"), email="maire@example.org")
    undone(desk)
    found = letter(desk)
    assert found is not None
    assert (found.status, found.not_before) == (Status.DEFERRED, LATER)


def test_a_letter_that_an_edit_has_put_on_paper_stays_there(desk: Desk) -> None:
    refused(desk)
    taken(desk, [OTHER_BOX])
    with desk.open("exclusive", "edit") as opened:
        opened.ledger.edit(town(1, email=None), {"email": ""}, Channel.PAPER, LATER)
    undone(desk)
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)


def test_the_import_that_changed_the_address_counts_and_not_a_later_one(desk: Desk) -> None:
    refused(desk)
    taken(desk, [OTHER_BOX])
    after = LATER + timedelta(hours=1)
    taken(desk, [OTHER_BOX._replace(surname="PETIT")], at=after)
    with desk.open("read") as opened:
        assert opened.ledger.readdressed_at(KEY) == LATER


def test_the_last_change_of_its_own_address_counts(desk: Desk) -> None:
    first, second, third, fourth = (LATER + timedelta(hours=n) for n in range(4))
    taken(desk, [OTHER_BOX], at=first)
    taken(desk, [town(1, email="maire@example.org")], at=second)
    taken(desk, [town(2, email="autre@example.org")], at=third)
    with desk.open("exclusive", "edit") as opened:
        for number in (2, 1):
            said = town(number, email="encore@example.org")
            opened.ledger.edit(said, {"email": "encore@example.org"}, Channel.EMAIL, fourth)
            assert opened.ledger.readdressed_at(KEY) == (second if number == 2 else fourth)


# What waits for paper beside an e-mail address


def on_paper_instead(desk: Desk) -> None:
    """Its e-mail failed, a lot took it, and the lot was discarded."""
    with desk.open("share", "send") as opened:
        (claimed,) = claim(opened.ledger, [KEY], 1, NOON)
        failed = Outcome(status=Status.FAILED, phase=Phase.RCPT, code=550, words="no such user")
        opened.ledger.commit(
            [Settled(delivery_id=claimed.id, at=NOON, outcome=failed)], [], *COUNTED
        )
        put_on_paper(opened.ledger, Status.QUEUED)


@pytest.mark.parametrize("said", [AT_HOME, ELSEWHERE, town(1, surname="PETIT")])
@pytest.mark.parametrize("by_edit", [False, True])
def test_what_waits_for_paper_beside_a_dead_mailbox_does_not_go_there_again(
    desk: Desk, said: Recipient, by_edit: bool
) -> None:
    on_paper_instead(desk)
    if by_edit:
        edited(desk, said, surname=said.surname)
    else:
        taken(desk, [said])
    assert stands(desk) == (Channel.PAPER, Status.QUEUED)


@pytest.mark.parametrize("said", [OTHER_BOX, town(1, postcode="", locality="")])
def test_another_mailbox_takes_a_letter_off_paper_and_so_does_the_loss_of_its_address(
    desk: Desk, said: Recipient
) -> None:
    on_paper_instead(desk)
    taken(desk, [said])
    assert stands(desk) == (Channel.EMAIL, Status.QUEUED)


def test_a_letter_that_was_woken_for_paper_stays_there_when_the_sheet_comes_again(
    desk: Desk,
) -> None:
    returned(desk)
    for _time in range(2):
        taken(desk, [ELSEWHERE, town(2)])
        assert stands(desk) == (Channel.PAPER, Status.QUEUED)
