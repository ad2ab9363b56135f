"""What the other side has of a letter in doubt, and what that proves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from merge.campaign import mailroom
from merge.campaign.check import check
from merge.campaign.deliver import send
from merge.campaign.mailroom import Evidence
from merge.errors import LedgerError, Stopped, Trouble
from merge.model import Channel, Status
from merge.outcome import HeldMessage
from tests.fakes import (
    LOST_AFTER_DOT,
    PlainTemplate,
    ScriptedOffice,
    town,
)
from tests.mailboxes import OwnMailbox, came_back
from tests.place import START, Make, Place

LATER = START + timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def place(make: Make) -> Place:
    """Three letters in doubt, and one that was sent."""
    place = make([town(number) for number in range(1, 5)])
    fates = {f"mairie-{number}@example.org": LOST_AFTER_DOT for number in (1, 2, 3)}
    with place.opened(office=ScriptedOffice(fates=fates)) as sender:
        send(sender)
    return place


def look(place: Place, mailbox: OwnMailbox, **other: bool) -> Evidence:
    with place.opened("exclusive") as sender:
        room = mailbox.room(sender.account, **other)
        return mailroom.look_in_mailbox(
            sender.ledger, sender.archive, room, now=LATER, who="camille"
        )


def letter(place: Place, key: str) -> bytes:
    with place.opened("read") as sender:
        delivery = sender.ledger.delivery(key)
        assert delivery is not None
        return sender.archive.get(delivery.sha256)


def test_a_copy_that_the_provider_filed_proves_that_it_was_taken(place: Place) -> None:
    mailbox = OwnMailbox(sent=[letter(place, "00001")])
    assert len(look(place, mailbox).taken) == 1
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}
    with place.opened() as sender:
        last = list(sender.ledger.attempts("00001"))[-1]
    assert (last.phase, last.status, last.words, last.sender) == (
        *("proof", Status.SENT),
        *("proof-copy", "camille"),
    )


def test_absence_proves_nothing_and_is_told_only_where_the_provider_files_all(
    place: Place,
) -> None:
    assert look(place, OwnMailbox()).absent == []
    assert len(look(place, OwnMailbox(), provider_files=True).absent) == 3
    assert place.statuses() == {Status.UNKNOWN: 3, Status.SENT: 1}
    one = OwnMailbox(sent=[letter(place, "00001")])
    assert len(look(place, one, provider_files=True).absent) == 2


def test_a_letter_that_the_archive_has_lost_is_proven_by_no_copy(place: Place) -> None:
    copy = letter(place, "00001")
    for archive in place.folder.glob("archive.db*"):
        archive.unlink()
    assert look(place, OwnMailbox(sent=[copy])).taken == []


def test_the_copy_of_the_letter_before_an_edit_is_no_proof_of_the_one_after(make: Make) -> None:
    place = make([town(1)])
    with place.opened() as sender:
        send(sender)
    mailbox = OwnMailbox(sent=[letter(place, "00001")])
    with place.opened("exclusive") as sender:
        sender.ledger.bounced([came_back(1, LATER)], sender.account.hear, since=START)
        better = town(1, email="autre@example.org")
        sender.ledger.edit(better, {"email": "autre@example.org"}, Channel.EMAIL, LATER)
    fates = {"autre@example.org": LOST_AFTER_DOT}
    with place.opened(office=ScriptedOffice(fates=fates)) as sender:
        send(sender)
    assert look(place, mailbox).taken == []
    assert place.statuses() == {Status.UNKNOWN: 1}


def test_a_late_proof_wins_over_a_persons_word(place: Place) -> None:
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    look(place, OwnMailbox(sent=[letter(place, "00001")]))
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}
    office = ScriptedOffice()
    with place.opened(office=office) as sender:
        send(sender)
    assert office.taken == []


NOWHERE: dict[str, Any] = {"email": None, "street": (), "postcode": "", "locality": ""}


def test_letters_that_wait_for_their_address_stop_nobody_elses(place: Place) -> None:
    with place.opened("exclusive") as sender:
        for key in ("00001", "00002"):
            sender.ledger.resolve(key, Status.QUEUED, LATER, "camille")
    place.take([*(town(number, **NOWHERE) for number in (1, 2)), town(5)])
    with place.opened() as sender:
        waiting = sender.ledger.candidates(None, [Channel.EMAIL])
        findings = check(PlainTemplate(), waiting, of=sender.ledger.count_recipients())
        details = {one.key: one.detail for one in sender.ledger.deliveries([Status.HELD])}
        assert send(sender).sent == 1
    assert {fault.key: fault.code for fault in findings.faults} == {
        "00001": "address-lost",
        "00002": "address-lost",
    }
    assert not findings.stops_all
    assert set(details.values()) == {"address-lost email="}


def test_a_mailbox_out_of_reach_leaves_every_doubt_and_a_full_disk_is_none_of_its_troubles(
    place: Place,
) -> None:
    class Broken(OwnMailbox):
        trouble: Trouble = Stopped("mailbox-lost", host="imap.example.org", words="gone")

        def holding(self, message_ids: Sequence[str]) -> Sequence[HeldMessage]:
            raise self.trouble

    broken = Broken()
    assert look(place, broken).trouble is broken.trouble
    broken.trouble = LedgerError("disk-full", path="ledger.db")
    with pytest.raises(LedgerError, match="disk-full"):
        look(place, broken)
    assert place.statuses() == {Status.UNKNOWN: 3, Status.SENT: 1}
