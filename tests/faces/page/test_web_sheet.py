"""Page “List”: a file is handed over, understood, mended, taken and taken back, by plain HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from merge.app.opening import open_campaign
from tests.browser import complaints, person, scrolls_sideways
from tests.desk import HAVRE, HEADER, NICE, Desk, Y
from tests.rooms.recipients.test_workbook import workbook
from tests.servers.capture import CaptureServer
from tests.webserver import Page, Server, serving

pytest_plugins = ["tests.servers.fixtures"]

PATIENCE_MS = 90_000  # to read a file, on a computer that has other things to do
CONTACT = "Code INSEE;Contact;Maire\n35238;r@example.org;Mme Nathalie APPERE\n29019;;Jean DUC\n"


@pytest.fixture
def desk(tmp_path: Path, shared: Server) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def page(shared: Server, desk: Desk) -> Page:
    """The list, still empty."""
    return shared.enter(shared.token(desk.folder)).follow("List")


def hand_over(page: Page, content: str | bytes, name: str = "mairies.csv") -> Page:
    data = content.encode() if isinstance(content, str) else content
    return page.press("Read it", files={"sheet": (name, data)})


def csv(*rows: str, header: str = HEADER) -> str:
    return "\r\n".join([header, *rows, ""])


def recipients(desk: Desk) -> int:
    return int(desk.figures()["recipients"])


def counts(page: Page) -> list[str]:
    (shown,) = page.html.cssselect(".counts")
    return [each.text for each in shown.cssselect("b")]


def test_a_list_is_read_shown_taken_and_taken_back(page: Page, desk: Desk) -> None:
    seen = hand_over(page, csv(NICE, HAVRE, Y))
    assert (seen.status, counts(seen)) == (200, ["2", "1", "0"])
    assert "Nothing is kept yet." in seen.text
    assert "publipostage import mairies.csv" in seen.text
    assert "mairies" not in seen.url + seen.title
    assert recipients(desk) == 0
    taken = seen.press("Take this list")
    assert "The list is taken." in taken.text
    assert counts(taken) == ["3", "2", "1", "0"]
    assert recipients(desk) == 3
    assert "The list is taken." not in taken.client.get(taken.url).text
    undone = taken.press("Undo")
    assert "The last import is undone." in undone.text
    assert recipients(desk) == 0


def test_a_column_is_confirmed_by_taking_the_list(page: Page, desk: Desk) -> None:
    seen = hand_over(page, CONTACT)
    assert "“Contact” is to be confirmed." in seen.text
    assert "to confirm 1 row of 2" in seen.text
    assert "--map email=Contact" in seen.text
    seen.press("Confirm, and take this list")
    assert recipients(desk) == 2
    again = hand_over(seen.client.get(page.url), CONTACT)
    assert "Read as the last file with these columns was." in again.text


def test_a_column_is_chosen_and_the_counts_follow(page: Page) -> None:
    seen = hand_over(page, CONTACT)
    assert counts(seen) == ["1", "0", "1"]
    kept = seen.press("Read the columns so", column_1="")
    assert counts(kept) == ["0", "0", "2"]
    both = kept.press("Read the columns so", column_1="email", column_2="email")
    assert (both.status, both.title.startswith("Error:")) == (422, True)
    assert "both mean “E-mail”" in both.text
    assert both.form("Read the columns so").fields["column-2"] == "email"


def test_a_cell_is_mended_by_typing_or_by_taking_what_is_offered(page: Page, desk: Desk) -> None:
    seen = hand_over(page, "Code INSEE;Courriel\n35238;r@oange.fr\n29019;b@example\n")
    assert counts(seen) == ["1", "0", "1"]
    typed = seen.press("Mend what I typed", cell_3_1="b@example.org")
    assert counts(typed) == ["2", "0", "0"]
    (heading,) = typed.html.cssselect("[autofocus]")
    assert heading.text == "To look at"  # and not the top of the page
    offered = typed.press("Take r@orange.fr")
    assert "taken as “r@orange.fr”" in offered.text
    offered.press("Take this list")
    assert "r@orange.fr" in desk.ok("show", "35238").out
    assert "b@example.org" in desk.ok("show", "29019").out


def test_taking_the_list_mends_first_what_was_typed_and_shows_it(page: Page, desk: Desk) -> None:
    seen = hand_over(page, "Code INSEE;Courriel\n35238;a@example.org\n29019;b@example\n")
    shown = seen.press("Take this list", cell_3_1="b@example.org")
    assert "What you typed is mended; nothing is taken yet." in shown.text
    assert (counts(shown), recipients(desk)) == (["2", "0", "0"], 0)
    shown.press("Take this list")
    assert "b@example.org" in desk.ok("show", "29019").out


def test_a_row_of_a_large_kind_is_found_behind_it(page: Page) -> None:
    rows = "".join(f"99{n:03};\n" for n in range(30))
    seen = hand_over(page, f"Code INSEE;Courriel\n{rows}35238;r@example.org\n")
    more = seen.follow("More of these rows")
    assert "99029" in more.form("Mend what I typed").fields["cell-31-0"]


def test_names_of_people_who_were_written_to_need_a_yes_of_their_own(
    page: Page, desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk.ok("import", str(desk.sheet(NICE)))
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    seen = hand_over(page, csv(NICE.replace("ÇELIK", "MARTIN")))
    refused = seen.press("Take this list")
    assert refused.status == 422
    assert "only taken with a yes" in refused.text
    assert "Çelik" in desk.ok("show", "06088").out
    refused.press("Take this list", names=True)
    assert "Martin" in desk.ok("show", "06088").out


def test_who_may_have_a_letter_already_needs_a_yes_of_its_own(
    tmp_path: Path,
    shared: Server,
    capture_server: CaptureServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "members")
    desk.make(audience="people")
    header, anne = "N° adhérent;Nom;Prénom;E-mail", "MARTIN;Anne;anne@example.org"
    desk.ok("import", str(desk.sheet(f"A7;{anne}", header=header)))
    (desk.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n\nÀ vous.\n")
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    page = shared.enter(shared.token(desk.folder)).follow("List")
    refused = hand_over(page, csv(f"B7;{anne}", header=header)).press("Take this list")
    assert (refused.status, recipients(desk)) == (422, 1)
    assert "only taken with a yes" in refused.text
    assert "2 Anne Martin: perhaps 1" in refused.text
    refused.press("Take this list", names=True)
    assert recipients(desk) == 2


BAD = {
    "nothing.csv": b"",
    "page.csv": b"<html><body>x</body></html>",
    "letter.pdf": b"%PDF-1.4",
    "photo.csv": b"\x89PNG\r\n",
    "header.csv": b"Code INSEE;Commune\n",
    "nobody.csv": b"Qui;Quoi\nx;y\n",
    "twice.csv": b"Commune;Commune\nRennes;Brest\n",
    "quote.csv": b'Commune;Note\nRennes;"x\nBrest;y\n',
    "nul.csv": b"Commune;Note\nRennes;\0\n",
    "two.csv": b"Commune;Mail;Courriel\nRennes;a@x.fr;b@x.fr\n",
    "broken.xlsx": b"PK\x03\x04" + b"x" * 100,
    "commas.csv": b"Code INSEE,Adresse,CP\n" + b"35238,1, rue X,35000\n" * 9,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_the_words_of_the_command_line_and_keeps_nothing(
    page: Page, desk: Desk, name: str
) -> None:
    path = desk.folder.with_name(name)
    path.write_bytes(BAD[name])
    said = desk.run("import", str(path)).err
    seen = hand_over(page, BAD[name], name)
    assert (seen.status, seen.title.startswith("Error:")) == (422, True)
    (told,) = seen.html.cssselect("#wrong li")
    shown = " ".join(told.text_content().split()).removeprefix(f"{name}: ")
    assert shown.split(". ")[0] in " ".join(said.split())
    assert recipients(desk) == 0


def test_a_worksheet_is_chosen_where_the_first_is_no_table(page: Page) -> None:
    notes = [["Liste des mairies"]]
    book = workbook(("Lisez-moi", notes), ("Mairies", [["Code INSEE"], ["35238"]]))
    seen = hand_over(page, book, "mairies.xlsx")
    assert seen.status == 422
    chosen = seen.press("Read it again", worksheet="Mairies")
    assert (chosen.status, counts(chosen)) == (200, ["0", "0", "1"])


def test_a_file_without_headers_shows_its_first_rows(page: Page) -> None:
    seen = hand_over(page, f"{NICE}\r\n{HAVRE}\r\n")
    assert "first rows of the file" in seen.text
    cells = [cell.text_content() for cell in seen.html.xpath("//main//tbody[1]/tr[1]/td")]
    assert cells[:2] == ["06088", "Nice"]


def test_an_import_that_cannot_be_undone_any_more_has_no_button(page: Page, desk: Desk) -> None:
    taken = hand_over(page, csv(NICE, HAVRE)).press("Take this list")
    assert taken.form("Undo") is not None
    desk.ok("print")
    told = taken.client.get(taken.url)
    assert "can no longer be undone" in told.text
    assert "Undo" not in [
        " ".join(each.text_content().split()) for each in told.html.iter("button")
    ]
    desk.ok("print", "--discard", "1", "--yes")
    again = taken.client.get(taken.url)
    assert "The last import is undone." in again.press("Undo").text


def test_what_became_of_the_rows_stands_first_and_beside_the_button(page: Page) -> None:
    rows = ("06088;Anne Ben Ali", "35238;Élodie ÇELIK", "99999;Zoé ROY")
    seen = hand_over(page, csv(*rows, header="Code INSEE;Nom complet"))
    (main,) = seen.html.iter("main")
    told = " ".join(main.text_content().split())
    said = (
        "Rows in the file: 3; taken: 2; left aside: 1. "
        "1: There is no commune with the INSEE code “…”."
    )
    assert told.index(said) < told.index("by e-mail")
    (beside,) = seen.html.cssselect(".next.take")
    assert said in " ".join(beside.text_content().split())
    assert "Names not understood: 1" in beside.text_content()
    assert beside.cssselect("a")[0].get("href") == "#problems"


def test_rows_that_were_left_out_are_named_on_today_and_on_the_list(page: Page, desk: Desk) -> None:
    hand_over(page, csv(NICE, ";Nowhere;M;X;Y;x@example.org;;;")).press("Take this list")
    today = page.follow("Today")
    assert "1 row of the list was left out." in today.text
    told = today.follow("See which").text
    assert (
        "Row 3: “…” has no INSEE code, and no département and name that tell which one it is."
        in told
    )
    assert "Nowhere" not in told


def test_one_recipient_is_added_by_hand_as_a_list_of_one_row(page: Page, desk: Desk) -> None:
    hand_over(page, csv(NICE)).press("Take this list")
    empty = page.client.get(page.url).press("Look at it")
    assert (empty.status, recipients(desk)) == (422, 1)
    shown = empty.press("Look at it", insee="80829", surname="Martin", email="y@example.org")
    assert counts(shown)[0] == "2"  # with who is there already
    shown.press("Take this list")
    assert recipients(desk) == 2


def test_the_row_of_the_headers_is_a_number(page: Page) -> None:
    seen = hand_over(page, "x;y\nCode INSEE;Mél\n35238;a@example.org\n")
    wrong = seen.press("Read it again", header_row="deux")
    assert wrong.status == 422
    assert "The number of a row" in wrong.text
    assert "headers in row 2" in wrong.press("Read it again", header_row="2").text


def test_no_file_is_told_beside_the_field(page: Page) -> None:
    seen = page.press("Read it")
    assert (seen.status, "Choose a file first." in seen.text) == (422, True)


def test_a_disk_that_is_full_while_a_large_file_comes_in_is_told_on_a_page(tmp_path: Path) -> None:
    desk = Desk.made(tmp_path)
    room = tmp_path / "room"
    room.mkdir()
    with serving(campaign=desk.folder, environ={"TMPDIR": str(room)}) as server:
        page = server.enter().follow("List")
        large = CONTACT + f"29019;;{'X ' * 2000}Y\n" * 400  # few rows: quick to read
        hand_over(page, large).press("Put the file away")
        room.rename(tmp_path / "gone")  # the system's folder takes nothing any more
        failed = hand_over(page, large)
        assert failed.status == 500
        assert "It was not done" in failed.text
        assert "The system refuses: there is no such file or folder." in failed.text
        assert hand_over(failed.client.get(page.url), CONTACT).status == 200


def test_a_file_that_is_put_away_is_gone(page: Page) -> None:
    seen = hand_over(page, CONTACT)
    gone = seen.press("Put the file away")
    assert "mairies.csv" not in gone.text
    assert gone.client.get(seen.url).status == 410


def test_a_list_imported_meanwhile_lets_the_file_be_looked_at_again(page: Page, desk: Desk) -> None:
    shown = hand_over(page, CONTACT)
    header, *rows = CONTACT.splitlines()
    desk.ok("import", str(desk.sheet(*rows, header=header)), "--keep", "Contact")
    late = shown.press("Confirm, and take this list")
    assert "Something has changed since this page was shown" in late.text
    assert desk.figures()["email"]["queued"] == 0


def test_a_second_tab_overwrites_nothing_unseen(page: Page, desk: Desk) -> None:
    first = hand_over(page, CONTACT)
    second = first.client.get(first.url)
    first.press("Read the columns so", column_1="")
    late = second.press("Read the columns so", column_2="")
    assert "Something has changed since this page was shown" in late.text
    assert late.form("Read the columns so").fields["column-1"] == ""
    assert "Something has changed" in second.press("Confirm, and take this list").text
    assert recipients(desk) == 0


def test_a_campaign_that_another_command_holds_is_told_and_the_file_waits(
    page: Page, desk: Desk
) -> None:
    with open_campaign(desk.folder, access="share", command="send"):
        busy = hand_over(page, CONTACT)
    assert (busy.status, "send" in busy.text) == (409, True)
    again = busy.client.get(page.url).follow("mairies.csv")
    assert counts(again) == ["1", "0", "1"]


def test_several_files_wait_and_are_taken_one_after_the_other(page: Page, desk: Desk) -> None:
    files = {"sheet": ("a.csv", csv(NICE).encode())}
    page.press("Read it", files=files)
    seen = page.client.get(page.url)
    hand_over(seen, csv(Y), "b.csv")
    both = page.client.get(page.url)
    assert "a.csv" in both.text
    left = both.follow("b.csv").press("Take this list")
    assert ("a.csv" in left.text, recipients(desk)) == (True, 1)


def test_a_cell_with_markup_is_text(page: Page) -> None:
    seen = hand_over(page, "Code INSEE;<b>x</b>\n35238;<script>alert(1)</script>\n")
    assert not [each for each in seen.html.iter("script") if "alert" in (each.text or "")]
    assert "<script>alert(1)</script>" in seen.text


def test_a_person_chooses_a_file_and_changes_a_column_in_the_browser(
    shared: Server, browser: Browser, desk: Desk
) -> None:
    path = desk.folder.with_name("mairies.csv")
    path.write_bytes(
        "Code INSEE;E-mail(s);Autre\n35238;a@example.org;Orléans\n29019;b@x;\n".encode("cp1252")
    )
    with person(browser, shared.token(desk.folder)) as page:
        page.set_default_timeout(PATIENCE_MS)
        page.get_by_role("navigation").get_by_role("link", name="La liste").click()
        assert not complaints(page)
        page.set_input_files("#sheet", str(path))
        page.get_by_role("button", name="Le lire").click()
        expect(page.locator("h1")).to_have_text(
            "Que contient votre fichier\u202f?", timeout=PATIENCE_MS
        )
        assert not complaints(page)
        expect(page.locator(".counts b").first).to_have_text("1")
        page.locator("#column-1").focus()
        page.locator("#column-1").select_option("")
        expect(page.locator(".counts b").first).to_have_text("0", timeout=PATIENCE_MS)
        expect(page.locator("#column-1")).to_be_focused()
        expect(page.locator("#live")).to_contain_text("0 par courriel")
        page.locator("#column-1").select_option("email")
        expect(page.locator(".counts b").first).to_have_text("1", timeout=PATIENCE_MS)
        page.locator("#cell-3-1").fill("b@y")
        page.locator("#column-2").select_option("locality")
        expect(page.locator("#column-2-why")).to_contain_text("dit", timeout=PATIENCE_MS)
        expect(page.locator("#cell-3-1")).to_have_value("b@y")  # it went along
        page.locator("#cell-3-1").fill("b@example.org")
        page.get_by_role("button", name="Corriger comme").click()
        expect(page.locator(".counts b").first).to_have_text("2", timeout=PATIENCE_MS)
        expect(page.locator("#problems")).to_be_focused()
        page.set_viewport_size({"width": 320, "height": 700})
        assert not scrolls_sideways(page)
        assert not complaints(page)
