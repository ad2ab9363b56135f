"""Lots are made and marked through `app`, without the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from merge.app import lots, print, status
from merge.app.opening import now, open_campaign
from merge.app.running import Clock, running
from merge.campaign.plan import Narrowing
from merge.errors import Busy, ExitCode, Refused
from merge.job import Event
from merge.model import Status
from tests.desk import HAVRE, Desk


def unheard(event: Event) -> None:
    """Nobody listens."""


NO: Any = {"all_queued": False, "accept_edit": False, "separate": False}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """One waits for paper."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(HAVRE)))
    return desk.folder


def test_a_second_printing_is_busy_while_one_makes_lots(place: Path) -> None:
    with (
        open_campaign(place, access="share", command="print") as campaign,
        running(campaign, "print", {"separate": False}, ()),
        print.open(place, listener=unheard, watch=Clock()) as job,
    ):
        with pytest.raises(Busy) as refused:
            job.run(Narrowing(), **NO)
        assert refused.value.exit_code is ExitCode.REFUSED
        assert not campaign.ledger.lots()


def test_a_lot_is_given_back_only_with_a_yes_to_that_lot(place: Path) -> None:
    with print.open(place, listener=unheard, watch=Clock()) as job:
        (lot,) = job.run(Narrowing(), **NO).printed.lots
    with lots.open(place, lot.number, listener=unheard) as one:
        with pytest.raises(Refused) as caught:
            one.mark(Status.QUEUED)
        assert caught.value.code == "consent-missing"
        (want,) = one.wants_to_mark(Status.QUEUED)
        one.mark(Status.QUEUED, [want.agreed()])
    assert status.look(place, now()).counts.paper[Status.QUEUED] == 1
