"""Claims about lots for a print shop (PDF/X-4, PDF/VT-1) and for an archive (PDF/A-2u)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from merge.errors import LetterError
from merge.model import Lot, LotFile, MadeFor, Status
from merge.paper import binding, profiles, standards
from merge.paper.lot_files import LotFiles
from merge.paper.pdf import LotPress
from merge.words.troubles import explain
from tests.needs import need
from tests.pages import (
    AT,
    HAVRE,
    LETTERS,
    SHORT,
    TINY,
    addressed,
    campaign_folder,
    letter,
    need_pages,
)
from tests.standards import Part, paints, parts, xmp
from tests.test_page import campaigns_letter, everyone

RENDERERS = ("poppler", "mupdf", "gs")
OUTSIDE: tuple[MadeFor, ...] = ("shop", "archive")

COLOURFUL = letter(
    "35238",
    "de Rennes",
    "Mairie de Rennes",
    "35000 RENNES",
    more=(
        '<p style="color: #c00000; border-bottom: 1pt solid teal">Rouge</p>'
        '<p style="color: rgb(120 120 120)">Gris</p>'
        '<p style="height: 8mm; background: linear-gradient(#c00000, white)">Dégradé</p>'
        '<p style="opacity: 0.5; color: navy">Voilé</p>'
        '<p><img src="logo.png"><img src="photo.jpg"><a href="https://example.org/">ici</a></p>'
    ),
)


@pytest.fixture(autouse=True)
def _pages_can_be_made() -> None:
    need_pages()


def folder_with_colours(path: Path) -> Path:
    folder = campaign_folder(path)
    logo = Image.new("RGBA", (40, 40), (0, 90, 200, 255))
    logo.paste((0, 0, 0, 0), (10, 10, 20, 20))
    logo.save(folder / "logo.png")
    Image.radial_gradient("L").resize((60, 60)).convert("RGB").save(folder / "photo.jpg")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_with_colours(tmp_path / "campaign")


@pytest.fixture(scope="module")
def lots(tmp_path_factory: pytest.TempPathFactory) -> dict[MadeFor, tuple[Path, LotFile]]:
    """The same letters for each: small ones, the campaign's own, and one with all colours."""
    folder = folder_with_colours(tmp_path_factory.mktemp("lots") / "campaign")
    letters = [*LETTERS, COLOURFUL, *everyone(campaigns_letter())[:3]]
    made = {}
    for number, made_for in enumerate(("printer", *OUTSIDE), 1):
        lot = LotPress(folder, made_for=made_for).make(number, letters, AT)
        made[made_for] = folder / lot.path, lot
    return made


@contextmanager
def opened(path: Path) -> Iterator[pikepdf.Pdf]:
    with pikepdf.Pdf.open(path) as pdf:
        yield pdf


# --- Colours --------------------------------------------------------------------------------------


def test_a_shop_gets_nothing_but_inks(lots: dict[MadeFor, tuple[Path, LotFile]]) -> None:
    with opened(lots["shop"][0]) as pdf:
        found = set(paints(pdf))
        said = b"".join(each.unparse() for each in pdf.objects if not _is_stream(each))
    assert {paint.space for paint in found} <= {"DeviceGray", "DeviceCMYK", "Pattern"}
    assert {(paint.what, paint.space) for paint in found} >= {
        ("text", "DeviceGray"),
        ("text", "DeviceCMYK"),
        ("picture", "DeviceGray"),
        ("picture", "DeviceCMYK"),
        ("shading", "DeviceCMYK"),
    }
    assert b"DeviceRGB" not in said


def test_black_text_is_black_ink_alone(lots: dict[MadeFor, tuple[Path, LotFile]]) -> None:
    """And so is grey: four inks that miss each other blur a letter of 8 points."""
    with opened(lots["printer"][0]) as pdf:
        before = [paint for paint in paints(pdf) if paint.what == "text"]
    with opened(lots["shop"][0]) as pdf:
        after = [paint for paint in paints(pdf) if paint.what == "text"]
    assert len(before) == len(after) > 200
    for was, now in zip(before, after, strict=True):
        is_grey = was.space == "DeviceGray" or len(set(was.colour)) == 1
        assert now.is_black_ink_alone == is_grey, (was, now)
        if not any(was.colour):
            assert now.colour == (0,)


def test_a_colour_is_converted_by_the_paper_it_is_printed_on(
    lots: dict[MadeFor, tuple[Path, LotFile]],
) -> None:
    with opened(lots["shop"][0]) as pdf:
        inks = {paint.colour for paint in paints(pdf) if paint.space == "DeviceCMYK"}
    red = next(ink for ink in inks if ink and ink[1] > 0.7 and ink[2] > 0.6)
    assert red[0] < 0.35  # as littlecms has it: no more cyan than the paper wants
    assert all(sum(ink) <= 3 for ink in inks)  # what uncoated paper can take


