"""Claims about the PDF of a lot, read back with another library than the one that wrote it."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
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
from tests.house import ROOT
from tests.needs import need
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
def lot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LotFile]:
    """One duplex lot, as most tests only look at it."""
    folder = campaign_folder(tmp_path_factory.mktemp("lot") / "campaign")
    made = LotPress(folder).make(1, LETTERS, AT)
    return folder / made.path, made


# --- The lot ------------------------------------------------------------------------------------


def test_the_lot_is_a_sound_pdf(lot: tuple[Path, LotFile]) -> None:
    qpdf = shutil.which("qpdf")
    need(qpdf, "qpdf", "qpdf")
    assert qpdf is not None
    checked = subprocess.run([qpdf, "--check", lot[0]], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_cover_sheet_comes_first_and_every_letter_on_a_right_hand_page(
    lot: tuple[Path, LotFile],
) -> None:
    pages = texts(lot[0])
    assert pages[0].startswith("Lot 1 Cover sheet: do not post Letters 3 Sheets, the cover")
    assert "76351 · Le Havre · 76084 LE HAVRE CEDEX" in pages[0]
    assert "80829 · Y · 80190 Y" in pages[0]
    starts = [n for n, text in enumerate(pages, 1) if "Objet : caméras" in text]
    assert starts == [3, 5, 7]
    assert pages[1] == ""  # the back of the cover sheet
    assert pages[5] == ""  # the back of the letter of one page
    assert len(pages) == 8


def test_each_recipient_has_its_own_pages_numbered_for_itself(
    lot: tuple[Path, LotFile],
) -> None:
    pages = texts(lot[0])
    assert "habitant·es du Havre, demandons" in pages[2]
    assert "habitant·es de L'Haÿ-les-Roses, demandons" in pages[4]
    assert "habitant·es d'Y, demandons" in pages[6]
    assert "Réf. 76351 — page 1/2" in pages[2]
    assert "Réf. 76351 — page 2/2" in pages[3]
    assert "Réf. 94038 — page 1/1" in pages[4]


def test_one_bookmark_a_recipient_and_none_for_headings(lot: tuple[Path, LotFile]) -> None:
    with pdfium.PdfDocument(lot[0]) as document:
        found = [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
    assert found == [
        ("76351 · Le Havre · 76084 LE HAVRE CEDEX", 2),
        ("94038 · L'Haÿ-les-Roses · 94240 L HAY", 4),
        ("80829 · Y · 80190 Y", 6),
    ]


def test_sheets_are_counted_as_they_fall_out_of_the_printer(
    lot: tuple[Path, LotFile],
) -> None:
    path, made = lot
    assert made.sheets == 4  # one of them is the cover
    assert made.sha256 == sha256(path)
    assert [(page.key, page.position, page.sheets) for page in made.pages] == [
        ("76351", 1, 1),
        ("94038", 2, 1),
        ("80829", 3, 1),
    ]


def test_a_print_dialogue_is_told_to_leave_the_size_alone(lot: tuple[Path, LotFile]) -> None:
    with pikepdf.Pdf.open(lot[0]) as document:
        assert document.Root.ViewerPreferences.PrintScaling == "/None"
        assert document.Root.ViewerPreferences.Duplex == "/DuplexFlipLongEdge"
        assert document.Root.ViewerPreferences.PickTrayByPDFSize
        assert str(document.docinfo.CreationDate) == "D:20260301093000Z"


def test_one_sided_paper_has_no_blank_page(folder: Path) -> None:
    made = LotPress(folder, duplex=False).make(1, LETTERS, AT)
    pages = texts(folder / made.path)
    assert all(pages)
    assert len(pages) == made.sheets == 6
    assert [page.sheets for page in made.pages] == [2, 1, 2]
    cut = [texts(folder / path) for path in separated(LotPress(folder), made)]
    assert cut == [pages[1:3], pages[3:4], pages[4:6]]


def test_fonts_and_pictures_stand_in_the_lot_once(folder: Path) -> None:
    made = LotPress(folder).make(1, [HAVRE, SHORT, TINY, HAVRE], AT)
    with pikepdf.Pdf.open(folder / made.path) as document:
        streams = [thing for thing in document.objects if isinstance(thing, pikepdf.Stream)]
        pictures = [stream for stream in streams if stream.get("/Subtype") == "/Image"]
        fonts = [stream for stream in streams if "/Length1" in stream]
        used = [set(page.Resources.Font) for page in document.pages if "/Font" in page.Resources]
    assert len(pictures) == 1
    # The cover sheet has its own cuts of its fonts; the letters share theirs.
    assert len(fonts) == len(used[0]) + len(set().union(*used[1:]))


# --- The same every time ------------------------------------------------------------------------


def test_the_same_letters_give_the_same_bytes_in_any_folder(
    folder: Path, tmp_path: Path, lot: tuple[Path, LotFile]
) -> None:
    press = LotPress(folder)
    press.make(9, [TINY], AT)  # what a press did before leaves no trace
    assert press.make(1, LETTERS, AT).sha256 == lot[1].sha256
    elsewhere = LotPress(campaign_folder(tmp_path / "elsewhere"))
    assert elsewhere.make(1, LETTERS, AT) == lot[1]


def test_another_process_with_other_hashes_gives_the_same_bytes(
    folder: Path, lot: tuple[Path, LotFile]
) -> None:
    script = (
        "import sys; from tests.rooms.paper.test_pdf import *; "
        "print(LotPress(Path(sys.argv[1])).make(1, LETTERS, AT).sha256)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    run = subprocess.run(
        [sys.executable, "-c", script, folder],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.stdout.strip() == lot[1].sha256, run.stderr


def test_a_recipients_digest_does_not_depend_on_its_neighbours(
    folder: Path, lot: tuple[Path, LotFile]
) -> None:
    before = {page.key: page.sha256 for page in lot[1].pages}
    turned = LotPress(folder).make(2, LETTERS[::-1], AT)
    assert {page.key: page.sha256 for page in turned.pages} == before
    assert len(set(before.values())) == 3


def test_a_long_lot_is_set_in_runs_and_reads_the_same(
    folder: Path, lot: tuple[Path, LotFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LETTERS_IN_A_RUN", 2)
    made = LotPress(folder).make(1, LETTERS, AT)
    assert made.pages == lot[1].pages
    assert texts(folder / made.path) == texts(lot[0])
    assert pictures_in(folder / made.path) == pictures_in(lot[0]) == [(160, 60)]


def test_pictures_of_two_runs_are_taken_for_one_only_where_they_look_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_lot_is_published_by_one_move_and_once(folder: Path) -> None:
    press = LotPress(folder)
    made = press.make(4, [TINY], AT)
    assert files_in(folder) == [folder / made.path]
    assert press.publish(made.path) == "outbox/lots/lot-0004.pdf"
    assert files_in(folder) == [folder / "outbox/lots/lot-0004.pdf"]
    assert sha256(folder / "outbox/lots/lot-0004.pdf") == made.sha256
    for again in (made.path, "outbox/lots/lot-0004.pdf"):
        assert press.publish(again) == "outbox/lots/lot-0004.pdf"


def test_a_published_lot_is_never_overwritten(folder: Path) -> None:
    press = LotPress(folder)
    press.publish(press.make(1, [TINY], AT).path)
    before = sha256(folder / "outbox/lots/lot-0001.pdf")
    other = press.make(1, [SHORT], AT)
    with pytest.raises(Refused) as refused:
        press.publish(other.path)
    assert refused.value.code == "file-exists"
    assert sha256(folder / "outbox/lots/lot-0001.pdf") == before
    assert sha256(folder / other.path) == other.sha256


def test_a_kill_in_the_middle_of_the_move_is_mended(folder: Path) -> None:
    press = LotPress(folder)
    made = press.make(1, [TINY], AT)
    (folder / "outbox/lots").mkdir()
    (folder / "outbox/lots/lot-0001.pdf").hardlink_to(folder / made.path)
    press.publish(made.path)
    assert files_in(folder) == [folder / "outbox/lots/lot-0001.pdf"]


def test_a_memory_stick_without_links_takes_a_lot_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    press = LotPress(folder)
    press.publish(press.make(1, [TINY], AT).path)
    other = press.make(1, [SHORT], AT)
    with pytest.raises(Refused):
        press.publish(other.path)
    assert (folder / other.path).exists()


def test_a_lot_can_be_cut_into_one_file_a_recipient(folder: Path) -> None:
    press = LotPress(folder)
    made = press.make(1, LETTERS, AT)
    # The folder's setting may have changed since: how a lot is printed, the lot knows.
    paths = separated(LotPress(folder, duplex=False), made)
    assert paths == (
        "outbox/lots/lot-0001/lot-01-001-ville-76351-76351.pdf",
        "outbox/lots/lot-0001/lot-01-002-ville-94038-94038.pdf",
        "outbox/lots/lot-0001/lot-01-003-ville-80829-80829.pdf",
    )
    whole = texts(folder / "outbox/lots/lot-0001.pdf")
    assert [texts(folder / path) for path in paths] == [whole[2:4], whole[4:6], whole[6:8]]
    assert [pictures_in(folder / path) for path in paths] == [[(160, 60)]] * 3


def test_letters_of_a_lot_on_one_side_are_printed_again_behind_a_cover_on_one_side(
    folder: Path,
) -> None:
    made = LotPress(folder, duplex=False).make(1, LETTERS, AT)
    path = LotPress(folder).publish(made.path)
    part = LotFiles(folder, now=lambda: AT).part(lot_of(made), made.pages, 2, 3)
    assert (part.duplex, part.sheets) == (False, 4)
    assert texts(Path(part.path))[1:] == texts(folder / path)[3:]
    with pdfium.PdfDocument(part.path) as document:
        marks = [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
    assert marks == [
        ("94038 · L'Haÿ-les-Roses · 94240 L HAY", 1),
        ("80829 · Y · 80190 Y", 2),
    ]
    with pikepdf.Pdf.open(part.path) as sheets:
        assert sheets.Root.ViewerPreferences.Duplex == "/Simplex"


# --- One letter alone ---------------------------------------------------------------------------


def test_one_letter_to_look_at_is_the_letter_of_the_lot(
    folder: Path, lot: tuple[Path, LotFile]
) -> None:
    single = folder / "single.pdf"
    single.write_bytes(LotPress(folder).single(HAVRE))
    assert texts(single) == texts(lot[0])[2:4]
    with pikepdf.Pdf.open(single) as document:
        assert document.Root.MarkInfo.Marked
    assert single.read_bytes() == LotPress(folder).single(HAVRE)


# --- A letter's own pictures --------------------------------------------------------------------
