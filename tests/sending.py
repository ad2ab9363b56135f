"""A sending driven through `app`: two who wait, a yes to all, a night that is slept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from merge.app import send
from merge.app.opening import open_campaign
from merge.job import Consent, JobRecord
from merge.settings import FILE_NAME
from tests.desk import NICE, Desk, Y
from tests.servers.faults import FaultServer

LYON = "69123;Lyon;M;Jean;MARTIN;lyon@example.org;1 place de la Comédie;69001;Lyon"


def waiting_for_two(tmp_path: Path, fault_server: FaultServer) -> Desk:
    """Two wait for an e-mail, and the server needs no password."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("account", "set", "--host", "127.0.0.1", "--port", str(fault_server.port),
            "--tls", "none")  # fmt: skip
    desk.ok("import", str(desk.sheet(NICE, Y)))
    return desk


def with_account(desk: Desk, line: str) -> None:
    path = desk.folder / FILE_NAME
    path.write_text(path.read_text("utf-8").replace("[account]", f"[account]\n{line}"), "utf-8")


def agreed(job: send.Job) -> list[Consent]:
    """A yes to all that it wants before it runs."""
    consents: list[Consent] = []
    job.refresh()
    while wants := job.plan(consents).wants:
        consents += [want.agreed() for want in wants]
        job.refresh(consents)
    return consents


def jobs(desk: Desk) -> list[JobRecord]:
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        return [job for job in campaign.ledger.commands.all() if job.command == "send"]


@dataclass
class Night:
    """A watch whose first long wait is used for something, and takes no time."""

    meanwhile: Callable[[], object]
    later: Callable[[], object] = lambda: None  # at the sixth wait
    asked: bool = False
    slept: timedelta = timedelta()
    waits: list[datetime] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.slept

    def wait_until(self, when: datetime) -> None:
        if not self.waits:
            self.meanwhile()
        self.waits.append(when)
        if len(self.waits) == 6:
            self.later()
        self.slept += max(timedelta(), when - self.now())
