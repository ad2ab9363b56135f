"""Claims about what people see: the window of the envelope, and the look of a page."""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from merge.french.communes import reference
from merge.letters.enclosures import Files
from merge.letters.letterhead import NO_LETTERHEAD, Letterhead
from merge.letters.template import CompiledTemplate, Writer, compile_template
from merge.model import Audience, Channel, Letter, LetterFault, LotFile, Recipient
from merge.paper.cover import WEIGHTS, Cover, CoverWords, IndexEntry, cover_html
from merge.paper.fonts import width_mm
from merge.paper.lots import cover_pages, index_size, places
from merge.paper.measuring import flaws
from merge.paper.pdf import LotPress
from merge.paper.stationery import SheetWords
from merge.paper.typesetting import Typesetter
from merge.paper.window import FORMATS, PROFILES, SheetFormat, Window
from merge.recipients import sheet
from tests.house import ROOT
from tests.pages import (
    AT,
    HAVRE,
    LETTERS,
    REASONS,
    RETURN_ADDRESS,
    campaign_folder,
    letter,
    look,
    pdf_of,
    run_of,
    texts,
)
from tests.tables import everyone_in

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

GOLDEN = ROOT / "tests/golden"
WINDOW_MM = (100, 55, 190, 79)  # what a right-hand DL window shows at every slack
MM = 72 / 25.4  # PDF points


@pytest.fixture(scope="module")
def lot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LotFile]:
    """One duplex lot, as most tests only look at it."""
    folder = campaign_folder(tmp_path_factory.mktemp("lot") / "campaign")
    made = LotPress(folder).make(1, LETTERS, AT)
    return folder / made.path, made


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


@pytest.mark.parametrize("style", ["top: 30mm", "left: 68mm", "font-size: 14pt", "top: -61mm"])
def test_an_address_that_leaves_the_window_is_seen(tmp_path: Path, style: str) -> None:
    moved = letter("1", "de X", *HAVRE.address, more=f"<style>address {{ {style} }}</style>")
    folder = campaign_folder(tmp_path / "moved")
    made = LotPress(folder).make(1, [moved], AT)
    with pytest.raises(AssertionError):
        assert_windows(folder / made.path, [moved], [3])


def campaigns_letter(
    window: Window = PROFILES["nf-right"],
    *,
    fold_marks: bool = False,
    source: str = "",
    audience: Audience = "communes",
    letterhead: Letterhead = NO_LETTERHEAD,
    files: Files | None = None,
) -> CompiledTemplate:
    """templates/vsa, written by a group whose own lines are as many as a group may have."""
    vsa = ROOT / "templates/vsa"
    return compile_template(
        source=source or (vsa / "letter.md").read_text(encoding="utf-8"),
        look=look(window, fold_marks=fold_marks),
        page_frame=(vsa / "page.html.j2").read_text(encoding="utf-8"),
        mail_frame=(vsa / "mail.html.j2").read_text(encoding="utf-8"),
        writer=Writer(
            name="Collectif des habitant·es du quartier Saint-François",
            contact="collectif@example.org",
            address=("Maison des associations", "12 rue des Lilas", "76600 Le Havre"),
            place="Le Havre",
            place_article_code=2,
            signature=("Pour le collectif,", "Zoé Martin"),
            address_source="l'annuaire de l'administration (service-public.fr)",
        ),
        date=datetime.date(2026, 3, 1),
        audience=audience,
        letterhead=letterhead,
        files=files,
    )


def sample_recipients() -> list[Recipient]:
    """Everyone in data/communes.csv whom a letter on paper can reach."""
    table = sheet.read_sheet(ROOT / "data/communes.csv")
    found, _ = everyone_in(table)
    return [recipient for recipient in found if recipient.has_postal_address]


FULLEST = Recipient(
    key="six-lines",
    commune="Évreux",
    article_code=1,
    street=("Bâtiment Queneau Quai Quinquet Q", "22 rue Jacques Queyranne", "CS 12345"),
    postcode="27000",
    locality="EVREUX JACQUES QUEYRANNE Q CEDEX",
)
"""Six lines, an accent on the capital of the first and tails on the letters of the last."""


def everyone(template: CompiledTemplate) -> list[Letter]:
    """The letters to everyone in the sample, and to the fullest address."""
    rendered = [template.render(one, Channel.PAPER) for one in (*sample_recipients(), FULLEST)]
    assert [one for one in rendered if isinstance(one, LetterFault)] == []
    return [one for one in rendered if isinstance(one, Letter)]


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, LotFile, list[Letter]]:
    """The campaign's letter to everyone in the sample, in one lot."""
    letters = everyone(campaigns_letter())
    folder = tmp_path_factory.mktemp("campaign")
    made = LotPress(folder).make(1, letters, AT)
    return folder / made.path, made, letters


