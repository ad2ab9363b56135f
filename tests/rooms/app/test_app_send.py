"""A sending is driven through `app`, waits without holding anything, and is ended by its row."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from merge.app import mailbox, send
from merge.app.opening import now, open_campaign
from merge.campaign.plan import Narrowing
from merge.errors import Busy, ExitCode, LetterError
from merge.job import Event, JobState
from merge.ledger.driver.postgres import engine_of
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.opening import LEDGER
from merge.model import Status
from merge.outcome import Bounce
from merge.settings import FILE_NAME
from tests.desk import NICE, Desk, Y
from tests.mailboxes import UNKNOWN_USER, OwnMailbox
from tests.sending import LYON, Night, agreed, hourly_looks, jobs, waiting_for_two, with_account
from tests.servers.faults import FaultServer
from tests.servers.ports import until

pytest_plugins = ["tests.servers.fixtures"]
__all__ = ["hourly_looks"]


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


@pytest.mark.usefixtures("hourly_looks")
def test_while_a_run_waits_for_its_quota_an_import_goes_through_and_its_addresses_count(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_day = 1")
    told: list[Event] = []

    def comes_in() -> None:
        (job,) = jobs(desk)
        assert (job.state, job.next_at is not None) == (JobState.WAITING, True)
        moved = [row.replace("@example.org", "@example.net") for row in (NICE, Y)]
        desk.ok("import", str(desk.sheet(*moved)))

    watch = Night(meanwhile=comes_in)
    options = send.Options(wait=True)
    with send.open(desk.folder, options, listener=told.append, watch=watch) as job:
        sent = job.run(agreed(job))
    assert (sent.code, sent.run.sent) == (ExitCode.DONE, 2)
    to = [address for address in fault_server.offered if address.endswith("@example.net")]
    assert len(to) == 1
    assert [event.code for event in told].count("waiting") == 1
    assert watch.waits[0] - datetime.now(UTC) > timedelta(hours=11)
    (record,) = jobs(desk)
    assert (record.state, record.exit_code) == (JobState.ENDED, 0)


@pytest.mark.usefixtures("hourly_looks")
def test_more_letters_than_were_agreed_to_end_a_run_that_waited_with_a_want(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_day = 1")
    watch = Night(meanwhile=lambda: desk.ok("import", str(desk.sheet(NICE, Y, LYON))))
    with send.open(desk.folder, send.Options(wait=True), watch=watch) as job:
        sent = job.run(agreed(job))
    assert (sent.code, [want.facts for want in sent.wants]) == (ExitCode.REFUSED, [{"n": 2}])
    assert len(fault_server.accepted) == 1
    (record,) = jobs(desk)
    assert (record.state, record.exit_code) == (JobState.ENDED, ExitCode.REFUSED)


@pytest.mark.usefixtures("hourly_looks")
def test_whoever_was_chosen_by_status_and_was_refused_for_now_is_tried_again_by_the_same_run(
    desk: Desk, fault_server: FaultServer
) -> None:
    desk.ok("import", str(desk.sheet(NICE.replace("nice@", "grey@"), Y)))
    chosen = Narrowing(statuses=(Status.QUEUED,))
    watch = Night(meanwhile=lambda: desk.ok("import", str(desk.sheet(LYON))))
    with send.open(desk.folder, send.Options(narrowing=chosen, wait=True), watch=watch) as job:
        sent = job.run(agreed(job))
    assert (sent.code, sent.run.sent, sent.counts.email[Status.QUEUED]) == (ExitCode.DONE, 2, 1)
    assert len(fault_server.accepted) == 2


@pytest.mark.usefixtures("hourly_looks")
def test_a_run_that_is_ended_while_another_command_has_the_campaign_was_interrupted(
    desk: Desk,
) -> None:
    with_account(desk, "per_day = 1")
    with ExitStack() as other:

        def is_held() -> None:
            other.enter_context(open_campaign(desk.folder, access="exclusive", command="import"))
            watch.asked = True

        watch = Night(meanwhile=is_held)
        with (
            pytest.raises(Busy) as caught,
            send.open(desk.folder, send.Options(wait=True), watch=watch) as job,
        ):
            job.run(agreed(job))
    assert caught.value.exit_code is ExitCode.INTERRUPTED


@pytest.mark.usefixtures("hourly_looks")
@pytest.mark.parametrize("kept_at", ["letters-made", "letters-sent"])
def test_an_older_ledger_that_was_restored_and_adopted_meanwhile_ends_a_run_that_waited(
    desk: Desk, fault_server: FaultServer, tmp_path: Path, kept_at: str
) -> None:
    with_account(desk, "per_day = 1")
    kept = tmp_path / "kept"

    def keep(event: Event) -> None:
        if event.code == kept_at and not kept.exists():
            with closing(SqliteDatabase(desk.folder / LEDGER)) as database:
                database.copy_to(kept)

    def restored() -> None:
        shutil.copy(kept, desk.folder / LEDGER)
        missed = re.search(r"--missed \d+", desk.run("adopt", "--yes").err)
        assert missed
        desk.ok("adopt", *missed[0].split())

    watch = Night(meanwhile=restored)
    with send.open(desk.folder, send.Options(wait=True), listener=keep, watch=watch) as job:
        sent = job.run(agreed(job))
    assert sent.code is ExitCode.INTERRUPTED
    assert len(fault_server.accepted) == 1


@pytest.mark.usefixtures("hourly_looks")
def test_a_letter_that_was_changed_while_a_run_waited_is_not_sent(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_day = 1")
    letter = desk.folder / "letter.md"

    def edited() -> None:
        letter.write_text(letter.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")

    with send.open(desk.folder, send.Options(wait=True), watch=Night(meanwhile=edited)) as job:
        sent = job.run(agreed(job))
    assert sent.code is ExitCode.REFUSED
    assert sent.trouble is not None
    assert sent.trouble.code == "letter-changed"
    assert len(fault_server.accepted) == 1


@pytest.mark.usefixtures("hourly_looks")
def test_a_letter_that_was_broken_while_a_run_waited_ends_it_behind_those_that_left(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_day = 1")

    def broken() -> None:
        (desk.folder / "letter.md").write_text("{{ nothing", "utf-8")

    with send.open(desk.folder, send.Options(wait=True), watch=Night(meanwhile=broken)) as job:
        sent = job.run(agreed(job))
    assert (sent.code, sent.run.sent, len(fault_server.accepted)) == (ExitCode.STOPPED, 1, 1)
    assert isinstance(sent.trouble, LetterError)


@pytest.mark.usefixtures("hourly_looks")
def test_a_server_that_is_away_when_the_wait_is_over_is_tried_until_it_is_back(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_day = 1")
    told: list[str] = []

    def goes() -> None:
        fault_server.greeting = "421 4.3.2 Down for maintenance"

    def comes_back() -> None:
        fault_server.greeting = "220 faults.example.org ESMTP"

    with send.open(
        desk.folder,
        send.Options(wait=True),
        listener=lambda event: told.append(event.code),
        watch=Night(meanwhile=goes, later=comes_back),
    ) as job:
        sent = job.run(agreed(job))
    assert (sent.code, sent.run.sent) == (ExitCode.DONE, 2)
    pauses = [code for code in told if code in ("waiting", "away")]
    assert (pauses[0], set(pauses[1:])) == ("waiting", {"away"})


def test_a_sending_that_waits_takes_a_raised_limit_at_its_next_look(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_day = 1")
    path = desk.folder / FILE_NAME

    def raised() -> None:
        path.write_text(path.read_text("utf-8").replace("per_day = 1", "per_day = 2"), "utf-8")

    watch = Night(meanwhile=raised)
    with send.open(desk.folder, send.Options(wait=True), watch=watch) as job:
        assert job.run(agreed(job)).code is ExitCode.DONE
    assert len(fault_server.accepted) == 2
    assert watch.slept < timedelta(minutes=2)


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
    most = send.LOOK_WHILE_WAITING
    assert all(most - timedelta(seconds=5) < each <= most for each in watch.asleep)
    engine_of(postgres_url).dispose()


IN_A_PROCESS = """
import sys
from datetime import timedelta
from merge.app import mailbox, send
from merge.cli import main
send.LOOK_WHILE_WAITING = timedelta(milliseconds=50)
sys.exit(main())
"""


def test_a_sending_in_another_process_is_followed_and_ended_by_its_row(
    desk: Desk, fault_server: FaultServer
) -> None:
    with_account(desk, "per_hour = 1")
    words = ("send", "--really", "--yes", "--untested", "--wait")
    sending = subprocess.Popen(
        [sys.executable, "-c", IN_A_PROCESS, "-C", str(desk.folder), *words],
        stderr=subprocess.PIPE,
    )
    until(lambda: fault_server.accepted and [job.state for job in jobs(desk)] == [JobState.WAITING])
    with open_campaign(desk.folder, access="share", command="stop") as campaign:
        job = campaign.ledger.commands.all()[-1]
        told = [event.code for _at, event in campaign.ledger.commands.events(job.number)]
        campaign.ledger.commands.ask_to_stop(job.number)
    assert told == ["waiting"]
    _out, said = sending.communicate(timeout=60)
    assert sending.returncode == ExitCode.INTERRUPTED, said
    (record,) = jobs(desk)
    assert (record.state, record.exit_code) == (JobState.ENDED, ExitCode.INTERRUPTED)
    email = desk.figures()["email"]
    assert (email["sent"], email["queued"], email["unknown"], email["sending"]) == (1, 1, 0, 0)


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
