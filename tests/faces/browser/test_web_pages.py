"""Every page of a campaign in which everything has happened: for everybody, and for nobody else.

The addresses come from the routes themselves, so that a new page is looked at as soon as it is
there. What stands in an address beside the campaign's number is told by `PARAMETERS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, expect
from starlette.routing import Route

from merge.app import uploads
from tests.browser import NARROW, USUAL, WIDE, complaints, open_all, person, scrolls_sideways
from tests.desk import a_user
from tests.evening import SHEET, over
from tests.webserver import ANY, Page, Server, address, asked, here, is_page

WAITS: dict[str, object] = {}
"""A file that was read, and not yet taken."""

OWN: dict[str, dict[str, object]] = {
    "recipient-file": {"number": 12, "form": "pdf"},  # has paper
    "preview-file": {"file": "letter.pdf"},
}
"""And where it is another."""

ELSEWHERE = {
    **dict.fromkeys(("paper-file", "keeping-file", "letter-file", "result-published"), 404),
    **dict.fromkeys(("posted", "posted-alone"), 400),
    "evidence": 422,
}
"""What this evening has not: a test sheet, a backup, a copy for others, a picture, a form that is
at work, a result that is published, a document of an answer."""


def _address(route: Route, token: str) -> str:
    """`token` is that of a letter that is shown."""
    return address(route, **{**ANY, **WAITS, "token": token, **OWN.get(route.name, {})})


PAGES = asked("GET")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The campaign of an evening that is over: sent, in doubt, held, came back, printed."""
    folder = tmp_path_factory.mktemp("evening")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in a_user(folder).items():
            patch.setenv(name, value)
        campaign = over(folder)
        waits = uploads.keep(campaign.resolve(), "communes.csv", BytesIO(SHEET.encode()))
    WAITS["waiting"] = waits.token
    return campaign


@pytest.fixture
def server(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(place.parent / "home"))
    with here(place) as running:
        yield running


@pytest.fixture
def today(server: Server) -> Page:
    return server.enter()


@pytest.fixture
def token(today: Page) -> str:
    (frame,) = today.at("letter").html.iter("iframe")
    return str(frame.get("src")).split("/")[-2]


def test_every_page_is_there_for_its_user_and_its_frames_can_do_nothing(
    server: Server, today: Page, token: str
) -> None:
    failures: list[object] = []
    for route in PAGES:
        shown = today.client.get(server.root + _address(route, token))
        right = ELSEWHERE.get(route.name, 200)
        failures += [(route.name, shown.status)] * (shown.status != right)
        if not is_page(shown):
            continue
        failures += [(route.name, shown.title)] * ("example.org" in shown.title + shown.url)
        failures += [(route.name, shown.of_one_name)] * bool(shown.of_one_name)
        for frame in shown.html.iter("iframe"):
            framed = shown.client.get(urljoin(shown.url, frame.get("src"))).answer
            policy = framed.headers["content-security-policy"].split("; ")
            is_shut = {"sandbox", "default-src 'none'"} <= {*policy} and frame.get("sandbox") == ""
            failures += [(route.name, policy)] * (not is_shut or "script-src" in str(policy))
    assert failures == []


FOREIGN = re.compile(
    r"\b20\d\d-\d\d-\d\d\b|(?<!\S)--[a-z]|\bpublipostage [a-z]|PUBLIPOSTAGE_|\blpstat\b|`|"
    r"\b(body|rcpt|Message-ID|the|and|with|your|folder|recipients|yes|send|reply)\b"
)
"""A date, an option or a word that nobody who reads French, and types no commands, has to know."""


def test_no_page_speaks_english_or_of_commands_to_who_reads_french(
    server: Server, token: str
) -> None:
    client = server.enter(server.token(), "fr").client
    root = server.start.partition("start/")[0]
    found = []
    for route in PAGES:
        shown = client.get(root + _address(route, token))
        if not is_page(shown):
            continue
        html = shown.html
        aside = "//*[contains(@class, 'cmd')] | //code | //pre | //textarea | //*[@id='editor']"
        for each in html.xpath(aside):  # commands, mails, files, the script's own data
            each.drop_tree()
        words = " ".join(" ".join(html.body.itertext()).split())
        words = words.replace("recipients.csv", "")  # which somebody took in English
        found += [
            f"{route.name}: {words[m.start() - 40 : m.end() + 20]}" for m in FOREIGN.finditer(words)
        ]
    assert not found, "\n".join(found)


def test_no_page_keeps_anybody_out(
    server: Server, browser: Browser, today: Page, token: str
) -> None:
    """With axe: each page on a telephone, small or not, light and dark, and at a desk; in French
    or English, in turns."""
    against = []
    pages = [
        (route, address)
        for route in PAGES
        if is_page(today.client.get(address := server.root + _address(route, token)))
    ]
    for turn, language in enumerate(("fr", "en")):
        at_once = {"reduced_motion": "reduce"}  # no colour is on its way to another
        with person(browser, server.token(), language=language, **at_once) as page:
            for route, address in pages[turn::2]:
                page.goto(address)
                expect(page.locator("html")).to_have_attribute("lang", language)
                open_all(page)
                for width in (WIDE, USUAL, NARROW):
                    page.set_viewport_size(width)
                    name = f"{route.name} at {width['width']}"
                    if scrolls_sideways(page):
                        against.append(f"{name}: scrolls sideways")
                    against += [f"{name}: {each}" for each in complaints(page)]
                    page.emulate_media(color_scheme="dark")
                    against += [f"{name}, dark: {each}" for each in complaints(page)]
                    page.emulate_media(color_scheme="light")
    assert not against, "\n".join(against)