def test_the_separation_of_a_page_shows_text_on_the_black_plate_alone(
    lots: dict[MadeFor, tuple[Path, LotFile]], tmp_path: Path
) -> None:
    ghostscript = shutil.which("gs")
    need(ghostscript, "Ghostscript", "ghostscript")
    page = len(LETTERS) * 2 + 5  # of the campaign's own letter: text alone
    plates = tmp_path / "plate.tif"
    options = ["-sDEVICE=tiffsep", "-r100", f"-dFirstPage={page}", f"-dLastPage={page}"]
    command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", *options, f"-sOutputFile={plates}"]
    subprocess.run([*command, str(lots["shop"][0])], check=True, capture_output=True)
    inked = {}
    for ink in ("Cyan", "Magenta", "Yellow", "Black"):
        with Image.open(tmp_path / f"plate({ink}).tif") as plate:
            inked[ink] = ImageStat.Stat(ImageChops.invert(plate.convert("L"))).sum[0]
    assert inked["Black"] > 100_000
    assert not any(inked[ink] for ink in ("Cyan", "Magenta", "Yellow"))


@pytest.mark.parametrize(
    ("style", "made_for", "reason"),
    [
        ("color: lab(50 40 30)", "shop", "space"),
        ("color: device-cmyk(0 1 1 0)", "archive", "ink"),
    ],
)
def test_a_colour_that_cannot_be_had_is_told_and_leaves_no_lot(
    folder: Path, style: str, made_for: MadeFor, reason: str
) -> None:
    odd = letter("1", "d'Y", "Mairie", "80190 Y", more=f'<p style="{style}">x</p>')
    with pytest.raises(LetterError, match="page-colour") as caught:
        LotPress(folder, made_for=made_for, confined=True).make(1, [HAVRE, odd], AT)
    assert caught.value.facts["reason"] == reason
    assert "[paper]" in explain(caught.value)
    assert not list((folder / "outbox" / "making").iterdir())


def test_a_picture_that_cannot_be_converted_is_told(folder: Path) -> None:
    """One that claims more bits than Pillow reads, as no picture of WeasyPrint does today."""
    made = LotPress(folder, made_for="printer").make(1, [COLOURFUL], AT)
    with pikepdf.Pdf.open(folder / made.path) as pdf:
        for each in pdf.objects:
            if _is_stream(each) and each.get("/ColorSpace") == "/DeviceRGB":
                each.ColorSpace = pikepdf.Array([pikepdf.Name.Separation, pikepdf.Name.Gold])
        pdf.save(folder / "gold.pdf")
    with pytest.raises(LetterError, match="page-colour") as caught:
        binding.write_run(folder / "run.pdf", (folder / "gold.pdf").read_bytes(), "shop")
    assert caught.value.facts["reason"] == "picture"
    assert not (folder / "run.pdf").exists()


def test_inks_that_a_letter_names_itself_go_to_the_shop_as_they_are(folder: Path) -> None:
    own = letter(
        "1", "d'Y", "Mairie", "80190 Y", more='<p style="color: device-cmyk(0 1 1 0)">x</p>'
    )
    made = LotPress(folder, made_for="shop").make(1, [own], AT)
    with opened(folder / made.path) as pdf:
        assert (0, 1, 1, 0) in {paint.colour for paint in paints(pdf)}


# --- What it says of itself -----------------------------------------------------------------------


def test_a_lot_for_a_shop_is_made_to_pdf_x_4(lots: dict[MadeFor, tuple[Path, LotFile]]) -> None:
    path, _made = lots["shop"]
    assert path.read_bytes().startswith(b"%PDF-1.6")
    with opened(path) as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFX"
        assert str(intent.OutputConditionIdentifier) == "FOGRA47"
        assert intent.DestOutputProfile.read_bytes() == profiles.content(profiles.FOGRA47)
        assert intent.DestOutputProfile.N == 4
        assert pdf.docinfo["/Trapped"] == "/False"
        assert pdf.docinfo["/ModDate"] == pdf.docinfo["/CreationDate"]
        told = xmp(pdf)
        assert told["pdfxid:GTS_PDFXVersion"] == "PDF/X-4"
        assert told["dc:title"] == str(pdf.docinfo["/Title"]) == "Lot 2"
        assert told["xmp:CreateDate"] == told["xmp:ModifyDate"] == "2026-03-01T09:30:00Z"
        assert told["pdf:Trapped"] == "False"
        assert {"xmpMM:DocumentID", "xmpMM:VersionID", "xmpMM:RenditionClass"} <= set(told)
        assert len(pdf.trailer.ID) == 2
        for page in pdf.pages:
            assert list(page.trimbox) == list(page.mediabox)
            assert "/TrimBox" in page.obj
            assert "/Annots" not in page.obj
            assert "/Group" not in page.obj  # transparency is mixed in the intent's own inks
        for font in _fonts(pdf):
            assert "/FontFile2" in font.FontDescriptor or "/FontFile3" in font.FontDescriptor


