"""Paper on the page: lots are made as jobs, downloaded, printed, posted, given back."""

from __future__ import annotations

import os
import re
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, expect

from merge.app.following import last_printing
from merge.app.opening import now, open_campaign, users_accounts
from merge.app.status import look
from merge.job import JobState
from tests.browser import complaints, person, scrolls_sideways
from tests.desk import HAVRE, NICE, Desk, Y
from tests.rooms.paper.test_without_pango import WITHOUT_WEASYPRINT
from tests.webserver import Page, Server, serving

pytest_plugins = ["tests.servers.fixtures"]

DINAN = "22050;Dinan;F;Élise;MARTIN;;1 rue Haute;22100;Dinan"


@pytest.fixture
def desk(tmp_path: Path, shared: Server) -> Desk:
    """Two recipients on paper, two by e-mail."""
    return Desk.made(tmp_path, NICE, HAVRE, Y, DINAN)


@pytest.fixture
def paper(shared: Server, desk: Desk) -> Page:
    return shared.enter(shared.token(desk.folder)).follow("Paper")


@pytest.fixture
def alone(tmp_path: Path) -> Desk:
    """The same, for a server of its own."""
    return Desk.made(tmp_path, NICE, HAVRE, Y, DINAN)


def once_done(page: Page) -> Page:
    """The page of paper when the job is over."""
    while "Closing this page stops nothing" in page.text:
        page = page.follow("Look again")
    return page


def lot_of(desk: Desk, status: str) -> int:
    return int(desk.figures()["paper"][status])


def test_lots_are_made_downloaded_printed_and_posted(desk: Desk, paper: Page) -> None:
    assert "2 letters wait for paper" in paper.text
    made = once_done(paper.press("Make the lots"))
    assert "Made: lot 1." in made.text
    lot = made.follow("Go on with it")
    assert "Lot 1" in lot.title
    pdf = lot.follow("Download the PDF").answer
    assert pdf.content == (desk.folder / "outbox/lots/lot-0001.pdf").read_bytes()
    assert pdf.headers["content-disposition"] == 'attachment; filename="lot-0001.pdf"'
    assert pdf.headers["x-content-type-options"] == "nosniff"
    assert pdf.headers["content-security-policy"].startswith("sandbox")
    lot = lot.press("All sheets are there")
    assert (lot_of(desk, "printed"), lot.status) == (2, 200)
    asked = lot.press("This lot is in the post")
    assert (asked.status, lot_of(desk, "posted")) == (422, 0)
    assert "This cannot be taken back" in asked.text
    lot = asked.press("This lot is in the post", sure=True)
    assert lot_of(desk, "posted") == 2
    assert "Posted " in lot.text


def test_what_was_taken_out_by_hand_is_not_lost_while_a_job_is_at_work(
    desk: Desk, paper: Page
) -> None:
    lot = once_done(paper.press("Make the lots")).follow("Go on with it")
    with open_campaign(desk.folder, access="exclusive", command="send"):
        busy = lot.press("This lot is in the post", others="Dinan", sure=True)
    assert (busy.status, "send" in busy.html.get_element_by_id("wrong").text_content()) == (
        422,
        True,
    )
    assert busy.form("This lot is in the post").fields["others"].strip() == "Dinan"
    assert lot_of(desk, "posted") == 0


def test_a_download_is_remembered_for_the_erasure(desk: Desk, paper: Page) -> None:
    once_done(paper.press("Make the lots")).follow("Go on with it").follow("Download the PDF")
    with closing(users_accounts()) as accounts:
        (noted,) = accounts.exports.of(campaign_id(desk))
    assert (noted.kind, noted.name) == ("lot", "lot-0001.pdf")


def campaign_id(desk: Desk) -> str:
    with open_campaign(desk.folder, access="read", command="status") as campaign:
        return campaign.ledger.campaign_id


def test_an_envelope_that_was_taken_out_waits_again(alone: Desk) -> None:
    with serving(campaign=alone.folder) as server:  # never again is for all campaigns
        paper = server.enter().follow("Paper")
        once_done(paper.press("Make the lots"))
        alone.ok("suppress", "Dinan", "--reason", "asked")
        lot = paper.client.get(paper.url).follow("Go on with it")
        wrong = lot.press("This lot is in the post", others="Nowhere", sure=True)
        assert (wrong.status, "Nowhere" in wrong.text, wrong.title[:6]) == (422, True, "Error:")
        assert lot_of(alone, "posted") == 0
        taken_out: dict[str, Any] = {"except": True, "others": ""}
        wrong.press("This lot is in the post", **taken_out)
        assert (lot_of(alone, "posted"), lot_of(alone, "suppressed")) == (1, 1)


