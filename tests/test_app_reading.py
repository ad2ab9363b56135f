"""A campaign is read through `app` alone: what a page or a worker calls, the command line calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from merge.app import log, report, show, status
from merge.campaign.plan import Narrowing
from merge.errors import Misuse
from merge.job import Step
from merge.model import Channel, Status
from merge.words.overview import overview
from tests.desk import HAVRE, NICE, Desk, Y

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of a campaign: one by e-mail and two on paper."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y.replace("y@example.org", ""))))
    return desk.folder


def test_status_is_a_record_of_figures_recipients_and_steps(place: Path) -> None:
    seen = status.look(place, NOW)
    assert (seen.name, seen.counts.recipients) == ("Pas de VSA", 3)
    assert (seen.counts.email[Status.QUEUED], seen.counts.paper[Status.QUEUED]) == (1, 2)
    assert [todo.step for todo in seen.todos] == [
        Step(command="account", options=("set",)),
        Step(command="print"),
    ]
    assert status.figures(seen.counts)["recipients"] == 3


def test_words_make_the_screen_of_that_record_alone(place: Path) -> None:
    seen = status.look(place, NOW)
    (place / "ledger.db").unlink()
    assert list(overview(seen)) == [
        "“Pas de VSA”: 3 recipients\nBy e-mail: 1 waiting\nOn paper: 2 waiting",
        "To do: publipostage account set",
        "To do: publipostage print",
    ]


def test_the_log_has_a_row_for_each_of_those_chosen(place: Path) -> None:
    everybody = log.rows(place, Narrowing())
    assert [row["key"] for row in everybody.rows] == ["06088", "76351", "80829"]
    chosen = log.rows(place, Narrowing(departments=["76"]))
    assert chosen.columns == log.LOG_COLUMNS
    assert [(row["key"], row["status"]) for row in chosen.rows] == [("76351", "queued")]
    assert not log.rows(place, Narrowing(), "attempts").rows
    assert not log.rows(place, Narrowing(), "answers").rows


def test_a_dossier_is_all_about_the_one_whom_a_word_names(place: Path) -> None:
    found = show.dossier(place, "le havre")
    assert (found.recipient.key, found.attempts, found.replies) == ("76351", [], [])
    assert found.delivery is not None
    assert found.delivery.channel is Channel.PAPER
    assert show.record(place, "76351")["recipient"]["surname"] == "Le Goff"
    for kept in (show.message, show.pages):
        with pytest.raises(Misuse):
            kept(place, "76351")


def test_a_report_counts_towns_and_names_no_person(place: Path) -> None:
    Desk(place).ok("answer", "06088", "yes", "--note", "le maire était là")
    found = report.look(place, NOW)
    assert (found.tally.answered, found.tally.committed) == (1, 1)
    assert [(each.code, each.tally.towns) for each in found.departments] == [
        ("06", 1),
        ("76", 1),
        ("80", 1),
    ]
    (row,) = found.towns
    assert row["insee"] == "06088"
    assert "note" not in row
