"""The log as a list to look through: searched, filtered, sorted, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from merge.app import export, log
from merge.app.opening import now, open_campaign
from merge.campaign.answers import every_town
from merge.campaign.plan import Narrowing
from merge.ledger.records import Answer, LogFilter, LogOrder, Meaning, Reply
from merge.model import Channel, Status
from merge.outcome import Sort
from tests.desk import HAVRE, NICE, Desk, Y

ÉTIENNE = "42218;Saint-Étienne;F;Zoé;Ægir;mairie.st-etienne@example.org;;;"
ÉPINAL = "88160;Épinal;M;Luc;D'ANGELO;;;;"  # nothing reaches it
NAMES = LogOrder(by="name")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three by e-mail, one on paper, one whom nothing reaches."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.run("import", str(desk.sheet(NICE, HAVRE, Y, ÉTIENNE, ÉPINAL)))
    return desk.folder


def keys(place: Path, order: LogOrder = NAMES, **chosen: object) -> list[str]:
    """Those of the first page."""
    page = log.page(place, LogFilter(**chosen), order, 1)  # type: ignore[arg-type] # by name
    assert page.total == len(page.lines)
    return [line.recipient.key for line in page.lines]


def mark(place: Path, key: str, **values: object) -> None:
    """The ledger says that of a letter, as a job at work would have written it."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    write(place, f"UPDATE deliveries SET {sets} WHERE recipient = :key", **values, key=key)  # noqa: S608 names of this file


def write(place: Path, statement: str, **values: object) -> None:
    """What another program's hand would do to the ledger."""
    Desk(place).sql(statement, **values)


def left(day: int) -> str:
    """A time as the ledger has it."""
    return f"2026-03-{day:02} 09:00:00.000000"


SEARCHES = [
    ("havre", ["76351"]),
    ("LE HAVRE", ["76351"]),
    ("epinal", ["88160"]),
    ("st etienne", ["42218"]),
    ("Saint-Étienne", ["42218"]),
    ("76351", ["76351"]),
    ("6088", ["06088"]),
    ("celik", ["06088"]),
    ("aegir", ["42218"]),
    ("d’angelo", ["88160"]),
    ("nice@example.org", ["06088"]),
    ("hôtel de ville", ["76351", "06088"]),
    ("goff  le havre", ["76351"]),
    ("80190", ["80829"]),
    ("goff nice", []),
    (" - ", ["88160", "76351", "06088", "42218", "80829"]),
    ("%", ["88160", "76351", "06088", "42218", "80829"]),
]


def test_one_is_found_as_people_type(place: Path) -> None:
    found = [(typed, keys(place, find=typed)) for typed, _ in SEARCHES]
    assert found == SEARCHES


def test_each_filter_leaves_those_whom_it_names_and_all_of_them_hold_together(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(1))
    assert keys(place, statuses=[Status.SENT]) == ["06088"]
    assert keys(place, statuses=[Status.SENT, Status.QUEUED]) == [
        "76351",
        "06088",
        "42218",
        "80829",
    ]
    assert keys(place, channels=[Channel.PAPER]) == ["76351"]
    assert keys(place, channels=[None]) == ["88160"]
    assert keys(place, channels=[None, Channel.PAPER]) == ["88160", "76351"]
    assert keys(place, departments=["06", "88"]) == ["88160", "06088"]
    assert keys(place, departments=["06"], channels=[Channel.PAPER]) == []
    assert keys(place, departments=["06"], find="hotel") == ["06088"]


def test_each_order_goes_both_ways_and_nothing_comes_last(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(2))
    mark(place, "80829", status="bounced", at=left(1))
    back = [LogOrder(by=by, descending=True) for by in ("name", "status", "at", "department")]
    assert keys(place) == ["88160", "76351", "06088", "42218", "80829"]
    assert keys(place, back[0]) == ["80829", "42218", "06088", "76351", "88160"]
    assert keys(place, LogOrder(by="status")) == ["76351", "42218", "06088", "80829", "88160"]
    assert keys(place, back[1]) == ["80829", "06088", "76351", "42218", "88160"]
    assert keys(place, LogOrder(by="at"))[:2] == ["80829", "06088"]
    assert keys(place, back[2])[:2] == ["06088", "80829"]
    assert keys(place, LogOrder(by="department")) == ["06088", "42218", "76351", "80829", "88160"]
    assert keys(place, LogOrder(descending=True)) == ["88160", "42218", "80829", "76351", "06088"]


def test_a_reminder_is_what_is_shown_of_a_town_that_has_one(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(1))
    with open_campaign(place, access="exclusive", command="remind") as campaign:
        campaign.ledger.reminders.open(2, [("06088", Channel.EMAIL)], now())
    (line,) = log.page(place, LogFilter(find="nice"), NAMES, 1).lines
    assert line.delivery is not None
    assert (line.delivery.wave, line.delivery.status) == (2, Status.QUEUED)
    assert keys(place, statuses=[Status.SENT]) == []


