"""Small letters for paper, and how to read the pages that came of them."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import sys
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp

import pypdfium2 as pdfium
import pytest
from PIL import Image

from merge.errors import Misuse
from merge.french.communes import reference
from merge.model import Addressed, Channel, Letter, Lot, LotFile, Slotted, Status
from merge.paper.cover import Cover, IndexEntry
from merge.paper.loading import load_weasyprint
from merge.paper.pdf import LotPress
from merge.paper.typesetting import Typeset, Typesetter
from merge.paper.window import A4, PROFILES, SheetFormat, Window, rules
from tests.house import ROOT
from tests.needs import need

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

COVER = Cover(
    number=3,
    letters=2,
    sheets=4,
    first="76351 · Mairie du Havre",
    last="a<b>&c",
    duplex=True,
    at=AT,
    checksum="ab" * 32,
    index=[
        IndexEntry(place=1, to="Le Havre", last_line="76084 LE HAVRE CEDEX", grammes=9.99),
        IndexEntry(place=2, to="a<b>&c", last_line="80190 Y"),
    ],
    campaign="Pas de <VSA>",
)

LOT = Lot(
    number=1,
    at=AT,
    path="outbox/lots/lot-0001.pdf",
    letters=40,
    sheets=41,
    sha256="0" * 64,
    status=Status.MADE,
)

STYLE = """
@page {
  size: A4; margin: 20mm 22mm 22mm 25mm;
  @bottom-center { content: "Réf. " string(key) " — page " counter(page) "/" counter(pages) }
}
@page :first { margin-top: 95mm }
html { font: 11pt/1.45 "Publipostage Serif", serif; hyphens: auto }
p { margin: 0 0 3mm; text-align: justify; orphans: 2; widows: 2 }
address {
  position: absolute; left: 80mm; top: -40mm; width: 85mm; white-space: pre;
  font: normal 10pt/4mm "Publipostage Mono", monospace;
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
        page=Slotted((html,)),
        address=address,
        name=reference()[key].name if key in reference() else "",
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


RETURN_ADDRESS = "Collectif de Rennes · 12 rue de l'Étang · 35000 Rennes"


def look(window: Window = PROFILES["nf-right"], *, fold_marks: bool = False) -> str:
    """The look of the campaign's letter, as the program completes it."""
    own = (ROOT / "templates/vsa/letter.css").read_text(encoding="utf-8")
    return own + rules(window, fold_marks=fold_marks)


def need_pages() -> None:
    """Leave the test out where this machine cannot make pages; fail it in CI."""
    try:
        load_weasyprint()
    except Misuse:
        need(None, "Pango", "libpango-1.0-0 libpangoft2-1.0-0")
    from weasyprint.text import ffi

    need(ffi.harfbuzz_subset, "HarfBuzz's subsetter", "libharfbuzz-subset0")


def campaign_folder(path: Path) -> Path:
    path.mkdir()
    picture = Image.new("L", (160, 60), 255)
    picture.paste(0, (10, 25, 150, 35))
    picture.save(path / "signature.png")
    return path


@cache
def _typesetter(sheet: SheetFormat) -> Typesetter:
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder)
    return Typesetter(campaign_folder(folder / "campaign"), sheet)


def run_of(*letters: Letter, sheet: SheetFormat = A4) -> Typeset:
    """The pages of letters that show no picture but the signature."""
    return _typesetter(sheet).run((letter.key, letter.page.html) for letter in letters)


def pdf_of(page: Letter, sheet: SheetFormat = A4) -> bytes:
    """The pages of one of them."""
    return run_of(page, sheet=sheet).pdf


def pages_of(*letters: Letter) -> list[list[str]]:
    """What stands on each page of each of them."""
    run = run_of(*letters)
    with pdfium.PdfDocument(run.pdf) as document:
        said = iter([page.get_textpage().get_text_bounded() for page in document])
        return [list(islice(said, count)) for count in run.pages]


def texts(path: Path) -> list[str]:
    with pdfium.PdfDocument(path) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def lot_of(made: LotFile, number: int = 1) -> Lot:
    """What the ledger would say of it."""
    return Lot(
        number=number,
        at=AT,
        path=made.path,
        letters=len(made.pages),
        sheets=made.sheets,
        sha256=made.sha256,
        status=Status.MADE,
    )


def separated(press: LotPress, made: LotFile, number: int = 1) -> tuple[str, ...]:
    """Publish a lot, and cut it as the ledger would have it cut."""
    press.publish(made.path)
    return press.separate(lot_of(made, number), made.pages, addressed(made))


def addressed(made: LotFile) -> list[Addressed]:
    """To whom the letters of a lot go."""
    return [Addressed(page.key, f"Ville-{page.key}") for page in made.pages]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "signature.png"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")


def drawing() -> str:
    """10 to the 29th of one square."""
    again = "<use href='#a{0}'/>" * 10
    groups = (f'<g id="a{i}">{again.format(i - 1)}</g>' for i in range(1, 30))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><defs><g id="a0">'
        f'<rect width="1" height="1"/></g>{"".join(groups)}</defs><use href="#a29"/></svg>'
    )


LOOKS = {
    "use": 'body { background: url("x.svg") }',
    "calc": f"p {{ width: {'calc(1px + ' * 20_000}1px{')' * 20_000} }}",
}
