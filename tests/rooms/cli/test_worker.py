"""Workers: other machines that send a campaign which they have no folder of."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from merge.app import letters, send
from merge.app.campaign_files import packed
from merge.app.opening import open_campaign, users_accounts
from merge.app.running import running
from merge.app.send import Options
from merge.campaign.plan import hashes_of
from merge.cli import output
from merge.errors import LedgerError
from merge.job import Event
from merge.ledger.driver.advisory import Presence
from merge.words.machines import told
from tests.desk import Desk, a_user
from tests.promises.crash.candidates import SEND, Publipostage
from tests.rooms.app.test_app_send import agreed as agreed_to
from tests.rooms.app.test_shared_files import agree, campaign_id
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.postgres import end_sessions, work_of
from tests.servers.sink import Faults, Sink, sink

pytest_plugins = ["tests.servers.fixtures"]

PATIENCE_S = 60
NOBODYS = "00000000-0000-4000-8000-000000000000"  # a campaign
N = 900  # more than one sender takes at once


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
    agree(Desk(made.folder))
    return Desk(made.folder)


def version(campaign: Desk) -> str:
    """Of the files that the letter is made of."""
    return sha256(packed(campaign.folder)).hexdigest()


@contextmanager
def worker(
    environ: Mapping[str, str], campaign: Desk, *words: str
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "merge", "worker", campaign_id(campaign), "--yes", *words],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    ) as process:
        assert process.stderr is not None
        assert "Waits for work" in process.stderr.readline()
        try:
            yield process
        finally:
            process.kill()


def elsewhere(tmp_path: Path, campaign: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Another machine, whose user has said yes to the mail server."""
    environ = a_user(tmp_path / "elsewhere")
    with monkeypatch.context() as other:
        other.setenv("PUBLIPOSTAGE_HOME", environ["PUBLIPOSTAGE_HOME"])
        campaign.approve()
    return environ


@contextmanager
def asking(
    campaign: Desk, monkeypatch: pytest.MonkeyPatch, *, agreed: int | None = None
) -> Iterator[None]:
    """A run that lives, sends nothing itself, and asks one worker to send to so many of all."""
    monkeypatch.setattr(send, "HANDS", 1)
    with send.open(campaign.folder, Options()) as job:
        consents = agreed_to(job)
        who = hashes_of(job.waiting())[:agreed]
    with (
        open_campaign(campaign.folder, access="share", command="send") as opened,
        running(opened, "send", asdict(Options()), consents) as run,
    ):
        letters.fix(opened, letters.template(opened), mailed=True)
        send.ask_for_hands(opened, run.number, who)
        yield


