"""Claims about the PDF of a lot, read back with another library than the one that wrote it."""

from __future__ import annotations

import errno
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from merge.errors import Refused
from merge.model import LotFile
from merge.paper import runs
from merge.paper.lot_files import LotFiles
from merge.paper.pdf import LotPress
from tests.goldens import unlike
from tests.pages import (
    AT,
    HAVRE,
    LETTERS,
    SHORT,
    TINY,
    campaign_folder,
    files_in,
    letter,
    lot_of,
    separated,
    sha256,
    texts,
)

pytestmark = pytest.mark.usefixtures("pages_can_be_made")


@pytest.fixture(scope="module")
def lot(tmp_path_factory) -> tuple[Path, LotFile]:
    """One duplex lot, as most tests only look at it."""
    folder = campaign_folder(tmp_path_factory.mktemp("lot") / "campaign")
    made = LotPress(folder).make(1, LETTERS, AT)
    return folder / made.path, made


# --- The lot ------------------------------------------------------------------------------------


def read_back(path: Path) -> list[str]:
    """What each page begins and ends with, what is marked, and what a printer is told."""
    with pdfium.PdfDocument(path) as document:
        marks = [(mark.get_dest().get_index(), mark.get_title()) for mark in document.get_toc()]
    with pikepdf.Pdf.open(path) as pdf:
        told = [f"{name} {value}" for name, value in sorted(pdf.Root.ViewerPreferences.items())]
        told.append(f"made {pdf.docinfo.CreationDate}")
    pages = [text.split() for text in texts(path)]
    pages = [page if len(page) < 90 else [*page[:9], "…", *page[-16:]] for page in pages]
    return [
        *(f"page {n}: {' '.join(page)}".strip() for n, page in enumerate(pages, 1)),
        *(f"bookmark of page {page + 1}: {title}" for page, title in marks),
        *told,
    ]


def test_a_lot_reads_as_it_should(lot):
    """A cover first, each letter on a right-hand page, with pages and a bookmark of its own."""
    path, made = lot
    said = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n\n")[1]
    assert read_back(path) == said.splitlines()
    assert (made.sheets, made.sha256) == (4, sha256(path))
    assert [(page.key, page.position, page.sheets) for page in made.pages] == [
        ("76351", 1, 1),
        ("94038", 2, 1),
        ("80829", 3, 1),
    ]
    assert unlike(path, {"cover": 1, "lot-letter": 3}) == []


def test_a_lot_on_one_side_has_no_blank_page_and_neither_has_what_is_printed_of_it_again(folder):
    made = LotPress(folder, duplex=False).make(1, LETTERS, AT)
    pages = texts(folder / made.path)
    assert all(pages)
    assert len(pages) == made.sheets == 6
    assert [page.sheets for page in made.pages] == [2, 1, 2]
    cut = [texts(folder / path) for path in separated(LotPress(folder), made)]
    assert cut == [pages[1:3], pages[3:4], pages[4:6]]
    part = LotFiles(folder, now=lambda: AT).part(lot_of(made), made.pages, 2, 3)
    assert (part.duplex, part.sheets) == (False, 4)
    assert texts(Path(part.path))[1:] == pages[3:]
    assert read_back(Path(part.path))[4:8] == [
        "bookmark of page 2: 94038 · L'Haÿ-les-Roses · 94240 L HAY",
        "bookmark of page 3: 80829 · Y · 80190 Y",
        "/DisplayDocTitle True",
        "/Duplex /Simplex",
    ]


def test_fonts_and_pictures_stand_in_the_lot_once(lot):
    with pikepdf.Pdf.open(lot[0]) as document:
        streams = [thing for thing in document.objects if isinstance(thing, pikepdf.Stream)]
        fonts = [stream for stream in streams if "/Length1" in stream]
        used = [set(page.Resources.Font) for page in document.pages if "/Font" in page.Resources]
    assert len(pictures_in(lot[0])) == 1
    # The cover sheet has its own cuts of its fonts; the letters share theirs.
    assert len(fonts) == len(used[0]) + len(set().union(*used[1:]))


# --- The same every time ------------------------------------------------------------------------


def test_the_same_letters_give_the_same_bytes_whatever_their_neighbours(folder, lot):
    press = LotPress(folder)
    turned = press.make(2, LETTERS[::-1], AT)  # what a press did before leaves no trace
    assert press.make(1, LETTERS, AT) == lot[1]
    digests = {page.key: page.sha256 for page in lot[1].pages}
    assert {page.key: page.sha256 for page in turned.pages} == digests
    assert len(set(digests.values())) == 3


