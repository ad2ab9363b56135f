"""Claims about what people see: the window of the envelope, and the look of a page."""

from __future__ import annotations

import dataclasses
import re
from itertools import product

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import ImageChops

from merge.french.communes import reference
from merge.model import Channel, Letter, Recipient, Slotted
from merge.paper.cover import WEIGHTS, Cover, CoverWords, IndexEntry, cover_html
from merge.paper.fonts import width_mm
from merge.paper.lots import cover_pages, index_size, places
from merge.paper.measuring import flaws
from merge.paper.pdf import LotPress
from merge.paper.stationery import SheetWords
from merge.paper.typesetting import Typesetter
from merge.paper.window import FORMATS, PROFILES
from tests.goldens import TOLERANCE, difference, glyphs, picture_of, unlike
from tests.pages import AT, COVER, REASONS, RETURN_ADDRESS, pages_of, pdf_of, run_of, texts
from tests.vsa import campaigns_letter, everyone, fullest, rendered

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

WINDOW_MM = (100, 55, 190, 79)  # what a right-hand DL window shows at every slack
LONGEST = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"


# --- the window -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """The campaign's letter to some of the sample, in one lot."""
    letters = [*everyone()[:-1:3], everyone()[-1]]
    folder = tmp_path_factory.mktemp("campaign")
    made = LotPress(folder).make(1, letters, AT)
    return folder / made.path, made, letters


def shown_in_window(page: pdfium.PdfPage) -> tuple[str, bool]:
    """What a window shows of a page, without spaces, and whether all of it lies in it whole."""
    x0, y0, x1, y1 = WINDOW_MM
    touched = [g for g in glyphs(page) if g[1] < x1 and g[3] > x0 and g[2] < y1 and g[4] > y0]
    whole = all(g[1] >= x0 and g[2] >= y0 and g[3] <= x1 and g[4] <= y1 for g in touched)
    return "".join(g[0] for g in touched), whole


def test_the_window_shows_every_sample_address_whole_and_nothing_else(campaign):
    path, made, letters = campaign
    placed = places([2] * len(letters), duplex=True)
    assert (made.overlong, made.warnings, made.sheets) == ((), (), len(letters) + 1)
    assert len(letters) > 15
    assert len(letters[-1].address) == 6
    with pdfium.PdfDocument(path) as document:
        for one, place in zip(letters, placed, strict=True):
            shown = shown_in_window(document[place.first_page - 1])
            assert shown == ("".join("".join(one.address).split()), True), one.key


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
        for each in communes[:12]
        for cedex in ("", " CEDEX 09")
    ]


def test_the_window_shows_the_longest_names_of_all_communes():
    template = campaigns_letter(source="---\nsubject: {{ commune|a }}\n---\n{{ signature }}")
    made = [template.render(one, Channel.PAPER) for one in longest_names()]
    letters = [each for each in made if isinstance(each, Letter)]
    assert len(letters) >= 12, "the others are held: their last line does not fit"
    run = run_of(*letters)
    addresses = [page.address for page in letters]
    assert flaws(run.pdf, run.pages, addresses, PROFILES["nf-right"]) == (None,) * len(letters)


# --- its words ------------------------------------------------------------------------------------


def unspaced(text: str) -> str:
    """Without spaces and hyphens, of which the page has its own, and pdfium U+0002; ’ as typed."""
    return re.sub("[\\s\\-\N{HYPHEN}\N{SOFT HYPHEN}\x02\ufffe]", "", text).replace("’", "'")


def test_page_and_e_mail_say_the_same_word_for_word(campaign):
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


def test_a_signature_that_the_letter_writes_itself_stays_on_one_page():
    lines = ["Le président,", "Jean Dupont", "La secrétaire,", "Marie Duval"]
    block = "\n\n".join(lines)
    ends = f"Recevez nos salutations {'a' * 40}.\n\n{block}\n"
    sources = (f"{REASONS * 2}\n\n" * 7 + "Mot.\n\n" * n + ends for n in range(14, 22))
    letters = (fullest(source=f"---\nsubject: x\n---\n{each}") for each in sources)
    for pages in pages_of(*letters):
        on = {number for number, text in enumerate(pages) for line in lines if line in text}
        assert on == {number for number, text in enumerate(pages) if "salutations" in text}


def test_the_foot_of_each_page_has_the_font_of_the_text_and_a_rule_is_a_thin_line(tmp_path):
    page = fullest(source="---\nsubject: x\n---\nBonjour.\n\n***\n\n" + "Salut.\n\n" * 60)
    mono = '<style>html { font-family: "Publipostage Mono" }</style></head>'
    html = page.page.html.replace("</head>", mono)
    made = tmp_path / "made.pdf"
    made.write_bytes(pdf_of(page._replace(page=Slotted((html,)))))
    with pikepdf.Pdf.open(made) as pdf:
        fonts = {str(font.BaseFont) for each in pdf.pages for font in each.resources.Font.values()}
    assert [font.partition("+")[2] for font in fonts] == ["Publipostage-Mono"]
    with pdfium.PdfDocument(made) as document:
        assert len(document) > 1
        (rule,) = document[0].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_PATH])
        _left, bottom, _right, top = rule.get_bounds()
    assert top - bottom < 1  # point


