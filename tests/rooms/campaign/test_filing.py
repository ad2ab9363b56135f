"""Copies of what was sent: one a letter, whatever is killed, out of reach or run twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from email.parser import BytesHeaderParser

import pytest

from merge.campaign.deliver import send
from merge.campaign.filing import Filed, file_copies
from merge.campaign.mailroom import Visit
from merge.errors import LedgerError
from merge.ledger.ledger import Ledger
from merge.model import Channel, Status
from merge.outcome import Notices
from tests.fakes import LOST_AFTER_DOT, OwnWatch, ScriptedOffice, town
from tests.mailboxes import OwnMailbox, came_back
from tests.place import Make, Place

TOWNS = 40  # more than one helping


def visit(place: Place, mailbox: OwnMailbox, **other: bool) -> Visit:
    with place.opened() as sender:
        room = mailbox.room(sender.account, **other)
        return room.visit(sender.ledger, sender.archive, OwnWatch(), filing=True)


def ids(mailbox: OwnMailbox) -> Counter[str]:
    return Counter(BytesHeaderParser().parsebytes(data)["Message-ID"] for data in mailbox.sent)


@pytest.fixture
def place(make: Make) -> Place:
    place = make([town(number) for number in range(1, TOWNS + 1)])
    with place.opened() as sender:
        send(sender)
    return place


def test_every_letter_that_was_sent_has_one_copy_of_its_exact_bytes(place: Place) -> None:
    mailbox = OwnMailbox()
    assert visit(place, mailbox).filed.copies == TOWNS
    assert set(ids(mailbox).values()) == {1}
    with place.opened() as sender:
        archived = {sender.archive.get(d.sha256) for d in sender.ledger.deliveries()}
    assert set(mailbox.sent) == archived
    again = visit(place, mailbox).filed
    assert (again.copies, again.found, len(mailbox.sent)) == (0, 0, TOWNS)


def test_a_kill_between_the_copy_and_its_note_doubles_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = OwnMailbox()

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "filed", killed)
        with pytest.raises(SystemExit):
            visit(place, mailbox)
    lying = len(mailbox.sent)
    assert 0 < lying < TOWNS  # the first helping was filed, and nobody noted it
    after = visit(place, mailbox)
    assert (after.filed.found, after.filed.copies) == (lying, TOWNS - lying)
    assert set(ids(mailbox).values()) == {1}


def test_a_mailbox_that_breaks_in_mid_run_is_told_and_the_rest_filed_the_next_time(
    place: Place,
) -> None:
    mailbox = OwnMailbox(fails_after=35)
    broken = visit(place, mailbox)
    assert broken.trouble is not None
    assert (broken.trouble.code, broken.filed.copies) == ("mailbox-lost", 35)
    mailbox.fails_after = None
    assert visit(place, mailbox).filed.copies == TOWNS - 35
    assert set(ids(mailbox).values()) == {1}
    assert place.statuses() == {Status.SENT: TOWNS}


def test_what_the_provider_files_itself_is_not_filed_again(place: Place) -> None:
    mailbox = OwnMailbox()
    visit(place, mailbox, files_copies=False)
    assert mailbox.sent == []
    # And where nobody knew that it does so: its copies are found.
    with place.opened() as sender:
        mailbox.sent += [sender.archive.get(d.sha256) for d in sender.ledger.deliveries()]
    told = visit(place, mailbox)
    assert (told.filed.copies, told.filed.found) == (0, TOWNS)


def test_two_senders_at_once_file_each_copy_once(place: Place) -> None:
    mailbox = OwnMailbox()
    with place.opened() as first, place.opened() as second:
        taken = first.ledger.copies_due(after=0, limit=10)
        file_copies(second.ledger, second.archive, mailbox, OwnWatch(), Filed())
        assert len(mailbox.sent) == TOWNS - 10
        first.ledger.filed([], taken)
        file_copies(first.ledger, first.archive, mailbox, OwnWatch(), Filed())
    assert set(ids(mailbox).values()) == {1}
    assert len(mailbox.sent) == TOWNS


def test_asked_to_stop_it_files_no_more(place: Place) -> None:
    watch = OwnWatch()

    class Impatient(OwnMailbox):
        def file(self, data: bytes) -> None:
            super().file(data)
            watch.asked = len(self.sent) == 3

    mailbox = Impatient()
    with place.opened() as sender:
        file_copies(sender.ledger, sender.archive, mailbox, watch, Filed())
    assert len(mailbox.sent) == 3
    assert visit(place, mailbox).filed.copies == TOWNS - 3


@pytest.mark.parametrize("code", ["archive-missing", "archive-damaged"])
def test_a_letter_that_the_archive_lost_does_not_hold_up_the_others(
    place: Place, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.opened() as sender:
        lost = sender.ledger.deliveries()[0]
        get = sender.archive.get

        def get_others(sha256: str) -> bytes:
            if sha256 == lost.sha256:
                raise LedgerError(code, path="archive.db", sha256=sha256)
            return get(sha256)

        monkeypatch.setattr(sender.archive, "get", get_others)
        mailbox = OwnMailbox()
        filed = Filed()
        file_copies(sender.ledger, sender.archive, mailbox, OwnWatch(), filed)
        due = sender.ledger.copies_due(after=0, limit=TOWNS)
    assert filed.copies == TOWNS - 1
    assert [delivery.id for delivery in due] == [lost.id]


def test_a_ledger_that_cannot_be_written_is_no_trouble_of_the_mailbox(place: Place) -> None:
    class OnAFullDisk(OwnMailbox):
        def bounces(self, *, since: datetime, after: str) -> Notices:
            raise LedgerError("disk-full", path="ledger.db")

    with pytest.raises(LedgerError, match="disk-full"):
        visit(place, OnAFullDisk())


def test_a_letter_sent_again_after_an_edit_gets_a_copy_of_its_own(make: Make) -> None:
    place = make([town(1)])
    mailbox = OwnMailbox()
    with place.opened() as sender:
        send(sender)
    visit(place, mailbox)
    better = town(1, email="autre@example.org")
    with place.opened("exclusive") as sender:
        sender.ledger.bounced(
            [came_back(1, OwnWatch().now())], sender.account.hear, since=OwnWatch().now()
        )
        changes = {"email": "autre@example.org"}
        sender.ledger.edit(better, changes, Channel.EMAIL, OwnWatch().now())
    with place.opened() as sender:
        send(sender)
    assert visit(place, mailbox).filed.copies == 1
    assert ids(mailbox) == {"<00001.1@example.org>": 2}  # the same name, and two letters


def test_nothing_is_filed_of_what_is_in_doubt_or_waits(make: Make) -> None:
    place = make([town(1), town(2)])
    office = ScriptedOffice(fates={"mairie-1@example.org": LOST_AFTER_DOT})
    with place.opened(office=office) as sender:
        send(sender)
    mailbox = OwnMailbox()
    assert visit(place, mailbox).filed.copies == 1
    assert place.statuses() == {Status.UNKNOWN: 1, Status.SENT: 1}
