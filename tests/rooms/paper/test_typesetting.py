"""Claims about what a letter may name, and about a machine that lacks what pages need."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from merge.errors import LetterError, Refused
from merge.model import Letter
from merge.paper.pdf import LotPress
from tests.facts import wrong
from tests.pages import AT, files_in, letter

pytestmark = pytest.mark.usefixtures("pages_can_be_made")


# --- What a letter may name ---------------------------------------------------------------------


def naming(url: str) -> Letter:
    return letter("00001", "de X", "Mairie", "01000 X", more=f'<img src="{url}">', paragraphs=1)


def test_a_picture_that_cannot_be_printed_stops_the_lot_before_a_page_is_made(
    folder: Path,
) -> None:
    (folder / "broken.png").write_bytes(b"\x89PNG, or so it says")
    shutil.copy(folder / "signature.png", folder.parent / "secret.png")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "inside.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        '<image href="absent.png" width="9" height="9"/></svg>'
    )
    before = files_in(folder)

    def refusal(url: str) -> tuple[str, str]:
        with pytest.raises((LetterError, Refused)) as stopped:
            LotPress(folder).make(1, [naming(url)], AT)
        return stopped.value.code, str(stopped.value.path).removeprefix(f"{folder}/")

    assert (
        wrong(Path(__file__).with_suffix(".txt"), "pictures that no page can have", refusal) == []
    )
    assert files_in(folder) == before


def test_a_picture_that_was_copied_in_part_is_not_printed_with_a_black_rest(folder):
    for number, kind in enumerate(("png", "jpeg")):
        whole = BytesIO()
        Image.effect_noise((90, 90), 99).save(whole, kind)
        (folder / "torn").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
        (folder / "whole").write_bytes(whole.getvalue())
        assert LotPress(folder).make(number, [naming("whole")], AT).pages
        with pytest.raises(LetterError, match="letter-file-unfit"):
            LotPress(folder).make(9, [naming("torn")], AT)


def test_a_scan_in_16_bits_of_grey_is_printed_as_it_looks(folder: Path) -> None:
    scan = Image.new("I;16", (90, 90), 0xFFFF)
    scan.paste(0x1212, (0, 0, 45, 90))
    scan.save(folder / "scan.png", transparency=0xFFFF)
    made = LotPress(folder).make(2, [naming("scan.png")], AT)
    assert made.warnings == ()
    with pdfium.PdfDocument(folder / made.path) as document:
        pictures = document[2].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE])
        (shown,) = (each for each in pictures if each.get_px_size() == (90, 90))
        printed = shown.get_bitmap(render=True).to_pil().convert("L")
    halves = [printed.getpixel((printed.width * n // 4, printed.height // 2)) for n in (1, 3)]
    assert halves == [0x12, 0xFF]


def test_a_style_or_a_font_that_is_missing_stops_the_lot_too(folder: Path) -> None:
    for markup in (
        '<link rel="stylesheet" href="absent.x">',
        "<style>@import url(absent.x);</style>",
        "<style>p { background: url(absent.x) }</style>",
        '<style>@font-face { font-family: "Own"; src: url(absent.x) }</style>',
    ):
        with pytest.raises(LetterError) as stopped:
            LotPress(folder).make(1, [letter("1", "de X", "Mairie", more=markup)], AT)
        assert (stopped.value.code, stopped.value.path) == ("letter-file-unfit", "absent.x")


def test_a_picture_within_the_letter_needs_no_file(folder: Path) -> None:
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="
    assert LotPress(folder).make(1, [naming(dot)], AT).pages
    with pytest.raises(LetterError) as stopped:
        LotPress(folder).make(1, [naming("data:image/png;base64," + "AAAA" * 99)], AT)
    assert stopped.value.code == "letter-file-unfit"
    assert len(stopped.value.path) < 100


def test_css_that_is_not_understood_is_reported_once(
    folder: Path,
) -> None:
    odd = "<style>p { text-colour: red }</style>"
    letters = [letter(key, "de X", "Mairie", more=odd) for key in ("1", "2")]
    made = LotPress(folder).make(1, letters, AT)
    assert len(made.warnings) == 1
    assert "text-colour" in made.warnings[0]


# --- Libraries that are missing -----------------------------------------------------------------


def test_without_harfbuzz_fonttools_makes_the_same_pages(tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        import cffi
        real = cffi.FFI.dlopen
        def dlopen(self, name, flags=0):
            if sys.argv[1:] and "harfbuzz-subset" in name:
                raise OSError(name)
            return real(self, name, flags)
        cffi.FFI.dlopen = dlopen
        from merge.paper.typesetting import Typesetter
        run = Typesetter(Path({str(tmp_path)!r})).run([("", "<p>Mesdames, Messieurs")])
        sys.stdout.buffer.write(run.pdf)
    """)
    command = [sys.executable, "-c", script]
    usual = subprocess.run(command, capture_output=True, check=True)
    without = subprocess.run([*command, "without"], capture_output=True, check=True)
    pages = [pdfium.PdfDocument(each.stdout)[0] for each in (usual, without)]
    words = [page.get_textpage().get_text_bounded() for page in pages]
    assert words == ["Mesdames, Messieurs"] * 2
