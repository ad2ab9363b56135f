"""Claims about the press: WeasyPrint's own pages, and what it does when it is not sure of them."""

from __future__ import annotations

import gc
import re
import weakref
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
import weasyprint.document
import weasyprint.draw
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from PIL import Image

from merge.errors import LetterError
from merge.letters import filling
from merge.letters.template import compile_template
from merge.model import Channel, Letter, Slotted, Ways
from merge.paper import fonts, loading
from merge.paper.loading import Laid
from merge.paper.press import Press, Tier, internals, layouts, lines, master
from merge.paper.press import press as pressing
from merge.paper.typesetting import Typesetter
from tests.press import campaign
from tests.press.judge import Letters, Oracle, compare, judge
from tests.press.nasty_templates import OWN_FONT, write_own_font
from tests.rooms.letters.test_letter_languages import ANN, FOOT, WRITER
from tests.rooms.paper.test_page import campaigns_letter, everyone

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

HEAD = (
    '<!DOCTYPE html><html lang="fr"><head><title>{{ name }}</title><style>'
    "@page { size: A4; margin: 20mm; @bottom-left { content: string(key) } } "
    'html { font: 11pt/1.4 "Publipostage Serif", serif } h1 { string-set: key content() } '
    "p { text-align: justify; hyphens: auto }</style></head><body>"
)
WORDS = "demandons à la mairie de s'engager à ne jamais installer de vidéosurveillance. " * 3
NAMES = ("Rennes", "Saint-Étienne", "Y", "Le Vernet-Chaméane", "L'Haÿ-les-Roses", "Œuilly")


@pytest.fixture
def folder(folder: Path) -> Path:
    write_own_font(folder)
    return folder


def letters(body: str, names: Sequence[str] = NAMES, **values: str) -> Letters:
    template = filling.compile_html(HEAD + body, "page.html")
    return [(str(n), template.slotted({"name": name, **values})) for n, name in enumerate(names)]


PLAIN_BODY = (
    f"<h1>Réf. {{{{ name }}}}</h1><p>Nous, habitant·es de <b>{{{{ name }}}}</b>, {WORDS}</p>"
)


def of_the_campaign(n: int) -> Letters:
    return [(each.key, each.page) for each in everyone(campaigns_letter())[:n]]


# --- the fast way ---------------------------------------------------------------------------------


def test_the_campaigns_letter_has_weasyprints_own_pages(folder: Path) -> None:
    some = campaign.letters(campaign.communes(24))
    press = Press(folder)
    assert compare(folder, some, press).differing == ()
    assert press.tally.fast > press.tally.plain, press.tally


def test_a_margin_that_says_a_first_letter_does_not_learn_the_value_from_y(folder: Path) -> None:
    initials = (
        "<style>@page { @top-right { content: string(initial) } } "
        "h1 { string-set: initial content(first-letter) }</style><h1>{{ name }}</h1>"
    )
    names = ("Y", "Rennes", "Le Vernet-Chaméane", "Œuilly")
    assert compare(folder, letters(initials, names), Press(folder)).differing == ()


def test_a_line_may_end_between_a_dash_and_the_hard_space_behind_it(folder: Path) -> None:
    incise = f"<p>{{{{ name }}}} {'demandons ' * 7}–\xa0dont nous sommes\xa0– à la mairie.</p>"
    names = [f"{'n' * length}ous" for length in range(1, 24)]
    press = Press(folder)
    assert compare(folder, letters(incise, names), press).differing == ()
    assert press.tally.fast > press.tally.plain, press.tally


def test_a_glyph_all_by_itself_is_copied_where_weasyprints_page_has_it(folder: Path) -> None:
    body = f"<h1>{{{{ name }}}}</h1><p>{WORDS}</p>" * 3
    press = Press(folder)
    assert compare(folder, letters(body), press).differing == ()
    assert press.tally.fast == 2 * len(NAMES)