# --- its look -------------------------------------------------------------------------------------


def test_a_picture_notices_a_page_that_moved_by_a_millimetre():
    with pdfium.PdfDocument(pdf_of(fullest())) as document:
        page = picture_of(document, 1)
    assert difference(page, ImageChops.offset(page, 0, round(60 / 25.4))) > TOLERANCE


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
]
"""What leaves the country: six lines, lines of 38 characters, and letters that French has not."""


@pytest.mark.parametrize("profile", PROFILES)
def test_each_envelope_has_its_look_in_france_and_abroad(profile):
    window = PROFILES[profile]
    template = campaigns_letter(
        window,
        fold_marks=True,
        source="---\nsubject: Votre invitation\n---\n{{ salutation }},\n\n{{ signature }}",
        audience="people",
    )
    abroad = [rendered(template, one, Channel.PAPER) for one in ABROAD]
    addresses = [each.address for each in abroad]
    assert max(len(line) for lines in addresses for line in lines) == 38
    run = run_of(*abroad, fullest(window, fold_marks=True), sheet=window.sheet)
    assert flaws(run.pdf, run.pages[:2], addresses, window) == (None,) * len(abroad)
    home = sum(run.pages[:2]) + 1
    looks = {f"{profile}-abroad": 1, f"{profile}-1": home}
    looks |= {"nf-right-2": home + 1} if profile == "nf-right" else {}
    assert unlike(run.pdf, looks) == []


def test_an_index_looks_as_it_should(tmp_path):
    lines = [("Le Havre", "76084 LE HAVRE CEDEX"), ("Köln", "ALLEMAGNE"), (LONGEST, "51290 X")]
    index = [
        IndexEntry(
            place=n,
            to=lines[n % 3][0],
            last_line=lines[n % 3][1],
            grammes=WEIGHTS.of(1 + 2 * (n % 25 == 0) + n % 2),
        )
        for n in range(1, 131)
    ]
    cover = dataclasses.replace(
        COVER,
        number=1,
        letters=130,
        sheets=262,
        first=LONGEST,
        last=LONGEST,
        index=index,
        campaign="Pas de caméras chez nous",
    )
    html = cover_html(cover, CoverWords(), measured=width_mm)
    made = Typesetter(tmp_path).run([("", html)])
    assert made.pages == (cover_pages(130),) == (2,)
    assert unlike(made.pdf, {"cover-of-many": 1, "cover-index": 2}, dpi=100) == []


def test_a_cover_has_the_pages_that_are_counted_for_it(tmp_path):
    """However long its names are: else every letter of the lot would begin a page too late."""
    for sheet in FORMATS.values():
        columns, on_top, on_a_page = index_size(sheet)
        first, two = columns * on_top, columns * (on_top + on_a_page)
        covers = [*product((first, first + 1, two + 1), ("Y", "W" * 400))]
        run = Typesetter(tmp_path, sheet).run(
            [
                (name, cover_html(long_cover(n, name), CoverWords(), sheet, measured=width_mm))
                for n, name in covers
            ]
        )
        assert run.pages == tuple(cover_pages(n, sheet) for n, _name in covers)


def long_cover(letters: int, name: str) -> Cover:
    lines = ("JAPON", "SUISSE", name)
    return dataclasses.replace(
        COVER,
        number=10_000,
        letters=letters,
        sheets=letters,
        first=name,
        last=name,
        index=[
            IndexEntry(place=n, to=name, last_line=lines[n % 3], grammes=9.0 ** (n % 5))
            for n in range(1, letters + 1)
        ],
        envelopes=3,
        campaign=name,
    )


def test_a_return_address_and_test_sheets_look_as_they_should(tmp_path):
    returned = dataclasses.replace(PROFILES["nf-right"], return_address=RETURN_ADDRESS)
    cut = (555, 280, 1200, 520)
    assert unlike(pdf_of(fullest(returned)), {"return-address": 1}, dpi=150, crop=cut) == []
    for window, name in (
        (PROFILES["nf-right"], "test-sheet"),
        (PROFILES["din-c6"], "test-sheet-a5"),
        (PROFILES["us-10"], "test-sheet-letter"),
        (returned, "test-sheet-return"),
    ):
        sheets = tmp_path / LotPress(tmp_path, window=window).test_sheet(SheetWords())
        assert len(texts(sheets)) == 2
        assert unlike(sheets, {name: 1}) == []
