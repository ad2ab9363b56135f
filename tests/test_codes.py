"""Claims about what an inserter reads on the sheets of a lot, read back from the rendered pages."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

import pypdfium2 as pdfium
import pytest
from PIL import Image

from merge.model import Letter
from merge.paper import codes
from merge.paper.lot_files import LotFiles
from merge.paper.lots import LotSheet, SheetCode
from merge.paper.marks import EDGE_MM, Marks
from merge.paper.pdf import LotPress
from merge.paper.window import PROFILES, Area, SheetFormat, Window
from tests.codes import Lines, lines, matrices
from tests.desk import HAVRE as A_ROW
from tests.desk import Desk
from tests.pages import AT, HAVRE, LETTERS, SHORT, campaign_folder, letter, lot_of, need_pages
from tests.test_page import (
    GOLDEN_TOLERANCE,
    campaigns_letter,
    difference,
    everyone,
    golden,
    picture_of,
)

WINDOW = PROFILES["nf-right"]
MARKS = Marks(window=WINDOW, code=True, omr=True)
DPI = 100


def safe(sheet: SheetFormat) -> Area:
    """What every printer draws on."""
    return Area(
        left_mm=EDGE_MM,
        top_mm=EDGE_MM,
        right_mm=sheet.width_mm - EDGE_MM,
        bottom_mm=sheet.height_mm - EDGE_MM,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    need_pages()
    return campaign_folder(tmp_path / "campaign")


def pictures(path: Path, dpi: int = DPI) -> list[Image.Image]:
    with pdfium.PdfDocument(path) as lot:
        return [picture_of(lot, number, dpi=dpi) for number in range(1, len(lot) + 1)]


def omr(picture: Image.Image) -> Lines | None:
    area = codes.lines_area(WINDOW)
    return lines(picture, DPI, left_mm=area.left_mm + 0.5, right_mm=area.right_mm - 0.5)


# --- Where and what -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "window",
    [*PROFILES.values(), Window(left_mm=5, top_mm=120, width_mm=90, height_mm=140)],
)
def test_no_window_shows_them_and_no_printer_cuts_them(window: Window) -> None:
    for area in (codes.code_area(window), codes.lines_area(window)):
        assert not area.touches(window.sometimes)
        assert safe(window.sheet).holds(area)
        for fold in window.folds_mm:
            assert not area.top_mm - 2 < fold < area.bottom_mm + 2


def test_a_code_says_which_sheet_it_is_and_nothing_of_whom_it_is_for() -> None:
    sheet = LotSheet(
        lot=7, place=12, letters=40, sheet=25, sheets=80, leaf=2, leaves=3, digest="9f3a2b4c00"
    )
    assert sheet.code == "7-12-2-3-9F3A2B4C"
    assert SheetCode.read(" 7-12-2-3-9f3a2b4c\n") == SheetCode(7, 12, 2, 3, "9F3A2B4C")
    for torn in ("", "7-12-2-3", "7-12-2-3-9F3A2B4", "x7-12-2-3-9F3A2B4C", "7-12-2-3-9F3A2B4G"):
        assert SheetCode.read(torn) is None


# --- Read back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplex", [True, False])
def test_each_sheet_has_its_code_on_its_front_and_its_lines(folder: Path, duplex: bool) -> None:
    made = LotPress(folder, duplex=duplex, marks=MARKS).make(7, LETTERS, AT)
    seen = pictures(folder / made.path)
    sides = 2 if duplex else 1
    cover, fronts = seen[:sides], seen[sides::sides]
    wanted = [(page, leaf) for page in made.pages for leaf in range(1, page.sheets + 1)]
    assert [matrices(front) for front in fronts] == [
        [f"7-{page.position}-{leaf}-{page.sheets}-{page.sha256[:8].upper()}"]
        for page, leaf in wanted
    ]
    assert [omr(front) for front in fronts] == [
        Lines(is_last=leaf == page.sheets, sequence=number % 8, parity_holds=True)
        for number, (page, leaf) in enumerate(wanted, start=2)
    ]
    backs = [picture for number, picture in enumerate(seen[sides:]) if number % sides]
    assert not any(matrices(picture) or omr(picture) for picture in (*cover, *backs))


def test_every_code_of_a_lot_is_read_and_unique(folder: Path) -> None:
    """Letters that the press has set fast: sixty of them, more than the sequence can count."""
    letters = everyone(campaigns_letter())[:60]
    made = LotPress(folder, marks=MARKS, made_for="shop").make(1, letters, AT)
    assert made.ways.fast == len(letters)
    read = [code for front in pictures(folder / made.path)[2::2] for code in matrices(front)]
    assert len(read) == len(set(read)) == len(letters)
    assert [SheetCode.read(code).place for code in read] == list(range(1, 61))  # type: ignore[union-attr]


def test_letters_printed_again_have_the_codes_that_they_had(folder: Path) -> None:
    press = LotPress(folder, marks=MARKS)
    made = press.make(1, LETTERS, AT)
    path = folder / press.publish(made.path)
    before = [matrices(front) for front in pictures(path)[2::2]]
    files = LotFiles(folder, now=lambda: AT, marks=MARKS)
    part = files.part(lot_of(made), made.pages, 2, 3)
    assert [matrices(front) for front in pictures(Path(part.path))[2::2]] == before[1:]


def test_two_lots_of_the_same_letters_have_other_codes(folder: Path) -> None:
    one, two = (
        pictures(folder / LotPress(folder, marks=MARKS).make(number, [SHORT], AT).path)[2]
        for number in (1, 2)
    )
    assert matrices(one) != matrices(two)


def test_a_sheet_with_code_and_lines_looks_as_it_should(folder: Path) -> None:
    made = LotPress(folder, marks=MARKS, window=WINDOW).make(1, [HAVRE, SHORT], AT)
    with pdfium.PdfDocument(folder / made.path) as lot:
        page = picture_of(lot, 3, dpi=150).crop((0, 780, 300, 1754))
    kept = golden("coded-sheet.png", page)
    assert difference(page, kept) < GOLDEN_TOLERANCE
    assert difference(page, kept.point(lambda _grey: 255)) > 1


def test_the_marks_of_the_folds_leave_room_for_codes(folder: Path) -> None:
    """One of them above the lines of an inserter, the other below."""
    letters = everyone(campaigns_letter(WINDOW, fold_marks=True))[:2]
    made = LotPress(folder, marks=MARKS, window=WINDOW).make(1, letters, AT)
    assert made.faults == ()


# --- What can go wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        '<p style="position: absolute; left: -17mm; top: 60mm">Réf</p>',
        '<div style="position: absolute; left: -25mm; top: 44mm; width: 8mm; height: 9mm; '
        'background: silver"></div>',
    ],
)
@pytest.mark.parametrize("confined", [True, False])
def test_a_letter_that_covers_its_code_is_left_out_and_told(
    folder: Path, more: str, confined: bool
) -> None:
    covered = letter("80829", "d'Y", "Mairie d'Y", "80190 Y", paragraphs=1, more=more)
    marks = Marks(window=WINDOW, code=True, omr=True)
    press = LotPress(folder, marks=marks, window=WINDOW, confined=confined)
    made = press.make(1, [HAVRE, covered], AT)
    assert [(fault.key, fault.code) for fault in made.faults] == [("80829", "code-covered")]
    assert [page.key for page in made.pages] == ["76351"]
    plain = LotPress(folder, window=WINDOW, confined=confined).make(2, [HAVRE, covered], AT)
    assert not plain.faults  # nobody reads anything there


def on_page(number: int, left_mm: float, top_mm: float) -> Letter:
    """A letter that prints something there on this page, and on no page before it."""
    more = '<section style="break-before: page">x</section>' * (number - 2)
    stands = f"position: absolute; left: {left_mm - 25}mm; top: {top_mm - 20}mm"
    more += f'<section style="break-before: page; position: relative"><b style="{stands}">Réf</b>'
    return letter("80829", "d'Y", "Mairie d'Y", "80190 Y", paragraphs=1, more=more + "x</section>")


@pytest.mark.parametrize(
    ("number", "duplex", "is_front"),
    [(2, False, True), (2, True, False), (3, False, True), (3, True, True), (4, True, False)],
)
def test_each_front_that_carries_a_code_is_looked_at(
    folder: Path, number: int, duplex: bool, is_front: bool
) -> None:
    covered = on_page(number, 8, 228)
    press = LotPress(folder, duplex=duplex, marks=MARKS, window=WINDOW)
    made = press.make(1, [HAVRE, covered, SHORT], AT)
    wanted = [("80829", "code-covered")] if is_front else []
    assert [(fault.key, fault.code) for fault in made.faults] == wanted
    read = [code for front in pictures(folder / made.path) for code in matrices(front)]
    assert len(read) == made.sheets - 1  # all that carry one, but for the cover


def test_without_the_extra_no_lot_is_made_and_how_to_get_it_is_told(
    tmp_path: Path,
) -> None:
    desk = Desk.made(tmp_path, A_ROW)
    settings = desk.folder / "campaign.toml"
    said_before = settings.read_text(encoding="utf-8")
    with_codes = said_before.replace("[paper]\n", "[paper]\ndata_matrix = true\n")
    settings.write_text(with_codes, encoding="utf-8")
    with patch.dict(sys.modules, {"pystrich": None, "pystrich.datamatrix": None}):
        said = desk.run("print")
    assert (said.code, said.out) == (2, "")
    assert "pystrich" in said.err
    assert not (desk.folder / "outbox" / "lots").exists()
    desk.ok("print")
    with pdfium.PdfDocument(desk.folder / "outbox/lots/lot-0001.pdf") as lot:
        (code,) = matrices(picture_of(lot, 3, dpi=DPI))
    assert code.startswith("1-1-1-1-")