def test_a_form_is_drawn_where_nothing_is_in_force_and_brings_along_what_is() -> None:
    text = [b"BT", b"[<%s>] TJ" % (b"0033" * 60), b"ET"]
    gap = layouts.Gap(0, 0, b"", b"9")
    opened = [b"q", b"2 0 0 2 0 0 cm", b"q", b"0 0 9 9 re", b"W", b"n"]
    drawing: list[bytes | layouts.Gap] = [*opened[1:], *text, gap, b"Q", *text]
    first, second = (
        layouts.Surroundings(b"\n".join(each), b"\n".join([b"Q"] * each.count(b"q")))
        for each in (opened, opened[:2])
    )
    operators = b"\n".join(text)
    assert list(layouts._in_parts(drawing)) == [
        b"\n".join(opened),
        first.form(operators),
        gap,
        b"Q",
        second.form(operators),
        b"Q",
    ]
    form = first.form(operators)
    assert form
    assert form.operators.split(b"\n") == [*opened, *text, b"Q", b"Q"]


@pytest.mark.parametrize("colours", ["RGB", "RGBA", "L", "P"])
@pytest.mark.parametrize(
    "placed",
    ["left bottom / contain no-repeat", "7px / 50% no-repeat", "right / cover no-repeat"],
)
def test_a_picture_behind_a_box_is_the_templates_own(
    folder: Path, colours: str, placed: str
) -> None:
    """As the picture of a signature is: each letter of the campaign went the plain way."""
    picture = Image.radial_gradient("L").resize((300, 90)).convert(colours)
    if colours == "RGBA":
        picture.putalpha(Image.linear_gradient("L").resize((300, 90)))
    picture.save(folder / "ink.png")
    body = f'{PLAIN_BODY}<p style="height: 20mm; background: url(ink.png) {placed}"></p>'
    some = letters(body)
    press = Press(folder)
    assert compare(folder, some, press).differing == ()
    assert (press.tally.plain, press.tally.learned) == (0, 1)


def test_what_is_more_than_a_picture_behind_a_box_goes_the_plain_way(folder: Path) -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    (folder / "drawn.svg").write_text(drawn, encoding="utf-8")
    body = f'{PLAIN_BODY}<p style="height: 9mm; background: url(drawn.svg) no-repeat"></p>'
    press = Press(folder)
    assert compare(folder, letters(body), press).differing == ()
    assert press.tally.fast == 0
    assert press.tally.reasons["look"]


def test_a_layout_is_learned_once_and_serves_every_letter_of_it(folder: Path) -> None:
    press = Press(folder)
    assert compare(folder, letters(PLAIN_BODY), press).differing == ()
    assert 1 <= press.tally.learned <= 2
    assert press.tally.fast == 2 * len(NAMES)
    assert not press.tally.reasons


def test_a_line_with_a_taller_style_makes_a_layout_of_its_own(folder: Path) -> None:
    taller = "<span style='font-size: 14pt'>{{ name }} <b>{{ name }}</b></span>"
    names = [f"{name} {'et ' * n}{name}" for n in range(12) for name in NAMES]
    press = Press(folder)
    assert (
        compare(folder, letters(f"<p>Nous, de {taller}, {WORDS}</p>", names), press).differing == ()
    )
    assert press.tally.fast > press.tally.plain
    assert press.tally.learned > 3


def test_what_is_known_before_changes_no_byte(folder: Path) -> None:
    some, others = letters(PLAIN_BODY), letters(PLAIN_BODY, [name * 3 for name in NAMES])
    press = Press(folder)
    for lot in (others, [*others, *some], some[:3]):
        again = press.anew()
        again.run(lot)
    fresh, again = Press(folder), press.anew()
    for lot in (some, others):
        assert again.run(lot) == fresh.run(lot)
    assert (fresh.tally.learned, again.tally.learned) == (2, 0)
    assert again.tally.ways() == fresh.tally.ways()


def test_the_same_letters_give_the_same_bytes(folder: Path) -> None:
    some = letters(PLAIN_BODY)
    assert Press(folder).run(some).pdf == Press(folder).run(some).pdf


def test_a_value_that_all_letters_share_may_differ_in_a_later_run(folder: Path) -> None:
    body = PLAIN_BODY + "<p>{{ place }}, le 1<sup>er</sup> mars"
    press = Press(folder)
    for place in ("Rennes", "Nantes"):
        assert compare(folder, letters(body, place=place), press).differing == ()
    assert press.tally.fast


