"""What waits for a person is listed and decided through `app` alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from merge.app import replies, resolve
from merge.app.opening import open_campaign
from merge.campaign.plan import Narrowing
from merge.errors import Misuse
from merge.job import Event, JobRecord
from merge.model import Status
from merge.outcome import Incoming, Sort
from tests import mails
from tests.desk import NICE, Desk, Y
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


def untold(event: Event) -> None:
    pass


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


def test_doubts_are_listed_and_each_word_on_one_is_kept_at_once(desk: Desk) -> None:
    with resolve.open(desk.folder, None, untold) as job:
        assert not job.servers()
        assert job.refresh() is None
        (doubt,) = job.plan().doubts
        assert (doubt.recipient.commune, doubt.is_absent) == ("Nice", False)
        assert job.settle("06088", Status.SENT).status is Status.SENT
        assert not job.plan().doubts
    assert desk.figures()["email"]["sent"] == 2
    assert (last_job(desk).command, last_job(desk).result) == ("resolve", {"settled": 1})


def test_what_is_in_no_doubt_is_nothing_to_resolve(desk: Desk) -> None:
    with (
        pytest.raises(Misuse, match="resolve-nothing"),
        resolve.open(desk.folder, "Y", untold) as job,
    ):
        job.named(Status.SENT)
    with (
        pytest.raises(Misuse, match="resolve-no-policy"),
        resolve.open(desk.folder, None, untold) as job,
    ):
        job.decide("later")


def test_a_mail_of_nobody_waits_until_it_is_attached_or_dismissed(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    for n in range(2):
        data = mails.answer(
            refers="", sender=f"Mairie de Nice <x{n}@example.com>", own_id=f"<{n}@example.com>"
        )
        (folder / f"{n}.eml").write_bytes(data)
    with replies.open(desk.folder, untold) as job:
        harvest = job.refresh(folder)
        assert harvest is not None
        assert harvest.seen == 2
        first, second = job.plan().undecided
        assert job.undecided(first).reported == ""
        recipient, _followed = job.attach(first.number, "Nice")
        job.dismiss(second.number)
        assert not job.plan().undecided
        assert recipient.key == "06088"
        assert [reply.key for reply in job.listed(Narrowing()).replies] == ["06088"]
    assert last_job(desk).command == "replies"


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
