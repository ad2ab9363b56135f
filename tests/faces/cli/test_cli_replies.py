"""A reading of mails that is killed; replies*.txt and refused_by_content.txt tell the rest."""

from __future__ import annotations

import sys

import pytest

from tests import mails
from tests.cameback import came_back, drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_reading_that_is_killed_at_any_instant_is_finished_by_the_next(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.sent(capture_server, NICE, HAVRE, Y)
    bounce = came_back(desk, "80829", "y@example.org", "5.1.1", "smtp; 550 5.1.1 unknown")
    sender = "Mairie de Nice <nice@example.org>"
    answer = mails.answer(refers=refers_to(desk, "06088"), sender=sender)
    words = ("replies", "--yes", "--from", drop(desk, bounce, answer))
    for point, when in (
        ("merge.ledger.archive:Archive.put", "after"),
        ("merge.ledger.ledger:Ledger.bounced", "after"),
        ("merge.ledger.replies:Replies.keep", "before"),
        ("merge.ledger.replies:Replies.keep", "after"),
        ("merge.ledger.suppression:SuppressionList.add", "before"),
        ("merge.ledger.suppression:SuppressionList.add", "after"),
    ):
        dies(desk, point, when, *words)
    desk.ok(*words)
    listed = desk.ok("replies", "--all").out
    assert (listed.count("Nice (06088)"), listed.count("Y (80829)")) == (1, 1)
    assert desk.ok("suppress").out.count("y@example.org") == 1
    desk.ok("print")
    figures = desk.figures()
    assert (figures["email"]["sent"], figures["paper"]["made"]) == (1, 2)