def test_pages_follow_each_other_and_a_number_behind_the_last_is_the_last(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    rows = [f"{n};Ville {n:03}" for n in range(120)]
    desk.run("import", str(desk.sheet(*rows, header="N°;Commune")), "--map", "key=N°")
    pages = [log.page(desk.folder, LogFilter(), NAMES, n) for n in (1, 2, 3)]
    shown = [line.recipient.key for page in pages for line in page.lines]
    assert shown == [str(n) for n in range(120)]
    assert [(page.first, len(page.lines)) for page in pages] == [(1, 50), (51, 50), (101, 20)]
    assert {(page.pages, page.total) for page in pages} == {(3, 120)}
    for beyond, shown_as in ((99, 3), (0, 1), (-4, 1)):
        assert log.page(desk.folder, LogFilter(), NAMES, beyond).number == shown_as
    nobody = log.page(desk.folder, LogFilter(find="xyz"), NAMES, 2)
    assert (nobody.total, nobody.number, nobody.pages, nobody.first) == (0, 1, 1, 0)


def test_a_number_names_one_recipient_and_stays_when_the_sheet_is_sorted_anew(place: Path) -> None:
    def numbers() -> dict[str, int]:
        lines = log.page(place, LogFilter(), LogOrder(), 1).lines
        return {line.recipient.key: line.number for line in lines}

    before = numbers()
    assert sorted(before.values()) == [1, 2, 3, 4, 5]
    desk = Desk(place)
    desk.run("import", str(desk.sheet(ÉPINAL, Y, HAVRE, NICE, ÉTIENNE)))
    assert numbers() == before


def answered(place: Path) -> None:
    """Nice said no, then yes; Y wrote and nobody has read it; Le Havre wrote after its answer."""
    day = datetime(2026, 3, 21, 12, tzinfo=UTC)
    with open_campaign(place, access="share", command="answer") as campaign:
        for key, meaning, hours in (
            ("06088", Meaning.NO, 0),
            ("06088", Meaning.YES, 0),
            ("76351", Meaning.CONDITIONS, 1),
        ):
            at = day + timedelta(hours=hours)
            campaign.ledger.answers.add(Answer(key=key, meaning=meaning, at=at, noted_at=at))
        mails = [("80829", 2), ("76351", 3), ("06088", -5)]
        campaign.ledger.replies.keep(
            [
                Reply(identity=key, sort=Sort.ANSWER, at=day + timedelta(hours=hours), key=key)
                for key, hours in mails
            ]
            + [Reply(identity="stop", sort=Sort.ANSWER, at=day, key="88160", wants_peace="STOP")]
        )


def test_an_answer_is_the_one_that_counts_as_everywhere_else(place: Path) -> None:
    answered(place)
    assert keys(place, answers=["yes"]) == ["06088"]
    assert keys(place, answers=["no"]) == []
    assert keys(place, answers=["conditions", "yes"]) == ["76351", "06088"]
    assert keys(place, answers=["unread"]) == ["80829"]
    assert keys(place, answers=["none"]) == ["42218"]
    lines = {line.recipient.key: line for line in log.page(place, LogFilter(), LogOrder(), 1).lines}
    with open_campaign(place, access="read", command="log") as campaign:
        for town in every_town(campaign.ledger):
            line = lines[town.recipient.key]
            assert line.recipient == town.recipient
            assert line.meaning == (town.answer.meaning if town.answer else None)
            assert line.answered_at == (town.answer.at if town.answer else None)
            assert line.unread == bool(town.unread)


def test_who_was_written_to_long_ago_is_counted_from_the_day_of_posting(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(10))
    mark(place, "80829", status="bounced", at=left(1))
    ahead = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert keys(place, left_before=ahead) == ["06088"]
    assert keys(place, left_before=ahead - timedelta(days=1)) == []
    write(
        place,
        "INSERT INTO lots (number, at, path, letters, sheets, sha256, status, posted_at)"
        " VALUES (1, :at, 'x', 1, 1, '', 'posted', :posted_at)",
        at=left(1),
        posted_at=left(9),
    )
    mark(place, "76351", status="posted", at=left(1), lot=1, position=1)
    assert keys(place, left_before=ahead) == ["76351", "06088"]
    assert keys(place, left_before=ahead - timedelta(days=2)) == []
    said = Desk(place).ok("log", "--after", "1d", "--find", "nice", "--format", "json")
    assert '"key": "06088"' in said.out


def test_what_is_shown_is_what_a_file_of_it_has_in_that_order(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(1))
    order = LogOrder(by="name", descending=True)
    found = log.rows(place, Narrowing(), chosen=LogFilter(find="e"), order=order)
    assert [row["key"] for row in found.rows] == ["80829", "42218", "06088", "76351"]
    nobody = log.rows(place, Narrowing(), chosen=LogFilter(channels=[None]))
    (row,) = nobody.rows
    assert (row["key"], row["status"], row["department"]) == ("88160", "", "88")
    assert export.as_csv(nobody.columns, nobody.rows, excel=True).decode().count("88160") == 1


def test_the_command_line_filters_the_same(place: Path) -> None:
    answered(place)
    desk = Desk(place)

    def listed(*options: str) -> list[str]:
        lines = desk.ok("log", "--format", "csv", *options).out.splitlines()
        return [line.partition(",")[0] for line in lines]

    assert listed("--find", "celik") == ["key", "06088"]
    assert listed("--channel", "paper", "--channel", "none") == ["key", "76351", "88160"]
    assert listed("--answer", "none") == ["key", "42218"]
    assert listed("--answer", "yes", "--department", "76") == ["key"]
    assert "Épinal" in desk.ok("log", "--channel", "none").out