def test_a_worker_sends_to_nobody_whom_the_run_was_not_agreed_to_for(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with asking(campaign, monkeypatch, agreed=N - 1), worker(environ, campaign) as process:
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert "Others wait for a letter now" in process.stderr.readline()
    assert server.count("accepted") == 0


def test_a_worker_asks_about_the_letter_before_it_sends_for_a_campaign(
    campaign: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = campaign.run("worker", campaign_id(campaign))
    assert (ended.code, "not those approved on this machine" in ended.err) == (3, True), ended.err
    with monkeypatch.context() as terminal:
        terminal.setattr(output, "somebody_is_there", lambda: True)
        ended = campaign.run("worker", campaign_id(campaign), typed="n\n")
    assert (ended.code, "may this machine send it?" in ended.err) == (130, True), ended.err
    with closing(users_accounts()) as accounts:
        assert not accounts.approvals.has_files(campaign_id(campaign), version(campaign))


def test_a_letter_that_others_put_into_the_database_leaves_from_no_worker(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with worker(environ, campaign) as process:
        letter = campaign.folder / "letter.md"
        letter.write_text(letter.read_text("utf-8") + "\nMensonges.\n", "utf-8")
        with asking(campaign, monkeypatch):
            assert process.stderr is not None
            assert "Begins to send" in process.stderr.readline()
            assert "not those approved on this machine" in process.stderr.readline()
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", environ["PUBLIPOSTAGE_HOME"])
    assert campaign.run("worker", campaign_id(campaign)).code == 3
    assert server.count("accepted") == 0


def test_a_worker_works_for_the_campaigns_that_it_names(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Publipostage(connections=1)
    (tmp_path / "b").mkdir()
    made.prepare(tmp_path / "b", ["b@example.org"], server.port)
    another = Desk(made.folder)
    agree(another)
    with asking(campaign, monkeypatch), asking(another, monkeypatch):
        with worker(elsewhere(tmp_path, another, monkeypatch), another) as process:
            assert process.stderr is not None
            assert campaign_id(another) in process.stderr.readline()
            assert "1 letter sent from here" in process.stderr.readline()
        assert (machines(campaign)["waiting"], machines(another)["waiting"]) == (1, 0)
    assert arrived(server) == {"b@example.org": 1}


def test_a_worker_sends_nothing_for_a_run_that_lives_no_more(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with asking(campaign, monkeypatch):
        pass
    with worker(environ, campaign) as process:
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert "0 letters sent from here" in process.stderr.readline()
    assert server.count("accepted") == 0


def test_what_a_run_asked_for_is_gone_when_it_ends_with_whatever_code(
    campaign: Desk, server: Sink, postgres_url: str
) -> None:
    settings = campaign.folder / "campaign.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("per_day = 10000000", "per_day = 20"), "utf-8")
    assert campaign.run(*SEND).code == 4
    assert server.count("accepted") == 20
    assert not work_of(postgres_url)


def standing(campaign: Desk) -> Mapping[str, int]:
    found: Mapping[str, int] = json.loads(campaign.ok("status", "--json").out)["email"]
    return found


def arrived(server: Sink) -> Counter[str]:
    return Counter(event.to for event in server.events if event.what == "accepted")


def test_a_worker_without_a_folder_sends_beside_the_one_who_began(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        assert campaign.run(*SEND).code == 0
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        told = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert int(told.split(": ")[1].split()[0]) > 0, told
    assert arrived(server) == dict.fromkeys((f"mairie-{n}@example.org" for n in range(N)), 1)


def test_a_worker_that_is_asked_to_end_ends_with_the_messages_in_hand(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert server.wait_for(lambda: server.count("accepted") > 100, PATIENCE_S)
        process.send_signal(signal.SIGTERM)  # to it alone, and not to the process that sends
        assert process.wait(PATIENCE_S) == 0
        assert server.count("accepted") < N
        assert "sent from here" in process.stderr.readline()
        assert began.wait(PATIENCE_S) == 0
    assert arrived(server) == dict.fromkeys((f"mairie-{n}@example.org" for n in range(N)), 1)


def test_what_a_killed_worker_had_in_hand_is_in_doubt_and_the_rest_is_sent_by_others(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
    with worker(environ, campaign) as process, worker(environ, campaign):
        assert server.wait_for(lambda: server.count("accepted") > 30, PATIENCE_S)
        subprocess.run(["pkill", "-9", "-P", str(process.pid)], check=False)
        process.kill()
        process.wait()
        assert server.wait_for(lambda: server.count("accepted") >= N - 8, 3 * PATIENCE_S)
        give_up = time.monotonic() + PATIENCE_S
        while (counts := standing(campaign))["queued"] + counts["sending"]:
            assert time.monotonic() < give_up, counts
            time.sleep(0.5)
    assert max(arrived(server).values()) == 1
    assert counts["sent"] + counts["unknown"] == N
    assert counts["unknown"] <= 2  # connections
    assert began.wait(PATIENCE_S) in (0, 1)


def test_whoever_stops_the_sending_stops_the_workers_too(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert server.wait_for(lambda: server.count("accepted") > 100, PATIENCE_S)
        began.send_signal(signal.SIGINT)
        assert began.wait(PATIENCE_S) == 130
        assert "sent from here" in process.stderr.readline()
        sent = server.count("accepted")
        assert sent < N
        assert server.count("accepted") == sent


class Gathering(CaptureServer):
    """Lets nobody's message in before that of so many connections stand at its door."""

    at_once = 0
    most = 0
    _all_there = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.most += 1
        if self.most == self.at_once:
            self._all_there.set()
        await self._all_there.wait()
        return await super().handle_DATA(server, session, envelope)


def test_a_worker_opens_as_many_connections_as_the_campaign_says(
    campaign: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: Authority
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    gathering = Gathering(folder=folder, authority=authority)
    gathering.at_once = 2 + 2  # of the sending, and of the worker
    with gathering.running():
        campaign.connect(gathering)
        agree(campaign)
        environ = elsewhere(tmp_path, campaign, monkeypatch)
        began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
        with worker(environ, campaign) as process:
            assert gathering.wait_for(4, PATIENCE_S)
            for each in (began, process):
                each.send_signal(signal.SIGINT)
                each.wait(PATIENCE_S)


def machines(campaign: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(campaign.ok("status", "--json").out)["machines"]
    return found


def test_status_names_who_works_here_and_no_other_campaign(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = Desk(tmp_path / "another" / "campaign")
    another.make()
    assert machines(another) == {"hands": [], "workers": [], "waiting": 0, "unread": 0}
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
        assert process.stderr is not None
        assert "Begins to send" in process.stderr.readline()
        assert server.wait_for(lambda: server.count("accepted") > 100, PATIENCE_S)
        here, there = machines(campaign), machines(another)
        assert {each["command"] for each in here["hands"]} == {"send"}
        assert sum(each["sent"] for each in here["hands"]) > 0
        assert [each["works_for"] for each in here["workers"]] == ["this"]
        assert [each["works_for"] for each in there["workers"]] == ["another"]
        assert (there["hands"], there["waiting"]) == ([], 0)
        told = another.ok("status").out
        assert f"{platform.node()}: a worker, works for another campaign since 20" in told
        assert "letters so far" in campaign.ok("status").out
        began.send_signal(signal.SIGINT)
        began.wait(PATIENCE_S)
        process.kill()
        process.wait()
        assert machines(another)["workers"] == []
        assert "No worker is running." in another.ok("status").out


def test_a_worker_is_seen_again_after_its_session_was_cut(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (a_user(tmp_path) | {"PUBLIPOSTAGE_DATABASE": postgres_url}).items():
        monkeypatch.setenv(name, value)
    campaign = Desk(tmp_path / "campaign")
    campaign.make()
    with closing(Presence(postgres_url, "worker")) as presence:
        presence.say(campaign="")
        end_sessions(postgres_url)
        assert machines(campaign)["workers"] == []
        with pytest.raises(LedgerError):
            presence.keep()
        presence.keep()
        (seen,) = machines(campaign)["workers"]
        assert (seen["host"], seen["works_for"]) == (platform.node(), "nobody")
    assert machines(campaign)["workers"] == []


def test_a_row_that_cannot_be_read_is_left_out_and_counted(
    campaign: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, change = os.environ["PUBLIPOSTAGE_DATABASE"], "UPDATE publipostage.holders SET about = %s"
    with asking(campaign, monkeypatch), closing(Presence(url, "worker")) as presence:
        presence.keep()
        whole = machines(campaign)
        assert (len(whole["hands"]), len(whole["workers"]), whole["waiting"]) == (1, 1, 1)
        for value in ("", "[]", '{"since": "now"}', "[" * 99_999):
            with psycopg.connect(url) as database:
                n = database.execute(cast(Any, change), [value]).rowcount
            seen = machines(campaign)
            kept = len(seen["hands"]) + len(seen["workers"]) + seen["waiting"]
            assert (seen["unread"], kept) == (n, 3 - n), value
            assert "cannot be read" in campaign.ok("status").out


def test_a_machine_is_named_on_one_line_and_its_campaign_is_a_uuid(
    campaign: Desk, postgres_url: str
) -> None:
    with closing(Presence(postgres_url, "worker")) as presence:
        presence.say(host="here\n\x1b[2Jthere")
        assert [each["host"] for each in machines(campaign)["workers"]] == ["here  [2Jthere"]
        presence.say(campaign="none\nsuch")
        assert (machines(campaign)["workers"], machines(campaign)["unread"]) == ([], 1)


def test_a_limit_holds_with_workers_that_wait(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        assert campaign.run(*SEND, "--limit", "3").code == 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert server.count("accepted") == 3


def test_a_worker_without_a_database_says_what_to_set(tmp_path: Path) -> None:
    ended = Desk(tmp_path / "campaign").run("worker", NOBODYS)
    assert (ended.code, "PUBLIPOSTAGE_DATABASE" in ended.err) == (3, True)


def test_what_nobody_foresaw_is_told_by_its_kind() -> None:
    facts = {
        "campaign": "x",
        "sent": 0,
        "trouble": None,
        "unexpected": "ZeroDivisionError",
    }
    assert "(ZeroDivisionError)" in told(Event(code="worker-ended", facts=facts))
