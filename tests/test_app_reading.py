"""A campaign is read through `app` alone: what a page or a worker calls, the command line calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from merge.app import status
from merge.job import Step
from merge.model import Status
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