def test_a_long_lot_is_set_in_runs_and_reads_the_same(folder, lot, monkeypatch):
    monkeypatch.setattr(runs, "LETTERS_IN_A_RUN", 2)
    made = LotPress(folder).make(1, LETTERS, AT)
    assert made.pages == lot[1].pages
    assert texts(folder / made.path) == texts(lot[0])
    assert pictures_in(folder / made.path) == pictures_in(lot[0]) == [(160, 60)]


def test_pictures_of_two_runs_are_taken_for_one_only_where_they_look_the_same(folder, monkeypatch):
    monkeypatch.setattr(runs, "LETTERS_IN_A_RUN", 1)
    red, blue, pink = (255, 0, 0, 255), (0, 0, 255, 255), (255, 0, 0, 90)
    letters = []
    for name, colour in zip("abcd", (red, blue, red, pink), strict=True):
        Image.new("RGBA", (9, 9), colour).save(folder / f"{name}.png")
        shown = f'<img src="{name}.png">'
        letters.append(letter(name, "de X", "Mairie", paragraphs=1, more=shown))
    made = LotPress(folder).make(1, letters, AT)
    assert sorted(pictures_in(folder / made.path)) == [(9, 9)] * 3 + [(160, 60)]


def pictures_in(path: Path) -> list[tuple[int, int]]:
    """The sizes of the pictures in a PDF; what is only their transparency does not count."""
    with pikepdf.Pdf.open(path) as document:
        streams = [thing for thing in document.objects if isinstance(thing, pikepdf.Stream)]
        pictures = [stream for stream in streams if stream.get("/Subtype") == "/Image"]
        masks = {stream.SMask.objgen for stream in pictures if "/SMask" in stream}
        return [(int(p.Width), int(p.Height)) for p in pictures if p.objgen not in masks]


# --- Publishing ---------------------------------------------------------------------------------

PUBLISHED = "outbox/lots/lot-0001.pdf"


@pytest.mark.parametrize("has_links", [True, False])  # a memory stick has none
def test_a_lot_is_published_by_one_move_and_once_and_never_overwritten(
    folder, monkeypatch, has_links
):
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    press = LotPress(folder)
    made = press.make(1, [TINY], AT)
    assert files_in(folder) == [folder / made.path]
    for again in (made.path, made.path, PUBLISHED):
        assert press.publish(again) == PUBLISHED
    assert files_in(folder) == [folder / PUBLISHED]
    other = press.make(1, [SHORT], AT)
    with pytest.raises(Refused, match="file-exists"):
        press.publish(other.path)
    assert [sha256(folder / path) for path in (PUBLISHED, other.path)] == [
        made.sha256,
        other.sha256,
    ]


def test_a_kill_in_the_middle_of_the_move_is_mended(folder):
    press = LotPress(folder)
    made = press.make(1, [TINY], AT)
    (folder / PUBLISHED).parent.mkdir()
    (folder / PUBLISHED).hardlink_to(folder / made.path)
    press.publish(made.path)
    assert files_in(folder) == [folder / PUBLISHED]


def test_a_lot_can_be_cut_into_one_file_a_recipient(folder):
    press = LotPress(folder)
    made = press.make(1, LETTERS, AT)
    # The folder's setting may have changed since: how a lot is printed, the lot knows.
    paths = separated(LotPress(folder, duplex=False), made)
    assert paths == (
        "outbox/lots/lot-0001/lot-01-001-ville-76351-76351.pdf",
        "outbox/lots/lot-0001/lot-01-002-ville-94038-94038.pdf",
        "outbox/lots/lot-0001/lot-01-003-ville-80829-80829.pdf",
    )
    whole = texts(folder / PUBLISHED)
    assert [texts(folder / path) for path in paths] == [whole[2:4], whole[4:6], whole[6:8]]
    assert [pictures_in(folder / path) for path in paths] == [[(160, 60)]] * 3


def test_one_letter_to_look_at_is_the_letter_of_the_lot(folder, lot):
    single = folder / "single.pdf"
    single.write_bytes(LotPress(folder).single(HAVRE))
    assert texts(single) == texts(lot[0])[2:4]
    with pikepdf.Pdf.open(single) as document:
        assert document.Root.MarkInfo.Marked
    assert single.read_bytes() == LotPress(folder).single(HAVRE)
