"""One person, two kinds of hands: a mouse in a browser, and its keyboard alone.

Both do what the page's words say: go to a page, fill a field, press a button, read.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page as BrowserPage

from tests.browser import and_wait
from tests.servers.ports import PATIENCE_S


def until(hands: Mouse, words: str) -> str:
    """Look until the page says this (a pattern), which changes by itself; what it says."""
    end = time.monotonic() + PATIENCE_S
    while not re.search(words, said := hands.read()):
        assert time.monotonic() < end, f"the page never said {words!r}: {said}"
        hands.page.wait_for_timeout(50)
    return said


class Mouse:
    """Chromium, with everything live. It counts what it does: `clicks`, and `fields` filled."""

    def __init__(self, page: BrowserPage) -> None:
        self.page = page
        self.clicks = self.fields = 0

    def go(self, words: str) -> None:
        self.clicks += 1
        link = self.page.get_by_role("link", name=re.compile(re.escape(words)))
        and_wait(self.page, link.first.click)

    def fill(self, name: str, value: str) -> None:
        self.fields += 1
        self._field(name).fill(value)

    def choose(self, name: str, value: str) -> None:
        self.fields += 1
        field = self._field(name, f'[value="{value}"]')
        if field.count():
            field.check()
        else:
            self._field(name).select_option(value)

    def upload(self, name: str, *files: Path) -> None:
        self.fields += 1
        self._field(name).set_input_files(files)

    def press(self, words: str) -> None:
        self.clicks += 1
        button = self.page.locator("main").get_by_role("button", name=re.compile(re.escape(words)))
        and_wait(self.page, button.first.click)

    def read(self) -> str:
        return " ".join(self.page.locator("main").inner_text().split())

    def _field(self, name: str, more: str = "") -> Any:
        field = self.page.locator(f'main [name="{name}"]{more}')
        inside = self.page.locator(f'[name="{name}"]')
        hidden = self.page.locator("main details:not([open])", has=inside)
        while hidden.count():
            self.clicks += 1
            hidden.first.locator("summary").first.click()
        return field.first if not more else field


_FOCUS = """name => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  const box = at.getBoundingClientRect();
  const folded = at.tagName === "SUMMARY" && !at.parentElement.open ? at.parentElement : null;
  return {
    tag: at.tagName, type: at.type, name: at.name, value: at.value, checked: at.checked,
    role: at.getAttribute("role"),
    words: (at.getAttribute("aria-label") ?? at.textContent).split(/\\s+/).join(" ").trim(),
    isInMain: Boolean(at.closest("main")),
    isSeen: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    hides: Boolean(folded && name && folded.querySelector(`[name="${name}"]`)),
  };
}"""


class Keys(Mouse):
    """The same by keyboard alone: where the focus is the page says, and only keys move it."""

    def __init__(self, page: BrowserPage) -> None:
        super().__init__(page)
        # The browser must know that files will be chosen here before a key asks for them.
        page.on("filechooser", lambda _chooser: None)

    def go(self, words: str) -> None:
        self.clicks += 1
        self.reach(lambda at: at["tag"] == "A" and words in at["words"])
        and_wait(self.page, self._enter)

    def fill(self, name: str, value: str) -> None:
        self.fields += 1
        self.reach(lambda at: at["isInMain"] and at["name"] == name, name)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(value)

    def choose(self, name: str, value: str) -> None:
        self.fields += 1
        at = self.reach(
            lambda at: (
                at["isInMain"]
                and at["name"] == name
                and (at["type"] != "checkbox" or at["value"] == value)
            ),
            name,
        )
        if at["type"] != "select-one" and not at["checked"]:
            self.page.keyboard.press("Space")
        first = "Home"
        while self._focus()["value"] != value:
            self.page.keyboard.press(first if at["type"] == "select-one" else "ArrowDown")
            first = "ArrowDown"

    def upload(self, name: str, *files: Path) -> None:
        self.fields += 1
        self.reach(lambda at: at["isInMain"] and at["name"] == name, name)
        with self.page.expect_file_chooser() as chooser:  # the system's own from here on
            self._enter()
        chooser.value.set_files(files)

    def press(self, words: str) -> None:
        self.clicks += 1
        self.reach(lambda at: at["tag"] == "BUTTON" and at["isInMain"] and words in at["words"])
        and_wait(self.page, self._enter)

    def reach(self, is_it: Callable[[dict[str, Any]], Any], name: str = "") -> dict[str, Any]:
        """Press Tab until the focus is on it; what folds a field of that name away is opened."""
        rounds = 0
        while rounds < 2:
            self.page.keyboard.press("Tab")
            at = self._focus(name)
            if at is None:  # beyond the last stop of the page
                rounds += 1
                continue
            assert at["isSeen"], at
            if is_it(at):
                return dict(at)
            if at["hides"]:
                self.clicks += 1
                self._enter()
        raise AssertionError(f"no key leads there: {name} on {self.page.url}")

    def _focus(self, name: str = "") -> Any:
        return self.page.evaluate(_FOCUS, name)

    def _enter(self) -> None:
        self.page.keyboard.press("Enter")
