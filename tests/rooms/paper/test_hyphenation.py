"""Claims about hyphens on paper: in no name or address, at a seam, and not too many of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.letters import filling
from merge.letters.idiom import Idiom
from merge.model import Slotted
from merge.paper import hyphenation, loading
from merge.paper.hyphenation import MOST_IN_A_ROW
from merge.paper.press import Press
from merge.paper.typesetting import Typesetter
from tests.press import campaign
from tests.press.judge import Oracle, judge

pytestmark = pytest.mark.usefixtures("pages_can_be_made")


# --- where a word may be cut ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "cut"),
    [
        ("fr", "vidéo-surveillance"),
        ("fr", "l'inter-communalité"),
        ("fr", "d\N{RIGHT SINGLE QUOTATION MARK}anti-terrorisme"),
        ("fr", "micro-processeurs"),
        ("fr", "tech-nique"),
        ("fr", "au-to-ri-sa-tion"),
        ("fr", "l'ad-mi-nis-tra-tion"),
        ("fr", "in-frac-tion"),
        ("fr", "vi-sion-nage"),
        ("fr", "mul-tiples"),
        ("fr", "géor-giens"),
        ("fr", "anti-démocratique"),
        ("fr", "an-tienne"),
        ("fr", "audio-visuelle"),
        ("fr", "bio-métrique"),
        ("fr", "télé-alarmes"),
        ("fr", "infra-structure"),
        ("fr", "ha-bi-tant·es"),
        ("fr", "photo-grapher"),
        ("fr", "télé"),
        ("fr", "janvier"),
        ("de", "September"),
        ("de", "Staats-an-walt-schaft"),
        ("en", "sur-veil-lance"),
        ("en_GB", "pho-to-grapher"),
        ("en_US", "pho-tog-ra-pher"),
        ("es", "de-sa-rro-llo"),
        ("it", "re-gi-stra-zione"),
    ],
)
def test_a_word_is_cut_at_its_seam_or_else_between_syllables(lang: str, cut: str) -> None:
    from weasyprint.text import line_break

    hyphenation.install()
    word = cut.replace("-", "")
    dictionary = line_break.pyphen.Pyphen(lang=lang, left=2, right=3)
    *halves, _last = cut.split("-")
    expected = ["".join(halves[: n + 1]) for n in range(len(halves))]
    assert [before for before, _after in dictionary.iterate(word)] == expected[::-1]


# --- where a line may end -------------------------------------------------------------------------

TOWNS = ("Oberbrandstetterhausen", "Châlons-en-Champagne", "Y", "Le Havre")
ADDRESS = "https://association-exemple.example.org/surveillance/documentation-administrative"
WORDS = {
    "fr": "Nous demandons l'interdiction de la vidéosurveillance intercommunale, particulièrement "
    "algorithmique, et que l'administration multiplie les autodiagnostics indépendants",
    "de": "Die Datenschutzbeauftragten bezweifeln die Verhältnismäßigkeit automatischer "
    "Gesichtserkennung, die Sicherheitsbehörden wiederholt vorgeschlagen haben",
    "de-CH": "Die Videoüberwachung öffentlicher Verkehrsmittel widerspricht grundsätzlichen "
    "Vereinbarungen, welche die Stimmberechtigten ausgehandelt haben",
    "es": "Solicitamos respetuosamente explicaciones sobre el reconocimiento automatizado, la "
    "videovigilancia municipal y los procedimientos administrativos correspondientes",
    "it": "Domandiamo rispettosamente chiarimenti sull'organizzazione della videosorveglianza "
    "comunale, particolarmente sull'amministrazione dell'infrastruttura informatica",
    "en-GB": "We respectfully request extraordinary explanations concerning administrative "
    "surveillance infrastructures, particularly algorithmic identification technologies",
    "en-US": "Communities increasingly acknowledge disproportionate governmental surveillance, "
    "notwithstanding contradictory recommendations concerning interoperability",
}
WIDTHS = (48, 83)  # mm


def letters(lang: str, width: int) -> Sequence[tuple[str, Slotted]]:
    says = WORDS[lang]
    source = (
        f'<!DOCTYPE html><html lang="{lang}"><style>@page {{ size: A4; margin: 15mm }}'
        'html { font: 11pt/1.3 "Publipostage Serif" }'
        f"p {{ width: {width}mm; text-align: justify; hyphens: auto;"
        " hyphenate-limit-chars: 6 3 3 }</style>"
        f"<p>{{{{ town }}}} : {says}. {says.lower()}, {{{{ town }}}}, {says.lower()}. Der Brief "
        f"der Stadt {{{{ town }}}}. {says} ({{{{ town }}}}): {says.lower()}"
        f"<p>{says} {{{{ town }}}}. Archives : {ADDRESS} archives. {says}, <b>{{{{ town }}}}</b>"
        f"<p>{{{{ town }}}} {says.lower()} ;<br>{says.lower()} <b>{says}</b>.<p>{ADDRESS}"
    )
    template = filling.compile_html(source, "page.html", idiom=Idiom(lang.partition("-")[0]))
    return [(town, template.slotted({"town": town})) for town in TOWNS]


def paragraphs(typesetter: Typesetter, key: str, page: Slotted) -> Iterator[tuple[str, ...]]:
    """The lines of each paragraph of a letter that is set plainly."""
    found: dict[object, list[str]] = {}
    for sheet in loading.page_boxes(typesetter.lay_out(key, page.html, {})):
        for block in sheet.descendants():
            if loading.kind(block) == "BlockBox" and block.element_tag == "p":
                for line in block.children:
                    texts = [each for each in line.descendants() if loading.kind(each) == "TextBox"]
                    said = "".join(each.text for each in texts)
                    found.setdefault(block.element, []).append(said)
    yield from map(tuple, found.values())


HYPHEN = "\N{HYPHEN}"
SEAM = re.compile("(.*['\N{RIGHT SINGLE QUOTATION MARK}])?(auto|inter|multi|vidéo)")


def cut_words(lines: Sequence[str], lang: str) -> Iterator[tuple[str, str]]:
    """What stands before and behind each hyphen that was put into a paragraph that is well set.

    A word that is alone on its line, and too long for it, is cut as ever.
    """
    in_a_row = 0
    for line, after in pairwise([*lines, ""]):
        is_hyphened = bool(re.search(f"[^ ][-{HYPHEN}]$", line))
        in_a_row = in_a_row + 1 if is_hyphened else 0
        assert in_a_row <= MOST_IN_A_ROW or " " not in line, lines
        if is_hyphened and " " in line:
            assert after != lines[-1] or " " in after.strip(), lines
        if line.endswith(HYPHEN) and " " in line:
            before, behind = re.split(r"[ \xa0]", line[:-1])[-1], re.split(r"[ \xa0]", after)[0]
            word = before + behind
            assert not re.search(r"[@/]|\w\.\w", word), lines
            assert word == word.lower() or lang.startswith("de"), lines
            assert TOWNS[0] not in word, lines
            seam = SEAM.match(word) if lang == "fr" else None
            assert not seam or before == seam[0], lines
            yield before, behind


@pytest.mark.parametrize("lang", WORDS)
def test_lines_end_well_on_plain_pages_and_fast_ones_have_the_same(folder: Path, lang: str) -> None:
    """Seven languages, two widths, four letters each."""
    oracle, press, typesetter = Oracle(folder), Press(folder), Typesetter(folder)
    cut = fast = 0
    for width in WIDTHS:
        some = letters(lang, width)
        again = press.anew()
        judged = judge(oracle, oracle.expected(some), again, keep=folder / "kept")
        assert [str(each) for each in judged.differing] == []
        fast += again.tally.fast
        for key, page in some:
            for lines in paragraphs(typesetter, key, page):
                cut += len(list(cut_words(lines, lang)))
    assert fast >= len(TOWNS)
    assert cut > 50, "words are cut where they may be"


def page_ends(typesetter: Typesetter, page: Slotted) -> Iterator[tuple[str, int]]:
    """The last line before each end of a page within a paragraph, and how many it has there."""
    for sheet in loading.page_boxes(typesetter.lay_out("", page.html, {}))[:-1]:
        blocks = [each for each in sheet.descendants() if loading.kind(each) == "BlockBox"]
        *_, last = (each for each in blocks if each.element_tag == "p" and each.children)
        texts = [box for box in last.children[-1].descendants() if loading.kind(box) == "TextBox"]
        yield texts[-1].text, len(last.children)


def over_pages(orphans: int, more: int, towns: Sequence[str]) -> Sequence[tuple[str, Slotted]]:
    """Letters that go over three or four small pages, with towns in each paragraph."""
    said = f"{WORDS['fr']} {{{{ town }}}} {WORDS['fr'].lower()}, {{{{ town }}}}. "
    source = (
        '<!DOCTYPE html><html lang="fr"><style>@page { size: A4; margin: 110mm 60mm }'
        'html { font: 11pt/1.3 "Publipostage Serif" } p { text-align: justify; hyphens: auto;'
        f" hyphenate-limit-chars: 6 3 3; orphans: {orphans}; widows: 2; margin: 0 }}</style>"
        f"<div style='height: {1.3 * more}em'></div><p>{said * 3}<p>{said * 3}"
    )
    template = filling.compile_html(source, "page.html", idiom=Idiom("fr"))
    return [(town, template.slotted({"town": town})) for town in towns]


@pytest.mark.parametrize("orphans", [1, 4])
def test_no_page_ends_within_a_word_where_orphans_let_it(folder: Path, orphans: int) -> None:
    """Plain pages and fast ones, which are the same wherever they end."""
    oracle, typesetter = Oracle(folder), Typesetter(folder)
    towns = [each.name for each in campaign.communes(65)[50:]]
    ends = 0
    for more in range(3):
        some, press = over_pages(orphans, more, towns), Press(folder)
        judged = judge(oracle, oracle.expected(some), press, keep=folder / "kept")
        assert [str(each) for each in judged.differing] == []
        assert set(press.tally.reasons) <= {"lines", "look"}, "none was found to be wrong"
        assert press.tally.fast > len(towns) / 2
        for _key, page in some:
            for line, lines in page_ends(typesetter, page):
                ends += 1
                assert not line.endswith(("-", HYPHEN)) or lines <= orphans
    assert ends > 2 * 3 * len(towns)


LONG = "gouvernementalisation"


@pytest.mark.parametrize(
    "body",
    [LONG, f"(<b>{LONG.title()}</b>", f"{LONG} {LONG}", f"non-{LONG}", f"l'<b>{LONG}</b>."],
)
def test_a_word_that_is_longer_than_its_line_is_cut_whatever_it_is(folder: Path, body: str) -> None:
    html = f"<html lang=fr><style>p {{ hyphens: auto; width: 20mm }}</style><p>{body}"
    document = Typesetter(folder).lay_out("1", html, {})
    for page in loading.page_boxes(document):
        for box in page.descendants():
            if loading.kind(box) == "LineBox":
                assert box.width <= 20 / 25.4 * 96


@pytest.mark.parametrize("space", ["pre-line", "pre-wrap", "pre", "nowrap", "normal"])
def test_hyphens_of_the_authors_own_end_lines_too(folder: Path, space: str) -> None:
    words = "un anti-\nmissile, l'inter\xadcommunal-\xa0local vis-à-vis\n" * 4
    style = f"p {{ hyphens: auto; width: 26mm; white-space: {space} }}"
    html = f"<html lang=fr><style>{style}</style><p>{words}"
    found = list(paragraphs(Typesetter(folder), "1", Slotted((html,))))
    printed = "".join(found[0]).replace(HYPHEN, "")
    assert re.sub(r"[\s\xad]", "", printed) == re.sub(r"[\s\xad]", "", words)


def test_a_hyphen_that_is_not_printed_is_in_no_text_that_is_copied(folder: Path) -> None:
    [(key, page), *_] = letters("fr", 60)
    typesetter = Typesetter(folder)
    for pdf in (typesetter.run([(key, page.html)]).pdf, typesetter.alone(key, page.html)):
        with pdfium.PdfDocument(pdf) as document:
            said = "".join(sheet.get_textpage().get_text_range() for sheet in document)
        assert "\N{SOFT HYPHEN}" not in said
        drawn = len(re.findall(f"[{HYPHEN}\x02\ufffe]", said))
        found = [
            line
            for lines in paragraphs(typesetter, key, page)
            for line in lines
            if line.endswith(("-", HYPHEN))
        ]
        assert drawn == len(found)
