"""Claims about the PDF of a lot, read back with another library than the one that wrote it."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from merge.campaign.ports import Press
from merge.errors import LetterError, Misuse, Refused
from merge.model import Channel, Letter, LotFile
from merge.paper import pdf as paper
from merge.paper.cover import CoverWords
from merge.paper.pdf import LotPress
from merge.paper.typesetting import load_weasyprint, missing_libraries
from tests.needs import need

GOLDEN = Path(__file__).parent / "golden"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
WINDOW_MM = (100, 55, 190, 79)  # what a right-hand DL window shows at every slack
MM = 72 / 25.4  # PDF points

STYLE = """
@page {
  size: A4; margin: 20mm 22mm 22mm 25mm;
  @bottom-center { content: "Réf. " string(key) " — page " counter(page) "/" counter(pages) }
}
@page :first { margin-top: 95mm }
html { font: 11pt/1.45 "Liberation Serif", serif; hyphens: auto }
p { margin: 0 0 3mm; text-align: justify; orphans: 2; widows: 2 }
address {
  position: absolute; left: 80mm; top: -40mm; width: 85mm; white-space: pre;
  font: normal 10pt/4mm "Liberation Mono", monospace;
}
h1 { font-size: 11pt; string-set: key attr(data-key) }
img { width: 40mm }
"""
REASONS = (
    "La rue est un espace de rencontres, d'exercice de nos droits politiques, un lieu de création "
    "au sein duquel une surveillance aussi massive qu'intrusive n'a pas sa place : l'œuvre de "
    "quelques habitant·es, à Zürich comme à L'Haÿ-les-Roses. "
)


def letter(key: str, of: str, *address: str, paragraphs: int = 5, more: str = "") -> Letter:
    body = f"<p>{REASONS * 3}</p>" * paragraphs
    html = (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Lettre</title>'
        f"<style>{STYLE}</style></head><body><address>{'&#10;'.join(address)}</address>"
        f'<h1 data-key="{key}">Objet : caméras</h1><p>Nous, habitant·es <b>{of}</b>, demandons '
        f'ceci.</p>{body}{more}<p><img src="signature.png" alt="La signature"></p></body></html>'
    )
    return Letter(
        key=key,
        channel=Channel.PAPER,
        reference=key,
        subject="caméras",
        text="",
        html=html,
        address=address,
    )


HAVRE = letter(
    "76351",
    "du Havre",
    "Mairie du Havre",
    "1517 PLACE DE L HOTEL DE VILLE",
    "CS 40051",
    "76084 LE HAVRE CEDEX",
)
SHORT = letter("94038", "de L'Haÿ-les-Roses", "Mairie", "94240 L HAY", paragraphs=1)
TINY = letter("80829", "d'Y", "Mairie d'Y", "80190 Y")
LETTERS = (HAVRE, SHORT, TINY)


@pytest.fixture(autouse=True)
def _pages_can_be_made() -> None:
    missing = missing_libraries()
    need("pango-missing" not in missing, "Pango", "libpango-1.0-0 libpangoft2-1.0-0")
    need(not missing, "HarfBuzz's subsetter", "libharfbuzz-subset0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign folder with the one picture that the letters name."""
    return campaign_folder(tmp_path / "campaign")


def campaign_folder(path: Path) -> Path:
    path.mkdir()
    picture = Image.new("L", (160, 60), 255)
    picture.paste(0, (10, 25, 150, 35))
    picture.save(path / "signature.png")
    return path


@pytest.fixture(scope="module")
def lot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LotFile]:
    """One duplex lot, as most tests only look at it."""
    folder = campaign_folder(tmp_path_factory.mktemp("lot") / "campaign")
    made = LotPress(folder).make(1, LETTERS, AT)
    return folder / made.path, made


