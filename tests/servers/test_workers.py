"""Workers: other machines that send a campaign which they have no folder of."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from merge.app import letters, send, shared_files
from merge.app.campaign_files import packed
from merge.app.opening import open_campaign, users_accounts
from merge.app.running import running
from merge.app.send import Options
from merge.app.work import LEFT_FOR_S
from merge.campaign.digests import hashes_of
from merge.campaign.letters_to_send import CLAIM_AT_ONCE
from merge.cli import output
from merge.ledger.driver.migrating import newest
from tests.desk import Desk, a_user
from tests.promises.crash.candidates import SEND, Publipostage
from tests.sending import agreed as agreed_to
from tests.servers.ports import PATIENCE_S, until
from tests.servers.sink import Faults, Sink, sink
from tests.sharing import agree, campaign_id

pytest_plugins = ["tests.servers.fixtures"]

DUE_NOW = "UPDATE publipostage.procrastinate_jobs SET scheduled_at = now()"
LEFT = """SELECT status, attempts, extract(epoch FROM scheduled_at - now())
FROM publipostage.procrastinate_jobs"""
FEW, N = 3, CLAIM_AT_ONCE + 64  # more than one sender takes at once
many = pytest.mark.parametrize("campaign", [N], indirect=True)


@pytest.fixture
def server() -> Iterator[Sink]:
    with sink(Faults(slowest_ms=60)) as running:
        yield running


@pytest.fixture
def campaign(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    server: Sink,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    """Few letters, or as many as a test says."""
    for name, value in (a_user(tmp_path) | {"PUBLIPOSTAGE_DATABASE": postgres_url}).items():
        monkeypatch.setenv(name, value)
    made = Publipostage(connections=2)
    made.prepare(tmp_path, addresses(getattr(request, "param", FEW)), server.port)
    agree(Desk(made.folder))
    return Desk(made.folder)


def addresses(n: int) -> list[str]:
    return [f"mairie-{number}@example.org" for number in range(n)]


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
        hears(process, "Waits for work")
        try:
            yield process
        finally:
            process.kill()


def hears(process: subprocess.Popen[str], *words: str) -> str:
    """The next lines that a worker says have these words; the last one."""
    assert process.stderr is not None
    said = ""
    for each in words:
        said = process.stderr.readline()
        assert each in said, said
    return said


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
    monkeypatch.setattr(shared_files, "HANDS", 1)
    with send.open(campaign.folder, Options()) as job:
        consents = agreed_to(job)
        who = hashes_of(job.waiting())[:agreed]
    with (
        open_campaign(campaign.folder, access="share", command="send") as opened,
        running(opened, "send", asdict(Options()), consents) as run,
    ):
        letters.fix(opened, letters.template(opened), mailed=True)
        shared_files.ask_for_hands(opened, run.number, who)
        yield


def test_a_worker_sends_to_nobody_whom_the_run_was_not_agreed_to_for(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with asking(campaign, monkeypatch, agreed=FEW - 1), worker(environ, campaign) as process:
        hears(process, "Begins to send", "Others wait for a letter now")
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
            hears(process, "Begins to send", "not those approved on this machine")
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
            hears(process, campaign_id(another), "1 letter sent from here")
        assert (machines(campaign)["waiting"], machines(another)["waiting"]) == (1, 0)
    assert arrived(server) == {"b@example.org": 1}


def test_a_worker_sends_nothing_for_a_run_that_lives_no_more(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with asking(campaign, monkeypatch):
        pass
    with worker(environ, campaign) as process:
        hears(process, "Begins to send", "0 letters sent from here")
    assert server.count("accepted") == 0


def arrived(server: Sink) -> Counter[str]:
    return Counter(event.to for event in server.events if event.what == "accepted")


@many
def test_a_worker_without_a_folder_sends_beside_the_one_who_began(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        assert campaign.run(*SEND).code == 0
        told = hears(process, "Begins to send", "sent from here")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert int(told.split(": ")[1].split()[0]) > 0, told
    assert arrived(server) == dict.fromkeys(addresses(N), 1)


@many
def test_what_a_killed_worker_had_in_hand_is_in_doubt_and_the_rest_is_sent_by_others(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
    with worker(environ, campaign) as process, worker(environ, campaign):
        assert server.wait_for(lambda: server.count("accepted") > 30)
        subprocess.run(["pkill", "-9", "-P", str(process.pid)], check=False)
        process.kill()
        process.wait()
        assert began.wait(3 * PATIENCE_S) in (0, 1)
        until(lambda: not sum(campaign.figures()["email"][each] for each in ("queued", "sending")))
    counts = campaign.figures()["email"]
    assert max(arrived(server).values()) == 1
    assert counts["sent"] + counts["unknown"] == N
    assert counts["unknown"] <= 2  # connections


@many
def test_whoever_stops_the_sending_stops_the_workers_too(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        began = subprocess.Popen([sys.executable, "-m", "merge", "-C", str(campaign.folder), *SEND])
        hears(process, "Begins to send")
        assert server.wait_for(lambda: server.count("accepted") > 30)
        began.send_signal(signal.SIGINT)
        assert began.wait(PATIENCE_S) == 130
        hears(process, "sent from here")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    counts = campaign.figures()["email"]
    assert counts["sent"] == server.count("accepted") < N
    assert (counts["sending"], counts["unknown"]) == (0, 0)


def machines(campaign: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(campaign.ok("status", "--json").out)["machines"]
    return found


@pytest.mark.parametrize("campaign", [30], indirect=True)
def test_a_limit_holds_with_workers_that_wait(
    campaign: Desk, server: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with worker(elsewhere(tmp_path, campaign, monkeypatch), campaign) as process:
        assert campaign.run(*SEND, "--limit", "3").code == 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert server.count("accepted") == 3


@pytest.mark.parametrize(
    ("version", "says"), [("9999", "a later version"), ("0015", "publipostage 0.1")]
)
def test_a_worker_of_another_version_refuses_and_leaves_the_work_as_it_is(
    version: str,
    says: str,
    campaign: Desk,
    server: Sink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with asking(campaign, monkeypatch):
        campaign.sql(DUE_NOW + " + interval '1 day'")
        with worker(environ, campaign) as process:
            campaign.sql("UPDATE alembic_version SET version_num = :version", version=version)
            campaign.sql(DUE_NOW)
            hears(process, "Begins to send", says)
            until(lambda: campaign.sql(LEFT)[0][0] == "todo")
        ((_todo, attempts, again_in_s),) = campaign.sql(LEFT)
        assert (attempts, again_in_s > LEFT_FOR_S / 4) == (1, True)
        assert campaign.sql("SELECT version_num FROM alembic_version") == [(version,)]
        assert server.count("accepted") == 0

        campaign.sql("UPDATE alembic_version SET version_num = :version", version=newest())
        campaign.sql(DUE_NOW)
        with worker(environ, campaign):
            assert server.wait_for(lambda: server.count("answered") == FEW)
    assert arrived(server) == dict.fromkeys(addresses(FEW), 1)
