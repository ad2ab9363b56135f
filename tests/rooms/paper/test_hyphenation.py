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
from tests.examples import each_line
from tests.facts import facts
from tests.press import campaign
from tests.press.judge import Oracle, judge

pytestmark = pytest.mark.usefixtures("pages_can_be_made")
SAID = Path(__file__).with_suffix(".txt")


# --- where a word may be cut ----------------------------------------------------------------------


@each_line
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
WORDS = {lang: said for (lang,), (said,) in facts(SAID, "long words of seven languages")}
WIDTHS = {"fr": (48, 83), "de": (48, 83)}  # mm


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


def test_lines_end_well_on_plain_pages_and_fast_ones_have_the_same(folder):
    oracle, press, typesetter = Oracle(folder), Press(folder), Typesetter(folder)
    for lang in WORDS:
        some = [each for width in WIDTHS.get(lang, (83,)) for each in letters(lang, width)]
        again = press.anew()
        judged = judge(oracle, oracle.expected(some), again, keep=folder / "kept")
        assert [str(each) for each in judged.differing] == []
        assert again.tally.fast >= len(TOWNS) / 2, lang
        cut = 0
        for key, page in some:
            for lines in paragraphs(typesetter, key, page):
                cut += len(list(cut_words(lines, lang)))
        assert cut > 30, f"{lang}: words are cut where they may be"


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


def test_no_page_ends_within_a_word_where_orphans_let_it(folder):
    """Plain pages and fast ones, which are the same wherever they end."""
    oracle, press, typesetter = Oracle(folder), Press(folder), Typesetter(folder)
    towns = [each.name for each in campaign.communes(58)[50:]]
    ends = 0
    for orphans, more in ((1, 0), (1, 1), (4, 1), (4, 2)):
        some, again = over_pages(orphans, more, towns), press.anew()
        judged = judge(oracle, oracle.expected(some), again, keep=folder / "kept")
        assert [str(each) for each in judged.differing] == []
        assert set(again.tally.reasons) <= {"lines", "look"}, "none was found to be wrong"
        assert again.tally.fast > len(towns) / 2
        for _key, page in some:
            for line, lines in page_ends(typesetter, page):
                ends += 1
                assert not line.endswith(("-", HYPHEN)) or lines <= orphans
    assert ends > 2 * 4 * len(towns)


@each_line
def test_a_word_that_is_longer_than_its_line_is_cut_whatever_it_is(folder, body: str) -> None:
    html = f"<html lang=fr><style>p {{ hyphens: auto; width: 20mm }}</style><p>{body}"
    document = Typesetter(folder).lay_out("1", html, {})
    for page in loading.page_boxes(document):
        for box in page.descendants():
            if loading.kind(box) == "LineBox":
                assert box.width <= 20 / 25.4 * 96


@each_line
def test_hyphens_of_the_authors_own_end_lines_too(folder, space: str) -> None:
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