def test_a_value_in_a_table_is_that_of_the_letter_whatever_an_earlier_lot_had_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressing, "comparisons", lambda _n: 0)  # which would mend it
    template = filling.compile_html(
        f"{HEAD}{PLAIN_BODY}<table><tr><td>{{{{ place }}}}</table>", "page.html"
    )
    press = Press(folder)
    for places in (("Lyon", "Paris"), ("Paris", "Lyon")):
        values = [{"name": name, "place": place} for place in places for name in NAMES]
        some = [(str(n), template.slotted(each)) for n, each in enumerate(values)]
        assert compare(folder, some, press).differing == ()
    assert press.tally.ways() == Ways(fast=4 * len(some))


def test_letters_that_took_another_branch_have_a_master_of_their_own(folder: Path) -> None:
    body = PLAIN_BODY + "{% if name < 'M' %}<p>Au début de l'alphabet.{% endif %}"
    press = Press(folder)
    assert compare(folder, letters(body, NAMES * 2), press).differing == ()
    assert press.tally.fast


# --- the plain way --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("<table><tr><td>{{ name }}<td>x</table>", NAMES),
        ('<p><a href="https://example.org/{{ name }}">{{ name }}</a>', NAMES),
        ("<p>{{ name }}", ["שלום", "Ωμέγα", "日本", "🙂"] * 2),
        ("<p>{{ name }}", ["X9" * 150 + str(n) for n in range(6)]),
        ("<svg width=90 height=20><text y=15>{{ name }}</text></svg>", NAMES),
        (f"<p><b> </b><br>{{{{ name }}}} {WORDS}</p>", NAMES),
    ],
    ids=["table", "link", "scripts", "overlong", "drawing", "empty line"],
)
def test_what_is_not_surely_the_same_goes_the_plain_way(
    folder: Path, body: str, names: Sequence[str]
) -> None:
    press = Press(folder)
    assert compare(folder, letters(body, names), press).differing == ()
    assert press.tally.plain >= len(names)
    assert press.tally.reasons
    assert not press.tally.reasons["error"]


def test_few_letters_are_not_worth_a_look(folder: Path) -> None:
    press = Press(folder)
    press.run(letters(PLAIN_BODY, NAMES[:3]))
    assert press.tally.ways() == Ways(plain=3, reasons={"few-letters": 3})
    assert (press.tally.ways() + Ways(fast=2)).fast == 2


def test_a_press_that_is_told_to_be_plain_is(folder: Path) -> None:
    press = Press(folder)
    press.run(letters(PLAIN_BODY), tier="plain")
    assert (press.tally.fast, press.tally.plain) == (0, len(NAMES))


def test_an_error_is_that_of_the_letter_at_fault(folder: Path) -> None:
    some = [*letters(PLAIN_BODY), ("bad", Slotted(('<img src="absent.png">',), ()))]
    with pytest.raises(LetterError) as stopped:
        Press(folder).run(some)
    assert (stopped.value.code, stopped.value.facts["key"]) == ("letter-file-unfit", "bad")


# --- surprises ------------------------------------------------------------------------------------


def test_a_failure_in_the_press_costs_time_and_no_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    press = Press(folder)
    press.run(letters(PLAIN_BODY))
    fast = press.tally.fast
    monkeypatch.setattr(master.Master, "set", broken)
    assert compare(folder, letters(PLAIN_BODY), press).differing == ()
    assert press.tally.reasons == {"error": 1}
    assert press.tally.fast == fast


def test_a_fast_letter_that_differs_is_found_and_none_is_trusted_any_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(folder)
    some = letters(PLAIN_BODY)
    press.run(some)
    assert press.tally.checked
    set_rightly = master.Master.set

    def set_wrongly(of: master.Master, texts: tuple[str, ...]) -> pressing.SetLines:
        return set_rightly(of, tuple("Paris" if text == "Rennes" else text for text in texts))

    monkeypatch.setattr(master.Master, "set", set_wrongly)
    assert compare(folder, some, press).differing == ()
    assert press.tally.reasons == {"wrong": 1}


