"""The page of settings: all of campaign.toml as forms, and the file itself."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from merge.settings import FIELDS, load
from merge.web.pages import settings as page_of_settings
from tests.browser import complaints, person
from tests.desk import Desk
from tests.faces.page.test_web_new import reasons
from tests.rooms.letters.test_letterhead import LOGO
from tests.webserver import Page, Server, serving


@pytest.fixture
def desk(tmp_path: Path, shared: Server) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def page(shared: Server, desk: Desk) -> Page:
    return shared.enter(shared.token(desk.folder)).follow("Settings")


def text_of(desk: Desk) -> str:
    return (desk.folder / "campaign.toml").read_text("utf-8")


def changed(page: Page, **fields: str) -> Page:
    return page.press(
        "Keep the changes",
        None,
        **{name.replace("__", "."): value for name, value in fields.items()},
    )


def test_every_setting_is_a_field_with_a_name_for_people(page: Page) -> None:
    assert len({*page_of_settings.LABELS.values()}) == len(FIELDS), (
        "a name says which of two fields is meant"
    )
    form = page.form("Keep the changes")
    assert set(FIELDS) <= set(form.fields.keys())
    assert set(page_of_settings.LABELS) == set(FIELDS)
    assert form.fields["paper.per_lot"] == "250"
    assert "Europe/Paris" in page.text


def test_a_form_sent_as_it_is_changes_nothing(desk: Desk, page: Page) -> None:
    before = text_of(desk)
    assert "It is written." in changed(page).text
    assert text_of(desk) == before


def test_what_is_changed_is_written_and_comments_stay(desk: Desk, page: Page) -> None:
    before = text_of(desk).splitlines()
    page = changed(
        page,
        sender__signature="Anne\r\nBob",
        letter__date="21/03/2026",
        letter__attach_pdf="true",
        select__departments="35, 2A",
        select__population="2000-",
        paper__per_lot="100",
        paper__window__own="{ left = 100, top = 55, width = 90, height = 24 }",
    )
    assert page.status == 200, reasons(page)
    settings = load(desk.folder)
    assert settings.sender.signature == ("Anne", "Bob")
    assert settings.select.departments == ("35", "2A")
    assert (settings.letter.attach_pdf, settings.paper.per_lot) == (True, 100)
    assert settings.paper.envelope.left_mm == 100
    comments = [line for line in before if line.startswith("#")]
    assert [line for line in text_of(desk).splitlines() if line.startswith("#")] == comments
    assert changed(page, paper__window="din", paper__window__own="").status == 200
    assert load(desk.folder).paper.window == "din"


def test_each_wrong_field_says_why_and_keeps_what_was_typed(desk: Desk, page: Page) -> None:
    before = text_of(desk)
    page = changed(page, letter__date="hier", paper__per_lot="0", account__hours="tôt")
    assert (page.status, page.title[:6]) == (422, "Error:")
    assert set(reasons(page)) == {"letter.date", "paper.per_lot", "account.hours"}
    summary = [each.text_content() for each in page.html.xpath("//*[@id='wrong']//a")]
    assert {each.partition(": ")[0] for each in summary} == {
        "Date of the letter",
        "Letters in a lot, at most",
        "At which hours",
    }
    assert page.form("Keep the changes").fields["letter.date"] == "hier"
    page = changed(page, letter__date="", account__hours="", paper__per_lot="9")
    assert page.status == 200
    window = "{ left = 100, top = 55, width = 90 }"
    assert set(reasons(changed(page, paper__window__own=window))) == {"paper.window"}
    assert text_of(desk).replace("per_lot = 9", "per_lot = 250") == before


def test_a_file_that_an_editor_has_changed_is_not_overwritten_and_both_are_shown(
    desk: Desk, page: Page
) -> None:
    toml = desk.folder / "campaign.toml"
    toml.write_text(text_of(desk).replace("per_lot = 250", "per_lot = 77"), "utf-8")
    theirs = text_of(desk)
    page = changed(page, paper__per_lot="99")
    assert (page.status, list(reasons(page))) == (409, ["changed"])
    assert "The file says now: 77" in page.text
    assert page.form("Keep the changes").fields["paper.per_lot"] == "99"
    assert text_of(desk) == theirs
    assert changed(page).status == 200  # with both before one's eyes
    assert load(desk.folder).paper.per_lot == 99


def test_a_broken_file_is_shown_with_its_row_and_mended_in_the_page(desk: Desk, page: Page) -> None:
    right = text_of(desk)
    (desk.folder / "campaign.toml").write_text(right + "[nonsense\n", "utf-8")
    page = page.client.get(page.url)
    assert f"line {right.count(chr(10)) + 1}" in page.text
    page = page.press("Write the file so", text=right + "[again\n")
    assert (page.status, list(reasons(page))) == (422, ["text"])
    assert "[again" in page.form("Write the file so").fields["text"]
    assert page.press("Write the file so", text=right).status == 200
    assert text_of(desk) == right


def test_a_disk_that_takes_nothing_is_told_and_the_form_keeps_what_was_typed(
    tmp_path: Path,
) -> None:
    """A limit on the size of files stands for the full disk: the server cannot write any more."""
    desk = Desk.made(tmp_path)
    before = text_of(desk)
    with serving(campaign=desk.folder) as server:
        page = server.enter().follow("Settings")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100, 100))
        page = changed(page, paper__per_lot="99")
        assert (page.status, page.form("Keep the changes").fields["paper.per_lot"]) == (422, "99")
        assert list(page.html.xpath("//div[@id='wrong']//li")) != []
        page = page.press("Write the file so", text=before + "# mine\n")
        assert (page.status, list(reasons(page))) == (422, ["text"])
        assert text_of(desk) == before


def test_a_form_posted_twice_does_nothing_the_second_time(desk: Desk, page: Page) -> None:
    changed(page, paper__per_lot="99")
    toml = desk.folder / "campaign.toml"
    toml.write_text(text_of(desk).replace("per_lot = 99", "per_lot = 77"), "utf-8")
    assert changed(page, paper__per_lot="99").status == 200
    assert load(desk.folder).paper.per_lot == 77


def test_a_field_says_at_once_what_is_wrong_with_it(
    shared: Server, desk: Desk, browser: Browser
) -> None:
    with person(browser, shared.token(desk.folder), language="en") as page:
        page.get_by_role("navigation").get_by_role("link", name="Settings").click()
        page.wait_for_load_state()
        page.get_by_label("Date of the letter").fill("hier")
        page.keyboard.press("Tab")
        expect(page.locator("[id='letter.date-said']")).to_contain_text("does not fit here")
        expect(page.locator("#live")).to_contain_text("does not fit here")
        expect(page.get_by_label("A woman who is mayor is")).to_be_focused()
        assert complaints(page) == []


def test_a_logo_is_put_into_the_folder_and_named(desk: Desk, page: Page) -> None:
    bad = page.press("Put it in", files={"logo": ("x.png", b"no picture")})
    assert bad.status == 422
    assert "is no whole PNG or JPEG picture" in bad.text
    assert "Choose a file first." in bad.press("Put it in").text
    done = page.follow("Settings").press("Put it in", files={"logo": ("mon logo.gif", LOGO)})
    assert done.status == 200, reasons(done)
    assert load(desk.folder).letterhead.logo == "mon logo.png"
    assert (desk.folder / "mon logo.png").read_bytes() == LOGO
