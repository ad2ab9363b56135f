"""Asked to stop: the message in hand is finished first. `test_crash` has the harder ways."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from merge.french.communes import reference
from tests.desk import Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = 250
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