def test_a_lot_for_an_archive_is_made_to_pdf_a_2u(
    lots: dict[MadeFor, tuple[Path, LotFile]],
) -> None:
    path, _made = lots["archive"]
    with opened(path) as pdf:
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        told = xmp(pdf)
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("2", "U")
        assert told["dc:title"] == str(pdf.docinfo["/Title"])
        assert told["xmp:CreatorTool"] == str(pdf.docinfo["/Creator"])
        assert len(pdf.trailer.ID) == 2
        assert not {"/AA", "/OpenAction", "/AcroForm", "/DPartRoot"} & set(pdf.Root.keys())
        for each in pdf.objects:
            if not isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
                continue
            assert each.get("/S") not in ("/JavaScript", "/Launch", "/Sound", "/Movie")
            if each.get("/Subtype") == "/Link":
                assert int(each.F) == 4
            if each.get("/Subtype") == "/Image":
                assert not each.get("/Interpolate", False)
                assert each.ColorSpace in ("/DeviceRGB", "/DeviceGray")
            if _is_stream(each):
                assert "/F" not in each
                assert each.get("/Filter") != "/LZWDecode"
        fonts = list(_fonts(pdf))
        assert fonts
        assert all("/ToUnicode" in font for font in _fonts(pdf, composite=True))  # the u of 2u
        assert {paint.space for paint in paints(pdf)} <= {"DeviceGray", "DeviceRGB", "Pattern"}


def test_the_profile_is_the_one_that_was_published_to_the_last_byte() -> None:
    folder = Path(profiles.__file__).parent
    digest = hashlib.sha256(profiles.content(profiles.FOGRA47)).hexdigest()
    assert (folder / "SHA256SUMS").read_text() == f"{digest}  {profiles.FOGRA47}\n"
    assert "CC0" in (folder / "SOURCES.md").read_text()


def test_a_printers_lot_says_nothing_of_standards(
    lots: dict[MadeFor, tuple[Path, LotFile]],
) -> None:
    with opened(lots["printer"][0]) as pdf:
        assert not {"/OutputIntents", "/Metadata", "/DPartRoot"} & set(pdf.Root.keys())


