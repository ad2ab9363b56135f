"""Claims about what each sheet of a lot says of itself: where it stands, and what is drawn."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from merge.model import Letter, LotFile
from merge.paper import binding
from merge.paper.binding import EDGE_MM, Marks, without_marks
from merge.paper.lot_files import LotFiles
from merge.paper.pdf import LotPress
from merge.paper.window import PROFILES, Area, SheetFormat, Window
from tests.pages import (
    AT,
    HAVRE,
    LETTERS,
    SHORT,
    campaign_folder,
    letter,
    lot_of,
    need_pages,
    separated,
    sha256,
    texts,
)
from tests.rooms.paper.test_page import (
    FULLEST,
    GOLDEN_TOLERANCE,
    campaigns_letter,
    difference,
    everyone,
    glyphs,
    golden,
    picture_of,
)

WINDOW = PROFILES["nf-right"]
MARKS = Marks(window=WINDOW)


def safe(sheet: SheetFormat) -> Area:
    """What every printer draws on."""
    return Area(
        left_mm=EDGE_MM,
        top_mm=EDGE_MM,
        right_mm=sheet.width_mm - EDGE_MM,
        bottom_mm=sheet.height_mm - EDGE_MM,
    )


# --- Where ---------------------------------------------------------------------------------------


def test_no_window_shows_the_marks_and_no_printer_cuts_them() -> None:
    up_the_sheet = Window(left_mm=100, top_mm=12, width_mm=90, height_mm=40)
    for window in (*PROFILES.values(), up_the_sheet):
        area = Marks(window=window).area
        assert not area.touches(window.sometimes)
        assert safe(window.sheet).holds(area)


# --- Which sheet is which ------------------------------------------------------------------------


# --- On the sheets -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    need_pages()
    return campaign_folder(tmp_path / "campaign")


def marked(path: Path) -> list[str]:
    """What the marks of each page say, "" where there are none; they are what is drawn last."""
    return [
        said[0] if (said := re.findall(r"lot \d+ · \d+/\d+$", text)) else "" for text in texts(path)
    ]


def operators(path: Path) -> Iterator[bytes]:
    with pikepdf.Pdf.open(path) as lot:
        for page in lot.pages:
            page.contents_coalesce()
            yield page.obj.Contents.read_bytes()


@pytest.mark.parametrize("duplex", [True, False])
def test_the_one_number_of_each_sheet_is_that_of_its_letter(folder: Path, duplex: bool) -> None:
    made = LotPress(folder, duplex=duplex, marks=MARKS).make(7, LETTERS, AT)
    back = [""] if duplex else []
    said = [f"lot 7 · {place}/3" for place in ([1, 2, 3] if duplex else [1, 1, 2, 3, 3])]
    assert marked(folder / made.path) == ["", *back, *chain(*([one, *back] for one in said))]


def test_marks_change_nothing_else_of_a_lot_and_are_the_same_each_time(folder: Path) -> None:
    made = LotPress(folder, marks=MARKS).make(1, LETTERS, AT)
    again = LotPress(folder, marks=MARKS).make(1, LETTERS, AT)
    bare = LotPress(folder).make(2, LETTERS, AT)
    assert again == made
    assert bare.pages == made.pages
    assert [without_marks(page) for page in operators(folder / made.path)][2:] == list(
        operators(folder / bare.path)
    )[2:]


def test_each_letter_of_a_marked_lot_has_the_ledgers_digest_whoever_set_it(folder: Path) -> None:
    for letters in (everyone(campaigns_letter())[:12], LETTERS):
        made = LotPress(folder, marks=MARKS).make(1, letters, AT)
        path = folder / made.path
        qpdf = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True)
        assert qpdf.returncode == 0, qpdf.stdout + qpdf.stderr
        assert marked(path)[2::2] == [
            f"lot 1 · {n}/{len(letters)}" for n in range(1, len(letters) + 1)
        ]
        with pikepdf.Pdf.open(path) as lot:
            fonts = {page.resources.Font["/PublipostageMarks"].objgen for page in lot.pages[2::2]}
            assert len(fonts) == 1
            del lot.pages[:2]
            lot.save(folder / "behind.pdf")
        found = binding.digests(folder / "behind.pdf", [page.sheets * 2 for page in made.pages])
        assert list(found) == [page.sha256 for page in made.pages]


def test_they_touch_nothing_that_the_letter_says(folder: Path) -> None:
    """Neither the reference and the folio in its margin, nor a letter that fills its page."""
    for profile, window in PROFILES.items():
        page = campaigns_letter(window, fold_marks=True).render(FULLEST, HAVRE.channel)
        assert isinstance(page, Letter)
        marks = Marks(window=window)
        made = LotPress(folder, window=window, marks=marks).make(1, [page, page], AT)
        assert not made.faults
        with pdfium.PdfDocument(folder / made.path) as lot:
            for number in range(2, len(lot)):
                found = [Area(left_mm=g[1], top_mm=g[2], right_mm=g[3], bottom_mm=g[4])
                         for g in glyphs(lot[number])]  # fmt: skip
                near = [glyph for glyph in found if glyph.touches(marks.area)]
                assert all(marks.area.holds(glyph) for glyph in near), profile
                said = marked(folder / made.path)[number]
                assert len(near) == len("".join(said.split()))


@pytest.mark.parametrize(
    ("look", "is_covered"),
    [
        ("left: 120mm; top: -90mm; width: 30mm; height: 10mm; background: silver", True),
        ("left: 120mm; top: -89mm", True),  # words
        ("left: -25mm; top: -95mm; width: 210mm; height: 5mm; background: navy", False),
    ],
)
def test_a_letter_that_prints_where_the_marks_stand_is_left_out_and_told(
    folder: Path, look: str, is_covered: bool
) -> None:
    more = f'<p style="position: absolute; {look}">Réf</p>'
    covered = letter("80829", "d'Y", "Mairie d'Y", "80190 Y", paragraphs=1, more=more)
    made = LotPress(folder, marks=MARKS, window=WINDOW).make(1, [HAVRE, covered], AT)
    wanted = [("80829", "marks-covered")] if is_covered else []
    assert [(fault.key, fault.code) for fault in made.faults] == wanted
    assert not LotPress(folder, window=WINDOW).make(2, [HAVRE, covered], AT).faults


def on_page(number: int, left_mm: float, top_mm: float) -> Letter:
    """A letter that prints something there on this page, and on no page before it."""
    more = '<section style="break-before: page">x</section>' * (number - 2)
    stands = f"position: absolute; left: {left_mm - 25}mm; top: {top_mm - 20}mm"
    more += f'<section style="break-before: page; position: relative"><b style="{stands}">Réf</b>'
    return letter("80829", "d'Y", "Mairie d'Y", "80190 Y", paragraphs=1, more=more + "x</section>")


@pytest.mark.parametrize(
    ("number", "duplex", "is_front"),
    [(2, False, True), (3, True, True), (4, True, False)],
)
def test_each_front_that_carries_marks_is_looked_at(
    folder: Path, number: int, duplex: bool, is_front: bool
) -> None:
    covered = on_page(number, MARKS.area.left_mm + 20, MARKS.area.top_mm - 1)
    press = LotPress(folder, duplex=duplex, marks=MARKS, window=WINDOW)
    made = press.make(1, [HAVRE, covered, SHORT], AT)
    wanted = [("80829", "marks-covered")] if is_front else []
    assert [(fault.key, fault.code) for fault in made.faults] == wanted


SLICED = (
    [[f"lot 1 · {n}/3", ""] for n in (1, 2, 3)],
    ["", "", "lot 1 · 2/3", "", "lot 1 · 3/3", ""],
)


def sliced(
    folder: Path, made: LotFile, marks: Marks | None
) -> tuple[Sequence[Sequence[str]], Sequence[str]]:
    """What the sheets say of letters that were cut out of a lot, and of those made again."""
    lot = lot_of(made)
    cut = separated(LotPress(folder, marks=marks), made)
    files = LotFiles(folder, now=lambda: AT, marks=marks)
    part = files.part(lot, made.pages, 2, 3)
    assert [files.letter(lot, made.pages, n) for n in (1, 2, 3)] == [
        (folder / path).read_bytes() for path in cut
    ]
    return [marked(folder / path) for path in cut], marked(Path(part.path))


def test_the_sheets_of_a_lot_from_before_get_theirs_when_they_are_cut_or_printed_again(
    folder: Path,
) -> None:
    press = LotPress(folder)
    made = press.make(1, LETTERS, AT)
    press.publish(made.path)
    before = sha256(folder / "outbox/lots/lot-0001.pdf")
    assert sliced(folder, made, MARKS) == SLICED
    assert not any(marked(folder / "outbox/lots/lot-0001.pdf"))
    assert sha256(folder / "outbox/lots/lot-0001.pdf") == before == made.sha256


def test_a_marked_sheet_looks_as_it_should(folder: Path) -> None:
    made = LotPress(folder, marks=MARKS).make(1, [HAVRE, SHORT], AT)
    with pdfium.PdfDocument(folder / made.path) as lot:
        page = picture_of(lot, 3, dpi=150).crop((0, 0, 1240, 180))
    assert difference(page, golden("marked-sheet.png", page)) < GOLDEN_TOLERANCE
    assert difference(page, golden("marked-sheet.png", page).point(lambda _grey: 255)) > 1
