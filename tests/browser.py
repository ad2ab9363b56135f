"""Debian's Chromium, driven by Playwright: what a person sees and does on the page.

One browser a worker; each person has a context of their own, and asks nothing outside loopback.
`axe` says what a page has against people who do not see, or who have no mouse.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has none
from playwright.sync_api import Browser, Error, Page, ViewportSize, expect, sync_playwright

from tests.needs import need
from tests.servers.ports import PATIENCE_S

FLAGS = [
    "--no-sandbox",  # as root in CI; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NARROW: ViewportSize = {"width": 320, "height": 700}
USUAL: ViewportSize = {"width": 390, "height": 844}  # of a telephone
WIDE: ViewportSize = {"width": 1280, "height": 900}

PATIENCE_MS = PATIENCE_S * 1000
expect.set_options(timeout=PATIENCE_MS)  # a computer at work needs more than five seconds


@contextmanager
def chromium(*names: str) -> Iterator[Browser]:
    """A browser, for as long as it is used. `names` alone lead anywhere: to this computer."""
    here = "".join(f"MAP {name} 127.0.0.1, " for name in names)
    resolving = f"--host-resolver-rules={here}MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    found = shutil.which("chromium")
    need(found, "Chromium", "chromium")
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=[*FLAGS, resolving, f"--crash-dumps-dir={profile}"]
        )
        try:
            yield browser
        finally:
            browser.close()


def kill_chromium() -> None:
    """`kill -9` for every browser that this process has started."""
    parents: dict[int, int] = {}
    found: list[int] = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (each / "stat").read_text("utf-8").rpartition(") ")
        except OSError:  # it has just ended
            continue
        parents[int(each.name)] = int(rest.split()[1])
        if "chrom" in name.partition("(")[2]:
            found.append(int(each.name))
    for pid in found:
        above = pid
        while above and above != os.getpid():
            above = parents.get(above, 0)
        if above:
            with suppress(ProcessLookupError):  # its parent took it along
                os.kill(pid, signal.SIGKILL)


@contextmanager
def visitor(browser: Browser, start: str, *, language: str = "fr", **how: Any) -> Iterator[Page]:
    """Somebody at the start page. `how` is Playwright's (viewport, scripts)."""
    locale = {"fr": "fr-FR", "en": "en-GB"}[language]
    context = browser.new_context(locale=locale, **{"viewport": WIDE, **how})
    try:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(start)
        yield page
    finally:
        context.close()


@contextmanager
def person(browser: Browser, start: str, *, language: str = "fr", **how: Any) -> Iterator[Page]:
    """Somebody who has come in by the start page."""
    with visitor(browser, start, language=language, **how) as page:
        page.locator("main button").click()
        page.wait_for_url(lambda url: "/start/" not in url)  # and until it has loaded
        yield page


_STANDS = "[performance.timeOrigin, document.readyState, !!document.getElementById('awaited')]"


def and_wait(page: Page, act: Callable[[], None]) -> None:
    """Act, and until another page is there and its scripts have run: nothing on it that is looked
    at once, and no key, comes too early. Its time of origin tells that it is another one; one that
    says what is being done gives way by itself.
    """
    before = page.evaluate("performance.timeOrigin")
    act()
    end = time.monotonic() + PATIENCE_S
    said: list[object] = [before, "", False]
    while said[0] == before or said[1:] != ["complete", False]:
        assert time.monotonic() < end, f"no other page came after {page.url}"
        with suppress(Error):  # the page is leaving
            said = page.evaluate(_STANDS)
        page.wait_for_timeout(20)  # a function of the page's own would not run without scripts


def complaints(page: Page) -> list[str]:
    """What axe has against the page as it is shown: rule, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]} ({'; '.join(map(str, node['target']))})"
        for each in found
        for node in each["nodes"]
    ]


def open_all(page: Page) -> None:
    """Unfold whatever can be unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide
