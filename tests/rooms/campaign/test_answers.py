"""What towns answered, by whatever way, and what came of the campaign, town by town."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from merge.campaign.answers import (
    TownOutcome,
    answer_rows,
    evidence_kind,
    report_rows,
    tally,
    towns,
)
from merge.ledger.records import Answer, Grade, Meaning, Reply, Way
from merge.model import Channel, Delivery, Lot, Recipient, Status
from merge.outcome import Sort
from tests.fakes import town
from tests.place import Make

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


def delivery(number: int, status: Status, *, lot: int | None = None, wave: int = 1) -> Delivery:
    return Delivery(
        id=number * 10 + wave,
        key=f"{number:05}",
        wave=wave,
        channel=Channel.PAPER if lot else Channel.EMAIL,
        status=status,
        at=NOON + timedelta(days=wave - 1),
        lot=lot,
    )


def said(number: int, meaning: Meaning, *, days: int = 1, note: str = "") -> Answer:
    at = NOON + timedelta(days=days)
    key = f"{number:05}"
    return Answer(key=key, meaning=meaning, at=at, way=Way.PHONE, note=note, noted_at=at)


def mail(number: int, *, days: int = 1, sort: Sort = Sort.ANSWER) -> Reply:
    at = NOON + timedelta(days=days)
    return Reply(identity=f"{number}-{days}", sort=sort, at=at, key=f"{number:05}")


def found(
    recipients: list[Recipient], deliveries: list[Delivery] | None = None, **other: object
) -> list[TownOutcome]:
    facts: dict[str, object] = {"lots": [], "answers": [], "replies": []}
    return towns(recipients, deliveries or [], **(facts | other))  # type: ignore[arg-type] # of all kinds


def test_written_to_is_who_was_sent_or_posted_a_letter_and_nobody_else() -> None:
    lot = Lot(
        number=1,
        at=NOON,
        path="",
        letters=1,
        sheets=1,
        sha256="",
        status=Status.POSTED,
        posted_at=NOON + timedelta(days=3),
    )
    statuses = (Status.SENT, Status.BOUNCED, Status.UNKNOWN, Status.QUEUED, Status.SUPPRESSED)
    every = [delivery(n, status) for n, status in enumerate(statuses, start=1)]
    every += [delivery(6, Status.POSTED, lot=1), delivery(7, Status.PRINTED, lot=1)]
    result = found([town(n) for n in range(1, 9)], every, lots=[lot])
    written = {t.recipient.key: t.written_at for t in result if t.written_at}
    assert written == {"00001": NOON, "00006": NOON + timedelta(days=3)}


def test_a_reminder_does_not_change_when_a_town_was_first_written_to() -> None:
    both = [delivery(1, Status.SENT), delivery(1, Status.SENT, wave=2)]
    (one,) = found([town(1)], both)
    assert one.written_at == NOON


def test_the_latest_answer_counts_and_a_mail_that_came_after_it_is_to_be_read() -> None:
    answers = [said(1, Meaning.RECEIVED), said(1, Meaning.YES, days=2)]
    (one,) = found([town(1)], [delivery(1, Status.SENT)], answers=answers)
    assert one.answer
    assert (one.answer.meaning, one.unread) == ("yes", 0)
    (one,) = found([town(1)], answers=answers, replies=[mail(1), mail(1, days=3)])
    assert one.answer
    assert (one.answer.meaning, one.unread) == ("yes", 1)


def test_an_automatic_reply_is_no_answer() -> None:
    (one,) = found([town(1)], replies=[mail(1, sort=Sort.AUTO), mail(1, sort=Sort.DELAY)])
    assert not one.has_answered


def test_the_figures_count_each_town_once() -> None:
    result = found(
        [town(n) for n in range(1, 6)],
        [delivery(n, Status.SENT) for n in range(1, 5)],
        answers=[said(1, Meaning.YES), said(2, Meaning.NO), said(2, Meaning.CONDITIONS, days=2)],
        replies=[mail(1), mail(3), mail(3, days=2)],
    )
    counted = tally(result)
    assert (counted.towns, counted.written, counted.answered) == (5, 4, 3)
    assert (counted.committed, counted.unread) == (1, 1)
    assert counted.meanings == {Meaning.YES: 1, Meaning.CONDITIONS: 1}


def test_what_leaves_the_group_names_no_person() -> None:
    mayor = town(1, first_name="Étienne", surname="ÇELIK", fields={"Remarque": "vue"})
    result = found(
        [mayor, town(2), town(3)],
        [delivery(1, Status.SENT), delivery(2, Status.SENT)],
        answers=[said(1, Meaning.YES, note="M. Çelik est d'accord")],
    )
    rows = report_rows(result, PARIS)
    assert [row["commune"] for row in rows] == ["Ville-1", "Ville-2"]
    assert rows[0] == {
        "insee": "",
        "commune": "Ville-1",
        "department": "00",
        "channel": "email",
        "written_on": "2026-11-25",
        "reminded_on": "",
        "answered_on": "2026-11-26",
        "state": "engaged",
        "grade": "spoken",
        "address": "",
        "evidence": "",
        "corrected_on": "",
    }
    assert rows[1]["state"] == "no-answer-yet"
    text = str(rows)
    for never in ("elik", "tienne", "example.org", "d'accord", "place de la Mairie"):
        assert never not in text
    (own,) = answer_rows(result, PARIS)
    assert own["note"] == "M. Çelik est d'accord"


def test_a_mail_that_nobody_has_read_yet_is_an_answer_of_its_own() -> None:
    result = found([town(1)], [delivery(1, Status.SENT)], replies=[mail(1)])
    (row,) = answer_rows(result, PARIS)
    assert (row["answer"], row["answered_by"], row["answered_on"]) == (
        "unread",
        "email",
        "2026-11-26",
    )


def test_the_ledger_keeps_every_answer_and_gives_the_one_that_counts_last(make: Make) -> None:
    place = make([town(1), town(2)])
    with place.opened() as sender:
        book = sender.ledger.answers
        book.add(said(1, Meaning.YES, days=5))
        book.add(said(1, Meaning.RECEIVED, days=1, note="par la secrétaire"))
        book.add(said(2, Meaning.NO))
        assert [answer.meaning for answer in book.all("00001")] == [Meaning.RECEIVED, Meaning.YES]
        assert book.all("00001")[0].note == "par la secrétaire"
        assert len(book.all()) == 3


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"Received: from a\r\n\tby b\r\nFROM: Mairie <m@example.org>\r\n\r\nOui.", "eml"),
        (b"", ""),
        (b"Subject: no sender\n\nFrom: the mayor", ""),
        (b"From the mayor: yes", ""),
        (b"<html>From: a</html>", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        (b"GIF89a", ""),
        (b"PK\x03\x04", ""),
        (b" %PDF-1.7", ""),
    ],
)
def test_a_document_is_known_by_its_first_bytes(document: bytes, kind: str) -> None:
    assert evidence_kind(document) == kind


def test_an_answer_is_graded_by_what_a_person_said_else_by_how_it_came() -> None:
    ways = {
        None: None,
        Way.EMAIL: Grade.EMAIL,
        Way.POST: Grade.LETTER,
        Way.PHONE: Grade.SPOKEN,
        Way.MEETING: Grade.SPOKEN,
    }
    answer = said(1, Meaning.YES)
    assert {way: replace(answer, way=way).graded for way in (None, *Way)} == ways
    assert replace(answer, grade=Grade.LETTER).graded is Grade.LETTER
