"""Page “Send” in a browser: what changes by itself, seen, heard, or without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from merge.app import following
from merge.errors import ExitCode
from merge.model import Status
from tests.browser import NARROW, and_wait, complaints, person
from tests.desk import Desk
from tests.faces.page.test_web_jobs import over
from tests.faces.page.test_web_once import planned, yes
from tests.sending import with_account
from tests.servers.capture import CaptureServer
from tests.webserver import Server, serving

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def going(many: Desk, capture_server: CaptureServer) -> Iterator[Server]:
    """Twenty of 250 letters have left, the next twenty wait for the next minute."""
    with_account(many, "per_minute = 20")
    with serving(campaign=many.folder) as server:
        yes(planned(server.enter().follow("Send")), 250)
        assert capture_server.wait_for(20)
        yield server
    seen = many.reads(following.last_sending)
    if seen and seen.goes_on:
        following.ask_to_stop(many.folder, seen.record.number)
    assert over(many).record.exit_code == ExitCode.INTERRUPTED


def another_start(desk: Desk) -> str:
    """Where another browser comes in: the first one has spent its token."""
    with serving(campaign=desk.folder) as second:
        return second.start


SOME = re.compile(r"^\d+ letters of 250 have left$")  # on a slow computer a minute goes by


def send(page: Page) -> Locator:
    return page.get_by_role("navigation").get_by_role("link", name="Send")


def test_progress_leaves_the_focus_and_a_stop_is_said_at_once_in_the_one_live_region(
    going: Server, many: Desk, browser: Browser
) -> None:
    start = another_start(many)
    with person(browser, start, language="en") as page:
        and_wait(page, send(page).click)
        expect(page.locator(".went")).to_have_text(SOME)
        assert page.locator("[aria-live]").count() == 1
        page.locator("#pause").focus()
        page.evaluate(
            """async () => {
                const sending = document.getElementById("progress");
                const path = sending.getAttribute("hx-get").replace(/at=\\d+/, "at=0");
                const how = {target: sending, swap: "outerHTML", select: "#progress"};
                how.selectOOB = "#live:innerHTML";
                await htmx.ajax("GET", path, how);
            }"""
        )
        expect(page.locator("#live")).to_have_text(SOME)
        assert page.evaluate("document.activeElement.id") == "pause"
        seen = many.reads(following.last_sending)
        assert seen is not None
        following.ask_to_stop(many.folder, seen.record.number)
        sent = over(many).counts.email[Status.SENT]
        expect(page.locator(".went")).to_contain_text(f"{250 - sent} remain")
        expect(page.locator("#live")).to_have_text(f"It has ended. {sent} letters have left.")
        expect(page).to_have_title("Send: ended – publipostage")
        assert complaints(page) == []


def test_without_scripts_the_page_renews_itself_until_somebody_says_no(
    going: Server, many: Desk, browser: Browser
) -> None:
    start = another_start(many)
    how = {"java_script_enabled": False, "viewport": NARROW}
    with person(browser, start, language="en", **how) as page:
        send(page).click()
        refresh = page.locator("meta[http-equiv='refresh']")
        expect(refresh).to_have_attribute("content", "15")
        page.get_by_role("link", name="Stop that").click()
        expect(page.get_by_role("link", name="Renew this page every 15 seconds")).to_be_visible()
        expect(refresh).to_have_count(0)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".went")).to_contain_text("remain")