def test_a_lot_is_given_back_only_with_its_box_ticked(desk: Desk, paper: Page) -> None:
    lot = once_done(paper.press("Make the lots")).follow("Go on with it")
    refused = lot.press("Give this lot back")
    assert (refused.status, lot_of(desk, "made")) == (422, 2)
    assert refused.html.get_element_by_id("discard-lot").get("aria-invalid") == "true"
    given = refused.press("Give this lot back", discard_lot=True)
    assert "This lot was given back" in given.text
    assert lot_of(desk, "queued") == 2


def test_letters_of_a_lot_are_made_again(desk: Desk, paper: Page) -> None:
    lot = once_done(paper.press("Make the lots")).follow("Go on with it")
    wrong = lot.press("Make a PDF", first="2", last="7")
    assert (wrong.status, wrong.form("Make a PDF").fields["last"]) == (422, "7")
    lot = wrong.press("Make a PDF", first="2", last="2")
    part = lot.follow("Letters 2 to 2").answer
    assert part.content.startswith(b"%PDF")
    lot.press("This lot is in the post", sure=True)
    again = lot.client.get(lot.url).press("Make a PDF", first="1", last="1")
    assert (again.status, "arrive twice" in again.text) == (422, True)


def test_a_letter_is_made_again_by_its_commune(paper: Page) -> None:
    lot = once_done(paper.press("Make the lots")).follow("Go on with it")
    wrong = lot.press("Make a PDF", first="Rennes")
    assert (wrong.status, "“Rennes” is not one letter" in wrong.text) == (422, True)
    assert wrong.html.get_element_by_id("first").get("aria-invalid") == "true"
    assert wrong.form("Make a PDF").fields["first"] == "Rennes"
    backwards = wrong.press("Make a PDF", first="Le Havre", last="1")
    assert (backwards.status, "“2 … 1” is not one letter" in backwards.text) == (422, True)
    again = backwards.press("Make a PDF", first="Le Havre", last="2/2")
    assert again.follow("Letters 2 to 2").answer.content.startswith(b"%PDF")


def test_each_letter_of_a_lot_is_a_file_in_a_zip(desk: Desk, paper: Page) -> None:
    lot = once_done(paper.press("Make the lots")).follow("Go on with it")
    assert lot.client.get(f"{lot.url}/letters.zip").status == 409
    lot = lot.press("Make the files")
    zipped = lot.follow("Download the letters").answer
    assert zipped.headers["content-type"] == "application/zip"
    names = ["lot-01-001-dinan-22050.pdf", "lot-01-002-le-havre-76351.pdf"]
    with ZipFile(BytesIO(zipped.content)) as files:
        assert files.namelist() == names
    with closing(users_accounts()) as accounts:
        noted = {each.name for each in accounts.exports.of(campaign_id(desk))}
    assert "lot-0001.zip" in noted


def test_letters_of_a_lot_that_somebody_touched_are_not_made_into_files(
    desk: Desk, paper: Page
) -> None:
    lot = once_done(paper.press("Make the lots")).follow("Go on with it")
    with (desk.folder / "outbox/lots/lot-0001.pdf").open("ab") as file:
        file.write(b"\n")
    refused = lot.press("Make the files")
    assert (refused.status, "not in its place as it was made" in refused.text) == (422, True)
    assert not (desk.folder / "outbox/lots/lot-0001.zip").exists()


def test_a_letter_changed_after_the_first_lot_is_asked_about(desk: Desk, paper: Page) -> None:
    once_done(paper.press("Make the lots")).follow("Go on with it").press(
        "This lot is in the post", sure=True
    )
    letter = desk.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nOne line more.\n", "utf-8")
    asked = paper.client.get(paper.url).press("Make the lots", all=True)
    assert (asked.status, "changed" in asked.text) == (422, True)
    letter.write_text(letter.read_text("utf-8") + "\nAnd one that nobody has agreed to.\n", "utf-8")
    again = asked.press("Make the lots", accept_edit=True)
    assert (again.status, "changed" in again.text) == (422, True)
    made = once_done(again.press("Make the lots", accept_edit=True))
    assert "Made: lot 2." in made.text
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        (agreed,) = next(campaign.ledger.commands.latest("print")).consents
    assert (agreed.code, list(agreed.facts["versions"])) == ("letter-changed", ["1"])


