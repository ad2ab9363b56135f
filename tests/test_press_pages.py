"""Hard templates for hard recipients: pages that nobody can tell from plain WeasyPrint's.

A slice of what `make proof-print` compares; tests/test_press.py has the campaign's letter.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.letters import filling
from merge.letters.template import compile_template
from merge.model import Channel, Letter
from merge.paper.press import Press
from tests.pages import campaign_folder, need_pages
from tests.press.judge import Oracle, judge
from tests.press.nasty_templates import TEMPLATES, Nasty, write_own_font
from tests.press.recipients import RECIPIENTS
from tests.test_letter_languages import ANN, FOOT, WRITER

EVERY = 9  # of the nasty templates
FEW = tuple(each for each in RECIPIENTS if each.key in ("plain", "twin", "longest", "edges"))


@pytest.fixture(autouse=True)
def _pages_can_be_made() -> None:
    need_pages()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = campaign_folder(tmp_path / "campaign")
    write_own_font(folder)
    return folder


@pytest.mark.parametrize("template", TEMPLATES[::EVERY], ids=lambda template: template.name)
def test_a_nasty_template_is_the_same(folder: Path, template: Nasty) -> None:
    oracle, press = Oracle(folder), Press(folder)
    expected = oracle.expected(template.letters(FEW))
    judged = judge(oracle, expected, press, runs=1, keep=folder.parent / "differing")
    assert [str(each) for each in judged.differing] == []
    assert not press.tally.reasons["error"]


# --- where lines end ------------------------------------------------------------------------------

FIXED = "demandons à la mairie, l'an prochain, de s'engager"
JUSTIFIED, NOWRAP = "text-align: justify; hyphens: auto", "white-space: nowrap"
LINES = [  # and why some of them go the plain way
    ("{{ name }},<br>le 12 mars<br>à la mairie {{ name }}, " + FIXED, JUSTIFIED, ""),
    (f"{{{{ name }}}} <br>{FIXED}", JUSTIFIED, "lines"),
    (f"Nous l'<b>{{{{ name }}}}</b>, {FIXED}.", JUSTIFIED, "lines"),
    (f"Nous (<b>{{{{ name }}}}</b>), {FIXED}.", "", "lines"),
    (f"Nous, <b>{{{{ name }}}} </b>{FIXED}", JUSTIFIED, ""),
    (f"Nous, {{{{ name }}}}\xa0: «\xa0{FIXED}\xa0»\xa0!", JUSTIFIED, ""),
    (f"Nous, {{{{ name }}}}\xa0–\xa0{FIXED}\xa0–\xa0ici.", JUSTIFIED, "lines"),
    (f"Nous, {{{{ name }}}}\xa0\xa0{FIXED}", JUSTIFIED, "lines"),
    (f"De Ham-{{{{ name }}}}-les-Bains-de-{{{{ name }}}}, {FIXED}", JUSTIFIED, ""),
    (f"{{{{ name }}}} vidéosurveillance algorithmique. {FIXED}", JUSTIFIED, ""),
    *(
        (f"Nous, <b style='{cut}'>{{{{ name }}}} vidéosurveillance </b>{FIXED}", JUSTIFIED, "")
        for cut in ("hyphens: manual", "hyphenate-limit-chars: 4", "overflow-wrap: anywhere")
    ),
    *(
        (f"Nous, <b{style}>{{{{ name }}}}</b> vidéosurveillance {FIXED}", justified, "")
        for style in ("", " style='line-height: 2'")
        for justified in (JUSTIFIED, "text-align: end")
    ),
    (f"{{{{ name }}}}<b> anti-vidéosurveillance {FIXED}</b>", JUSTIFIED, ""),
    (f"Nous, {{{{ name }}}}<b style='line-height: 2'> {FIXED}</b>", JUSTIFIED, "lines"),
    (f"{{{{ name }}}}{'x' * 24} {FIXED}", "", "lines"),
    (f"Nous, {{{{ name }}}}, {FIXED}", NOWRAP, "lines"),
]


def test_a_line_ends_where_weasyprint_ends_it(folder: Path) -> None:
    oracle, press = Oracle(folder), Press(folder)
    for said, style, why in LINES:
        source = (
            "<!DOCTYPE html><html lang=fr><style>@page { size: A4; margin: 20mm } "
            'html { font: 11pt/1.4 "Publipostage Serif" } '
            f"p {{ width: 60mm; {style} }}</style><p>{said}"
        )
        template = filling.compile_html(source, "page.html")
        names = [f"{'n' * length}ous" for length in range(1, 24)]
        expected = oracle.expected([(n, template.slotted({"name": n})) for n in names])
        again = press.anew()
        judged = judge(oracle, expected, again, runs=1, keep=folder.parent / "differing")
        assert [str(each) for each in judged.differing] == []
        assert "".join(again.tally.reasons) == why, said
        assert why or again.tally.fast == judged.letters


# --- what goes the plain way ----------------------------------------------------------------------

NAMES = ("Rennes", "Le Mans", "Auffay", "Y Val", "Fez", "Saint-Brieuc")
BLOCKS = (
    *("float: left", "position: fixed", "position: absolute", "opacity: .5", "direction: rtl"),
    *("columns: 2", "column-width: 30mm", "text-overflow: ellipsis", "transform: rotate(1deg)"),
    *("text-indent: 5mm", "block-ellipsis: auto", "display: inline-block", "white-space: pre"),
)
INLINE = (
    *("letter-spacing: 1pt", "word-spacing: 1pt", "text-decoration: underline", "color: red"),
    *("word-break: break-all", "text-transform: uppercase"),
    *("white-space: pre", "white-space: nowrap", "vertical-align: super", "font-size: 0"),
    *("hyphenate-limit-zone: 9mm",),
    *("visibility: hidden", "position: relative", "float: right", "direction: rtl"),
    *("background: #eee", "outline: 1pt solid", "border: 1pt solid"),
    *("margin-left: 1mm", "margin-top: 1mm", "padding-right: 1mm", "padding-bottom: 1mm"),
    *("box-shadow: 1pt 1pt red", "display: inline-block"),
)
WORDS = "demandons à la mairie de s'engager. " * 3


def is_fast(press: Press, body: str) -> bool:
    """Whether letters with this body go the fast way, beyond the one that they are learned from."""
    source = f"<!DOCTYPE html><html lang=fr><style>p {{ hyphens: auto }}</style>{body}"
    template = filling.compile_html(source, "page.html")
    again = press.anew()
    again.run([(name, template.slotted({"name": name})) for name in NAMES])
    return again.tally.fast > 1


def test_what_moves_or_changes_words_goes_the_plain_way(folder: Path) -> None:
    press = Press(folder)
    said = f"Nous, {{{{ name }}}}, {WORDS}"
    bodies = [f'<p style="{style}">{said}' for style in BLOCKS]
    bodies += [f'<p>Nous, <b style="{style}">{{{{ name }}}}</b>, {WORDS}' for style in INLINE]
    bodies += [
        f"<p>Nous, <b lang=en>{{{{ name }}}}</b>, {WORDS}",
        f"<p>Nous, <a href=x>{{{{ name }}}}</a>, {WORDS}",
        f"<div>{said}<p>Puis.</div>",
        f'<div style="display: flex"><p>{said}</div>',
        f'<div style="display: grid"><p>{said}</div>',
        f'<div style="columns: 2"><p>{said}</div>',
        f'<div style="transform: scale(.9)"><p>{said}</div>',
        f"<style>p::first-letter {{ font-size: 30pt }}</style><p>{said}",
        f"<style>p::first-line {{ font-weight: bold }}</style><p>{said}",
    ]
    assert is_fast(press, f"<p>{said}")
    assert [body for body in bodies if is_fast(press, body)] == []


def test_a_margin_whose_words_move_others_goes_the_plain_way(folder: Path) -> None:
    press = Press(folder)

    def beside(**margins: str) -> str:
        boxes = " ".join(f"@{at.replace('_', '-')} {{ {what} }}" for at, what in margins.items())
        return (
            f"<style>h1 {{ string-set: n content() }} @page {{ {boxes} }}</style>"
            "<h1>{{ name }}</h1>"
        )

    name = "content: string(n)"
    plain = "content: 'x'"
    assert is_fast(press, beside(top_right=name, top_left=plain))
    assert is_fast(press, beside(top_center=name))
    bodies = [
        beside(left_top=name),
        beside(top_left_corner=name),
        beside(top_center=name, top_left=plain),
        beside(top_left=name, top_center=plain),
        beside(top_left=f"{name}; text-align: center"),
        beside(top_left=f"{name}; width: 30mm"),
        beside(top_left=f"{name}; min-width: 30mm"),
        beside(top_left=f"{name}; text-indent: 3mm"),
        beside(top_left=f"{name} '\\A x'; white-space: pre-line"),
    ]
    assert [body for body in bodies if is_fast(press, body)] == []


# --- the hyphens of a letter's language -----------------------------------------------------------

CUT = [  # by the rules of the language, and otherwise than by those of French
    ("de", "Staatsanwaltschaft", "Staats-an-walt-schaft"),
    ("de_CH", "Staatsanwaltschaft", "Staats-an-walt-schaft"),
    ("es", "desarrollo", "de-sa-rro-llo"),
    ("it", "registrazione", "re-gi-stra-zio-ne"),
    ("en_GB", "photographer", "pho-to-graph-er"),
    ("en_US", "photographer", "pho-tog-ra-pher"),
    ("fr", "photographer", "photo-grapher"),
]
NARROW = '@page { size: A4; margin: 20mm } html { font: 11pt/1.4 "Publipostage Serif" } '
NARROW += "p { width: 60mm; text-align: justify; hyphens: auto; hyphenate-limit-chars: 4 2 2 }"


@pytest.mark.parametrize(("locale", "word", "cut"), CUT, ids=[each[0] for each in CUT])
def test_a_word_is_cut_as_its_language_cuts_it_on_plain_and_on_fast_pages(
    folder: Path, locale: str, word: str, cut: str
) -> None:
    template = compile_template(
        source=f"---\nsubject: X\n---\n{{{{ nom }}}} {word} etc.\n",
        look="",
        page_frame=f'<!DOCTYPE html><html lang="fr"><style>{NARROW}</style>{{{{ body }}}}</html>',
        mail_frame="{{ body }}{{ foot }}",
        locale=locale,
        audience="people",
        own_foot=FOOT,
        writer=WRITER,
        date=date(2026, 3, 1),
    )
    people = [ANN._replace(key=str(n), surname=f"{'n' * n}ous") for n in range(8, 27)]
    written = [template.render(each, Channel.PAPER) for each in people]
    pages = [(each.key, each.page) for each in written if isinstance(each, Letter)]
    oracle, press = Oracle(folder), Press(folder)
    plain = oracle.expected(pages)
    judged = judge(oracle, plain, press, runs=1, keep=folder.parent / "differing")
    assert [str(each) for each in judged.differing] == []
    assert press.tally.fast == judged.letters, press.tally.reasons

    assert cut.replace("-", "") == word
    expected = {cut[:i].replace("-", "") for i, sign in enumerate(cut) if sign == "-"}
    for pdf in (plain[0].pdf, press.run(pages).pdf):
        assert _cuts(pdf, word) == expected


def _cuts(pdf: bytes, word: str) -> set[str]:
    """What stands before a hyphen at the end of a line, of this word."""
    with pdfium.PdfDocument(pdf) as document:
        said = [page.get_textpage().get_text_range() for page in document]
    parts = (re.findall(r"(\w+)[-\u2010\ufffe\x02]\s*(\w+)", text) for text in said)
    return {before for each in parts for before, after in each if before + after == word}
