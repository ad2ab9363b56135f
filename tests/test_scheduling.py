"""A sending that is agreed to now, and begun by a worker at a time."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from merge.app import send
from merge.app.scheduling import moment_of, ranges
from merge.campaign.plan import Narrowing
from merge.errors import Misuse, Refused
from tests.crash.candidates import SEND, Publipostage
from tests.desk import NICE, Desk, a_user
from tests.servers.sink import Faults, Sink, sink
from tests.test_worker import PATIENCE_S, arrived, elsewhere, worker
from tests.webserver import serving

pytest_plugins = ["tests.servers.fixtures"]

PARIS = ZoneInfo("Europe/Paris")
TOMORROW = f"{datetime.now(PARIS) + timedelta(days=1):%Y-%m-%d} 09:00"
LATER = (*SEND, "--at", TOMORROW)
N = 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sink]:
    with sink(Faults(slowest_ms=120), log=tmp_path / "sink.jsonl") as running:
        yield running


@pytest.fixture
def campaign(
    tmp_path: Path, server: Sink, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name, value in (a_user(tmp_path) | {"PUBLIPOSTAGE_DATABASE": postgres_url}).items():
        monkeypatch.setenv(name, value)
    made = Publipostage(connections=2)
    made.prepare(tmp_path, [f"mairie-{n}@example.org" for n in range(N)], server.port)
    return Desk(made.folder)


@pytest.fixture
def its_time_has_come(postgres_url: str) -> Callable[[], None]:
    def come() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as session:
            session.execute("UPDATE publipostage.procrastinate_jobs SET scheduled_at = now()")

    return come


def until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def standing(campaign: Desk, status: str) -> int:
    return int(campaign.figures()["email"][status])


def test_a_worker_begins_it_at_its_time(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    said = campaign.ok(*LATER)
    assert f"{N} letters leave from " in said.err
    assert "at 09:00 on. A worker must be running then" in said.err
    stands = campaign.ok("status").out
    assert "The sending begins " in stands
    assert "To do: " not in stands
    assert datetime.fromisoformat(campaign.figures()["begins_at"]).astimezone(PARIS).hour == 9
    with worker(elsewhere(tmp_path, campaign, monkeypatch)) as process:
        assert server.count("accepted") == 0
        its_time_has_come()
        until(lambda: standing(campaign, "sent") == N)
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
    assert arrived(server) == dict.fromkeys((f"mairie-{n}@example.org" for n in range(N)), 1)
    assert "begin" not in campaign.ok("status").out
    assert "begins_at" not in campaign.figures()


def test_what_is_called_off_never_begins(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    campaign.ok(*LATER)
    assert "The sending is called off." in campaign.ok("send", "--stop").err
    assert "begin" not in campaign.ok("status").out
    assert "none is to begin" in campaign.ok("send", "--stop").err
    its_time_has_come()
    with worker(elsewhere(tmp_path, campaign, monkeypatch)) as process:
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert "0 letters sent from here" in process.stderr.readline()
    assert (server.count("accepted"), standing(campaign, "queued")) == (0, N)


def test_nobody_is_erased_while_a_sending_waits_whose_words_may_name_them(campaign: Desk) -> None:
    one = "mairie-3@example.org"
    campaign.ok(*LATER)
    campaign.ok("send", "--test", "me@example.org")  # the latest of all sendings
    campaign.ok("suppress", one, "--reason", "asked")
    said = campaign.run("purge", one, "--really", "--yes")
    assert said.code == 3
    assert "Call it off first (publipostage send --stop), then erase." in said.err
    assert "The sending begins " in campaign.ok("status").out
    campaign.ok("send", "--stop")
    campaign.ok("purge", one, "--really", "--yes")


def test_the_page_says_when_it_begins_and_calls_it_off(campaign: Desk) -> None:
    assert "today" not in campaign.ok(*LATER).err  # the day that it was agreed to
    with serving(campaign=campaign.folder, environ={"PUBLIPOSTAGE_LANG": "en"}) as page:
        shown = page.enter().follow("Send")
        assert f"{N} letters leave later" in shown.text
        assert "at 09:00, on a worker." in shown.text
        assert "leave later" not in shown.press("Call it off").text
    assert "begins_at" not in campaign.figures()


def test_the_page_takes_the_time_beside_the_number(campaign: Desk) -> None:
    with serving(campaign=campaign.folder, environ={"PUBLIPOSTAGE_LANG": "en"}) as page:
        asked = page.enter().follow("Send").press("See what would leave")
        plan = asked.press("Go on", agreed=True)
        for typed, says in (("soon", "is no time like"), ("2020-01-01T09:00", "is past")):
            plan = plan.press(f"Send {N} letters", number=str(N), at=typed)
            assert (plan.status, says in plan.text) == (422, True), plan.text
            assert "begins_at" not in campaign.figures()
        tomorrow = datetime.now(PARIS) + timedelta(days=1)
        later = plan.press(f"Send {N} letters", number=str(N), at=f"{tomorrow:%Y-%m-%dT%H:%M}")
        assert f"{N} letters leave later" in later.text
        begins = datetime.fromisoformat(campaign.figures()["begins_at"])
        assert begins == tomorrow.replace(second=0, microsecond=0)
        assert "leave later" not in later.press("Call it off").text


def test_whoever_was_not_agreed_to_gets_nothing_and_status_says_why(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    campaign.ok(*LATER)
    campaign.ok(
        "suppress", "mairie-0@example.org", "--reason", "asked"
    )  # one goes, one comes: still N
    sheet = tmp_path / "more.csv"
    sheet.write_text("Numéro;Commune;Courriel;Code postal;Ville\nneu;Neuville;neu@example.org;;\n")
    campaign.ok("import", str(sheet), "--map", "key=Numéro")
    its_time_has_come()
    with worker(elsewhere(tmp_path, campaign, monkeypatch)) as process:
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert "1 who wait for a letter now were not among those" in process.stderr.readline()
    assert server.count("accepted") == 0
    told = campaign.ok("status").out
    assert "did not: 1 who wait for a letter now were not among those agreed to." in told


def test_whoever_asked_for_no_more_letters_since_keeps_nobody_else_from_theirs(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    campaign.ok(*LATER)
    campaign.ok("suppress", "mairie-7@example.org", "--reason", "asked")
    its_time_has_come()
    with worker(elsewhere(tmp_path, campaign, monkeypatch)):
        until(lambda: standing(campaign, "sent") == N - 1)
    assert "mairie-7@example.org" not in arrived(server)


def test_another_letter_than_was_agreed_to_does_not_leave(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    campaign.ok(*LATER)
    letter = campaign.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nUn mot de plus.\n", "utf-8")
    campaign.run(*SEND, "--limit", "1")  # with it the new letter is the one that workers have
    its_time_has_come()
    with worker(elsewhere(tmp_path, campaign, monkeypatch)) as process:
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert "no longer the one that was agreed to" in process.stderr.readline()
    assert server.count("accepted") == 1


def test_a_worker_that_is_stopped_leaves_the_rest_to_the_next(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    campaign.ok(*LATER)
    its_time_has_come()
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with worker(environ) as process:
        assert server.wait_for(lambda: server.count("accepted") > 3, PATIENCE_S)
        subprocess.run(["pkill", "-TERM", "-P", str(process.pid)], check=False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert standing(campaign, "queued") > 0
    with worker(environ):
        until(lambda: standing(campaign, "sent") == N)
    assert max(arrived(server).values()) == 1


def test_a_machine_whose_user_has_approved_no_server_leaves_it_to_others(
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    its_time_has_come: Callable[[], None],
) -> None:
    campaign.ok(*LATER)
    its_time_has_come()
    with worker(a_user(tmp_path / "stranger")) as process:
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert "0 letters sent from here" in process.stderr.readline()
    assert "no worker has it in hand" not in campaign.ok("status").out  # until its own time
    its_time_has_come()
    with worker(elsewhere(tmp_path, campaign, monkeypatch)):
        until(lambda: standing(campaign, "sent") == N)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((*SEND, "--at", "soon"), "“soon” is no time like"),
        ((*SEND, "--at", "2026-02-30 09:00"), "is no time like"),
        ((*SEND, "--at", "25:00"), "is no time like"),
        ((*SEND, "--at", "2020-01-01 09:00"), "That time is past"),
        (("send", "--at", "09:00"), "without --really"),
    ],
)
def test_a_time_that_is_none_or_past_is_refused(
    words: tuple[str, ...], says: str, campaign: Desk, server: Sink
) -> None:
    said = campaign.run(*words)
    assert (said.code, says in said.err) == (2, True), said.err
    assert "begins_at" not in campaign.figures()


def test_a_campaign_of_files_says_that_no_worker_can_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in a_user(tmp_path).items():
        monkeypatch.setenv(name, value)
    desk = Desk.made(tmp_path, NICE)
    said = desk.run(*LATER)
    assert (said.code, "move --to database" in said.err) == (3, True), said.err
    options = send.Options(narrowing=Narrowing())
    with send.open(desk.folder, options) as job, pytest.raises(Refused, match="schedule-in-files"):
        job.schedule(datetime.now(UTC), [want.agreed() for want in job.plan().wants])
    assert json.loads(desk.ok("status", "--json").out).keys() == {
        *("recipients", "email", "paper", "unreachable"),
    }


def test_a_time_alone_is_the_next_one_by_the_clocks_of_the_campaign() -> None:
    now = datetime(2026, 11, 29, 9, 30, tzinfo=UTC)  # 10:30 in Paris
    assert moment_of("10:45", PARIS, now) == datetime(2026, 11, 29, 9, 45, tzinfo=UTC)
    assert moment_of("10:30", PARIS, now).day == 30
    for typed in ("01/12/2026 09:00", "2026-12-01T09:00", " 2026-12-01  09:00 "):
        assert moment_of(typed, PARIS, now) == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(Misuse, match="time-skipped"):
        moment_of("2026-03-29 02:30", PARIS, now)


def test_deliveries_are_kept_as_few_ranges() -> None:
    assert ranges([5, 1, 2, 3, 9]) == [(1, 3), (5, 5), (9, 9)]
    assert ranges([]) == []
