"""`answer`, `log --answers`, `status` and `report`: what came of it, said at a terminal."""

from __future__ import annotations

import pytest

from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(desk: Desk, capture_server: CaptureServer) -> Desk:
    """Nice and Y have their e-mail, Le Havre its letter in the post."""
    desk.sent(capture_server, NICE, HAVRE, Y)
    desk.ok("print")
    desk.ok("print", "--posted", "1")
    return desk


def test_who_noted_it_may_have_no_name_on_this_computer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    desk.ok("answer", "Nice", "yes")
