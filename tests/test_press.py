"""Claims about the press: WeasyPrint's own pages, and what it does when it is not sure of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import weasyprint.document
import weasyprint.draw
from PIL import Image

from merge.errors import LetterError
from merge.letters import filling
from merge.model import Slotted, Ways
from merge.paper.loading import Laid
from merge.paper.press import Press, layouts, lines, master
from merge.paper.press import press as pressing
from tests.pages import campaign_folder, need_pages
from tests.press import campaign
from tests.press.judge import Letters, Oracle, judge
from tests.test_page import campaigns_letter, everyone

HEAD = (
    '<!DOCTYPE html><html lang="fr"><head><title>{{ name }}</title><style>'
    "@page { size: A4; margin: 20mm; @bottom-left { content: string(key) } } "
    'html { font: 11pt/1.4 "Publipostage Serif", serif } h1 { string-set: key content() } '
    "p { text-align: justify; hyphens: auto }</style></head><body>"
)
WORDS = "demandons à la mairie de s'engager à ne jamais installer de vidéosurveillance. " * 3
NAMES = ("Rennes", "Saint-Étienne", "Y", "Le Vernet-Chaméane", "L'Haÿ-les-Roses", "Œuilly")


@pytest.fixture(autouse=True)
def _pages_can_be_made() -> None:
    need_pages()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return campaign_folder(tmp_path / "campaign")


def letters(body: str, names: Sequence[str] = NAMES, **values: str) -> Letters:
    template = filling.compile_html(HEAD + body, "page.html")
    return [(str(n), template.slotted({"name": name, **values})) for n, name in enumerate(names)]


PLAIN_BODY = (
    f"<h1>Réf. {{{{ name }}}}</h1><p>Nous, habitant·es de <b>{{{{ name }}}}</b>, {WORDS}</p>"
)


def assert_same_pages(folder: Path, some: Letters, press: Press) -> None:
    oracle = Oracle(folder)
    judged = judge(oracle, oracle.expected(some), press, runs=1, keep=folder.parent / "kept")
    assert judged.differing == ()


def of_the_campaign(n: int) -> Letters:
    return [(each.key, each.page) for each in everyone(campaigns_letter())[:n]]


# --- the fast way ---------------------------------------------------------------------------------


def test_the_campaigns_letter_has_weasyprints_own_pages(folder: Path) -> None:
    some = campaign.letters(campaign.communes(24))
    press = Press(folder)
    assert_same_pages(folder, some, press)
    assert press.tally.fast > press.tally.plain, press.tally


def test_a_margin_that_says_a_first_letter_does_not_learn_the_value_from_y(folder: Path) -> None:
    initials = (
        "<style>@page { @top-right { content: string(initial) } } "
        "h1 { string-set: initial content(first-letter) }</style><h1>{{ name }}</h1>"
    )
    names = ("Y", "Rennes", "Le Vernet-Chaméane", "Œuilly")
    assert_same_pages(folder, letters(initials, names), Press(folder))


def test_a_line_may_end_between_a_dash_and_the_hard_space_behind_it(folder: Path) -> None:
    incise = f"<p>{{{{ name }}}} {'demandons ' * 7}–\xa0dont nous sommes\xa0– à la mairie.</p>"
    names = [f"{'n' * length}ous" for length in range(1, 24)]
    press = Press(folder)
    assert_same_pages(folder, letters(incise, names), press)
    assert press.tally.fast > press.tally.plain, press.tally


def test_a_glyph_all_by_itself_is_copied_where_weasyprints_page_has_it(folder: Path) -> None:
    body = f"<h1>{{{{ name }}}}</h1><p>{WORDS}</p>" * 3
    press = Press(folder)
    assert_same_pages(folder, letters(body), press)
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
    assert_same_pages(folder, some, press)
    assert (press.tally.plain, press.tally.learned) == (0, 1)


def test_what_is_more_than_a_picture_behind_a_box_goes_the_plain_way(folder: Path) -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'
    (folder / "drawn.svg").write_text(drawn, encoding="utf-8")
    body = f'{PLAIN_BODY}<p style="height: 9mm; background: url(drawn.svg) no-repeat"></p>'
    press = Press(folder)
    assert_same_pages(folder, letters(body), press)
    assert press.tally.fast == 0
    assert press.tally.reasons["look"]


def test_a_layout_is_learned_once_and_serves_every_letter_of_it(folder: Path) -> None:
    press = Press(folder)
    assert_same_pages(folder, letters(PLAIN_BODY), press)
    assert 1 <= press.tally.learned <= 2
    assert press.tally.fast == 2 * len(NAMES)
    assert not press.tally.reasons


def test_a_line_with_a_taller_style_makes_a_layout_of_its_own(folder: Path) -> None:
    taller = "<span style='font-size: 14pt'>{{ name }} <b>{{ name }}</b></span>"
    names = [f"{name} {'et ' * n}{name}" for n in range(12) for name in NAMES]
    press = Press(folder)
    assert_same_pages(folder, letters(f"<p>Nous, de {taller}, {WORDS}</p>", names), press)
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
        assert_same_pages(folder, letters(body, place=place), press)
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
        assert_same_pages(folder, some, press)
    assert press.tally.ways() == Ways(fast=4 * len(some))


def test_letters_that_took_another_branch_have_a_master_of_their_own(folder: Path) -> None:
    body = PLAIN_BODY + "{% if name < 'M' %}<p>Au début de l'alphabet.{% endif %}"
    press = Press(folder)
    assert_same_pages(folder, letters(body, NAMES * 2), press)
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
    assert_same_pages(folder, letters(body, names), press)
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
    assert_same_pages(folder, letters(PLAIN_BODY), press)
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
    assert_same_pages(folder, some, press)
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
    assert_same_pages(folder, some, again)
    assert again.tally.reasons == {"wrong": 1}


def test_a_press_that_is_not_right_on_this_machine_sets_no_letter_of_a_campaign(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaced = lines.TextStyle.spaced

    def wider(style: lines.TextStyle, space: str, spacing: int, **at: bool) -> str:
        return spaced(style, space, spacing + 1, **at)

    monkeypatch.setattr(lines.TextStyle, "spaced", wider)
    press = Press(folder)
    assert_same_pages(folder, letters(PLAIN_BODY), press)
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
