"""What whoever hears the page is told, and where their keys lead, in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect
from playwright.sync_api import Page as Tab

from tests.browser import and_wait, person
from tests.desk import HAVRE, NICE, Desk, Y
from tests.webserver import Server, serving


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("heard")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIPOSTAGE_HOME", str(home / "home"))
        desk = Desk.made(home, NICE, HAVRE, Y)
    with serving(home / "home", campaign=desk.folder) as running:
        yield running


@pytest.fixture
def tab(server: Server, browser: Browser) -> Iterator[Tab]:
    with person(browser, server.token(), language="en") as tab:
        yield tab


def at(tab: Tab, step: str) -> None:
    and_wait(tab, tab.locator("header, nav").get_by_role("link", name=step).click)


def heard(tab: Tab, words: str) -> None:
    """In the one live region that there is."""
    expect(tab.locator("#live")).to_have_text(words)
    assert tab.locator("[aria-live], [role=status]:not(.done)").count() == 1


def test_what_is_typed_into_the_search_outlives_the_answers_that_are_still_to_come(
    tab: Tab,
) -> None:
    late: list[Route] = []
    tab.route("**/letter/draft", lambda route: late.append(route))
    at(tab, "Letter")
    with tab.expect_request("**/letter/draft"):
        tab.get_by_role("button", name="Next").press("Enter")
    heard(tab, "To Le Havre, 2 of 3.")
    tab.get_by_role("button", name="Previous").press("Enter")
    heard(tab, "To Nice, 1 of 3.")
    search = tab.get_by_label("A name or a number")
    search.fill("Y")
    with tab.expect_request("**/letter/draft"):  # it is asked again, for there is another letter
        late.pop().continue_()
    expect(tab.locator(".letter-text")).to_contain_text("Havre")
    late.pop().continue_()
    expect(tab.locator(".letter-text")).to_contain_text("Nice")
    expect(search).to_have_value("Y")
    search.press("Enter")
    heard(tab, "To Y, 3 of 3.")


def test_back_finds_a_search_of_the_log_again(tab: Tab) -> None:
    at(tab, "Recipients")
    tab.get_by_label("Search").fill("nice@example.org")  # once: each answer brings other lines
    heard(tab, "1 recipient")
    tab.get_by_text("More filters").click()
    tab.get_by_label("Channel").select_option("email")
    tab.wait_for_url("**channel=email*")
    tab.locator("#lines").get_by_role("link", name="Nice").press("Enter")
    expect(tab.locator("h1")).to_have_text("Nice")
    tab.go_back()
    expect(tab.get_by_label("Search")).to_have_value("nice@example.org")
    expect(tab.get_by_label("Channel")).to_have_value("email")
    expect(tab.locator("#lines tbody tr")).to_have_count(1)


def test_a_summary_leads_to_the_field(tab: Tab, server: Server) -> None:
    tab.get_by_role("link", name="publipostage", exact=True).click()
    tab.get_by_role("link", name="New campaign").click()
    make = tab.get_by_role("button", name="Begin with this letter")
    and_wait(tab, lambda: make.press("Enter"))
    expect(tab.locator("#wrong")).to_be_focused()
    tab.get_by_role("link", name="Choose a file first").press("Enter")
    expect(tab.get_by_label("Your letter: Word")).to_be_focused()


def test_who_types_keeps_the_caret_and_hears_how_many_there_are(tab: Tab) -> None:
    at(tab, "Recipients")
    field = tab.locator("#words")
    field.focus()
    tab.keyboard.type("hav")
    expect(tab.locator("#lines th[scope=row]")).to_have_count(1)
    heard(tab, "1 recipient")
    tab.keyboard.type("re")
    expect(tab.locator("#lines th[scope=row] a")).to_have_text("Le Havre")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.selectionStart") == 5
    expect(tab).to_have_url(re.compile(r"/recipients\?words=havre$"))  # where Back finds it again


def test_a_column_is_changed_and_the_counts_follow(tab: Tab, home: Path) -> None:
    path = home / "mairies.csv"
    path.write_text("Code INSEE;E-mail(s)\n35238;a@example.org\n29019;b@x;\n", "utf-8")
    at(tab, "Recipients")
    tab.get_by_text("Add a file").click()
    tab.set_input_files("#sheet", str(path))
    and_wait(tab, tab.get_by_role("button", name="Read it").click)
    count = tab.locator(".verdict b").first
    expect(count).to_have_text("3")
    tab.locator("#cell-3-1").fill("b@y")
    tab.locator("#columns summary").click()
    column = tab.locator("#column-1")
    column.focus()
    column.select_option("")
    expect(count).to_have_text("2")
    expect(column).to_be_focused()
    expect(tab.locator("#live")).not_to_be_empty()


def test_paper_shows_its_end_by_itself(tab: Tab) -> None:
    at(tab, "Send")
    and_wait(tab, tab.get_by_role("link", name="Open : Paper").click)
    and_wait(tab, tab.get_by_role("button", name="Make the lots").click)
    tab.evaluate("document.body.dataset.same = 'yes'")  # lost where the page is loaded anew
    lot = tab.get_by_role("link", name="Go on with it")
    expect(lot).to_be_visible()
    expect(tab.locator("#live")).to_have_text(re.compile("Made"))
    assert tab.evaluate("document.body.dataset.same") == "yes"


def test_the_tab_key_leads_to_the_content_first(tab: Tab) -> None:
    tab.locator("body").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.locator("main")).to_be_focused()


def test_the_focus_stays_where_the_pages_of_a_letter_come_in(tab: Tab) -> None:
    at(tab, "Letter")
    late: list[Route] = []
    tab.route("**/preview/*/page", lambda route: late.append(route))
    with tab.expect_request("**/preview/*/page"):  # asked for once it is to be seen
        tab.get_by_text("The printed page").click()
    tab.get_by_role("link", name="Show the pages").focus()
    late.pop().continue_()
    expect(tab.locator("img.sheet").first).to_be_visible()
    expect(tab.locator(".pages")).to_be_focused()


def test_a_button_says_that_it_works_and_cannot_be_pressed_twice(tab: Tab) -> None:
    at(tab, "Settings")
    posted = list[str]()
    tab.on("request", lambda request: posted.append(request.url))
    tab.route("**/end", lambda route: route.fulfill(body="Ended", content_type="text/plain"))
    tab.evaluate(
        """() => {  // the page stays, as it does for as long as there is no answer
          const aside = Object.assign(document.createElement("iframe"), { name: "aside" });
          document.body.append(aside);
          document.querySelector(".top form").target = "aside";
        }"""
    )
    button = tab.get_by_role("button", name="End the program")
    button.dblclick()
    heard(tab, "one moment…")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_contain_text("one moment…")
    button.dispatch_event("click")
    expect(tab.frame_locator("[name=aside]").locator("body")).to_have_text("Ended")
    assert len([url for url in posted if url.endswith("/end")]) == 1