def texts(path: Path) -> list[str]:
    with pdfium.PdfDocument(path) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "signature.png"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_press_fills_the_port(folder: Path) -> None:
    press: Press = LotPress(folder)  # held by mypy
    assert press.make(1, [TINY], AT).path


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
    assert pages[0].startswith("Lot 1 Cover sheet: do not post Letters 3 Sheets, this one included")
    assert "76351 · Mairie du Havre · 76084 LE HAVRE CEDEX" in pages[0]
    assert "80829 · Mairie d'Y · 80190 Y" in pages[0]
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
        ("76351 · Mairie du Havre · 76084 LE HAVRE CEDEX", 2),
        ("94038 · Mairie · 94240 L HAY", 4),
        ("80829 · Mairie d'Y · 80190 Y", 6),
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
        assert str(document.docinfo.CreationDate) == "D:20260301093000Z"


def test_one_sided_paper_has_no_blank_page(folder: Path) -> None:
    made = LotPress(folder, duplex=False).make(1, LETTERS, AT)
    pages = texts(folder / made.path)
    assert all(pages)
    assert len(pages) == made.sheets == 6
    assert [page.sheets for page in made.pages] == [2, 1, 2]


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


def test_letters_beyond_two_pages_are_reported(folder: Path) -> None:
    long = letter("01001", "de L'Abergement-Clémenciat", "Mairie", "01400 X", paragraphs=20)
    made = LotPress(folder).make(1, [TINY, long], AT)
    assert made.overlong == ("01001",)
    assert [page.sheets for page in made.pages] == [1, 3]


def test_the_cover_sheet_is_in_the_callers_words(folder: Path) -> None:
    made = LotPress(folder, words=CoverWords(lang="fr", lot="Lot n° {number}")).make(7, [TINY], AT)
    assert texts(folder / made.path)[0].startswith("Lot n° 7")


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
        "import sys; from tests.test_pdf import *; "
        "print(LotPress(Path(sys.argv[1])).make(1, LETTERS, AT).sha256)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    run = subprocess.run(
        [sys.executable, "-c", script, folder],
        env=environment,
        cwd=Path(__file__).parents[1],
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
    monkeypatch.setattr(paper, "LETTERS_IN_A_RUN", 2)
    made = LotPress(folder).make(1, LETTERS, AT)
    assert made.pages == lot[1].pages
    assert texts(folder / made.path) == texts(lot[0])


# --- What a letter may name ---------------------------------------------------------------------


def naming(url: str) -> Letter:
    return letter("00001", "de X", "Mairie", "01000 X", more=f'<img src="{url}">', paragraphs=1)


@pytest.mark.parametrize(
    ("url", "code", "path"),
    [
        ("absent.png", "letter-file-missing", "absent.png"),
        ("d%C3%A9part.png", "letter-file-missing", "départ.png"),
        ("broken.png", "letter-file-unreadable", "broken.png"),
        ("link.png", "letter-file-outside", "link.png"),
        ("%2e%2e/secret.png", "letter-file-outside", "../secret.png"),
        ("/etc/hostname", "letter-file-missing", "etc/hostname"),
        ("https://example.org/x.png", "letter-file-remote", "https://example.org/x.png"),
        ("inside.svg", "letter-file-unreadable", "inside.svg"),
    ],
)
def test_a_picture_that_cannot_be_printed_stops_the_lot_before_a_page_is_made(
    folder: Path, url: str, code: str, path: str
) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG, or so it says")
    shutil.copy(folder / "signature.png", folder.parent / "secret.png")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "inside.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<image href="absent.png" width="9" height="9"/></svg>'
    )
    before = files_in(folder)
    with pytest.raises(LetterError) as stopped:
        LotPress(folder).make(1, [TINY, naming(url)], AT)
    assert (stopped.value.code, stopped.value.path) == (code, path)
    assert files_in(folder) == before


@pytest.mark.parametrize(
    "markup",
    [
        '<link rel="stylesheet" href="absent.x">',
        "<style>@import url(absent.x);</style>",
        "<style>p { background: url(absent.x) }</style>",
        '<style>@font-face { font-family: "Own"; src: url(absent.x) }</style>',
    ],
)
def test_a_style_or_a_font_that_is_missing_stops_the_lot_too(folder: Path, markup: str) -> None:
    with pytest.raises(LetterError) as stopped:
        LotPress(folder).make(1, [letter("1", "de X", "Mairie", more=markup)], AT)
    assert (stopped.value.code, stopped.value.path) == ("letter-file-missing", "absent.x")


