"""Server, browser and job killed at named points of a sending: nobody gets two, nobody is lost.

The large one, which kills at random, is `make crash-page`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright import sync_api as playwright
from playwright.sync_api import Page, expect

from merge.app import following
from merge.app.following import FollowedJob
from merge.french.communes import reference
from merge.job import JobState
from merge.model import Status
from tests.browser import chromium, person
from tests.crash.candidates import allow
from tests.desk import Desk
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.test_web_jobs import PATIENCE_S, pid_of, until
from tests.webserver import Server, serving

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = 120


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


class Somebody:
    """Who sits before the page, with a server and a browser that may die."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.server: Server
        self.page: Page
        self._ours = ExitStack()
        self._before: set[int] = set()

    def come(self) -> None:
        """Start the server and the browser anew, and open the page."""
        self._ours = ExitStack()
        self.server = self._ours.enter_context(serving(campaign=self.desk.folder))
        self._before = browsers()
        browser = self._ours.enter_context(chromium())
        self.page = self._ours.enter_context(person(browser, self.server.start, language="en"))
        self.page.get_by_role("navigation").get_by_role("link", name="Send").click()

    def leave(self) -> None:
        with suppress(playwright.Error):  # of a browser that is dead
            self._ours.close()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button).click()

    def kill_server(self) -> None:
        self.server.process.kill()

    def kill_browser(self) -> None:
        for pid in browsers() - self._before:
            kill(pid)

    def kill_job(self) -> None:
        os.killpg(pid_of(self.desk), signal.SIGKILL)

    @property
    def state(self) -> JobState | None:
        """How the last sending stands; None before there is one."""
        found = following.last_sending(self.desk.folder)
        return found.record.state if found else None

    def seen(self) -> FollowedJob:
        found = following.last_sending(self.desk.folder)
        assert found is not None
        return found


def browsers() -> set[int]:
    """The processes of the browsers that this process has started."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for each in Path("/proc").iterdir():
        try:
            name, _, rest = (each / "stat").read_text("utf-8").rpartition(") ")
            parents[int(each.name)] = int(rest.split()[1])
            names[int(each.name)] = name.partition("(")[2]
        except (OSError, ValueError):  # no process, or one that has just ended
            continue

    def is_ours(pid: int) -> bool:
        while pid := parents.get(pid, 0):
            if pid == os.getpid():
                return True
        return False

    return {pid for pid, name in names.items() if "chrom" in name and is_ours(pid)}


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_whatever_is_killed_wherever_the_rest_leaves_once(desk: Desk, deadly: Deadly) -> None:
    somebody = Somebody(desk)
    deadly.at_envelope = {20: somebody.kill_job, 60: somebody.kill_server}
    deadly.behind_body = {40: somebody.kill_job, 80: somebody.kill_browser}
    somebody.come()
    somebody.press("See what would leave")
    somebody.page.locator("#agreed").check()
    somebody.press("Go on")
    somebody.page.locator("#number").fill(str(TOWNS))
    somebody.press(f"Send {TOWNS} letters")
    # The job, at an envelope: the letter before it is in doubt, whose outcome is not on disk yet.
    until(lambda: somebody.state is JobState.KILLED)
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("100 letters remain")
    assert somebody.seen().counts.email[Status.UNKNOWN] == 1
    somebody.press("Go on with the 100 letters")
    somebody.press("Send 100 letters")
    # The job, behind a body, before the server's word: that one is in doubt, and stays so.
    until(lambda: somebody.seen().counts.email[Status.UNKNOWN] == 2)
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("80 letters remain")
    somebody.press("Go on with the 80 letters")
    somebody.press("Send 80 letters")
    # The server, then the browser: the job goes on, and whoever comes again sees it.
    assert deadly.wait_for(81, timeout_s=PATIENCE_S)
    somebody.leave()
    somebody.come()
    until(lambda: somebody.state is JobState.ENDED)
    somebody.page.reload()
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("80 letters have left")
    assert "2 letters are in doubt" in (somebody.page.text_content("main") or "")
    somebody.leave()
    arrived = Counter(to for message in deadly.messages for to in message.recipients)
    assert (len(arrived), arrived.total()) == (TOWNS, TOWNS)  # nobody twice, nobody not at all
    counts = somebody.seen().counts.email
    assert (counts[Status.SENT], counts[Status.UNKNOWN]) == (TOWNS - 2, 2)


def test_all_three_at_once_and_a_second_press_send_nothing_twice(
    desk: Desk, deadly: Deadly
) -> None:
    somebody = Somebody(desk)

    def kill_all() -> None:
        somebody.kill_job()
        somebody.kill_server()
        somebody.kill_browser()

    deadly.behind_body = {50: kill_all}
    somebody.come()
    somebody.press("See what would leave")
    somebody.page.locator("#agreed").check()
    somebody.press("Go on")
    somebody.page.locator("#number").fill(str(TOWNS))
    somebody.page.get_by_role("button", name=f"Send {TOWNS} letters").dblclick()
    until(lambda: somebody.state is JobState.KILLED)
    somebody.leave()
    somebody.come()
    somebody.page.get_by_role("button", name="Go on with the 70 letters").dblclick()
    somebody.page.get_by_role("button", name="Send 70 letters").dblclick()
    until(lambda: somebody.state is JobState.ENDED)
    somebody.leave()
    arrived = Counter(to for message in deadly.messages for to in message.recipients)
    assert (len(arrived), arrived.total()) == (TOWNS, TOWNS)
    assert somebody.seen().counts.email[Status.UNKNOWN] == 1