@pytest.mark.parametrize("made_for", OUTSIDE)
def test_it_is_a_sound_pdf(made_for: MadeFor, lots: dict[MadeFor, tuple[Path, LotFile]]) -> None:
    need(shutil.which("qpdf"), "qpdf", "qpdf")
    checked = subprocess.run(
        ["qpdf", "--check", lots[made_for][0]], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("made_for", OUTSIDE)
def test_the_same_letters_give_the_same_bytes(folder: Path, made_for: MadeFor) -> None:
    first, again = (
        LotPress(folder, made_for=made_for).make(1, [COLOURFUL, TINY], AT) for _ in range(2)
    )
    assert first.sha256 == again.sha256
    confined = LotPress(folder, made_for=made_for, confined=True).make(1, [COLOURFUL, TINY], AT)
    assert confined.sha256 == first.sha256


def test_digests_can_be_worked_out_again_from_the_lot(
    lots: dict[MadeFor, tuple[Path, LotFile]],
) -> None:
    path, made = lots["shop"]
    with opened(path) as pdf:
        found = parts(pdf)[1:]
        for page, part in zip(made.pages, found, strict=True):
            digest = hashlib.sha256()
            for number in part.pages:
                pdf.pages[number - 1].contents_coalesce()
                digest.update(pdf.pages[number - 1].obj.Contents.read_bytes())
            assert digest.hexdigest() == page.sha256


# --- Document parts -------------------------------------------------------------------------------


def test_each_recipient_is_a_document_part(lots: dict[MadeFor, tuple[Path, LotFile]]) -> None:
    path, made = lots["shop"]
    with opened(path) as pdf:
        cover, *found = parts(pdf)
        assert xmp(pdf)["pdfvtid:GTS_PDFVTVersion"] == "PDF/VT-1"
        assert pdf.Root.DPartRoot.RecordLevel == 2
    assert cover == Part(level=1, pages=(1, 2), metadata={})
    assert [part.level for part in found] == [2] * len(made.pages)
    assert found[0].metadata == {"Reference": HAVRE.reference, "Position": 1, "Sheets": 1}
    for page, part in zip(made.pages, found, strict=True):
        assert part.metadata["Position"] == page.position
        assert part.metadata["Sheets"] == page.sheets
        assert len(part.pages) == 2 * page.sheets
    said = b"".join(str(part.metadata).encode() for part in found)
    assert b"LE HAVRE" not in said  # an address is not the machine's business


def test_one_sided_letters_of_one_page_have_a_part_of_one_page(folder: Path) -> None:
    made = LotPress(folder, duplex=False, made_for="shop").make(1, [SHORT, HAVRE], AT)
    with opened(folder / made.path) as pdf:
        assert [part.pages for part in parts(pdf)] == [(1,), (2,), (3, 4)]


def test_letters_printed_again_and_letters_alone_are_made_to_the_same(
    folder: Path,
) -> None:
    press = LotPress(folder, made_for="shop")
    made = press.make(1, [*LETTERS, COLOURFUL], AT)
    path, pages = press.publish(made.path), made.pages
    lot = Lot(
        number=1,
        at=AT,
        path=path,
        letters=len(pages),
        sheets=made.sheets,
        sha256=made.sha256,
        status=Status.MADE,
    )
    again = LotFiles(folder, now=lambda: AT).part(lot, pages, 3, 4)
    with opened(Path(again.path)) as pdf:
        found = parts(pdf)
        assert [part.metadata.get("Position") for part in found] == [None, 3, 4]
        assert xmp(pdf)["pdfvtid:GTS_PDFVTVersion"] == "PDF/VT-1"
        assert {paint.space for paint in paints(pdf)} <= {"DeviceGray", "DeviceCMYK", "Pattern"}
        assert all("/TrimBox" in page.obj for page in pdf.pages)
    for own in press.separate(lot, pages, addressed(made)):
        with opened(folder / own) as pdf:
            assert len(pdf.pages) == 2
            assert standards.whom_for(pdf) == "shop"
            assert xmp(pdf)["pdfxid:GTS_PDFXVersion"] == "PDF/X-4"
            assert "pdfvtid:GTS_PDFVTVersion" not in xmp(pdf)
            assert not any("/DPart" in page.obj for page in pdf.pages)
            assert (folder / own).stat().st_size < 400_000  # not all the other letters


# --- Three renderers ------------------------------------------------------------------------------

_OFF = 64  # of 255, in the mean of 3 × 3 pixels at 72 dots an inch: each hints glyphs in its way
_AT_MOST = 1 / 2000  # of the pixels


@pytest.mark.parametrize("made_for", ["printer", *OUTSIDE])
def test_three_renderers_agree(
    made_for: MadeFor, lots: dict[MadeFor, tuple[Path, LotFile]], tmp_path: Path
) -> None:
    """Of black and grey. Of other inks each has its own idea, and some have none of profiles."""
    path, sample = lots[made_for][0], (1, 3, 9, 11, 12)
    need(shutil.which("pdftoppm"), "Poppler", "poppler-utils")
    need(shutil.which("mutool"), "MuPDF", "mupdf-tools")
    need(shutil.which("gs"), "Ghostscript", "ghostscript")
    for page in sample:
        poppler, *others = (_rendered(how, path, page, tmp_path) for how in RENDERERS)
        for other in others:
            assert other.size == poppler.size
            off = ImageChops.difference(poppler, other).histogram()
            assert sum(off[_OFF:]) / sum(off) < _AT_MOST, (made_for, page)


def _rendered(how: str, path: Path, page: int, scratch: Path) -> Image.Image:
    out = scratch / f"{how}-{page}.png"
    n, to, gs = str(page), str(out), ("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-r144")
    command = {
        "poppler": ("pdftoppm", "-r", "144", "-gray", "-png", "-singlefile", "-f", n, "-l", n),
        "mupdf": ("mutool", "draw", "-q", "-r", "144", "-c", "gray", "-o", to, str(path), n),
        "gs": (*gs, "-sDEVICE=pnggray", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4"),
    }[how]
    if how == "poppler":
        command = *command, str(path), to.removesuffix(".png")
    elif how == "gs":
        command = *command, f"-dFirstPage={n}", f"-dLastPage={n}", f"-sOutputFile={to}", str(path)
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(out) as picture:
        half = picture.convert("L").reduce(2)
    return half.filter(ImageFilter.BoxBlur(1)).crop((0, 0, 595, 841))


def _is_stream(each: object) -> bool:
    return isinstance(each, pikepdf.Stream)


def _fonts(pdf: pikepdf.Pdf, *, composite: bool = False) -> Iterator[pikepdf.Object]:
    for each in pdf.objects:
        is_font = isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"
        if is_font and (each.get("/Subtype") == "/Type0") == composite:
            yield each