def test_a_picture_within_the_letter_needs_no_file(folder: Path) -> None:
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="
    assert LotPress(folder).make(1, [naming(dot)], AT).pages
    with pytest.raises(LetterError) as stopped:
        LotPress(folder).make(1, [naming("data:image/png;base64," + "AAAA" * 99)], AT)
    assert stopped.value.code == "letter-file-unreadable"
    assert len(stopped.value.path) < 100


def test_the_recipient_whose_picture_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(LetterError) as stopped:
        LotPress(folder).make(1, [TINY, naming("absent.png")], AT)
    assert stopped.value.facts["key"] == "00001"


def test_a_page_that_is_not_a4_stops_the_lot(folder: Path) -> None:
    american = letter("1", "de X", "Mairie", more="<style>@page { size: letter }</style>")
    with pytest.raises(LetterError) as stopped:
        LotPress(folder).make(1, [american], AT)
    assert stopped.value.code == "page-not-a4"
    assert (stopped.value.facts["width_mm"], stopped.value.facts["height_mm"]) == (216, 279)


def test_css_that_is_not_understood_is_reported_once(
    folder: Path,
) -> None:
    odd = "<style>p { text-colour: red }</style>"
    letters = [letter(key, "de X", "Mairie", more=odd) for key in ("1", "2")]
    made = LotPress(folder).make(1, letters, AT)
    assert len(made.warnings) == 1
    assert "text-colour" in made.warnings[0]


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
    assert refused.value.code == "lot-exists"
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


def test_what_a_person_did_with_a_published_lot_is_not_our_business(folder: Path) -> None:
    press = LotPress(folder)
    made = press.make(1, [TINY], AT)
    (folder / press.publish(made.path)).unlink()
    assert press.publish(made.path) == "outbox/lots/lot-0001.pdf"


def test_a_lot_can_be_cut_into_one_file_a_recipient(folder: Path) -> None:
    press = LotPress(folder)
    made = press.make(1, LETTERS, AT)
    # The folder's setting may have changed since: how a lot is printed, the lot knows.
    paths = LotPress(folder, duplex=False).separate(press.publish(made.path), made.pages)
    assert paths == (
        "outbox/lots/lot-0001/lot-0001-0001-76351.pdf",
        "outbox/lots/lot-0001/lot-0001-0002-94038.pdf",
        "outbox/lots/lot-0001/lot-0001-0003-80829.pdf",
    )
    whole = texts(folder / "outbox/lots/lot-0001.pdf")
    assert [texts(folder / path) for path in paths] == [whole[2:4], whole[4:6], whole[6:8]]


# --- The page -----------------------------------------------------------------------------------


def test_one_letter_to_look_at_is_the_letter_of_the_lot(
    folder: Path, lot: tuple[Path, LotFile]
) -> None:
    single = folder / "single.pdf"
    single.write_bytes(LotPress(folder).single(HAVRE))
    assert texts(single) == texts(lot[0])[2:4]
    with pikepdf.Pdf.open(single) as document:
        assert document.Root.MarkInfo.Marked
    assert single.read_bytes() == LotPress(folder).single(HAVRE)


Glyph = tuple[str, float, float, float, float]


def glyphs(page: pdfium.PdfPage) -> Iterator[Glyph]:
    """Each visible character of a page and its box: left, top, right, bottom in mm."""
    height = page.get_height()
    text = page.get_textpage()
    for i in range(text.count_chars()):
        character = text.get_text_range(i, 1)
        if character.strip():
            left, bottom, right, top = text.get_charbox(i)
            yield character, left / MM, (height - top) / MM, right / MM, (height - bottom) / MM


