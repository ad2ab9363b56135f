"""kill -9 in the worst moments, and two senders at once. Real processes, real locks."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.model import Status
from tests.both import on_each_database
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import NOON, claim, hands

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=60)


def test_a_kill_between_intent_and_outcome_leaves_one_in_doubt(desk: Desk) -> None:
    with hands("send_one", desk.folder, desk.accounts) as sender:
        sender.says("intended")
        sender.kill()
    with desk.open("share", "send") as opened:
        assert opened.fallen_in_doubt == 1
        doubtful = opened.ledger.delivery("00001")
        assert doubtful is not None
        assert (doubtful.status, doubtful.detail) == (Status.UNKNOWN, "sender-died")
        (attempt,) = opened.ledger.attempts("00001")
        assert (attempt.status, attempt.phase, attempt.words) == (
            Status.UNKNOWN,
            "body",
            "sender-died",
        )
        assert attempt.sender.startswith("send-")
        claimed = claim(opened.ledger, None, 100, NOON)
        assert [one.key for one in claimed][:2] == ["00002", "00003"]  # its other claim is void


def test_whoever_only_reads_is_told_of_the_doubt_at_once(desk: Desk) -> None:
    with hands("send_one", desk.folder, desk.accounts) as sender:
        sender.says("intended")
        with desk.open("read", "status") as opened:
            counts = opened.ledger.counts().email
            assert (opened.fallen_in_doubt, counts[Status.SENDING], counts[Status.UNKNOWN]) == (
                0,
                1,
                0,
            )
        sender.kill()
    with desk.open("read", "status") as opened:
        counts = opened.ledger.counts().email
        assert (opened.fallen_in_doubt, counts[Status.SENDING], counts[Status.UNKNOWN]) == (1, 0, 1)
    with desk.open("read", "status") as opened:
        assert opened.fallen_in_doubt == 0


def test_two_senders_never_send_to_the_same(desk: Desk) -> None:
    with (
        hands("send_all", desk.folder, desk.accounts) as one,
        hands("send_all", desk.folder, desk.accounts) as two,
    ):
        one.says("ready")
        two.says("ready")
        for child in (one, two):
            child.goes_on()
        written = one.rest() + two.rest()
    assert sorted(written) == [f"{number:05}" for number in range(1, 61)]
    with desk.open("read") as opened:
        assert opened.ledger.counts().email[Status.SENT] == 60
        assert len(list(opened.ledger.attempts())) == 60


def test_a_kill_in_mid_import_leaves_the_ledger_as_it_was(desk: Desk) -> None:
    with hands("import_half", desk.folder, desk.accounts) as importer:
        importer.says("halfway")
        importer.kill()
    with desk.open("exclusive", "import") as opened:
        assert opened.ledger.counts().recipients == 60
        assert len(opened.ledger.deliveries()) == 60
