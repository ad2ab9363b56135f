"""What those who watch over a worker get of it: figures, a log, systemd's datagrams; no person."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from merge.app import notify
from merge.job import Event
from merge.words.working import told
from tests.crash.candidates import SEND, Publipostage
from tests.desk import Desk, a_user
from tests.servers.ports import free_ports
from tests.servers.sink import Sink, sink
from tests.test_worker import PATIENCE_S, elsewhere

pytest_plugins = ["tests.servers.fixtures"]

N = 30
PERSONAL = ("mairie-", "@", "example.org", "Ville-", "Pas de VSA", "RENNES", "35000")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sink]:
    with sink(log=tmp_path / "sink.jsonl") as running:
        yield running


@pytest.fixture
def campaign(
    tmp_path: Path, server: Sink, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name, value in (a_user(tmp_path) | {"PUBLIPOSTAGE_DATABASE": postgres_url}).items():
        monkeypatch.setenv(name, value)
    made = Publipostage(connections=1)
    made.prepare(tmp_path, [f"mairie-{n}@example.org" for n in range(N)], server.port)
    return Desk(made.folder)


@contextmanager
def worker(environ: Mapping[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """One whose log is read as it comes."""
    with subprocess.Popen(
        [sys.executable, "-m", "merge", "worker", *words],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def log_of(process: subprocess.Popen[str], until: str) -> list[dict[str, object]]:
    """The lines up to one of this code."""
    assert process.stderr is not None
    lines: list[dict[str, object]] = []
    while not lines or lines[-1]["code"] != until:
        lines.append(json.loads(process.stderr.readline()))
    return lines


def test_figures_and_log_tell_how_it_stands_and_name_nobody(
    campaign: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = elsewhere(tmp_path, campaign, monkeypatch)
    with worker(environ, "--log-format", "json", "--metrics", "0") as process:
        begun = log_of(process, "worker-waits")
        assert begun[0]["code"] == "worker-metrics"
        page = f"http://127.0.0.1:{begun[0]['port']}/metrics"
        before = figures(page)
        assert before[("publipostage_letters", "email", "queued")] == N
        assert before[("publipostage_oldest_queued_seconds",)] >= 0
        assert before[("publipostage_workers",)] == 1
        assert campaign.run(*SEND).code == 0
        log = begun + log_of(process, "worker-ended")
        with urlopen(page) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            told_there = answer.read().decode()
        after = figures(page)
        assert after[("publipostage_letters", "email", "sent")] == N
        assert after[("publipostage_letters", "email", "failed")] == 0
        assert after[("publipostage_letters", "email", "unknown")] == 0
        assert after[("publipostage_sent_per_second",)] > 0
        assert after[("publipostage_oldest_queued_seconds",)] == 0
        assert after[("publipostage_database_up",)] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        rest = process.stderr.read()
    (campaign_id,) = {each["id"] for each in log if "id" in each}
    assert f'campaign="{campaign_id}"' in told_there
    assert all(json.loads(line)["code"] for line in rest.splitlines())
    for text in (told_there, json.dumps(log), rest):
        assert not [each for each in PERSONAL if each in text]


def figures(page: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name, channel and state."""
    with urlopen(page) as answer:  # noqa: S310 of this machine
        text = answer.read().decode()
    return {
        (each.name, *(each.labels[name] for name in ("channel", "state") if name in each.labels)): (
            each.value
        )
        for family in families(text)
        for each in family.samples
    }


def test_a_trouble_in_the_log_is_its_code_and_no_words(
    campaign: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = a_user(tmp_path / "stranger")  # whose user has approved no server
    with worker(environ, "--log-format", "json") as process:
        log_of(process, "worker-waits")
        assert campaign.run(*SEND).code == 0
        ended = log_of(process, "worker-ended")[-1]
    assert (ended["trouble"], ended["sent"]) == ("server-unapproved", 0)
    assert "host" not in json.dumps(ended)


def test_systemd_hears_that_it_is_ready_lives_and_stops(
    campaign: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(path)
        systemd.settimeout(PATIENCE_S)
        environ = elsewhere(tmp_path, campaign, monkeypatch) | {"NOTIFY_SOCKET": path}
        with worker(environ) as process:
            heard = [systemd.recv(1000).decode() for _n in range(2)]
            process.send_signal(signal.SIGTERM)
            while heard[-1] != "STOPPING=1":
                heard.append(systemd.recv(1000).decode())
            assert process.wait(PATIENCE_S) == 0
    assert heard[0] == "READY=1\nSTATUS=waits"
    assert heard[1] == "WATCHDOG=1"


def test_who_was_not_started_by_systemd_tells_it_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.tell(notify.READY)
    monkeypatch.setenv("NOTIFY_SOCKET", "@nobody-listens-here")
    notify.tell(notify.READY)


@pytest.mark.parametrize("place", ["here", "70000", "127.0.0.1:", "127.0.0.1:port", ""])
def test_a_place_to_listen_that_is_none_is_refused(place: str, tmp_path: Path) -> None:
    ended = Desk(tmp_path / "campaign").run("worker", "--metrics", place)
    assert (ended.code, "no port like 9100" in ended.err) == (2, True), ended.err


def test_a_port_that_another_has_is_refused_before_any_work(
    campaign: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    with closing(socket.create_server(("127.0.0.1", port))):
        monkeypatch.setenv("PUBLIPOSTAGE_METRICS", str(port))
        ended = campaign.run("worker")
    assert (ended.code, f"port {port}" in ended.err) == (3, True), ended.err


def test_what_nobody_foresaw_is_told_by_its_kind() -> None:
    facts = {
        "campaign": "x",
        "kind": "send",
        "lots": (),
        "sent": 0,
        "trouble": None,
        "unexpected": "ZeroDivisionError",
    }
    assert "(ZeroDivisionError)" in told(Event(code="worker-ended", facts=facts))
