"""Killed in the middle, again and again: nobody gets two, nobody is lost."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from merge.french.communes import reference
from tests.desk import Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = 250
KILLS = 8
SEND = ("send", "--really", "--yes", "--untested")


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.connect(capture_server)
    settings = desk.folder / "campaign.toml"
    settings.write_text(
        settings.read_text("utf-8").replace(
            "[account]", "[account]\nper_hour = 100000\nper_day = 100000", 1
        ),
        "utf-8",
    )
    rows = [
        f"{c.insee};{c.name};F;A;B;mairie-{c.insee}@example.org;;;"
        for c in list(reference().values())[:TOWNS]
    ]
    desk.ok("import", str(desk.sheet(*rows)))
    return desk


def test_kills_at_any_instant_double_nobody_and_lose_nobody(
    desk: Desk, capture_server: CaptureServer
) -> None:
    chance = random.Random(20261124)  # noqa: S311 - not for secrets
    command = [*(sys.executable, "-m", "merge", "-C", str(desk.folder)), *SEND]
    for kill in range(1, KILLS + 1):
        aim = kill * TOWNS // (KILLS + 2)
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            assert capture_server.wait_for(aim, timeout_s=60)
            # Then at any instant of the messages that follow.
            capture_server.wait_for(aim + 3, timeout_s=chance.random() * 0.02)
            process.kill()
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    arrived = Counter(message.recipients[0] for message in capture_server.messages)
    figures = desk.figures()["email"]
    assert max(arrived.values()) == 1
    assert figures["sent"] + figures["unknown"] == TOWNS
    assert figures["unknown"] <= KILLS
    # Whoever did not get it is in doubt, and whoever is not in doubt got it.
    assert TOWNS - len(arrived) <= figures["unknown"]
    sent = {row["address"] for row in rows_of(desk) if row["status"] == "sent"}
    assert sent <= set(arrived)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_finishes_the_message_in_hand_and_leaves_no_doubt(
    desk: Desk, capture_server: CaptureServer, number: signal.Signals
) -> None:
    with subprocess.Popen(
        [*(sys.executable, "-m", "merge", "-C", str(desk.folder)), *SEND], stderr=subprocess.PIPE
    ) as process:
        assert capture_server.wait_for(20, timeout_s=60)
        process.send_signal(number)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Stopped, as you asked" in err
    figures = desk.figures()["email"]
    assert 20 <= figures["sent"] < TOWNS
    assert (figures["sending"], figures["unknown"]) == (0, 0)
    assert figures["sent"] == len(capture_server.messages)


def rows_of(desk: Desk) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(desk.ok("log", "--format", "json").out)
    return rows
