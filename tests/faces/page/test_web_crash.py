"""Server, browser and job killed at named points of a sending: nobody gets two, nobody is lost.

The large one, which kills at random, is `make crash-page`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from merge.french.communes import reference
from merge.job import JobState
from merge.model import Status
from tests.browser import kill_chromium
from tests.desk import Desk
from tests.faces.page.test_web_jobs import PATIENCE_S, until
from tests.promises.crash.candidates import allow
from tests.promises.crash.visitor import Visitor
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.long

TOWNS = 60


@dataclass(kw_only=True)
class Deadly(CaptureServer):
    """It kills by itself, at the message with that number: at its envelope, or behind its body."""

    at_envelope: dict[int, Callable[[], object]] = field(default_factory=dict)
    behind_body: dict[int, Callable[[], object]] = field(default_factory=dict)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.at_envelope.pop(len(self.messages), lambda: None)()
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = await super().handle_DATA(server, session, envelope)
        self.behind_body.pop(len(self.messages), lambda: None)()
        return said


@pytest.fixture
def deadly(tmp_path: Path, authority: Authority) -> Iterator[Deadly]:
    folder = tmp_path / "captured"
    folder.mkdir()
    with Deadly(folder=folder, authority=authority).running() as server:
        assert isinstance(server, Deadly)
        yield server


@pytest.fixture
def desk(tmp_path: Path, deadly: Deadly, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", deadly.password)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.connect(deadly)
    allow(desk.folder / "campaign.toml", 1)
    rows = [
        f"{c.insee};{c.name};F;A;B;mairie-{c.insee}@example.org;;;"
        for c in list(reference().values())[:TOWNS]
    ]
    desk.ok("import", str(desk.sheet(*rows)))
    return desk


def test_whatever_is_killed_wherever_the_rest_leaves_once(desk: Desk, deadly: Deadly) -> None:
    somebody = Visitor(desk.folder)
    deadly.at_envelope = {12: somebody.kill_job, 36: somebody.kill_server}
    deadly.behind_body = {24: somebody.kill_job, 48: kill_chromium}
    somebody.come()
    somebody.press("See what would leave")
    somebody.page.locator("#agreed").check()
    somebody.press("Go on")
    somebody.page.locator("#number").fill(str(TOWNS))
    somebody.press(f"Send {TOWNS} letters")
    # The job, at an envelope: the letter before it is in doubt, whose outcome is not on disk yet.
    until(lambda: somebody.state is JobState.KILLED)
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("48 letters remain")
    assert somebody.seen.counts.email[Status.UNKNOWN] == 1
    somebody.press("Go on with the 48 letters")
    somebody.press("Send 48 letters")
    # The job, behind a body, before the server's word: that one is in doubt, and stays so.
    until(lambda: somebody.seen.counts.email[Status.UNKNOWN] == 2)
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("36 letters remain")
    somebody.press("Go on with the 36 letters")
    somebody.press("Send 36 letters")
    # The server, then the browser: the job goes on, and whoever comes again sees it.
    assert deadly.wait_for(49, timeout_s=PATIENCE_S)
    somebody.leave()
    somebody.come()
    until(lambda: somebody.state is JobState.ENDED)
    somebody.page.reload()
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("36 letters have left")
    assert "2 letters are in doubt" in (somebody.page.text_content("main") or "")
    somebody.leave()
    arrived = Counter(to for message in deadly.messages for to in message.recipients)
    assert (len(arrived), arrived.total()) == (TOWNS, TOWNS)  # nobody twice, nobody not at all
    counts = somebody.seen.counts.email
    assert (counts[Status.SENT], counts[Status.UNKNOWN]) == (TOWNS - 2, 2)


def test_all_three_at_once_and_a_second_press_send_nothing_twice(
    desk: Desk, deadly: Deadly
) -> None:
    somebody = Visitor(desk.folder)

    def kill_all() -> None:
        somebody.kill_job()
        somebody.kill_server()
        kill_chromium()

    deadly.behind_body = {25: kill_all}
    somebody.come()
    somebody.press("See what would leave")
    somebody.page.locator("#agreed").check()
    somebody.press("Go on")
    somebody.page.locator("#number").fill(str(TOWNS))
    somebody.page.get_by_role("button", name=f"Send {TOWNS} letters").dblclick()
    until(lambda: somebody.state is JobState.KILLED)
    somebody.leave()
    somebody.come()
    somebody.page.get_by_role("button", name="Go on with the 35 letters").dblclick()
    somebody.page.get_by_role("button", name="Send 35 letters").dblclick()
    until(lambda: somebody.state is JobState.ENDED)
    somebody.leave()
    arrived = Counter(to for message in deadly.messages for to in message.recipients)
    assert (len(arrived), arrived.total()) == (TOWNS, TOWNS)
    assert somebody.seen.counts.email[Status.UNKNOWN] == 1
