"""Each run of a command has a row in the ledger, so that every process sees the same."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app.opening import open_campaign
from merge.app.running import running
from merge.errors import ExitCode, LedgerError, Misuse
from merge.job import Consent, Event, JobState, Result, trouble_of
from merge.ledger import commands
from merge.ledger.ledger import Ledger
from merge.ledger.records import Erasure
from merge.words.troubles import explain
from tests.both import on_server
from tests.desk import Desk as WholeDesk
from tests.ledger_desk import new_desk
from tests.ledger_hands import NOON
from tests.servers.ports import until
from tests.servers.postgres import end_sessions

pytest_plugins = ["tests.servers.fixtures"]

AGREED = (Consent(code="letters", facts={"n": 2}),)


def begin(ledger: Ledger) -> int:
    return ledger.commands.begin("send", {"limit": 2}, AGREED, NOON, "anna")


def test_a_reader_sees_a_job_its_consents_and_what_it_told(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    with desk.open("share", "send") as writer, desk.open("read") as reader:
        number = begin(writer.ledger)
        writer.ledger.commands.tell(number, Event(code="begun", facts={"n": 2}), NOON)
        (job,) = reader.ledger.commands.all()
        assert (job.command, job.options, job.consents, job.who) == (
            "send", {"limit": 2}, AGREED, "anna",
        )  # fmt: skip
        assert job.state is JobState.RUNNING
        assert reader.ledger.commands.events(number) == [
            (NOON, Event(code="begun", facts={"n": 2}))
        ]
        writer.ledger.commands.end(number, ExitCode.STOPPED, {"sent": 1}, NOON)
        (job,) = reader.ledger.commands.all()
        assert (job.state, job.exit_code, job.result) == (JobState.ENDED, 4, {"sent": 1})


def test_who_ran_a_command_is_read_as_one_line(tmp_path: Path) -> None:
    with new_desk(tmp_path).open("share", "send") as opened:
        opened.ledger.commands.begin("send", {}, (), NOON, "anna\n\x1b[2J")
        (job,) = opened.ledger.commands.all()
        assert job.who == "anna  [2J"


def test_a_job_whose_process_is_gone_is_killed_and_one_that_waits_is_not(tmp_path: Path) -> None:
    """However late it is: another command may have the campaign when its time has come."""
    desk = new_desk(tmp_path)
    with desk.accounts.living("send") as waiter:
        with desk.open("share", "send") as opened:
            begin(opened.ledger)
            waiting = begin(opened.ledger)
            opened.ledger.commands.wait(waiting, NOON - timedelta(hours=1), NOON, waiter.token)
        with desk.open("read") as opened:
            dead, patient = opened.ledger.commands.all()
            assert (dead.state, patient.state) == (JobState.KILLED, JobState.WAITING)
    with desk.open("read") as opened:
        assert opened.ledger.commands.all()[1].state is JobState.KILLED


@on_server
def test_a_job_that_waits_on_one_machine_is_not_killed_for_another(
    each_database: str, tmp_path: Path
) -> None:
    assert each_database
    here, there = new_desk(tmp_path / "here"), new_desk(tmp_path / "there")
    with closing(here.accounts), closing(there.accounts):
        with here.accounts.living("send") as (token, keep):
            assert there.accounts.lives(token)
            end_sessions(here.accounts.server)
            assert not there.accounts.lives(token)
            assert here.accounts.lives(token)
            keep()  # says that its session has ended
            keep()
            assert there.accounts.lives(token)
        assert not there.accounts.lives(token)


def test_a_job_that_waited_goes_on_in_whoever_opens_the_campaign_again(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    with desk.open("share", "send") as opened:
        number = begin(opened.ledger)
        until = NOON + timedelta(hours=1)
        opened.ledger.commands.wait(number, until, NOON, "send-1")
    with desk.open("share", "send") as opened, desk.open("read") as reader:
        assert not opened.ledger.commands.go_on(number, NOON, NOON)
        assert opened.ledger.commands.go_on(number, until, NOON)
        (job,) = reader.ledger.commands.all()
        assert (job.state, job.next_at) == (JobState.RUNNING, None)


def test_events_of_old_jobs_and_of_whoever_was_erased_are_kept_no_longer(tmp_path: Path) -> None:
    desk = new_desk(tmp_path, towns=1)
    with desk.open("exclusive", "purge") as opened:
        first = begin(opened.ledger)
        opened.ledger.commands.tell(first, Event(code="begun"), NOON)
        for _ in range(commands.EVENTS_KEPT_OF):
            begin(opened.ledger)
        assert opened.ledger.commands.events(first)  # it goes on, however many come beside it
        opened.ledger.commands.end(first, ExitCode.DONE, {}, NOON)
        last = begin(opened.ledger)
        opened.ledger.commands.tell(last, Event(code="begun"), NOON)
        assert not opened.ledger.commands.events(first)
        (town,) = opened.ledger.recipients()
        everything = Erasure(
            keys=(town.key,),
            messages=(),
            kept=frozenset(),
            lots=(),
            replies=0,
            attempts=0,
            waiting=0,
        )
        opened.ledger.erase(everything, NOON, everybody=False)
        assert not opened.ledger.commands.events(last)
        assert not opened.ledger.commands.all()[-1].options


def test_another_process_ends_a_job_by_its_row(tmp_path: Path) -> None:
    desk = WholeDesk(tmp_path / "campaign")
    desk.make()
    told: list[Event] = []
    with (
        open_campaign(desk.folder, access="share", command="send") as campaign,
        running(campaign, "send", {}, (), listener=told.append) as job,
    ):
        job.tell(Event(code="begun", facts={"n": 2}))
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from pathlib import Path; "
                "from merge.app.opening import now, open_campaign\n"
                "with open_campaign(Path(sys.argv[1]), access='share', command='stop') as campaign:"
                f" campaign.ledger.commands.ask_to_stop({job.number}, now())",
                str(desk.folder),
            ],
            check=True,
        )
        until(lambda: job.asked)
        job.end(Result(code=ExitCode.STOPPED))
        assert [event.code for event in told] == ["begun"]


def test_a_job_that_waits_is_over_as_soon_as_it_is_asked_to_end(tmp_path: Path) -> None:
    desk = WholeDesk(tmp_path / "campaign")
    desk.make()
    until = NOON + timedelta(hours=1)
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        rows = campaign.ledger.commands
        number = rows.begin("send", {}, (), NOON, "x")
        rows.wait(number, until, NOON, "token")
        rows.ask_to_stop(number, NOON)
        assert rows.all()[-1].state is JobState.ENDED
        assert not rows.go_on(number, until, NOON)  # its process wakes, and sends nothing


def test_a_job_that_fails_is_over_and_says_why(tmp_path: Path) -> None:
    desk = WholeDesk(tmp_path / "campaign")
    desk.make()
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        with (
            pytest.raises(Misuse),
            running(campaign, "send", {}, (), listener=print),
        ):
            raise Misuse("nobody-yet")
        (job,) = campaign.ledger.commands.all()
    assert (job.state, job.exit_code, job.result["trouble"]) == (
        JobState.ENDED, ExitCode.MISUSE, "nobody-yet",
    )  # fmt: skip
    assert explain(trouble_of(job.result["why"])) == explain(Misuse("nobody-yet"))


def test_a_job_that_cannot_even_be_ended_tells_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = WholeDesk(tmp_path / "campaign")
    desk.make()

    def full(*_arguments: object) -> None:
        raise LedgerError("ledger-disk-full")

    with open_campaign(desk.folder, access="share", command="send") as campaign:
        monkeypatch.setattr(commands.Commands, "end", full)
        with pytest.raises(Misuse), running(campaign, "send", {}, ()):
            raise Misuse("nobody-yet")