def test_the_window_shows_every_sample_address_whole_and_nothing_else(
    campaign: tuple[Path, LotFile, list[Letter]],
) -> None:
    path, made, letters = campaign
    placed = places([2] * len(letters), duplex=True)
    assert (made.overlong, made.sheets) == ((), len(letters) + 1)
    assert len(letters) > 50
    assert len(letters[-1].address) == 6
    assert_windows(path, letters, [place.first_page for place in placed])
    assert made.warnings == ()


def longest_names() -> list[Recipient]:
    """Those of all communes whose name or last line is longest."""
    communes = sorted(
        (each for each in reference().values() if each.postcodes),
        key=lambda each: len(each.name),
        reverse=True,
    )
    return [
        Recipient(
            key=each.insee,
            commune=each.name,
            article_code=each.article_code,
            street=("22 rue de la Haute-Bruyère-Saint-Jacques",),
            postcode=each.postcodes[0],
            locality=f"{each.name}{cedex}",
        )
        for each in communes[:60]
        for cedex in ("", " CEDEX 09")
    ]


def test_the_window_shows_the_longest_names_of_all_communes() -> None:
    template = campaigns_letter(source="---\nsubject: {{ commune|a }}\n---\n{{ signature }}")
    letters = [
        page
        for one in longest_names()
        if isinstance(page := template.render(one, Channel.PAPER), Letter)
    ]
    assert len(letters) > 60, "the others are held: their last line does not fit"
    run = run_of(*letters)
    addresses = [page.address for page in letters]
    assert flaws(run.pdf, run.pages, addresses, PROFILES["nf-right"]) == (None,) * len(letters)


def unspaced(text: str) -> str:
    """Without spaces and hyphens, of which the page has its own, and pdfium U+0002; ’ as typed."""
    return re.sub("[\\s\\-\N{HYPHEN}\N{SOFT HYPHEN}\x02\ufffe]", "", text).replace("’", "'")


def test_page_and_e_mail_say_the_same_word_for_word(
    campaign: tuple[Path, LotFile, list[Letter]],
) -> None:
    pages = [unspaced(text) for text in texts(campaign[0])[2:]]
    for page, first, second in zip(campaign[2], pages[::2], pages[1::2], strict=True):
        foot = unspaced(page.reference + "page")
        around = unspaced("".join(page.address)) + foot + "1/2"
        assert first.endswith(around)
        assert second.endswith(foot + "2/2")
        said = first.removesuffix(around) + second.removesuffix(foot + "2/2")
        sender, contact, rest = said.partition("collectif@example.org")
        assert "12ruedesLilas" in sender + contact
        opening, _, body = rest.partition(unspaced(f"Objet : {page.subject}"))
        assert opening + body == unspaced(page.text.replace("\n-- \n", "\n"))


def picture_of(document: pdfium.PdfDocument, page: int, dpi: int = 60) -> Image.Image:
    image: Image.Image = document[page - 1].render(scale=dpi / 72, grayscale=True).to_pil()
    return image.convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pages are apart, 0 to 255, once blurred: hinting differs between machines."""
    if one.size != other.size:
        return 255.0
    blurred = [image.filter(ImageFilter.GaussianBlur(3)) for image in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*blurred)).rms[0])


GOLDEN_TOLERANCE = 2.0
"""A page that moved by one millimetre is beyond it: see the test below."""


def golden(name: str, image: Image.Image) -> Image.Image:
    """The picture as it should be. UPDATE_GOLDEN=1 takes today's after you have looked at it."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        image.save(path, optimize=True)
    return Image.open(path).convert("L")


def test_the_golden_picture_notices_a_page_that_moved_by_a_millimetre(
    lot: tuple[Path, LotFile],
) -> None:
    with pdfium.PdfDocument(lot[0]) as document:
        page = picture_of(document, 3)
    moved = ImageChops.offset(page, 0, round(60 / 25.4))
    assert difference(page, moved) > GOLDEN_TOLERANCE


def test_a_signature_that_the_letter_writes_itself_stays_on_one_page() -> None:
    lines = ["Le président,", "Jean Dupont", "La secrétaire,", "Marie Duval"]
    block = "\n\n".join(lines)
    for n in range(14, 22):
        filled = f"{REASONS * 2}\n\n" * 7 + "Mot.\n\n" * n
        source = f"---\nsubject: x\n---\n{filled}Recevez nos salutations {'a' * 40}.\n\n{block}\n"
        page = campaigns_letter(source=source).render(FULLEST, Channel.PAPER)
        assert isinstance(page, Letter)
        with pdfium.PdfDocument(pdf_of(page)) as document:
            pages = [each.get_textpage().get_text_range() for each in document]
        on = {number for number, text in enumerate(pages) for line in lines if line in text}
        assert on == {number for number, text in enumerate(pages) if "salutations" in text}


