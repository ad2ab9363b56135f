"""Somebody before the page “Send” of a campaign, of whom server, browser and job may die."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, suppress
from pathlib import Path

from playwright import sync_api as playwright
from playwright.sync_api import Page

from merge.app import following
from merge.app.following import UNFINISHED, FollowedJob
from merge.job import JobState
from tests.browser import and_wait, chromium, person
from tests.desk import Desk
from tests.webserver import ServerProcess, serving


class Visitor:
    """With a server and a Chromium of their own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.page: Page
        self._server: ServerProcess | None = None
        self._serving, self._browsing = ExitStack(), ExitStack()

    def come(self) -> None:
        """Start the server if it has died, and open the page with another browser."""
        self._close_browser()
        if self._server and self._server.process.poll() is None:
            start = self._server.token()
        else:
            self._serving.close()
            self._server = self._serving.enter_context(serving(campaign=self.place))
            start = self._server.start
        browser = self._browsing.enter_context(chromium())
        self.page = self._browsing.enter_context(person(browser, start, language="en"))
        self.at_send()

    def at_send(self) -> None:
        link = self.page.get_by_role("navigation").get_by_role("link", name="Send")
        and_wait(self.page, link.click)

    def leave(self) -> None:
        self._close_browser()
        self._serving.close()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button).click()

    def kill_server(self) -> None:
        assert self._server
        self._server.process.kill()
        self._server.process.wait()

    def kill_job(self) -> bool:
        """Kill what sends, whole; whether there was one."""
        for lock in (self.place / "locks").glob("send-*.lock"):
            with suppress(ProcessLookupError):  # the lock of one that is dead already
                os.killpg(int(lock.name.split("-")[1]), signal.SIGKILL)
                return True
        return False

    @property
    def seen(self) -> FollowedJob:
        """How the last sending stands, of which there is one."""
        found = Desk(self.place).reads(following.last_sending)
        assert found
        return found

    @property
    def state(self) -> JobState | None:
        """Of the last sending, if there is one."""
        found = Desk(self.place).reads(following.last_sending)
        return found.record.state if found else None

    @property
    def goes_on(self) -> bool:
        return self.state in UNFINISHED

    def _close_browser(self) -> None:
        with suppress(playwright.Error):  # of one that is dead
            self._browsing.close()
