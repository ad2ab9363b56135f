"""What happens while a sending waits, and how it ends: each night of the text beside this test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from merge.app import following, leaving, send
from merge.app.chosen import Narrowing
from merge.app.opening import open_campaign
from merge.errors import Busy
from merge.job import Event
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.opening import LEDGER
from merge.model import Status
from merge.settings import FILE_NAME
from tests.desk import NICE, Y
from tests.sending import LYON, Night, agreed, jobs, waiting_for_two, with_account
from tests.servers.faults import FaultServer
from tests.stories import failures

ROWS = {"nice": NICE, "y": Y, "lyon": LYON, "grey": NICE.replace("nice@", "grey@")}


class Nights:
    """Two wait for a letter, and a sending waits for a night."""

    def __init__(self, folder: Path, server: FaultServer) -> None:
        self.server = server
        self.desk = waiting_for_two(folder, server)
        self.kept = folder / "kept"
        self.stack = ExitStack()
        self.look = timedelta(hours=12)
        self.kept_at = ""
        self.watch = Night(lambda: self._all(self.meanwhile), lambda: self._all(self.afterwards))
        self.meanwhile: list[str] = []
        self.afterwards: list[str] = []
        self.notes: list[str] = []
        self.events: list[str] = []

    def do(self, step: str) -> str:
        verb, *words = step.split()
        return str(getattr(self, f"{verb}_")(*words) or "")

    def _all(self, those: list[str]) -> None:
        self.notes += filter(None, map(self.do, those))

    def night_(self, *step: str) -> None:
        self.meanwhile.append(" ".join(step))

    def later_(self, *step: str) -> None:
        """When it has waited for the sixth time."""
        self.afterwards.append(" ".join(step))

    # What somebody does

    def account_(self, name: str, n: str) -> None:
        path = self.desk.folder / FILE_NAME
        path.write_text(
            re.sub(rf"^{name} = .*\n", "", path.read_text("utf-8"), flags=re.M), "utf-8"
        )
        with_account(self.desk, f"{name} = {n}")

    def looks_(self) -> None:
        self.look = leaving.LOOK_WHILE_WAITING

    def import_(self, *names: str) -> None:
        rows = []
        for name, _, domain in (name.partition("@") for name in names):
            rows.append(ROWS[name].replace("example.org", domain or "example.org"))
        self.desk.ok("import", str(self.desk.sheet(*rows)))

    def suppress_(self, address: str) -> None:
        self.desk.ok("suppress", address, "--reason", "asked")

    def edit_(self) -> None:
        letter = self.desk.folder / "letter.md"
        letter.write_text(letter.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")

    def break_(self) -> None:
        (self.desk.folder / "letter.md").write_text("{{ nothing", "utf-8")

    def test_(self) -> None:
        self.desk.ok("send", "--test", "me@example.org")

    def server_(self, *greeting: str) -> None:
        self.server.greeting = " ".join(greeting)

    def hold_(self) -> None:
        held = open_campaign(self.desk.folder, access="exclusive", command="import")
        self.stack.enter_context(held)

    def stop_(self) -> None:
        following.stop_sendings(self.desk.folder)

    def end_(self) -> None:
        self.watch.asked = True

    def keep_(self, code: str) -> None:
        self.kept_at = code

    def restore_(self) -> None:
        shutil.copy(self.kept, self.desk.folder / LEDGER)
        missed = re.search(r"--missed \d+", self.desk.run("adopt", "--yes").err)
        assert missed
        self.desk.ok("adopt", *missed[0].split())

    def _hears(self, event: Event) -> None:
        if event.code in ("waiting", "away") and event.code not in self.events:
            self.events.append(event.code)
        if event.code == self.kept_at and not self.kept.exists():
            with closing(SqliteDatabase(self.desk.folder / LEDGER)) as database:
                database.copy_to(self.kept)

    def send_(self, when: str, status: str = "") -> str:
        """A yes to all, and a run: how it ends, how many it sent, and what it wants or found."""
        options = send.Options(
            narrowing=Narrowing(statuses=(Status(status),) if status else ()),
            wait=when == "wait",
            at=datetime.now(UTC) + timedelta(days=1) if when == "tomorrow" else None,
        )
        with patch.object(leaving, "LOOK_WHILE_WAITING", self.look), self.stack:
            try:
                with send.open(
                    self.desk.folder, options, listener=self._hears, watch=self.watch
                ) as job:
                    sent = job.run(agreed(job))
            except Busy as busy:
                return f"{busy.exit_code.name.lower()}, {busy.code}"
        why = [f"wants {want.facts.get('n', want.code)}" for want in sent.wants]
        why += [sent.trouble.code] if sent.trouble and not sent.wants else []
        return ", ".join([sent.code.name.lower(), f"{sent.run.sent} sent", *why])

    # What became of it

    def job_(self) -> str:
        (job,) = jobs(self.desk)
        return f"{job.state} {'' if job.exit_code is None else job.exit_code}".strip()

    def accepted_(self) -> str:
        return str(len(self.server.accepted))

    def offered_(self) -> str:
        return " ".join(sorted(self.server.offered))

    def noted_(self) -> str:
        return " ".join(self.notes)

    def told_(self) -> str:
        return " ".join(self.events)

    def slept_(self) -> str:
        """In hours."""
        return str(self.watch.slept // timedelta(hours=1))


def test_each_night_ends_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def night(number: str) -> Iterator[Nights]:
        folder = tmp_path / number
        monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(folder / "home"))
        with FaultServer().running() as server:
            yield Nights(folder, server)

    assert failures(Path(__file__).with_suffix(".txt"), night) == []
