"""What came back, in groups, and what a person says of it: kept one by one, many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import resolve, returns
from merge.app.opening import open_campaign
from merge.app.returns import Group, SettleResult, Verdict
from merge.errors import Busy
from merge.ledger.driver.locks import FileLocks
from merge.model import Status
from tests import mails
from tests.cameback import ANSWERS, BOUNCED, DOUBT, REFUSED, STOPS, campaign, doubt, drop, refers_to
from tests.desk import Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

LATER = "2999-01-01T00:00:00.000000Z"


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    return campaign(Desk(tmp_path / "campaign"), capture_server)


def waiting(desk: Desk) -> dict[Group, list[str]]:
    """Whose they are, by group; of a mail of nobody's, who is proposed."""
    found = desk.reads(returns.look)
    return {
        group: [
            case.recipient.key
            if case.recipient
            else ",".join(each.recipient.key for each in case.possible_senders)
            for case in cases
        ]
        for group, cases in found.cases.items()
        if group is not Group.ALL
    }


def numbers(desk: Desk, group: Group) -> list[int]:
    return [case.number for case in desk.reads(returns.look).cases[group]]


def say(desk: Desk, group: Group, choice: str, **more: str) -> SettleResult:
    """The same word about all of a group."""
    verdicts = [
        Verdict(number=number, choice=choice, **more)  # type: ignore[arg-type] # a test's own words
        for number in numbers(desk, group)
    ]
    return returns.settle(desk.folder, group, verdicts)


def status_of(desk: Desk, key: str) -> Status | None:
    with open_campaign(desk.folder, access="read", command="test") as campaign:
        delivery = campaign.ledger.delivery(key)
        return delivery.status if delivery else None


def test_everything_that_came_back_stands_in_one_group(desk):
    found = waiting(desk)
    assert sorted(found.pop(Group.STRANGERS)) == ["57463", "76351"]
    assert found == {
        Group.DOUBTS: [DOUBT],
        Group.STOPS: [STOPS],
        Group.REPLIES: [ANSWERS],
        Group.REFUSED: [REFUSED],
        Group.BOUNCES: [BOUNCED],
    }


@pytest.mark.parametrize("choice", ["sent", "not-sent"])
def test_a_word_on_an_old_doubt_is_none_on_the_letter_that_left_since(desk, choice):
    (case,) = desk.reads(returns.look).cases[Group.DOUBTS]
    assert case.delivery is not None
    verdict = Verdict(number=case.number, choice=choice, at=case.delivery.at)
    doubt(desk, DOUBT, LATER)
    settled = returns.settle(desk.folder, Group.DOUBTS, [verdict])
    assert [each.trouble.code for each in settled.refused] == ["letter-left-again"]
    assert (settled.kept, status_of(desk, DOUBT)) == ([], Status.UNKNOWN)


def test_one_that_leaves_while_the_mailbox_is_asked_is_not_settled_either(desk, monkeypatch):
    (case,) = desk.reads(returns.look).cases[Group.DOUBTS]
    assert case.delivery is not None
    monkeypatch.setattr(resolve.Job, "refresh", lambda _job: doubt(desk, DOUBT, LATER))
    verdict = Verdict(number=case.number, choice="not-sent", at=case.delivery.at)
    settled = returns.settle(desk.folder, Group.DOUBTS, [verdict])
    assert [each.trouble.code for each in settled.refused] == ["letter-left-again"]
    assert status_of(desk, DOUBT) is Status.UNKNOWN


def test_a_request_that_comes_twice_is_proposed_once(desk):
    again = mails.answer(
        refers=refers_to(desk, STOPS), subject=f"STOP Réf. {STOPS}", body="", own_id="<again@x>"
    )
    desk.run("replies", "--yes", "--from", drop(desk, again))
    found = waiting(desk)
    assert found[Group.STOPS] == [STOPS]
    assert STOPS not in found[Group.REPLIES]
    say(desk, Group.STOPS, "stop", reason="wrote so")
    assert waiting(desk)[Group.STOPS] == []


def test_what_cannot_be_decided_is_told_beside_what_can(desk):
    first, second = numbers(desk, Group.STRANGERS)
    settled = returns.settle(
        desk.folder,
        Group.STRANGERS,
        [
            Verdict(number=first, choice="attach", key="nobody of that name"),
            Verdict(number=second, choice="dismiss"),
            Verdict(number=99, choice="dismiss"),
            Verdict(number=second, choice="sent"),
        ],
    )
    assert [each.verdict.number for each in settled.kept] == [second]
    assert {each.verdict.number: each.trouble.code for each in settled.refused} == {
        99: "reply-missing",
        second: "reply-missing",
        first: "nobody-called",
    }


def test_while_another_command_has_the_campaign_nothing_is_lost_and_its_holder_is_told(desk):
    with FileLocks(desk.folder).exclusive("import"):
        settled = say(desk, Group.DOUBTS, "sent")
    assert settled.kept == []
    (left,) = settled.refused
    assert isinstance(left.trouble, Busy)
    assert status_of(desk, DOUBT) is Status.UNKNOWN
