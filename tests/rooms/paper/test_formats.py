"""Claims about the paper of the letters: A4, A5 and US Letter, from the setting to the lot."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.errors import LetterError
from merge.model import LotFile, PaperName
from merge.paper.binding import Marks
from merge.paper.lot_files import LotFiles
from merge.paper.pdf import LotPress
from merge.paper.window import FORMATS, POINT_MM, PROFILES
from tests.goldens import unlike
from tests.pages import AT, campaign_folder, letter, lot_of
from tests.vsa import everyone, fullest

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

WINDOWS = {"A5": PROFILES["din-c6"], "letter": PROFILES["us-10"]}


def made_on(paper: PaperName, folder: Path) -> tuple[Path, LotFile, Marks]:
    """A lot of eight letters with all that a sheet can be marked with."""
    window = WINDOWS[paper]
    marks = Marks(window=window)
    letters = everyone(window, fold_marks=True)[:8]
    press = LotPress(campaign_folder(folder / "campaign"), window=window, marks=marks)
    made = press.make(1, letters, AT)
    assert made.faults == ()
    return folder / "campaign" / press.publish(made.path), made, marks


def sizes(path: Path) -> set[tuple[float, float]]:
    """Those of the pages, in tenths of a millimetre."""
    with pdfium.PdfDocument(path) as document:
        found = [document.get_page_size(number) for number in range(len(document))]
    return {(round(width * POINT_MM, 1), round(height * POINT_MM, 1)) for width, height in found}


@pytest.mark.parametrize("paper", WINDOWS)
def test_all_of_a_lot_is_on_its_paper_and_so_are_some_of_its_letters(tmp_path, paper):
    """The file says which paper that is, whatever the settings say by then."""
    path, made, marks = made_on(paper, tmp_path)
    assert sizes(path) == {FORMATS[paper].size_mm}
    assert unlike(path, {f"cover-{paper.lower()}-1": 1}, dpi=100) == []
    files = LotFiles(tmp_path / "campaign", now=lambda: AT, marks=marks)
    assert files.whole(lot_of(made)).paper == paper
    part = files.part(lot_of(made), made.pages, 2, 4)
    assert part.paper == paper
    assert sizes(Path(part.path)) == {FORMATS[paper].size_mm}


@pytest.mark.parametrize("paper", FORMATS)
def test_a_letter_takes_its_size_from_the_paper_where_its_style_says_none(tmp_path, paper):
    """As a PDF with an e-mail, too."""
    window = WINDOWS.get(paper, PROFILES["nf-right"])
    file = tmp_path / "single.pdf"
    file.write_bytes(LotPress(tmp_path, window=window).single(fullest(window)))
    assert sizes(file) == {FORMATS[paper].size_mm}


def test_a_letter_whose_style_says_another_size_stops_the_lot(tmp_path):
    press = LotPress(campaign_folder(tmp_path / "campaign"), window=PROFILES["us-10"])
    with pytest.raises(LetterError) as stopped:
        press.make(1, [letter("1", "de X", "Mairie")], AT)  # its style says A4
    facts = stopped.value.facts
    assert stopped.value.code == "page-size"
    assert (facts["width_mm"], facts["height_mm"], facts["wanted"]) == (210, 297, "US Letter")