def test_the_foot_of_each_page_has_the_font_of_the_text_and_a_rule_is_a_thin_line(
    tmp_path: Path,
) -> None:
    source = "---\nsubject: x\n---\nBonjour.\n\n***\n\n" + "Salut.\n\n" * 60
    page = campaigns_letter(source=source).render(FULLEST, Channel.PAPER)
    assert isinstance(page, Letter)
    mono = '<style>html { font-family: "Publipostage Mono" }</style></head>'
    made = tmp_path / "made.pdf"
    html = page.page.html.replace("</head>", mono)
    made.write_bytes(Typesetter(tmp_path).run([("", html)]).pdf)
    with pikepdf.Pdf.open(made) as pdf:
        fonts = {str(font.BaseFont) for each in pdf.pages for font in each.resources.Font.values()}
    assert [font.partition("+")[2] for font in fonts] == ["Publipostage-Mono"]
    with pdfium.PdfDocument(made) as document:
        assert len(document) > 1
        rules = list(document[0].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_PATH]))
        (high,) = (top - bottom for _left, bottom, _right, top in (r.get_bounds() for r in rules))
    assert high < 1  # point


def test_the_first_page_looks_as_it_should(lot: tuple[Path, LotFile]) -> None:
    with pdfium.PdfDocument(lot[0]) as document:
        page = picture_of(document, 3)
    assert difference(page, golden("lot-letter.png", page)) < GOLDEN_TOLERANCE


@pytest.mark.parametrize(
    ("profile", "page"), [("nf-right", 2), *((profile, 1) for profile in PROFILES)]
)
def test_each_envelope_has_its_look(profile: str, page: int) -> None:
    letter = campaigns_letter(PROFILES[profile], fold_marks=True).render(FULLEST, Channel.PAPER)
    assert isinstance(letter, Letter)
    with pdfium.PdfDocument(pdf_of(letter, PROFILES[profile].sheet)) as document:
        picture = picture_of(document, page)
    assert difference(picture, golden(f"{profile}-{page}.png", picture)) < GOLDEN_TOLERANCE


ABROAD = [
    Recipient(
        key="abroad",
        organisation="Théâtre de l'Orangerie",
        civility="Mme",
        first_name="Zoé",
        surname="Müller-Grünwald",
        street=("Rue de l'Hôtel-de-Ville 2", "Case postale 3983"),
        postcode="1211",
        locality="Genève 3",
        country="CH",
    ),
    Recipient(
        key="longest",
        organisation="Q" * 38,
        surname="Ș" * 38,
        street=("Straße der Brüder Grünwald-Ångström 12", "Große Halle, Tor 4"),
        postcode="4040",
        locality="Linz an der Donau, Urfahr, Pöstli",
        country="AT",
    ),
    Recipient(
        key="polish",
        first_name="Łucja",
        surname="Żółkiewska",
        street=("ul. Świętokrzyska 11 m. 4",),
        postcode="00-950",
        locality="Kędzierzyn-Koźle",
        country="PL",
    ),
    Recipient(
        key="british",
        organisation="Acme Ltd",
        surname="Smith",
        street=("Flat 3, 22 Acacia Avenue",),
        postcode="sw1a1aa",
        locality="Llanfairpwllgwyngyll",
        country="GB",
    ),
]
"""What leaves the country: six lines, lines of 38 characters, and letters that French has not."""


def letters_abroad(profile: str) -> list[Letter]:
    template = campaigns_letter(
        PROFILES[profile],
        fold_marks=True,
        source="---\nsubject: Votre invitation\n---\n{{ salutation }},\n\n{{ signature }}",
        audience="people",
    )
    rendered = [template.render(one, Channel.PAPER) for one in ABROAD]
    return [each for each in rendered if isinstance(each, Letter)]


@pytest.mark.parametrize("profile", PROFILES)
def test_each_window_shows_an_address_of_another_country_whole_and_has_its_look(
    profile: str,
) -> None:
    letters = letters_abroad(profile)
    addresses = [each.address for each in letters]
    assert max(len(line) for lines in addresses for line in lines) == 38
    run = run_of(*letters, sheet=PROFILES[profile].sheet)
    assert flaws(run.pdf, run.pages, addresses, PROFILES[profile]) == (None,) * len(ABROAD)
    with pdfium.PdfDocument(run.pdf) as document:
        picture = picture_of(document, 1)
    assert difference(picture, golden(f"{profile}-abroad.png", picture)) < GOLDEN_TOLERANCE


