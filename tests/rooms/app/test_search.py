"""The log's search and its order by name, and what no longer is."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import log
from merge.app.opening import looking_once, open_campaign
from merge.ledger.opening import LEDGER
from merge.ledger.records import LogFilter, LogOrder
from tests.desk import HAVRE, NICE, Desk, Y


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def shown(desk: Desk, find: str = "", by: str = "name") -> list[str]:
    order = LogOrder(by="sheet" if by == "sheet" else "name")
    lines = log.page(desk.folder, LogFilter(find=find), order, 1).lines
    return [each.recipient.commune for each in lines]


@pytest.mark.parametrize(
    ("find", "found"),
    [
        ("", ["Le Havre", "Nice", "Y"]),
        ("havre", ["Le Havre"]),
        ("hotel ville", ["Le Havre", "Nice"]),
        ("ÇELIK", ["Nice"]),
        ("80829 mairie", ["Y"]),
        ("nobody", []),
        ("%", ["Le Havre", "Nice", "Y"]),
    ],
)
def test_a_search_finds_each_word_whatever_its_accents_and_capitals(
    desk: Desk, find: str, found: list[str]
) -> None:
    assert shown(desk, find) == found
    assert sorted(shown(desk, find, "sheet")) == found


def test_what_was_done_to_a_restored_ledger_is_seen_at_once(desk: Desk) -> None:
    backup = (desk.folder / LEDGER).read_bytes()
    desk.ok("edit", "06088", "surname=ZOLA")
    assert shown(desk, "zola") == ["Nice"]
    (desk.folder / LEDGER).write_bytes(backup)
    desk.ok("adopt", "--yes")
    desk.ok("edit", "76351", "surname=HUGO")
    assert shown(desk, "zola") == []
    assert shown(desk, "hugo") == ["Le Havre"]


def test_whoever_is_erased_is_found_no_more(desk: Desk) -> None:
    assert shown(desk, "le goff") == ["Le Havre"]
    for key in ("06088", "76351", "80829"):
        desk.ok("suppress", key, "--reason", "wish")
    desk.ok("purge", "--really", "--yes")
    assert shown(desk, "le goff") == []
    assert shown(desk, "havre") == ["Le Havre"]


def test_a_page_opens_a_campaign_once_however_much_it_asks(desk: Desk) -> None:
    def opened() -> tuple[object, object]:
        with open_campaign(desk.folder, access="read", command="x") as first:
            pass
        with open_campaign(desk.folder, access="read", command="x") as second:
            return first, second

    with looking_once():
        first, second = opened()
        assert first is second
        with open_campaign(desk.folder, access="share", command="x") as writes:
            assert writes is not first
            writes.ledger.set_fact("x", "1")
        with open_campaign(desk.folder, access="read", command="x") as again:
            assert again.ledger.fact("x") == "1"
    first, second = opened()
    assert first is not second
