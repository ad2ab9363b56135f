"""Claims about the press: WeasyPrint's own pages, and what it does when it is not sure of them."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from PIL import Image

from merge.errors import LetterError
from merge.letters import filling
from merge.model import Slotted, Ways
from merge.paper import fonts, loading
from merge.paper.press import Press, internals, layouts, lines, master
from merge.paper.press import press as pressing
from merge.paper.typesetting import Typesetter
from tests.facts import wrong
from tests.press import campaign
from tests.press.fonts import OWN_FONT, write_own_font
from tests.press.judge import Letters, compare

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


# --- the fast way ---------------------------------------------------------------------------------


def test_the_campaigns_letter_has_weasyprints_own_pages(folder: Path) -> None:
    some = campaign.letters(campaign.communes(10))
    press = Press(folder)
    assert compare(folder, some, press).differing == ()
    assert press.tally.fast > press.tally.plain, press.tally


def found(folder: Path, some: Letters, press: Press) -> tuple[str, ...]:
    """What differs, and why letters went the plain way: "" where all went the fast one."""
    again = press.anew()
    differing = [str(each) for each in compare(folder, some, again).differing]
    assert again.tally.reasons or again.tally.fast == len(some)
    return (*differing, " ".join(sorted(again.tally.reasons)))


SAID = Path(__file__).with_suffix(".txt")


def written(body: str) -> str:
    """A body, or a part of it, that is shorter in the text."""
    return body.replace("PLAIN", PLAIN_BODY).replace("…", WORDS).replace("~", "\xa0")


def test_whatever_a_letter_is_made_of_its_pages_are_weasyprints_own(folder):
    for colours in ("RGB", "RGBA", "P"):
        picture = Image.radial_gradient("L").resize((300, 90)).convert(colours)
        if colours == "RGBA":
            picture.putalpha(Image.linear_gradient("L").resize((300, 90)))
        picture.save(folder / f"{colours}.png")
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    (folder / "drawn.svg").write_text(drawn, encoding="utf-8")
    press = Press(folder)

    def why(names: str, body: str) -> tuple[str, ...]:
        return found(folder, letters(written(body), names.split(", ")), press)

    assert wrong(SAID, "whatever a letter is made of its pages are weasyprint's own", why) == []


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
    assert press.tally.ways() == Ways(fast=2 * len(some))


def test_few_letters_are_not_worth_a_look(folder: Path) -> None:
    press = Press(folder)
    press.run(letters(PLAIN_BODY, NAMES[:3]))
    assert press.tally.ways() == Ways(plain=3, reasons={"few-letters": 3})
    assert (press.tally.ways() + Ways(fast=2)).fast == 2


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


# --- where lines end ------------------------------------------------------------------------------


def test_a_line_ends_where_weasyprint_ends_it(folder):
    press = Press(folder)

    def why(style: str, said: str) -> tuple[str, ...]:
        said = said.replace("…", "demandons à la mairie, l'an prochain, de s'engager")
        source = (
            "<!DOCTYPE html><html lang=fr><style>@page { size: A4; margin: 20mm } "
            'html { font: 11pt/1.4 "Publipostage Serif" } '
            f"p {{ width: 60mm; {style} }}</style><p>{written(said)}"
        )
        template = filling.compile_html(source, "page.html")
        names = [f"{'n' * length}ous" for length in range(2, 24, 3)]
        return found(folder, [(n, template.slotted({"name": n})) for n in names], press)

    assert wrong(SAID, "a line ends where weasyprint ends it", why) == []


# --- what goes the plain way ----------------------------------------------------------------------


def test_what_moves_or_changes_words_goes_the_plain_way(folder):
    press = Press(folder)

    def why(body: str, style: str) -> str:
        body = written(body.replace("STYLE", style))
        source = f"<!DOCTYPE html><html lang=fr><style>p {{ hyphens: auto }}</style>{body}"
        template = filling.compile_html(source, "page.html")
        again = press.anew()
        again.run([(name, template.slotted({"name": name})) for name in NAMES[:4]])
        return "" if again.tally.fast > 1 else " ".join(again.tally.reasons)

    assert wrong(SAID, "what moves or changes words goes the plain way", why) == []


# --- fonts that are not the program's -------------------------------------------------------------

A, B, C, SPACE = "g0", "g1", "g2", "g26"  # of the font that is made here
SWAP = f"lookup swap {{ sub {A} by {C}; }} swap;"
ACROSS = f"{SWAP} feature calt {{ sub {B} {A} {B} {SPACE} {A}' lookup swap; }} calt;"
OWN_NAMES = ("rennes", "brest", "nantes", "dinan", "vannes", "morlaix", "lorient", "bab a", "redon")


def font(folder: Path, features: str = "", *, units: int = 1000) -> Path:
    path = write_own_font(folder)
    with TTFont(path) as made:
        made["head"].unitsPerEm = units
        if features:
            addOpenTypeFeaturesFromString(made, features)
        made.save(path)
    return path


OWN_BODY = "<p>la ville de {{ name }}, en b {{ name }}.</p>"


def own_letters(body: str = OWN_BODY) -> Letters:
    look = (
        f'@font-face {{ font-family: Own; src: url("{OWN_FONT}") }} '
        "@page { size: A4; margin: 20mm } html { font: 11pt/1.4 Own } small { font-size: 8pt }"
    )
    source = f'<html lang="fr"><title>Lettre</title><style>{look}</style><body>{body}'
    template = filling.compile_html(source, "page.html")
    return [(name, template.slotted({"name": name})) for name in OWN_NAMES]


def test_a_font_that_may_look_across_a_space_is_known(folder: Path) -> None:
    """Many rules of one kind are kept by classes of glyphs: those of no class count, too."""
    classes = "".join(f"sub [{A} {B}] {SPACE} g{n}' lookup swap [g20 g21];" for n in range(3, 15))
    many = "lookup swap { sub [g3 g4 g5 g6 g7 g8 g9 g10 g11 g12 g13 g14] by g15; } swap;"
    looks = [
        ACROSS,
        f"{SWAP} feature calt {{ sub {A}' lookup swap {SPACE} {B}; }} calt;",
        f"feature calt {{ rsub {SPACE} {A}' by {C}; }} calt;",
        f"feature kern {{ pos {A}' -50 {SPACE} {B}; }} kern;",
        f"{SWAP} feature ss01 {{ sub {SPACE} {A}' lookup swap; }} ss01;",
        f"languagesystem DFLT dflt; languagesystem latn FRA; {SWAP} feature locl {{ "
        f"script latn; language FRA; sub {SPACE} {A}' lookup swap; }} locl;",
        f"{SWAP} lookup deep {{ sub {SPACE} {A}' lookup swap; }} deep; "
        f"feature calt {{ sub {B} {A}' lookup deep; }} calt;",
        f"{many} feature calt {{ {classes} }} calt;",
    ]
    looks_not = [
        "",
        f"feature kern {{ pos {A} {SPACE} -50; }} kern;",
        f"{SWAP} feature calt {{ sub {B} {A}' lookup swap; }} calt;",
    ]
    for these, are in ((looks, True), (looks_not, False)):
        known = [internals.in_font(font(folder, each).read_bytes()) for each in these]
        assert known == [are] * len(these)


LONG_WORDS = "incomprehensiblement et extraordinairement " * 6
HYPHENED = f"<p style='hyphens: auto; width: 60mm'>{{{{ name }}}} {LONG_WORDS}</p>"
SMALL = "<p>la ville de {{ name }}.</p><p><small>{{ name }}, en bref.</small></p>"


@pytest.mark.parametrize(
    ("features", "units", "body", "plain", "why"),
    [
        (ACROSS, 1000, OWN_BODY, 1, "font"),  # "bab a"
        ("", 2000, OWN_BODY, 0, ""),
        ("", 2000, SMALL, len(OWN_NAMES), "font"),  # in two sizes
        ("", 1000, HYPHENED, len(OWN_NAMES), "hyphen"),  # which it has not
    ],
)
def test_letters_in_a_font_of_their_own_are_weasyprints(
    folder: Path, features: str, units: int, body: str, plain: int, why: str
) -> None:
    font(folder, features, units=units)
    press = Press(folder)
    assert compare(folder, own_letters(body), press).differing == ()
    assert press.tally.fast == len(OWN_NAMES) - plain
    assert "".join(press.tally.reasons) == why


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


# --- what is left in memory -----------------------------------------------------------------------


def test_no_box_of_a_letter_is_kept_when_its_run_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = Press(folder)
    seen: list[weakref.ref[Any]] = []

    def render(*args: Any) -> Any:
        document = Typesetter.render(press._typesetter, *args)
        seen.extend(map(weakref.ref, loading.page_boxes(document)))
        return document

    monkeypatch.setattr(press._typesetter, "render", render)
    press.run(letters(PLAIN_BODY))
    gc.collect()
    assert seen
    assert [each for each in seen if each() is not None] == []