def shown_in_window(page: pdfium.PdfPage) -> tuple[str, bool]:
    """What a window shows of a page, without spaces, and whether all of it lies in it whole."""
    x0, y0, x1, y1 = WINDOW_MM
    touched = [g for g in glyphs(page) if g[1] < x1 and g[3] > x0 and g[2] < y1 and g[4] > y0]
    whole = all(g[1] >= x0 and g[2] >= y0 and g[3] <= x1 and g[4] <= y1 for g in touched)
    return "".join(g[0] for g in touched), whole


def assert_windows(path: Path, letters: Sequence[Letter], first_pages: Sequence[int]) -> None:
    with pdfium.PdfDocument(path) as document:
        for one, number in zip(letters, first_pages, strict=True):
            shown, whole = shown_in_window(document[number - 1])
            assert shown == "".join("".join(one.address).split()), one.key
            assert whole, one.key


def test_the_window_shows_the_address_whole_and_nothing_else(
    lot: tuple[Path, LotFile],
) -> None:
    assert_windows(lot[0], LETTERS, (3, 5, 7))


def picture_of(path: Path, page: int, dpi: int = 60) -> Image.Image:
    with pdfium.PdfDocument(path) as document:
        image: Image.Image = document[page - 1].render(scale=dpi / 72, grayscale=True).to_pil()
    return image.convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pages are apart, 0 to 255, once blurred: hinting differs between machines."""
    if one.size != other.size:
        return 255.0
    blurred = [image.filter(ImageFilter.GaussianBlur(3)) for image in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*blurred)).rms[0])


GOLDEN_TOLERANCE = 2.0
"""A line that moved by one millimetre is beyond it: see the test below."""


def golden(name: str, image: Image.Image) -> Image.Image:
    """The picture as it should be. UPDATE_GOLDEN=1 takes today's after you have looked at it."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        image.save(path, optimize=True)
    return Image.open(path).convert("L")


def test_the_first_page_looks_as_it_should(lot: tuple[Path, LotFile]) -> None:
    fonts = subprocess.run(["fc-list", ":family=Liberation Serif"], capture_output=True, text=True)
    need(fonts.stdout.strip(), "Liberation fonts", "fonts-liberation")
    page = picture_of(lot[0], 3)
    assert difference(page, golden("lot-letter.png", page)) < GOLDEN_TOLERANCE


def test_the_golden_picture_notices_a_page_that_moved_by_a_millimetre(
    lot: tuple[Path, LotFile],
) -> None:
    page = picture_of(lot[0], 3)
    moved = ImageChops.offset(page, 0, round(60 / 25.4))
    assert difference(page, moved) > GOLDEN_TOLERANCE


# --- Libraries that are missing -----------------------------------------------------------------


@pytest.fixture
def without(tmp_path: Path) -> Callable[[str], str]:
    """Ask, in a process where some shared library cannot be loaded, what is missing."""

    def ask(library: str) -> str:
        script = textwrap.dedent(f"""
            import cffi
            real = cffi.FFI.dlopen
            def dlopen(self, name, flags=0):
                if name is not None and {library!r} in name:
                    raise OSError(f"cannot load library '{{name}}'")
                return real(self, name, flags)
            cffi.FFI.dlopen = dlopen
            from merge.paper.typesetting import missing_libraries
            print(*missing_libraries())
        """)
        run = subprocess.run(
            [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True
        )
        assert run.stderr == ""
        return run.stdout.strip()  # and nothing of WeasyPrint's own advice

    return ask


def test_what_is_missing_is_said_in_a_word(without: Callable[[str], str]) -> None:
    assert without("pango") == "pango-missing"
    assert without("harfbuzz-subset") == "harfbuzz-subset-missing"
    assert without("no such library") == ""


def test_a_press_without_weasyprint_is_wrong_use_not_a_crash(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    press = LotPress(folder)
    with pytest.raises(Misuse) as misuse:
        press.make(1, [TINY], AT)
    assert misuse.value.code == "weasyprint-missing"
    assert missing_libraries() == ("weasyprint-missing",)
    monkeypatch.undo()
    assert load_weasyprint()


def test_importing_the_press_loads_no_library() -> None:
    script = (
        "import sys, merge.paper.pdf\n"
        "print([name for name in ('weasyprint', 'pikepdf', 'PIL') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