def test_the_cover_sheet_looks_as_it_should(lot: tuple[Path, LotFile]) -> None:
    with pdfium.PdfDocument(lot[0]) as document:
        page = picture_of(document, 1)
    assert difference(page, golden("cover.png", page)) < GOLDEN_TOLERANCE


def test_an_index_looks_as_it_should(tmp_path: Path) -> None:
    longest = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    lines = [("Le Havre", "76084 LE HAVRE CEDEX"), ("Köln", "ALLEMAGNE"), (longest, "51290 X")]
    index = [
        IndexEntry(
            place=n,
            to=lines[n % 3][0],
            last_line=lines[n % 3][1],
            grammes=WEIGHTS.of(1 + 2 * (n % 25 == 0) + n % 2),
        )
        for n in range(1, 131)
    ]
    cover = Cover(
        number=1,
        letters=130,
        sheets=262,
        first=longest,
        last=longest,
        duplex=True,
        at=AT,
        checksum="ab" * 32,
        index=index,
        campaign="Pas de caméras chez nous",
    )
    made = tmp_path / "cover.pdf"
    made.write_bytes(
        Typesetter(tmp_path).run([("", cover_html(cover, CoverWords(), measured=width_mm))]).pdf
    )
    with pdfium.PdfDocument(made) as document:
        assert len(document) == cover_pages(130) == 2
        pages = [picture_of(document, number, dpi=100) for number in (1, 2)]
    for name, picture in zip(("cover-of-many.png", "cover-index.png"), pages, strict=True):
        assert difference(picture, golden(name, picture)) < GOLDEN_TOLERANCE


@pytest.mark.parametrize(
    ("letters", "sheet", "name"),
    [
        (letters, sheet, name)
        for sheet in FORMATS.values()
        for columns, on_top, on_a_page in [index_size(sheet)]
        for on_two in [columns * (on_top + on_a_page)]
        for letters in (columns * on_top, columns * on_top + 1, on_two + 1)
        for name in ("Y", "W" * 400)
    ],
)
def test_a_cover_has_the_pages_that_are_counted_for_it(
    tmp_path: Path, letters: int, sheet: SheetFormat, name: str
) -> None:
    """However long its names are: else every letter of the lot would begin a page too late."""
    cover = Cover(
        number=10_000,
        letters=letters,
        sheets=letters,
        first=name,
        last=name,
        duplex=True,
        at=AT,
        checksum="ab" * 32,
        index=[
            IndexEntry(
                place=n, to=name, last_line=("JAPON", "SUISSE", name)[n % 3], grammes=9.0 ** (n % 5)
            )
            for n in range(1, letters + 1)
        ],
        envelopes=3,
        campaign=name,
    )
    with pdfium.PdfDocument(
        Typesetter(tmp_path, sheet)
        .run([("", cover_html(cover, CoverWords(), sheet, measured=width_mm))])
        .pdf
    ) as document:
        assert len(document) == cover_pages(letters, sheet)


RETURNED = dataclasses.replace(PROFILES["nf-right"], return_address=RETURN_ADDRESS)


def test_a_window_looks_as_it_should_with_a_return_address(tmp_path: Path) -> None:
    letter = campaigns_letter(RETURNED).render(FULLEST, Channel.PAPER)
    assert isinstance(letter, Letter)
    with pdfium.PdfDocument(pdf_of(letter)) as document:
        picture = picture_of(document, 1, dpi=150).crop((555, 280, 1200, 520))
    assert difference(picture, golden("return-address.png", picture)) < GOLDEN_TOLERANCE
    press = LotPress(tmp_path, window=RETURNED)
    with pdfium.PdfDocument(tmp_path / press.test_sheet(SheetWords())) as document:
        picture = picture_of(document, 1)
    assert difference(picture, golden("test-sheet-return.png", picture)) < GOLDEN_TOLERANCE


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("nf-right", "test-sheet.png"),
        ("din-c6", "test-sheet-a5.png"),
        ("us-10", "test-sheet-letter.png"),
    ],
)
def test_the_test_sheet_looks_as_it_should(tmp_path: Path, profile: str, name: str) -> None:
    press = LotPress(tmp_path, window=PROFILES[profile])
    with pdfium.PdfDocument(tmp_path / press.test_sheet(SheetWords())) as document:
        assert len(document) == 2
        page = picture_of(document, 1)
    assert difference(page, golden(name, page)) < GOLDEN_TOLERANCE