def test_of_each_layout_some_letters_are_compared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(folder)
    compared: set[object] = set()
    compare = Press._compare

    def watched(self: Press, one: pressing._Fast) -> None:
        if self is press:  # it tries itself with letters of its own, too
            compared.add(one.layout)
        compare(self, one)

    monkeypatch.setattr(Press, "_compare", watched)
    press.run(letters(PLAIN_BODY, [*NAMES * 4, *[name * 3 for name in NAMES] * 4]), compared=6)
    assert press.tally.checked == 6
    assert len(compared) == press.tally.learned > 1


@pytest.mark.parametrize("what", ["operators", "glyphs"])
def test_a_fast_letter_that_differs_around_its_lines_is_found_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    press = Press(folder)
    some = letters(PLAIN_BODY + f"<p>{WORDS}</p>")
    press.run(some)
    find_rightly = pressing.Training.layout

    def find_wrongly(*arguments: Any) -> layouts.Layout:
        found = find_rightly(*arguments)
        page, *more = found.pages
        if what == "glyphs":
            page = replace(page, resources=page.resources._replace(glyphs={}))
        else:
            page = replace(page, parts=(b"1 0 0 rg", *page.parts))
        return replace(found, pages=(page, *more))

    monkeypatch.setattr(pressing.Training, "layout", find_wrongly)
    again = press.anew()
    assert compare(folder, some, again).differing == ()
    assert again.tally.reasons == {"wrong": 1}


