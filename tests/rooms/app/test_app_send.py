"""A sending is driven through `app`, waits without holding anything, and is ended by its row."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from merge.app import leaving, mailbox, send
from merge.app.opening import now, open_campaign
from merge.errors import ExitCode
from merge.job import JobState
from merge.ledger.driver.postgres import engine_of
from merge.model import Status
from merge.outcome import Bounce
from tests.desk import NICE, Desk, Y
from tests.mailboxes import UNKNOWN_USER, OwnMailbox
from tests.sending import LYON, Night, agreed, jobs, waiting_for_two, with_account
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, fault_server: FaultServer) -> Desk:
    return waiting_for_two(tmp_path, fault_server)


def test_a_plan_wants_each_consent_in_its_turn_and_only_then_letters_leave(
    desk: Desk, fault_server: FaultServer
) -> None:
    with send.open(desk.folder, send.Options()) as job:
        job.refresh()
        first = job.plan()
        assert [(want.code, want.option) for want in first.wants] == [
            ("letter-untested", "--untested")
        ]
        assert first.trouble is not None
        consents = [want.agreed() for want in first.wants]
        job.refresh(consents)
        second = job.plan(consents)
        assert [(want.code, want.facts) for want in second.wants] == [("letters", {"n": 2})]
        refused = job.run(consents)
        assert (refused.code, refused.wants) == (ExitCode.REFUSED, second.wants)
        assert not fault_server.accepted
        sent = job.run([*consents, second.wants[0].agreed()])
    assert (sent.code, sent.run.sent, sent.counts.email[Status.SENT]) == (ExitCode.DONE, 2, 2)
    assert len(fault_server.accepted) == 2
    (record,) = jobs(desk)
    assert (record.state, record.exit_code, record.result["by_status"]) == (
        JobState.ENDED, 0, {"sent": 2},
    )  # fmt: skip
    assert [consent.code for consent in record.consents] == ["letter-untested", "letters"]


def test_servers_come_before_all_else_and_nothing_is_read_until_they_are_approved(
    desk: Desk,
) -> None:
    with_account(desk, 'login = "other"')
    with send.open(desk.folder, send.Options()) as job:
        job.refresh()
        plan = job.plan()
        assert [want.code for want in plan.wants] == ["servers"]
        job.approve(plan.servers)
        job.refresh()
        assert [want.code for want in job.plan().wants] == ["letter-untested"]


def test_a_limit_holds_for_all_campaigns_of_the_mailbox(
    desk: Desk, tmp_path: Path, fault_server: FaultServer
) -> None:
    def per_day(desk: Desk) -> int:
        with send.open(desk.folder, send.Options()) as job:
            return job.settings.account.per_day

    other = Desk(tmp_path / "other")
    other.make()
    other.ok("account", "set", "--host", "127.0.0.1", "--port", str(fault_server.port),
             "--tls", "none")  # fmt: skip
    with_account(desk, "per_day = 7")
    assert (per_day(desk), per_day(other)) == (7, 7)
    with_account(other, "per_day = 400")
    assert (per_day(other), per_day(desk)) == (400, 400)


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_wait_beside_a_server_with_another_time_hears_of_an_end_and_sleeps_meanwhile(
    tmp_path: Path,
    fault_server: FaultServer,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
) -> None:
    class Wrong(Night):
        asleep: ClassVar[list[timedelta]] = []

        def now(self) -> datetime:
            return super().now() + timedelta(minutes=minutes)

        def wait_until(self, when: datetime) -> None:
            self.asleep.append(when - self.now())
            self.asked = len(self.asleep) == 5

    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    desk = waiting_for_two(tmp_path, fault_server)
    with_account(desk, "per_hour = 1")
    watch = Wrong(meanwhile=lambda: None)
    with send.open(desk.folder, send.Options(wait=True), watch=watch) as job:
        assert job.run(agreed(job)).code is ExitCode.INTERRUPTED
    assert len(fault_server.accepted) == 1
    most = leaving.LOOK_WHILE_WAITING
    assert all(most - timedelta(seconds=5) < each <= most for each in watch.asleep)
    engine_of(postgres_url).dispose()


@pytest.mark.parametrize("others", [(), (LYON, Y)], ids=["nobody else waits", "two others wait"])
def test_a_letter_that_came_back_is_counted_before_its_next_address_is_agreed_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, others: tuple[str, ...]
) -> None:
    """The mailbox is read behind the count: one more than was agreed to would leave."""
    two = NICE.replace("nice@example.org", "nice@example.org, secretariat@example.org")
    desk.ok("import", str(desk.sheet(two, *others)))
    desk.ok("send", "--really", "--yes", "--untested", "--commune", "Nice")
    if not others:
        desk.ok("send", "--really", "--yes", "--commune", "Y")
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        delivery = campaign.ledger.delivery("06088")
    assert delivery is not None
    assert delivery.status is Status.SENT
    letter = delivery.message_id or ""
    back = Bounce(message_id=letter, to="nice@example.org", at=now(), outcome=UNKNOWN_USER)
    own = OwnMailbox(notices=[back])
    monkeypatch.setattr(mailbox, "mailroom", lambda campaign: own.room(campaign.account))
    with send.open(desk.folder, send.Options()) as job:
        (letters,) = [each.facts["n"] for each in agreed(job) if each.code == "letters"]
        assert letters == 1 + len(others)
