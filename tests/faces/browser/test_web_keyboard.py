"""An evening of a small campaign by keyboard alone, in Chromium: nobody clicks anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import mails
from tests.browser import visitor
from tests.cameback import BREST, drop, refers_to
from tests.desk import HAVRE, NICE, Desk, Y
from tests.hands import Keys, until
from tests.servers.capture import CaptureServer
from tests.webserver import Server, serving

pytest_plugins = ["tests.servers.fixtures"]

LETTER = """\
---
subject: Une question {{ commune|a }}
---

Madame, Monsieur,

Nous demandons un débat {{ commune|a }}.
"""


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    wrong = Y.replace("y@example.org", "y(at)example.org")
    desk = Desk.made(tmp_path, NICE, HAVRE, wrong, BREST)
    (desk.folder / "letter.md").write_text(LETTER, "utf-8")
    desk.connect(capture_server)
    return desk


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    with serving(campaign=desk.folder) as running:
        yield running


def test_an_evening_by_keyboard_alone(
    server: Server, browser: Browser, desk: Desk, capture_server: CaptureServer
) -> None:
    with visitor(browser, server.start, language="en") as page:
        keys = Keys(page)
        keys.press("Open my campaigns")
        _mend(keys, desk)
        assert "un vote {{ commune|a }}" in (desk.folder / "letter.md").read_text("utf-8")
        _send(keys)
        assert len(capture_server.messages) == 1 + 3  # one to oneself
        desk.run("replies", "--yes", "--from", drop(desk, *_came(desk)))
        _decide(keys, desk)
    assert "by phone, he says" in desk.ok("show", "Nice").out
    assert desk.figures()["email"]["sent"] == 3
    assert "29019" in desk.ok("suppress").out


def _mend(keys: Keys, desk: Desk) -> None:
    """A word of the letter, and a sheet in which an address was corrected."""

    keys.go("The letter")
    keys.reach(lambda at: at["role"] == "textbox" and "Subject" not in at["words"])
    board = keys.page.keyboard
    for key in ("Control+Home", "ArrowDown", "Home", *["Control+ArrowRight"] * 3):
        board.press(key)
    board.press("Control+Shift+ArrowRight")
    board.type(" vote")
    keys.press("Save the letter")
    assert "Saved." in keys.read()
    keys.page.wait_for_load_state("networkidle")  # that its pages were seen is being noted

    keys.go("Recipients")
    keys.upload("sheet", desk.sheet(NICE, HAVRE, Y, BREST))
    keys.press("Read it")
    until(keys, "Nothing is kept yet|ake this list")
    keys.press("ake this list")
    assert "The list is taken." in keys.read()


def _send(keys: Keys) -> None:
    keys.go("Send")
    while "It is meant so" in until(keys, "It is meant so|Send it to me"):
        keys.press("It is meant so")
    keys.fill("address", "groupe@example.org")
    keys.press("Send it to me")
    until(keys, "Type that number")
    keys.fill("number", "3")
    keys.press("Send 3 letters")
    until(keys, "It ended")


def _came(desk: Desk) -> list[bytes]:
    wish = mails.answer(
        sender="Mairie de Brest <brest@example.org>",
        refers=refers_to(desk, "29019"),
        body="Merci de ne plus nous écrire.",
    )
    return [wish]


def _decide(keys: Keys, desk: Desk) -> None:
    """An answer by telephone, and the wish of a town to be left alone."""
    keys.go("Recipients")
    keys.go("Nice")
    keys.choose("meaning", "conditions")
    keys.choose("way", "phone")
    keys.fill("note", "by phone, he says")
    document = desk.folder.parent / "letter.pdf"
    document.write_bytes(b"%PDF-1.7")
    keys.choose("grade", "letter")
    keys.upload("document", document)
    keys.press("Write it down")
    assert "Proof: signed letter, document for the group alone" in keys.read()
    keys.go("Replies")
    keys.press("Never write again")
    assert "1 decided: Never write again (Brest)." in keys.read()
