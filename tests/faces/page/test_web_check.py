"""Check and test: what is at fault and to whom, a letter to oneself, what nobody has looked at."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app.opening import now
from merge.app.running import Clock
from merge.errors import Busy
from merge.web.jobs import Jobs
from merge.web.memory import Checks
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages
from tests.servers.capture import CaptureServer
from tests.servers.faults import FaultServer
from tests.webserver import Page, Server, serving

pytest_plugins = ["tests.servers.fixtures"]

LETTER = (
    "---\nsubject: Essai\n---\n\nMonsieur le Maire,\n\n"
    "Malgrés tout, vous êtes {{ sexe }} et la ville de Nice le fait.\n"
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    (desk.folder / "letter.md").write_text(LETTER, encoding="utf-8")
    return desk


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    need_pages()
    with serving(campaign=desk.folder) as server:
        yield server


def page_of(server: Server) -> Page:
    today = server.enter()
    return today.client.get(re.sub(r"/today$", "/check", today.url))


def ended(page: Page) -> Page:
    """The page, once the check at work has ended."""
    give_up = now() + timedelta(seconds=60)
    while "How far is it?" in page.text:
        assert now() < give_up
        Clock().wait_until(now() + timedelta(milliseconds=200))
        page = page.follow("How far is it?")
    return page


def test_at_first_it_says_what_nobody_has_looked_at(server: Server) -> None:
    page = page_of(server)
    assert page.title.startswith("Check and test")
    assert "The letters wait for 3 recipients, and were never checked." in page.text
    assert "1 letter goes on paper, and nobody has looked at its pages yet." in page.text
    assert "2 letters go by e-mail, and nobody has said from which mailbox." in page.text
    assert "First say in “Mailbox”" in page.text


def test_a_check_says_what_is_at_fault_to_whom_and_at_which_words(server: Server) -> None:
    page = ended(page_of(server).press("Check all letters"))
    assert "3 letters, at fault: 1" in page.text
    assert "“Civility” is empty, and the letter needs it." in page.text
    assert "Fill it: page “Log”" in page.text
    marked = [each.text_content() for each in page.html.iter("mark")]
    assert marked[1:] == ["Malgrés", "Nice", "Monsieur le Maire"]
    assert marked[0].startswith("[")  # and no tag
    assert "{{" not in page.text
    assert "“Malgrés” looks like a slip of the pen" in page.text
    assert "was never checked" not in page.text


def test_a_mark_goes_along_with_its_words_and_falls_with_them(server: Server, desk: Desk) -> None:
    page = ended(page_of(server).press("Check all letters"))
    letter = desk.folder / "letter.md"
    for text, marked in (
        (LETTER.replace("Monsieur", "Malgrés une ville de Nice.\n\nMonsieur"), 4),
        (LETTER.replace("Malgrés", "Malgré").replace("Monsieur le Maire", "Madame la Maire"), 0),
    ):
        letter.write_text(text, encoding="utf-8")
        page = page.client.get(page.url)
        found = [each.getparent().text_content() for each in page.html.iter("mark")]
        assert len(found) == marked
        assert not [line for line in found if "une ville" in line]
        assert "“Malgrés” looks like a slip of the pen" in page.text


def test_a_remark_is_confirmed_once_and_the_yes_can_be_taken_back(server: Server) -> None:
    page = ended(page_of(server).press("Check all letters"))
    assert "3 remarks wait for your yes." in page.text
    page = page.press("It is meant so")
    assert page.url.endswith("#notes")
    assert "2 remarks wait for your yes." in page.text
    assert "Confirmed" in page.text
    assert "3 remarks wait" in page.press("Take it back").text


def test_a_page_that_was_looked_at_is_no_more_left(server: Server) -> None:
    page = page_of(server)
    page.follow("nobody has looked at its pages").follow("Show the pages")
    again = page.client.get(page.url)
    assert "nobody has looked at its pages" not in again.text


def test_the_page_to_look_at_is_that_of_a_letter_on_paper(server: Server) -> None:
    shown = page_of(server).follow("nobody has looked at its pages")
    assert "To Le Havre" in shown.text


def test_a_letter_that_nobody_can_get_is_told_with_its_place(server: Server, desk: Desk) -> None:
    (desk.folder / "letter.md").write_text("---\nsubject: E\n---\n\n{{ comune }} {{", "utf-8")
    page = page_of(server)
    assert "No letter can be made of it: letter.md:5" in page.text
    page = ended(page.press("Check all letters"))
    assert "braces" in page.text


def test_the_list_at_fault_stops_all(server: Server, desk: Desk) -> None:
    (desk.folder / "letter.md").write_text("---\nsubject: E\n---\n\n{{ sexe }}", "utf-8")
    desk.ok("edit", "06088", "sex=")
    desk.ok("edit", "76351", "sex=")
    page = ended(page_of(server).press("Check all letters"))
    assert "nothing can leave until they are mended" in page.text
    assert "Le Havre" in page.text


# The letter to oneself


@pytest.fixture
def approved(desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    (desk.folder / "letter.md").write_text("---\nsubject: E\n---\n\nBonjour.", encoding="utf-8")
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk.connect(capture_server)
    return desk


def test_a_letter_to_oneself_leaves_and_counts(
    approved: Desk, capture_server: CaptureServer
) -> None:
    with serving(campaign=approved.folder) as server:
        page = page_of(server)
        assert "You have not sent this letter to yourself yet." in page.text
        page = page.press("Send it to me", address="me@example.org")
        assert page.url.endswith("#test")
        assert "The letter to Nice was sent to me@example.org. Read it there." in page.text
        assert "You have not sent" not in page.text
        assert len(capture_server.messages) == 1
        again = page.client.get(page.url)
        assert again.form("Send it to me").fields["address"] == "me@example.org"


def test_a_mailbox_that_is_not_read_is_told_and_stands_in_nobodys_way(approved: Desk) -> None:
    need_pages()
    with serving(campaign=approved.folder) as server:
        page = page_of(server).press("Send it to me", address="me@example.org")
        page.follow("nobody has looked at its pages").follow("Show the pages")
        page = ended(page.client.get(page.url).press("Check all letters"))
        while page.html.xpath("//button[.='It is meant so']"):
            page = page.press("It is meant so")
        assert "The mailbox cannot be read here" in page.text
        (step,) = page.html.xpath("//*[@id='next']//a")
        assert step.text == "On to sending"


def test_an_address_that_is_none_comes_back_with_the_reason_beside_it(
    approved: Desk, capture_server: CaptureServer
) -> None:
    with serving(campaign=approved.folder) as server:
        page = page_of(server).press("Send it to me", address="me at home")
        assert page.status == 422
        assert page.title.startswith("Error:")
        assert page.form("Send it to me").fields["address"] == "me at home"
        (field,) = page.html.xpath("//input[@id='address']")
        assert field.get("aria-invalid") == "true"
        assert not capture_server.messages


def test_a_letter_at_fault_is_told_beside_the_address_with_whose_it_is(
    approved: Desk, capture_server: CaptureServer
) -> None:
    (approved.folder / "letter.md").write_text("---\nsubject: E\n---\n\n{{ sexe }}", "utf-8")
    approved.ok("edit", "06088", "sex=")
    approved.ok("edit", "76351", "sex=")
    with serving(campaign=approved.folder) as server:
        page = page_of(server).press("Send it to me", address="groupe@example.org")
        assert page.status == 422
        (reason,) = page.html.xpath("//*[@id='address-reason']")
        assert re.match(r"\w+ \(\d{5}\): ", reason.text_content())
        assert not capture_server.messages


def test_what_a_server_says_against_it_is_told_in_its_words(
    desk: Desk, fault_server: FaultServer
) -> None:
    (desk.folder / "letter.md").write_text("---\nsubject: E\n---\n\nBonjour.", encoding="utf-8")
    desk.ok("account", "set", "--host", "127.0.0.1", "--port", str(fault_server.port),
            "--tls", "none")  # fmt: skip
    with serving(campaign=desk.folder) as server:
        page = page_of(server).press("Send it to me", address="550@example.org")
        assert page.status == 409
        assert "550@example.org did not get the letter. The server said: 550" in page.text


# Checks at work


def test_a_check_at_work_is_not_begun_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    async def look(_jobs: Jobs, work: object, place: Path) -> None:
        begun.append(place)
        await asyncio.sleep(0)
        raise Busy("ledger-busy")

    async def three() -> None:
        of = Checks(Jobs())
        of.begin(Path("a"))
        of.begin(Path("a"))
        await asyncio.gather(*of._tasks)
        check = of.of(Path("a"))
        assert check is not None
        assert isinstance(check.trouble, Busy)
        of.begin(Path("a"))
        await asyncio.gather(*of._tasks)

    monkeypatch.setattr(Jobs, "look", look)
    asyncio.run(three())
    assert begun == [Path("a")] * 2


def test_a_cell_that_keeps_a_sum_from_being_made_is_shown_and_no_words_of_the_letter(
    tmp_path: Path,
) -> None:
    need_pages()
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    body = "---\nsubject: Facture\ngroup: Facture\n---\n\nVous devez {{ total.montant }}.\n"
    (desk.folder / "letter.md").write_text(body, encoding="utf-8")
    header = "Facture;Nom;E-mail;Montant"
    rows = ["A;MARTIN;a@example.org;12 €", "B;ROY;b@example.org;trois", "C;LE;c@example.org;1 €"]
    rows += ["C;LE;c@example.org;zéro", "D;DU;d@example.org;", "E;AU;e@example.org;7 €"]
    desk.ok("import", str(desk.sheet(*rows, header=header)))
    with serving(campaign=desk.folder) as server:
        page = ended(page_of(server).press("Check all letters"))
    assert (
        "“Montant” has cells that are no certain amounts, and the letter adds it up." in page.text
    )
    rows_shown = [[td.text_content() for td in row.iter("td")] for row in page.html.iter("tr")]
    assert [row for row in rows_shown if row] == [
        ["3", "Montant", "trois", "Roy"],
        ["5", "Montant", "zéro", "Le"],
        ["6", "Montant", "(empty)", "Du"],
    ]
    assert "Change it in the letter" not in page.text