def test_the_test_sheet_is_made_and_downloaded(paper: Page) -> None:
    assert paper.client.get(paper.url + "/sheet.pdf").status == 404
    sheet = paper.press("Make a test sheet").follow("Download the test sheet")
    assert sheet.answer.content.startswith(b"%PDF")


def test_what_is_not_there_is_told(desk: Desk, paper: Page) -> None:
    assert paper.client.get(paper.url + "/7").status == 422
    assert paper.client.get(paper.url + "/7/lot.pdf").status == 422
    once_done(paper.press("Make the lots"))
    (desk.folder / "outbox/lots/lot-0001.pdf").unlink()
    gone = paper.client.get(paper.url + "/1/lot.pdf")
    assert (gone.status, "lot-0001.pdf" in gone.text) == (409, True)
    assert "no longer in the campaign's folder" in paper.client.get(paper.url + "/1").text


@pytest.mark.parametrize("target", ["outbox/lots", "outbox/lots/lot-0001.pdf"])
def test_nothing_is_served_through_a_link(desk: Desk, paper: Page, target: str) -> None:
    once_done(paper.press("Make the lots"))
    at = desk.folder / target
    moved = desk.folder.with_name("elsewhere")
    at.rename(moved)
    at.symlink_to(moved)
    refused = paper.client.get(paper.url + "/1/lot.pdf")
    assert (refused.status, b"%PDF" in refused.answer.content) == (409, False)


@pytest.mark.parametrize(
    "path", ["/1/letters/0-1.pdf", "/1/letters/..%2F1-2.pdf", "/1/letters/1-2.pdf/..", "/-1"]
)
def test_no_other_file_can_be_asked_for(paper: Page, path: str) -> None:
    assert paper.client.get(paper.url + path).status in (404, 409, 422)


def last_state(desk: Desk) -> JobState:
    seen = last_printing(desk.folder)
    assert seen is not None
    return seen.record.state


def test_a_server_that_is_killed_stops_no_printing(alone: Desk) -> None:
    with serving(campaign=alone.folder) as server:
        server.enter().follow("Paper").press("Make the lots")
        server.process.kill()
        server.process.wait(30)
        while (state := last_state(alone)) is not JobState.ENDED:
            assert state is JobState.RUNNING
    assert lot_of(alone, "made") == 2
    assert [lot.number for lot in look(alone.folder, now()).lots] == [1]


def test_paper_looks_right_to_axe_and_shows_the_end_by_itself(
    shared: Server, desk: Desk, browser: Browser
) -> None:
    with person(browser, shared.token(desk.folder)) as page:
        page.get_by_role("link", name="Papier").click()
        assert complaints(page) == []
        page.get_by_role("button", name="Composer les lots").click()
        expect(page.get_by_text("Fermer cette page n’arrête rien")).to_be_visible()
        page.evaluate("document.body.dataset.same = 'yes'")  # lost where the page is loaded anew
        lot = page.get_by_role("link", name="Lot 1", exact=True)
        expect(lot).to_be_visible(timeout=60_000)
        expect(page.locator("#live")).to_have_text(re.compile("Composé"))
        assert page.evaluate("document.body.dataset.same") == "yes"
        lot.click()
        assert complaints(page) == []
        page.set_viewport_size({"width": 320, "height": 700})
        assert not scrolls_sideways(page)
        page.get_by_role("button", name="Rendre ce lot").click()
        expect(page.locator("#wrong")).to_be_focused()


def test_without_pango_paper_says_what_to_install_and_e_mail_goes_on(
    alone: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "instead").mkdir()
    (tmp_path / "instead" / "weasyprint.py").write_text(WITHOUT_WEASYPRINT, encoding="utf-8")
    paths = [str(tmp_path / "instead"), os.environ["PYTHONPATH"]]
    with serving(campaign=alone.folder, environ={"PYTHONPATH": os.pathsep.join(paths)}) as server:
        page = server.enter().follow("Paper")
        assert "Only paper needs it: e-mail goes on without." in page.text
        assert "libpango" in page.text
        (button,) = (each for each in page.html.iter("button") if "Make the lots" in each.text)
        assert button.get("disabled") is not None


def test_a_refusal_links_to_the_page_of_what_to_do(desk: Desk, paper: Page) -> None:
    made = once_done(paper.press("Make the lots")).follow("Go on with it")
    desk.ok("backup", "--close", str(desk.folder.parent / "campaign.zip"), "--yes")
    refused = made.press("This lot is in the post", sure=True)
    assert (refused.status, "was closed here" in refused.text) == (409, True)
    (link,) = refused.html.xpath("//main//a")
    assert link.text_content() == "Keeping"
