"""Claims about what each sheet of a lot says of itself: where it stands, and what is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest

from merge.model import Letter
from merge.paper import binding
from merge.paper.binding import EDGE_MM, Marks, without_marks
from merge.paper.lot_files import LotFiles
from merge.paper.pdf import LotPress
from merge.paper.window import PROFILES, Area, SheetFormat, Window
from tests.goldens import glyphs, unlike
from tests.pages import (
    AT,
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
from tests.vsa import everyone, fullest

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
def test_the_one_number_of_each_sheet_is_that_of_its_letter(folder, duplex):
    made = LotPress(folder, duplex=duplex, marks=MARKS).make(7, LETTERS, AT)
    back = [""] if duplex else []
    said = [f"lot 7 · {place}/3" for place in ([1, 2, 3] if duplex else [1, 1, 2, 3, 3])]
    assert marked(folder / made.path) == ["", *back, *chain(*([one, *back] for one in said))]


def test_marks_change_nothing_else_of_a_lot_and_are_the_same_each_time(folder):
    made = LotPress(folder, marks=MARKS).make(1, LETTERS, AT)
    again = LotPress(folder, marks=MARKS).make(1, LETTERS, AT)
    bare = LotPress(folder).make(2, LETTERS, AT)
    assert again == made
    assert bare.pages == made.pages
    assert [without_marks(page) for page in operators(folder / made.path)][2:] == list(
        operators(folder / bare.path)
    )[2:]
    assert unlike(folder / made.path, {"marked-sheet": 3}, dpi=150, crop=(0, 0, 1240, 180)) == []


def test_each_letter_of_a_marked_lot_has_the_ledgers_digest_whoever_set_it(folder):
    for letters in (everyone()[:12], LETTERS):
        made = LotPress(folder, marks=MARKS).make(1, letters, AT)
        path = folder / made.path
        with pikepdf.Pdf.open(path) as lot:
            assert lot.check_pdf_syntax() == []
            fonts = {page.resources.Font["/PublipostageMarks"].objgen for page in lot.pages[2::2]}
            assert len(fonts) == 1
            del lot.pages[:2]
            lot.save(folder / "behind.pdf")
        found = binding.digests(folder / "behind.pdf", [page.sheets * 2 for page in made.pages])
        assert list(found) == [page.sha256 for page in made.pages]


def test_they_touch_nothing_that_the_letter_says(folder: Path) -> None:
    """Neither the reference and the folio in its margin, nor a letter that fills its page."""
    for profile, window in PROFILES.items():
        page = fullest(window, fold_marks=True)
        marks = Marks(window=window)
        made = LotPress(folder, window=window, marks=marks).make(1, [page], AT)
        assert not made.faults
        said = marked(folder / made.path)
        with pdfium.PdfDocument(folder / made.path) as lot:
            for number in range(2, len(lot)):
                found = [Area(left_mm=g[1], top_mm=g[2], right_mm=g[3], bottom_mm=g[4])
                         for g in glyphs(lot[number])]  # fmt: skip
                near = [glyph for glyph in found if glyph.touches(marks.area)]
                assert all(marks.area.holds(glyph) for glyph in near), profile
                assert len(near) == len("".join(said[number].split()))


def lying(style: str) -> Letter:
    more = f'<p style="position: absolute; {style}">Réf</p>'
    return letter("80829", "d'Y", "Mairie d'Y", "80190 Y", paragraphs=1, more=more)


def on_page(number: int) -> Letter:
    """A letter that prints on the marks of this page, and on those of no page before it."""
    left_mm, top_mm = MARKS.area.left_mm + 20, MARKS.area.top_mm - 1
    more = '<section style="break-before: page">x</section>' * (number - 2)
    stands = f"position: absolute; left: {left_mm - 25}mm; top: {top_mm - 20}mm"
    more += f'<section style="break-before: page; position: relative"><b style="{stands}">Réf</b>'
    return letter("80829", "d'Y", "Mairie d'Y", "80190 Y", paragraphs=1, more=more + "x</section>")


def test_a_letter_that_prints_where_marks_stand_on_a_front_is_left_out_and_told(folder):
    drawn = "left: 120mm; top: -90mm; width: 30mm; height: 10mm; background: silver"
    above = "left: -25mm; top: -95mm; width: 210mm; height: 5mm; background: navy"
    cases = [
        ("a drawing", lying(drawn), True, True),
        ("words", lying("left: 120mm; top: -89mm"), True, True),
        ("above them", lying(above), True, False),
        ("the back of a sheet on one side", on_page(2), False, True),
        ("a second front", on_page(3), True, True),
        ("a second back", on_page(4), True, False),
    ]
    failures = []
    for what, covered, duplex, is_covered in cases:
        press = LotPress(folder, duplex=duplex, marks=MARKS, window=WINDOW)
        found = [(each.key, each.code) for each in press.make(1, [covered, SHORT], AT).faults]
        if found != ([("80829", "marks-covered")] if is_covered else []):
            failures.append((what, found))
    assert failures == []
    assert not LotPress(folder, window=WINDOW).make(2, [lying(drawn)], AT).faults


def test_the_sheets_of_a_lot_from_before_get_theirs_when_they_are_cut_or_printed_again(folder):
    press = LotPress(folder)
    made = press.make(1, LETTERS, AT)
    path = folder / press.publish(made.path)
    cut = separated(LotPress(folder, marks=MARKS), made)
    files, lot = LotFiles(folder, now=lambda: AT, marks=MARKS), lot_of(made)
    assert [marked(folder / each) for each in cut] == [[f"lot 1 · {n}/3", ""] for n in (1, 2, 3)]
    assert [files.letter(lot, made.pages, n) for n in (1, 2, 3)] == [
        (folder / each).read_bytes() for each in cut
    ]
    part = files.part(lot, made.pages, 2, 3)
    assert marked(Path(part.path)) == ["", "", "lot 1 · 2/3", "", "lot 1 · 3/3", ""]
    assert not any(marked(path))
    assert sha256(path) == made.sha256
