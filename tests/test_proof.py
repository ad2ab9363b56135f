"""What the other side has of a letter in doubt, and what that proves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from merge.campaign import proof
from merge.campaign.check import check
from merge.campaign.deliver import send
from merge.campaign.proof import Evidence
from merge.campaign.providerlog import read_log
from merge.errors import LedgerError, SheetError, Stopped
from merge.model import Channel, Delivery, Status
from merge.outcome import HeldMessage, Outcome, Phase
from tests.fakes import (
    GREYLISTED,
    LOST_AFTER_DOT,
    NO_SUCH_USER,
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
        return proof.look_in_mailbox(sender.ledger, sender.archive, room, now=LATER, who="camille")


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
    with place.opened() as sender:
        assert proof.written_at(sender.archive, proof.provable(sender.ledger)) == {}


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


def test_what_went_to_the_same_address_beside_is_in_no_doubt_itself(make: Make) -> None:
    place = make([town(1), town(2, email="Mairie-1@example.org"), town(3)])
    fates = {"mairie-1@example.org": LOST_AFTER_DOT}
    with place.opened(office=ScriptedOffice(fates=fates)) as sender:
        send(sender)
        beside = proof.sent_beside(sender.ledger, proof.provable(sender.ledger))
    assert [delivery.key for delivery in beside] == ["00002"]


def test_a_report_that_it_came_back_settles_a_doubt(place: Place) -> None:
    mailbox = OwnMailbox(notices=[came_back(2, LATER)])
    assert len(look(place, mailbox).came_back) == 1
    assert place.statuses() == {Status.UNKNOWN: 2, Status.BOUNCED: 1, Status.SENT: 1}


def test_a_late_proof_wins_over_a_persons_word(place: Place) -> None:
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    look(place, OwnMailbox(sent=[letter(place, "00001")]))
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}
    office = ScriptedOffice()
    with place.opened(office=office) as sender:
        send(sender)
    assert office.taken == []


@pytest.mark.parametrize("by_edit", [False, True])
def test_a_late_proof_wins_although_the_row_is_another_since(place: Place, by_edit: bool) -> None:
    copy, other = letter(place, "00001"), town(1, surname="PETIT")
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
        if by_edit:
            sender.ledger.edit(other, {"surname": "PETIT"}, Channel.EMAIL, LATER)
    if not by_edit:
        place.take([other])
    assert len(look(place, OwnMailbox(sent=[copy])).taken) == 1
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}


NOWHERE: dict[str, Any] = {"email": None, "street": (), "postcode": "", "locality": ""}


@pytest.mark.parametrize("has_its_address_back", [False, True])
def test_a_late_proof_wins_although_a_sheet_has_lost_the_address(
    place: Place, has_its_address_back: bool
) -> None:
    copy = letter(place, "00001")
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    place.take([town(1, **NOWHERE)])
    assert place.statuses() == {Status.HELD: 1, Status.UNKNOWN: 2, Status.SENT: 1}
    if has_its_address_back:
        place.take([town(1)])
        assert place.statuses() == {Status.QUEUED: 1, Status.UNKNOWN: 2, Status.SENT: 1}
    assert len(look(place, OwnMailbox(sent=[copy])).taken) == 1
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}


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


def test_how_long_it_has_waited_for_an_address_is_not_what_the_last_sheet_says(
    place: Place,
) -> None:
    """A log without Message-IDs proves nothing by a time after that."""
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
        for days in (1, 2):
            with sender.ledger.importing(LATER + timedelta(days=days)) as intake:
                intake.take([town(1, **NOWHERE)])
                intake.keep([])
        delivery = sender.ledger.delivery("00001")
    assert delivery is not None
    assert delivery.at == LATER + timedelta(days=1)


def test_what_was_in_doubt_and_refused_since_waits_for_an_address_and_for_a_proof(
    place: Place,
) -> None:
    copy = letter(place, "00001")
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    office = ScriptedOffice(fates={"mairie-1@example.org": GREYLISTED})
    with place.opened(office=office) as sender:
        send(sender)
    place.take([town(1, **NOWHERE)])
    assert place.statuses() == {Status.HELD: 1, Status.UNKNOWN: 2, Status.SENT: 1}
    assert len(look(place, OwnMailbox(sent=[copy])).taken) == 1


def test_what_was_in_doubt_and_came_back_is_no_proof_of_the_letter_after_an_edit(
    place: Place,
) -> None:
    copy, better = letter(place, "00001"), town(1, email="autre@example.org")
    look(place, OwnMailbox(notices=[came_back(1, LATER)]))
    with place.opened("exclusive") as sender:
        sender.ledger.edit(better, {"email": "autre@example.org"}, Channel.EMAIL, LATER)
    assert look(place, OwnMailbox(sent=[copy])).taken == []
    assert place.statuses() == {Status.QUEUED: 1, Status.UNKNOWN: 2, Status.SENT: 1}


def test_nothing_of_an_e_mail_in_doubt_stands_at_a_letter_that_goes_on_paper(place: Place) -> None:
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    place.take([town(1, email=None)])
    with place.opened("read") as reader:
        delivery = reader.ledger.delivery("00001")
    assert delivery is not None
    assert (delivery.channel, delivery.address, delivery.message_id) == (Channel.PAPER, "", "")


@pytest.mark.parametrize(
    ("fate", "stands"), [(GREYLISTED, Status.DEFERRED), (NO_SUCH_USER, Status.FAILED)]
)
def test_a_late_proof_wins_over_a_refusal_that_came_since(
    place: Place, fate: Outcome, stands: Status
) -> None:
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    fates = {"mairie-1@example.org": fate}
    with place.opened(office=ScriptedOffice(fates=fates)) as sender:
        send(sender)
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 1, stands: 1}
    assert len(look(place, OwnMailbox(sent=[letter(place, "00001")])).taken) == 1
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}
    with place.opened("read") as reader:
        proven = reader.ledger.delivery("00001")
    assert proven is not None
    assert (proven.code, proven.enhanced) == (None, "")  # the refusal is the attempt's


def at_rest(place: Place, key: str) -> None:
    """Somebody opts out, and is put on the list."""
    with place.opened("exclusive") as sender:
        delivery = sender.ledger.delivery(key)
        assert delivery is not None
        sender.ledger.suppress({delivery.id: "by telephone"}, LATER)


@pytest.mark.parametrize("is_refused_first", [False, True])
def test_a_late_proof_wins_although_its_recipient_asked_to_stop_since(
    place: Place, is_refused_first: bool
) -> None:
    with place.opened("exclusive") as sender:
        sender.ledger.resolve("00001", Status.QUEUED, LATER, "camille")
    if is_refused_first:
        fates = {"mairie-1@example.org": GREYLISTED}
        with place.opened(office=ScriptedOffice(fates=fates)) as sender:
            send(sender)
    at_rest(place, "00001")
    assert place.statuses() == {Status.SUPPRESSED: 1, Status.UNKNOWN: 2, Status.SENT: 1}
    (proven,) = look(place, OwnMailbox(sent=[letter(place, "00001")])).taken
    assert place.statuses() == {Status.UNKNOWN: 2, Status.SENT: 2}
    office = ScriptedOffice()
    with place.opened(office=office) as sender:
        sender.ledger.restore([proven], LATER, "a mistake")
        send(sender)
    assert office.taken == []


def test_what_came_back_before_its_recipient_asked_to_stop_is_not_proven(place: Place) -> None:
    copy = letter(place, "00001")
    look(place, OwnMailbox(notices=[came_back(1, LATER)]))
    at_rest(place, "00001")
    assert look(place, OwnMailbox(sent=[copy])).taken == []
    assert place.statuses() == {Status.SUPPRESSED: 1, Status.UNKNOWN: 2, Status.SENT: 1}


def test_what_was_refused_without_ever_being_in_doubt_is_not_proven(make: Make) -> None:
    place = make([town(1)])
    fates = {"mairie-1@example.org": NO_SUCH_USER._replace(phase=Phase.BODY)}
    with place.opened(office=ScriptedOffice(fates=fates)) as sender:
        send(sender)
    assert look(place, OwnMailbox(sent=[letter(place, "00001")])).taken == []
    assert place.statuses() == {Status.FAILED: 1}


def test_a_mailbox_that_is_out_of_reach_leaves_every_doubt(place: Place) -> None:
    class Broken(OwnMailbox):
        def holding(self, message_ids: Sequence[str]) -> Sequence[HeldMessage]:
            raise Stopped("mailbox-lost", host="imap.example.org", words="gone")

    found = look(place, Broken())
    assert found.trouble is not None
    assert place.statuses() == {Status.UNKNOWN: 3, Status.SENT: 1}


def test_a_ledger_that_cannot_be_written_is_no_trouble_of_the_mailbox(place: Place) -> None:
    class OnAFullDisk(OwnMailbox):
        def holding(self, message_ids: Sequence[str]) -> Sequence[HeldMessage]:
            raise LedgerError("disk-full", path="ledger.db")

    with pytest.raises(LedgerError, match="disk-full"):
        look(place, OnAFullDisk())


# A provider's log


def delivery(number: int, address: str) -> Delivery:
    return Delivery(
        id=number,
        key=f"{number:05}",
        wave=1,
        channel=Channel.EMAIL,
        status=Status.UNKNOWN,
        at=START + timedelta(minutes=2),
        address=address,
        message_id=f"<{number}@example.org>",
    )


ONE, TWO = delivery(1, "mairie@example.org"), delivery(2, "autre@example.org")
WANTED = {each.message_id: (each, START) for each in (ONE, TWO)}


def entries(
    headers: str,
    *rows: str,
    wanted: Mapping[str, tuple[Delivery, datetime]] = WANTED,
    others: Sequence[Delivery] = (),
) -> list[tuple[int, str, int]]:
    table = [(number, row.split(";")) for number, row in enumerate(rows, start=2)]
    found = read_log(headers.split(";"), table, wanted, others=others, path="log.csv", zone=PARIS)
    return [(entry.delivery.id, entry.fate, entry.row) for entry in found]


@pytest.mark.parametrize(
    ("word", "fate"),
    [
        ("Delivered", "taken"),
        ("délivré", "taken"),
        ("Première ouverture", ""),
        ("first_opening", "taken"),
        ("Soft bounce", "taken"),
        ("hard_bounce", "came-back"),
        ("Échec", "came-back"),
        ("blocked", ""),  # it may never have been taken: a person decides
        ("complaint", ""),
    ],
)
def test_each_provider_has_its_own_words(word: str, fate: str) -> None:
    assert entries("Message-ID;Event", f"1@example.org;{word}") == [(1, fate, 2)]


@pytest.mark.parametrize(
    "headers",
    ["Message-ID;To;Date;Status", "message_id;Destinataire;Horodatage;Statut", "msg-id;x;y;State"],
)
def test_the_columns_are_guessed(headers: str) -> None:
    row = "<1@example.org>;mairie@example.org;2026-11-24 10:01;sent"
    assert entries(headers, row) == [(1, "taken", 2)]


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-24T09:01:00Z",
        "2026-11-24 10:01:00",  # no zone: the campaign's
        "24/11/2026 10:01",
        "24/11/2026 10h01",
        "Tue, 24 Nov 2026 09:01:00 +0000",
        str(int(datetime(2026, 11, 24, 9, 1, tzinfo=UTC).timestamp())),
    ],
)
def test_without_a_message_id_the_address_counts_with_a_time_that_fits(time: str) -> None:
    assert entries("To;Date;Status", f"Mairie@example.org;{time};sent") == [(1, "taken", 2)]


@pytest.mark.parametrize("time", ["2026-11-24 09:45", "2026-11-30 10:01"])
def test_another_days_mail_to_that_address_is_no_proof(time: str) -> None:
    assert entries("To;Date;Status", f"mairie@example.org;{time};sent") == []


def test_a_mailbox_that_two_towns_share_proves_neither() -> None:
    wanted = {each.message_id: (each, START) for each in (ONE, delivery(2, ONE.address))}
    row = "mairie@example.org;2026-11-24 10:01;sent"
    assert entries("To;Date;Status", row, wanted=wanted) == []
    later = START + timedelta(hours=1)  # the time fits only one of the two
    wanted = {
        each.message_id: (each, at)
        for (each, _), at in zip(wanted.values(), (START, later), strict=True)
    }
    assert entries("To;Date;Status", row, wanted=wanted) == []


@pytest.mark.parametrize(
    ("days_ago", "proven"), [(0, []), (5, []), (6, [(1, "taken", 2)])], ids=["twin", "5", "6"]
)
def test_a_row_that_may_be_about_a_letter_in_no_doubt_proves_nothing(
    days_ago: int, proven: Sequence[tuple[int, str, int]]
) -> None:
    other = delivery(3, "Mairie@example.org")._replace(at=ONE.at - timedelta(days=days_ago))
    rows = ["mairie@example.org;2026-11-24 10:01;sent"]
    assert entries("To;Date;Status", *rows, others=[other]) == proven
    assert entries("Message-ID;To;Date;Status", f"1@example.org;{rows[0]}", others=[other]) == [
        (1, "taken", 2)
    ]


@pytest.mark.parametrize(
    ("to", "time"),
    [
        ("avant@example.org", "2026-11-24 10:01"),
        ("mairie@example.org", "2026-11-24 09:45"),
        ("avant@example.org", "hier"),
    ],
)
def test_what_is_logged_of_the_letter_before_an_edit_is_no_proof_of_the_one_after(
    to: str, time: str
) -> None:
    row = f"<1@example.org>;{to};{time};hard_bounce"
    assert entries("Message-ID;To;Date;Status", row) == []


@pytest.mark.parametrize(
    "to", ["Mairie <MAIRIE@example.org>", "", "mairie", "<mairie@example.org>"]
)
def test_a_message_id_counts_however_its_row_writes_the_address(to: str) -> None:
    row = f"1@example.org;{to};2026-12-24 10:01;hard_bounce"
    assert entries("Message-ID;To;Date;Status", row) == [(1, "came-back", 2)]


def test_the_clocks_of_a_provider_and_of_the_sender_may_differ() -> None:
    row = "1@example.org;mairie@example.org;2026-11-24 09:50;sent"
    assert entries("Message-ID;To;Date;Status", row) == [(1, "taken", 2)]


@pytest.mark.parametrize("time", ["Nov 24, 2026, 1:15:00 PM", "Tue, 24 Nov 2026 01:15 p.m."])
def test_an_hour_of_the_afternoon_is_not_taken_for_one_before_the_letter(time: str) -> None:
    row = f"1@example.org;mairie@example.org;{time};sent"
    assert entries("Message-ID;To;Date;Status", row) == [(1, "taken", 2)]


def test_without_a_message_id_and_a_time_an_address_proves_nothing() -> None:
    assert entries("Message-ID;To;Status", ";mairie@example.org;sent") == []


def test_a_log_may_write_a_domain_as_it_is_on_the_wire() -> None:
    wanted = {"<1@example.org>": (delivery(1, "mairie@été.example.org"), START)}
    row = "1@example.org;mairie@xn--t-9fab.example.org;2026-11-24 10:01;sent"
    assert entries("Message-ID;To;Date;Status", row, wanted=wanted) == [(1, "taken", 2)]


@pytest.mark.parametrize("headers", ["To;Status", "Message-ID;To", "Date;Status", "a;b"])
def test_a_table_that_is_no_log_is_refused_with_its_columns(headers: str) -> None:
    with pytest.raises(SheetError) as caught:
        entries(headers, "x;y")
    assert (caught.value.code, caught.value.path) == ("log-columns", "log.csv")


@pytest.mark.parametrize(
    "time",
    ["hier", "Nov 24, 2026 12:15 AM", f"1 Jan {10**20} 09:00", f"1 Jan 2026 09:00 +{10**20}"],
)
def test_a_time_that_cannot_be_read_is_told_with_its_place(time: str) -> None:
    with pytest.raises(SheetError) as caught:
        entries("To;Date;Status", "x@example.org;?;sent", f"mairie@example.org;{time};sent")
    assert caught.value.place == "log.csv:3:Date"


def test_what_came_back_had_been_taken_before(place: Place) -> None:
    with place.opened("exclusive") as sender:
        wanted = {one.message_id: (one, START) for one in proof.provable(sender.ledger)}
        rows = [
            (2, ["<00001.1@example.org>", "delivered"]),
            (3, ["<00002.1@example.org>", "sent"]),
            (4, ["<00002.1@example.org>", "hard_bounce"]),
            (5, ["<00004.1@example.org>", "hard_bounce"]),  # in no doubt: `replies` will tell
            (6, ["<00003.1@example.org>", "mystery"]),
        ]
        found = read_log(["Message-ID", "Event"], rows, wanted, path="log.csv", zone=PARIS)
        told = proof.apply_log(
            sender.ledger, found, sender.account, path="log.csv", now=LATER, who="camille"
        )
        words = [attempt.words for attempt in sender.ledger.attempts("00002")][-1]
        standing = {one.key: one.status for one in sender.ledger.deliveries()}
    assert (len(told.taken), len(told.came_back)) == (1, 1)
    assert (standing["00001"], standing["00002"]) == (Status.SENT, Status.BOUNCED)
    assert words == "log.csv:4: hard_bounce"
    assert place.statuses() == {Status.UNKNOWN: 1, Status.SENT: 2, Status.BOUNCED: 1}
