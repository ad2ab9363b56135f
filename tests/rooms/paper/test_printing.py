"""What is printed again of a lot is what stands in it; what faces/cli/print_*.txt cannot show."""

from __future__ import annotations

from pathlib import Path

import pytest
from pikepdf import Page, Pdf

from tests.desk import Desk
from tests.pages import texts
from tests.printers import desk as desk

pytestmark = pytest.mark.usefixtures("pages_can_be_made")


def drawn(page: Page) -> bytes:
    page.contents_coalesce()
    return page.Contents.read_bytes()


def test_letters_are_made_again_from_the_lots_own_pages(desk: Desk) -> None:
    desk.ok("print")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3")
    part = desk.folder / "outbox/lots/lot-0001-letters-2-3.pdf"
    with Pdf.open(desk.folder / "outbox/lots/lot-0001.pdf") as lot, Pdf.open(part) as again:
        assert again.check_pdf_syntax() == []
        assert [drawn(page) for page in list(again.pages)[2:]] == [
            drawn(page) for page in list(lot.pages)[4:8]
        ]
        with again.open_outline() as outline:
            assert [item.title.split(" ")[0] for item in outline.root] == ["01002", "01004"]


def made(desk: Desk, *words: str) -> Path:
    """The file that `print --from` has made, by its answer."""
    return desk.folder / desk.ok(*words).out.split(":")[0]


def test_the_cover_says_the_campaign_the_index_and_what_it_weighs(desk: Desk) -> None:
    settings = desk.folder / "campaign.toml"
    more = "grammage = 120\nenvelope_grammes = 13\n"
    settings.write_text(settings.read_text("utf-8") + more, "utf-8")
    desk.ok("print")
    cover = texts(desk.folder / "outbox/lots/lot-0001.pdf")[0]
    assert "Pas de VSA" in cover
    assert "4 × up to 100 g" in cover
    assert "1 01400 L'Abergement-Clémenciat 2 01400 L'Abergement-de-Varey" in cover
    part = texts(made(desk, "print", "--lot", "1", "--from", "3"))[0]
    assert "Pas de VSA" in part
    assert "Ambérieu-en-Bugey" in part
    assert "Varey" not in part
    assert "Weight, with envelopes 41 g" in part  # 2 × 20.48 g, by the settings
    assert "2 × up to 100 g" in part


def test_its_pages_in_that_lot_are_erased_with_whoever_was_taken_out(desk: Desk) -> None:
    desk.ok("print")
    desk.ok("suppress", "01002", "--reason", "asked by phone")
    desk.ok("print", "--posted", "1", "--except", "01002")
    assert list((desk.folder / "outbox" / "lots").glob("*.pdf"))
    desk.ok("purge", "01002", "--really", "--yes")
    assert not list((desk.folder / "outbox" / "lots").glob("*.pdf"))
