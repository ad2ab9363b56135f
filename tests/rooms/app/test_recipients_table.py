"""The log as a list to look through: searched, filtered, sorted, a page at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from merge.app import export, recipients
from merge.app.chosen import Narrowing
from merge.app.opening import now, open_campaign
from merge.ledger.opening import LEDGER
from merge.ledger.records import Answer, LogFilter, LogOrder, Meaning, Reply
from merge.model import Channel, Status
from merge.outcome import Sort
from tests.desk import HAVRE, NICE, Desk, Y
from tests.facts import wrong

ÉTIENNE = "42218;Saint-Étienne;F;Zoé;Ægir;mairie.st-etienne@example.org;;;"
ÉPINAL = "88160;Épinal;M;Luc;D'ANGELO;;;;"  # nothing reaches it
NAMES = LogOrder(by="name")


TABLE = Path(__file__).with_suffix(".txt")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Three by e-mail, one on paper, one whom nothing reaches."""
    return Desk.made(tmp_path, NICE, HAVRE, Y, ÉTIENNE, ÉPINAL).folder


def keys(place: Path, order: LogOrder = NAMES, **chosen: object) -> list[str]:
    """Those of the first page."""
    page = Desk(place).reads(recipients.table, LogFilter(**chosen), order, 1)  # type: ignore[arg-type] # by name
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


def test_each_search_filter_and_order_finds_whom_the_table_says(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(1))
    mark(place, "80829", status="bounced", at=left(2))
    answered(place)

    def found(*options: str) -> str:
        lines = Desk(place).ok("log", "--format", "csv", *options).out.splitlines()
        return " ".join(sorted(line.partition(",")[0] for line in lines[1:]))

    def searching(typed: str) -> str:
        return " ".join(sorted(keys(place, find=typed)))

    def ordered(order: str) -> str:
        by, _, down = order.partition(", ")
        return " ".join(keys(place, LogOrder(by=by, descending=bool(down))))  # type: ignore[arg-type] # a word

    assert keys(place, answers=["unread"]) == ["80829"]
    searched = wrong(TABLE, "one is found as people type", searching)
    filtered = wrong(TABLE, "filters hold together", lambda options: found(*options.split()))
    assert searched + filtered == []
    assert wrong(TABLE, "each order goes both ways and nothing comes last", ordered) == []


def test_a_reminder_is_what_is_shown_of_a_town_that_has_one(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(1))
    with open_campaign(place, access="exclusive", command="remind") as campaign:
        campaign.ledger.reminders.open(2, [("06088", Channel.EMAIL)], now())
    (line,) = Desk(place).reads(recipients.table, LogFilter(find="nice"), NAMES, 1).lines
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
    pages = [desk.reads(recipients.table, LogFilter(), NAMES, n) for n in (1, 2, 3)]
    shown = [line.recipient.key for page in pages for line in page.lines]
    assert shown == [str(n) for n in range(120)]
    assert [(page.first, len(page.lines)) for page in pages] == [(1, 50), (51, 50), (101, 20)]
    assert {(page.pages, page.total) for page in pages} == {(3, 120)}
    for beyond, shown_as in ((99, 3), (0, 1), (-4, 1)):
        assert desk.reads(recipients.table, LogFilter(), NAMES, beyond).number == shown_as
    nobody = desk.reads(recipients.table, LogFilter(find="xyz"), NAMES, 2)
    assert (nobody.total, nobody.number, nobody.pages, nobody.first) == (0, 1, 1, 0)


def test_a_number_names_one_recipient_and_stays_when_the_sheet_is_sorted_anew(place: Path) -> None:
    def numbers() -> dict[str, int]:
        lines = Desk(place).reads(recipients.table, LogFilter(), LogOrder(), 1).lines
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


def test_a_figure_is_that_of_the_table_which_it_leads_to(place: Path) -> None:
    for key, status in (("06088", "sent"), ("80829", "bounced"), ("42218", "unknown")):
        mark(place, key, status=status, at=left(1))
    answered(place)
    desk = Desk(place)
    told = desk.reads(recipients.counts)
    shown = {
        name: desk.reads(recipients.table, chosen, NAMES, 1).total
        for name, chosen in recipients.FILTERS.items()
    }
    assert told == shown
    assert not {name for name, n in told.items() if not n} - {"to-send"}


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


def test_what_is_shown_is_what_a_file_of_it_has_in_that_order(place: Path) -> None:
    mark(place, "06088", status="sent", at=left(1))
    order = LogOrder(by="name", descending=True)
    with recipients.rows(place, Narrowing(), chosen=LogFilter(find="e"), order=order) as found:
        assert [row["key"] for row in found.rows] == ["80829", "42218", "06088", "76351"]
    with recipients.rows(place, Narrowing(), chosen=LogFilter(channels=[None])) as nobody:
        (row,) = nobody.rows
    assert (row["key"], row["status"], row["department"]) == ("88160", "", "88")
    content = b"".join(export.written(nobody.columns, [row], "excel"))
    assert content.decode().count("88160") == 1


def test_what_was_done_to_a_restored_ledger_is_seen_at_once(place: Path) -> None:
    desk = Desk(place)
    backup = (place / LEDGER).read_bytes()
    desk.ok("edit", "06088", "surname=ZOLA")
    assert keys(place, find="zola") == ["06088"]
    (place / LEDGER).write_bytes(backup)
    desk.ok("adopt", "--yes")
    desk.ok("edit", "76351", "surname=HUGO")
    assert keys(place, find="zola") == []
    assert keys(place, find="hugo") == ["76351"]


def test_what_is_written_meanwhile_is_read_by_who_has_the_campaign_open(place: Path) -> None:
    with open_campaign(place, access="read", command="x") as reads:
        with open_campaign(place, access="share", command="x") as writes:
            writes.ledger.set_fact("x", "1")
        assert reads.ledger.fact("x") == "1"
