"""Keeping on the page: the suppression list, copies, handing over, taking up, erasing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser

from merge.app.opening import open_campaign
from tests.browser import complaints, person, scrolls_sideways
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies
from tests.webserver import Page, serving


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


@pytest.fixture
def keeping(desk: Desk) -> Iterator[Page]:
    with serving(campaign=desk.folder) as server:
        yield server.enter().follow("Keeping")


def test_somebody_is_put_on_the_list_found_there_and_taken_off(desk: Desk, keeping: Page) -> None:
    wrong = keeping.press("Put on the list", whom="Atlantide")
    assert (wrong.status, wrong.form("Put on").fields["whom"]) == (422, "Atlantide")
    wrong = wrong.press("Put on the list", reason="asked by phone")
    assert (wrong.status, "Atlantide" in wrong.text, "Error:" in wrong.title) == (422, True, True)
    kept = wrong.press("Put on the list", whom="Le Havre")
    assert "It is on the list" in kept.text
    assert desk.figures()["paper"]["suppressed"] == 1
    assert "asked by phone" not in kept.press("Search", search="Nice").text
    found = kept.press("Search", search="phone")
    assert "asked by phone" in found.text
    assert "76351" in found.html.find(".//table").text_content()
    found = found.press("Take off the list")
    assert found.status == 422
    assert desk.figures()["paper"]["suppressed"] == 1
    assert "It is off the list" in found.press("Take off the list", why="a mistake").text
    assert desk.figures()["paper"]["suppressed"] == 0


def test_lines_and_files_have_buttons_that_are_told_apart(keeping: Page) -> None:
    kept = keeping
    for town in ("Le Havre", "Nice"):
        kept = kept.press("Put on the list", whom=town, reason="asked by phone")
        kept.follow("Download the list")
    shown = kept.follow("Keeping")
    names = [each.text_content() for each in shown.html.iter("button")]
    assert sum("Take off the list" in each for each in names) == 2
    assert sum("I have deleted it" in each for each in names) == 2
    assert shown.of_one_name == set()


def test_who_is_not_to_be_written_to_is_not_lost_while_a_job_is_at_work(
    desk: Desk, keeping: Page
) -> None:
    with open_campaign(desk.folder, access="exclusive", command="send"):
        busy = keeping.press("Put on the list", whom="Le Havre", reason="asked by phone")
    assert (busy.status, "send" in busy.html.get_element_by_id("wrong").text_content()) == (
        422,
        True,
    )
    fields = busy.form("Put on").fields
    assert (fields["whom"], fields["reason"]) == ("Le Havre", "asked by phone")


def test_why_somebody_is_taken_off_the_list_is_not_lost_while_a_job_is_at_work(
    desk: Desk, keeping: Page
) -> None:
    kept = keeping.press("Put on the list", whom="Le Havre", reason="asked by phone")
    with open_campaign(desk.folder, access="exclusive", command="send"):
        busy = kept.press("Take off the list", why="a mistake")
    assert (busy.status, "send" in busy.html.get_element_by_id("wrong").text_content()) == (
        422,
        True,
    )
    assert "It is off the list" in busy.press("Take off the list").text


def test_a_whole_domain_is_asked_about(desk: Desk, keeping: Page) -> None:
    asked = keeping.press("Put on the list", whom="@example.org", reason="asked")
    assert (asked.status, "2 recipients of this campaign" in asked.text) == (422, True)
    assert desk.figures()["email"]["suppressed"] == 0
    asked.press("Put on the list", domain=True)
    assert desk.figures()["email"]["suppressed"] == 2


def test_a_backup_is_downloaded_and_named_before_the_erasure(desk: Desk, keeping: Page) -> None:
    saved = keeping.press("Make a backup")
    first = saved.follow("Download campaign-")
    assert "ledger.db" in ZipFile(io.BytesIO(first.answer.content)).namelist()
    assert first.answer.headers["content-disposition"] == "attachment"
    assert len(list(desk.folder.glob("outbox/backup/*.zip"))) == 1
    erase = saved.follow("See what would be erased")
    assert "3 letters have not left yet: they will not leave any more." in erase.text
    desk.ok("print", "--all")
    desk.ok("print", "--posted", "1")
    erase = erase.client.get(erase.url)
    assert "campaign-" in erase.text
    assert "Downloaded, or written elsewhere" in erase.text
    assert "campaign-" in desk.ok("purge").err
    assert "still holds this recipient" not in erase.text
    one = erase.press("See what would be erased", who="Le Havre")
    assert "still holds this recipient: outbox/backup/campaign-" in one.text
    wrong = erase.press("Erase it", typed_name="another")
    assert (wrong.status, "Étienne" in desk.ok("show", "Nice").out) == (422, True)
    done = wrong.press("Erase it", typed_name="campaign")
    assert "Erased." in done.text
    assert "Étienne" not in desk.ok("show", "Nice").out
    gone = done.press("I have deleted it")
    assert "Downloaded, or written elsewhere" not in gone.client.get(done.url).text


@pytest.mark.parametrize("name", ["..%2Fledger.db", "ledger.db", "%2e%2e", "x.zip"])
def test_no_other_file_is_downloaded(keeping: Page, name: str) -> None:
    assert keeping.client.get(f"{keeping.url}/backup/{name}").status == 404


def test_a_campaign_is_closed_and_adopted_by_another_user(
    desk: Desk, keeping: Page, tmp_path: Path
) -> None:
    desk.ok("suppress", "Nice", "--reason", "asked by phone")
    wrong = keeping.press("Close it here", typed_name="x")
    assert (wrong.status, desk.run("print").code) == (422, 0)
    over = wrong.press("Close it here", typed_name="campaign")
    assert "This campaign goes on elsewhere" in over.text
    assert "Take it over" not in over.text
    assert desk.run("print").code == 3
    paper = keeping.client.get(keeping.url.replace("keeping", "paper"))
    assert paper.press("Make the lots").status == 422
    packed = over.follow("Download campaign-").answer.content
    with ZipFile(whole := io.BytesIO(packed), "a") as more:
        more.writestr("run.bat", b"x")
    home = tmp_path / "home of another"
    with serving(home, environ={"HOME": str(home)}) as server:
        up = server.enter().follow("Take up a campaign")
        up = up.press("Unpack it")
        assert up.status == 422
        bad = up.press("Unpack it", folder="theirs", files={"zip": ("x.zip", b"PK no")})
        assert (bad.status, (home / "theirs").exists()) == (422, False)
        taken = bad.press("Unpack it", files={"zip": ("c.zip", whole.getvalue())})
        assert "Take it over" in taken.text
        assert "Left out, for no campaign has such files: run.bat." in taken.text
        assert "1 line comes with it" in taken.text
        taken = taken.press("Take it over")
        assert taken.status == 422
        done = taken.press("Take it over", agree=True)
        assert "The campaign goes on from here" in done.text
        assert "(erased; still kept)" in done.text
    os.environ["PUBLIPOSTAGE_HOME"], before = str(home), os.environ["PUBLIPOSTAGE_HOME"]
    try:
        Desk(home / "theirs").ok("print")
    finally:
        os.environ["PUBLIPOSTAGE_HOME"] = before


def test_keeping_looks_right_to_axe_narrow_and_wide(desk: Desk, browser: Browser) -> None:
    desk.ok("suppress", "Nice", "--reason", "asked by phone")
    with serving(campaign=desk.folder) as server, person(browser, server.start) as page:
        page.get_by_role("link", name="Conserver").click()
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert complaints(page) == []
            assert not scrolls_sideways(page)
        page.get_by_role("link", name="Voir ce qui serait effacé").click()
        assert complaints(page) == []


def test_the_list_is_downloaded_and_taken_from_a_file(desk: Desk, keeping: Page) -> None:
    desk.ok("suppress", "Nice", "--reason", "asked by phone")
    listed = keeping.client.get(keeping.url).follow("Download the list").answer
    assert b"asked by phone" in listed.content
    bad = keeping.press("See what it would add", files={"list": ("x.csv", b"a;b\r\n1;2\r\n")})
    assert (bad.status, "The columns are" in bad.text) == (422, True)
    rows = listed.content.replace(b"06088", b"76351")
    asked = bad.press("See what it would add", files={"list": ("list.csv", rows)})
    assert "1 line is new" in asked.text
    assert desk.figures()["paper"]["suppressed"] == 0
    assert "The lines are on the list" in asked.press("Put on the list").text
    assert desk.figures()["paper"]["suppressed"] == 1


def test_a_closing_that_was_killed_is_gone_on_with_on_the_page(desk: Desk, keeping: Page) -> None:
    file = desk.folder / "outbox/backup/campaign-1.zip"
    file.parent.mkdir(parents=True)
    dies(desk, "merge.ledger.backup:_fill", "before", "backup", "--close", str(file), "--yes")
    seen = keeping.client.get(keeping.url).press("Close it here", typed_name="campaign")
    packed = seen.follow("Download campaign-").answer.content
    assert "ledger.db" in ZipFile(io.BytesIO(packed)).namelist()
    assert desk.run("print").code == 3