def test_a_press_that_is_not_right_on_this_machine_sets_no_letter_of_a_campaign(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaced = lines.TextStyle.spaced

    def wider(style: lines.TextStyle, space: str, spacing: int, **at: bool) -> str:
        return spaced(style, space, spacing + 1, **at)

    monkeypatch.setattr(lines.TextStyle, "spaced", wider)
    press = Press(folder)
    assert compare(folder, letters(PLAIN_BODY), press).differing == ()
    assert (press.tally.fast, press.tally.reasons) == (0, {"wrong": 1})
    again = press.anew()
    again.run(letters(PLAIN_BODY))
    assert again.tally.ways() == Ways(plain=len(NAMES))


def test_letters_of_our_own_are_set_once_before_the_first(folder: Path) -> None:
    press = Press(folder)
    tried: list[str] = []
    lay_out = press._laid

    def laid(key: str, html: str) -> Laid:
        tried.append(key)
        return lay_out(key, html)

    press._laid = laid  # type: ignore[method-assign]
    press.run(letters(PLAIN_BODY, NAMES[:3]))
    assert tried == [], "nothing is worth a look"
    press.run(letters(PLAIN_BODY))
    first, *others = [key for key, _page in pressing.own_letters()]
    laid_out = [key for key in tried if key in (first, *others)]
    assert laid_out[:2] == [first, first], "its master and its layout are learned"
    assert [key in others for key in laid_out[2:]] == [True], "and one is compared"
    tried.clear()
    press.run(letters(PLAIN_BODY))
    assert not {first, *others}.intersection(tried)


def test_weasyprint_is_left_as_it_was(folder: Path) -> None:
    before = weasyprint.document.layout_document, weasyprint.draw.draw_text
    press = Press(folder)
    press.run(letters(PLAIN_BODY))
    with pytest.raises(LetterError):
        press.run(letters(PLAIN_BODY + '<img src="absent.png">'))
    assert (weasyprint.document.layout_document, weasyprint.draw.draw_text) == before


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
    *(
        (f"Selon § 12, 40 m², {{{{ name }}}}, {FIXED}", f"{look}; text-indent: {indent}", "")
        for look, indent in ((JUSTIFIED, "9mm"), ("text-align: end", "9%"), (JUSTIFIED, "-9mm"))
    ),
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

BLOCKS = (
    *("float: left", "position: fixed", "position: absolute", "opacity: .5", "direction: rtl"),
    *("columns: 2", "column-width: 30mm", "text-overflow: ellipsis", "transform: rotate(1deg)"),
    *(
        "text-indent: calc(5% + 1mm)",
        "block-ellipsis: auto",
        "display: inline-block",
        "white-space: pre",
    ),
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


def why_plainly(press: Press, body: str) -> str:
    """Why letters with this body go the plain way, "" where they do not."""
    source = f"<!DOCTYPE html><html lang=fr><style>p {{ hyphens: auto }}</style>{body}"
    template = filling.compile_html(source, "page.html")
    again = press.anew()
    again.run([(name, template.slotted({"name": name})) for name in NAMES])
    return "" if again.tally.fast > 1 else " ".join(again.tally.reasons)


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
    assert not why_plainly(press, f"<p>{said}")
    assert {body: why for body in bodies if (why := why_plainly(press, body)) != "look"} == {}


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
    assert not why_plainly(press, beside(top_right=name, top_left=plain))
    assert not why_plainly(press, beside(top_center=name))
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
    assert {body: why for body in bodies if (why := why_plainly(press, body)) != "look"} == {}


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


# --- fonts that are not the program's -------------------------------------------------------------

A, B, C, SPACE = "g0", "g1", "g2", "g26"  # of the font that is made here
SWAP = f"lookup swap {{ sub {A} by {C}; }} swap;"
ACROSS = f"{SWAP} feature calt {{ sub {B} {A} {B} {SPACE} {A}' lookup swap; }} calt;"
OWN_NAMES = ("rennes", "brest", "nantes", "dinan", "vannes", "morlaix", "lorient", "bab a", "redon")


def font(folder: Path, features: str = "", *, units: int = 1000) -> Path:
    path = folder / OWN_FONT
    with TTFont(path) as made:
        made["head"].unitsPerEm = units
        if features:
            addOpenTypeFeaturesFromString(made, features)
        made.save(path)
    return path


def own_letters(body: str = "<p>la ville de {{ name }}, en b {{ name }}.</p>") -> Letters:
    look = (
        f'@font-face {{ font-family: Own; src: url("{OWN_FONT}") }} '
        "@page { size: A4; margin: 20mm } html { font: 11pt/1.4 Own } small { font-size: 8pt }"
    )
    source = f'<html lang="fr"><title>Lettre</title><style>{look}</style><body>{body}'
    template = filling.compile_html(source, "page.html")
    return [(name, template.slotted({"name": name})) for name in OWN_NAMES]


@pytest.mark.parametrize(
    ("features", "looks"),
    [
        ("", False),
        (f"feature kern {{ pos {A} {SPACE} -50; }} kern;", False),
        (f"{SWAP} feature calt {{ sub {B} {A}' lookup swap; }} calt;", False),
        (ACROSS, True),
        (f"{SWAP} feature calt {{ sub {A}' lookup swap {SPACE} {B}; }} calt;", True),
        (f"{SWAP} feature calt {{ sub {A}' lookup swap {SPACE}' {B}; }} calt;", True),
        (f"feature calt {{ rsub {SPACE} {A}' by {C}; }} calt;", True),
        (f"feature kern {{ pos {A}' -50 {SPACE} {B}; }} kern;", True),
        (f"{SWAP} feature ss01 {{ sub {SPACE} {A}' lookup swap; }} ss01;", True),
        (
            f"languagesystem DFLT dflt; languagesystem latn FRA; {SWAP} feature locl {{ "
            f"script latn; language FRA; sub {SPACE} {A}' lookup swap; }} locl;",
            True,
        ),
        (
            f"{SWAP} lookup deep {{ sub {SPACE} {A}' lookup swap; }} deep; "
            f"feature calt {{ sub {B} {A}' lookup deep; }} calt;",
            True,
        ),
    ],
)
def test_a_font_that_may_look_across_a_space_is_known(
    folder: Path, features: str, looks: bool
) -> None:
    assert internals.in_font(font(folder, features).read_bytes()) == looks


def test_rules_by_classes_count_those_of_no_class_too(folder: Path) -> None:
    """Many rules of one kind are kept by classes of glyphs."""
    rules = "".join(f"sub [{A} {B}] {SPACE} g{n}' lookup swap [g20 g21];" for n in range(3, 15))
    swap = "lookup swap { sub [g3 g4 g5 g6 g7 g8 g9 g10 g11 g12 g13 g14] by g15; } swap;"
    data = font(folder, f"{swap} feature calt {{ {rules} }} calt;").read_bytes()
    assert internals.in_font(data)


def test_a_word_that_stands_otherwise_among_others_goes_the_plain_way(folder: Path) -> None:
    font(folder, ACROSS)
    press = Press(folder)
    assert compare(folder, own_letters(), press).differing == ()
    assert press.tally.reasons == {"font": 2}  # of "bab a", in each of two runs
    assert press.tally.fast == 2 * (len(OWN_NAMES) - 1)


def test_a_font_that_is_not_as_the_press_thinks_is_found_before_the_first_letter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(internals, "has_rules_across_spaces", lambda *_: False)
    shipped = folder / OWN_FONT
    shipped.write_bytes(fonts.content("LiberationSerif-Regular.ttf"))
    with TTFont(shipped) as made:
        rule = "lookup swap { sub x by y; } swap; "
        rule += "feature calt { sub seven space x' lookup swap space seven; } calt;"
        addOpenTypeFeaturesFromString(made, rule)
        made.save(shipped)
    press = Press(folder)
    assert compare(folder, own_letters(), press).differing == ()
    assert (press.tally.fast, press.tally.reasons) == (0, {"wrong": 1})
    monkeypatch.setattr(pressing, "own_letters_in", lambda _look: pressing.own_letters())
    unaware = Press(folder)
    unaware.run(own_letters())
    assert unaware.tally.fast, "it is that sign, and nothing else"


def test_one_size_of_such_a_font_stays_fast(folder: Path) -> None:
    font(folder, units=2000)
    press = Press(folder)
    assert compare(folder, own_letters(), press).differing == ()
    assert press.tally.fast == 2 * len(OWN_NAMES)


def test_two_sizes_of_such_a_font_are_told_as_the_reason(folder: Path) -> None:
    font(folder, units=2000)
    press = Press(folder)
    some = own_letters("<p>la ville de {{ name }}.</p><p><small>{{ name }}, en bref.</small></p>")
    assert compare(folder, some, press).differing == ()
    assert (press.tally.fast, set(press.tally.reasons)) == (0, {"font"})


def test_a_width_that_an_earlier_letter_gave_a_glyph_is_found_when_the_file_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    font(folder, units=2000)
    press = Press(folder)
    small = own_letters("<p><small>la ville de {{ name }}, en bref.</small></p>")[
        :2
    ]  # too few to learn
    some = [*small, *own_letters()]
    assert compare(folder, some, press).differing == ()
    assert "wrong" in press.tally.reasons


def test_a_font_without_a_hyphen_is_told_as_such(folder: Path) -> None:
    font(folder)
    press = Press(folder)
    long = "incomprehensiblement et extraordinairement " * 6
    some = own_letters(
        f"<style>p {{ hyphens: auto; width: 60mm }}</style><p>{{{{ name }}}} {long}</p>"
    )
    assert compare(folder, some, press).differing == ()
    assert press.tally.reasons["hyphen"]
    assert "font" not in press.tally.reasons


# --- what is left in memory -----------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["auto", "plain"])
def test_no_box_of_a_letter_is_kept_when_its_run_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tier: Tier
) -> None:
    press = Press(folder)
    seen: list[weakref.ref[Any]] = []

    def render(*args: Any) -> Any:
        document = Typesetter.render(press._typesetter, *args)
        seen.extend(map(weakref.ref, loading.page_boxes(document)))
        return document

    monkeypatch.setattr(press._typesetter, "render", render)
    press.run(of_the_campaign(12), tier=tier)
    gc.collect()
    assert seen
    assert [each for each in seen if each() is not None] == []


def test_a_run_keeps_no_line_and_no_name_of_a_letter_that_is_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_WORDS_KEPT", 10)
    names = [f"{name}-sur-{other}" for name in NAMES for other in NAMES]
    press = Press(folder)
    in_memory: list[Counter[type]] = []

    def in_memory_now() -> Counter[type]:
        return Counter(map(type, gc.get_objects()))

    def write(*args: Any) -> bytes:
        in_memory.append(in_memory_now() - before)
        return Typesetter.write(press._typesetter, *args)

    press.run(letters(PLAIN_BODY))
    monkeypatch.setattr(press._typesetter, "write", write)
    before = in_memory_now()
    press.run(letters(PLAIN_BODY, names))
    assert press.tally.fast == len(NAMES) + len(names)
    assert max(each[lines.Line] for each in in_memory) < 2 * len(names)  # each letter has 5
    assert max(each[lines.Word] for each in in_memory) < len(names)  # and 2 words of its own
