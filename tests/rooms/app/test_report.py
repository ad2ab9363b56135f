"""The log for other programs, and what is left to do."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.app import export, log, status
from merge.campaign.deliver import send
from merge.channels import STATUSES
from merge.ledger.ledger import Ledger
from merge.model import Channel, Counts
from tests.fakes import NO_SUCH_USER, ScriptedOffice, town
from tests.mailboxes import SPAM, came_back
from tests.place import START, Make

PARIS = ZoneInfo("Europe/Paris")
FORMULA = ("=", "+", "-", "@")


def test_the_log_has_a_row_a_delivery_with_the_servers_answer(make: Make) -> None:
    office = ScriptedOffice(fates={town(1).email or "": NO_SUCH_USER})
    with make([town(1), town(2)]).opened(office=office) as sender:
        send(sender)
        failed, sent = log.log_rows(sender.ledger, None, PARIS)
        tries = list(log.attempt_rows(sender.ledger, [town(1).key], PARIS))
    assert (failed["status"], failed["code"], failed["detail"]) == ("failed", "550", "no such user")
    assert (sent["status"], sent["message_id"]) == ("sent", "<00002.1@example.org>")
    assert failed["at"] == "2026-11-24T10:00:00+01:00"
    assert [(row["key"], row["phase"]) for row in tries] == [(town(1).key, "rcpt")]


def came_to_nothing(ledger: Ledger) -> status.CameToNothing:
    return status.came_to_nothing(ledger, status.came_back(ledger, ledger.counts()))


def codes(found: Counts, failed: status.CameToNothing, *, account: bool) -> list[str]:
    found_todos = status.todos(found, failed, account=account, unwritten=False)
    return [todo.code for todo in found_todos]


@given(st.lists(st.text(), min_size=1), st.booleans())
def test_any_cell_comes_back_and_none_starts_a_formula(cells: list[str], excel: bool) -> None:
    cells = [cell.replace("\0", "").replace("\r", "") for cell in cells]
    columns = [str(n) for n in range(len(cells))]
    content = export.as_csv(columns, [dict(zip(columns, cells, strict=True))], excel=excel)
    text = content.decode("utf-8-sig" if excel else "utf-8")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if excel else ","))
    assert rows[0] == columns
    for before, after in zip(cells, rows[1], strict=True):
        assert after in (before, "'" + before)
        assert not after.lstrip(" \t\n").startswith(FORMULA)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "−1",
        "|cmd",
        "%0A",
        "\u200b=1+1",
        "\u00a0\t=1",
        "\ufeff@x",
    ],
)
def test_a_formula_in_any_disguise_is_text(cell: str) -> None:
    assert export.harmless(cell) == "'" + cell


def test_what_came_back_because_of_us_is_to_be_decided_and_is_no_paper(make: Make) -> None:
    place = make([town(1), town(2)])
    with place.opened() as sender:
        send(sender)
        spam = came_back(1, START, SPAM)
        (delivery,) = sender.ledger.bounced([spam], sender.account.hear, since=START).about_us
        failed = came_to_nothing(sender.ledger)
        assert failed == (0, 0, 0, 1)
        found = sender.ledger.counts()
        rows = list(log.log_rows(sender.ledger, None, ZoneInfo("Europe/Paris")))
        assert codes(found, failed, account=True) == ["decide"]
        assert status.figures(found)["email"] == {
            **{status.value: 0 for status in STATUSES[Channel.EMAIL]},
            "sent": 1,
            "bounced": 1,
        }
        assert [(row["status"], row["cause"]) for row in rows] == [
            ("bounced", "policy"),
            ("sent", ""),
        ]
        sender.ledger.decide_refused("paper", [delivery.key], START, "me")
        assert came_to_nothing(sender.ledger) == (1, 0, 0, 0)
