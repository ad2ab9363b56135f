"""What waits for a person is listed and decided through `app` alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from merge.app import replies
from merge.app.opening import open_campaign
from merge.job import JobRecord
from merge.outcome import Incoming, Sort
from tests import mails
from tests.desk import NICE, Desk, Y
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, fault_server: FaultServer) -> Desk:
    """The letter to Nice is in doubt, that to Y was sent."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("account", "set", "--host", "127.0.0.1", "--port", str(fault_server.port),
            "--tls", "none")  # fmt: skip
    desk.ok("import", str(desk.sheet(NICE.replace("nice@", "drop-after-dot@"), Y)))
    assert desk.run("send", "--really", "--yes", "--untested").code == 1
    return desk


def last_job(desk: Desk) -> JobRecord:
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        return campaign.ledger.commands.all()[-1]


def unread(data: bytes, *, at: datetime) -> Incoming:
    """A mail that takes too much to read."""
    return Incoming(identity="x", sort=Sort.ANSWER, at=at, is_given_up=True)


@pytest.mark.parametrize("command", ["import", "replies", "resolve"])
def test_the_row_of_a_command_has_the_exit_code_that_a_script_sees(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Some of it is left: a row that was not taken, a mail that cannot be read, a doubt."""
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "1.eml").write_bytes(mails.answer(refers="", sender="a@example.com"))
    monkeypatch.setattr(replies, "read_mail", unread)
    words = {
        "import": (str(desk.sheet("99999;Nowhere;F;Anne;LE GOFF;x@example.org;;;")),),
        "replies": ("--from", str(tmp_path / "mails")),
        "resolve": (),
    }[command]
    said = desk.run(command, *words)
    assert (last_job(desk).command, last_job(desk).exit_code, said.code) == (command, 1, 1)
