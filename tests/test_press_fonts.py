"""Claims about the press in fonts that are not the program's: what it does not know, it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont

from merge.letters import filling
from merge.paper import fonts
from merge.paper.press import Press, internals
from merge.paper.press import press as pressing
from tests.pages import campaign_folder, need_pages
from tests.press.judge import Letters, Oracle, judge
from tests.press.nasty_templates import OWN_FONT, write_own_font

A, B, C, SPACE = "g0", "g1", "g2", "g26"  # of the font that is made here
SWAP = f"lookup swap {{ sub {A} by {C}; }} swap;"
ACROSS = f"{SWAP} feature calt {{ sub {B} {A} {B} {SPACE} {A}' lookup swap; }} calt;"
NAMES = ("rennes", "brest", "nantes", "dinan", "vannes", "morlaix", "lorient", "bab a", "redon")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    need_pages()
    return campaign_folder(tmp_path / "campaign")


def font(folder: Path, features: str = "", *, units: int = 1000) -> Path:
    path = write_own_font(folder)
    with TTFont(path) as made:
        made["head"].unitsPerEm = units
        if features:
            addOpenTypeFeaturesFromString(made, features)
        made.save(path)
    return path


def letters(body: str = "<p>la ville de {{ name }}, en b {{ name }}.</p>") -> Letters:
    look = (
        f'@font-face {{ font-family: Own; src: url("{OWN_FONT}") }} '
        "@page { size: A4; margin: 20mm } html { font: 11pt/1.4 Own } small { font-size: 8pt }"
    )
    source = f'<html lang="fr"><title>Lettre</title><style>{look}</style><body>{body}'
    template = filling.compile_html(source, "page.html")
    return [(name, template.slotted({"name": name})) for name in NAMES]


def differing(folder: Path, some: Letters, press: Press) -> list[str]:
    oracle = Oracle(folder)
    judged = judge(oracle, oracle.expected(some), press, runs=1, keep=folder.parent / "kept")
    return [each.key for each in judged.differing]


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
    assert differing(folder, letters(), press) == []
    assert press.tally.reasons == {"font": 2}  # of "bab a", in each of two runs
    assert press.tally.fast == 2 * (len(NAMES) - 1)


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
    assert differing(folder, letters(), press) == []
    assert (press.tally.fast, press.tally.reasons) == (0, {"wrong": 1})
    monkeypatch.setattr(pressing, "own_letters_in", lambda _look: pressing.own_letters())
    unaware = Press(folder)
    unaware.run(letters())
    assert unaware.tally.fast, "it is that sign, and nothing else"


def test_one_size_of_such_a_font_stays_fast(folder: Path) -> None:
    font(folder, units=2000)
    press = Press(folder)
    assert differing(folder, letters(), press) == []
    assert press.tally.fast == 2 * len(NAMES)


def test_two_sizes_of_such_a_font_are_told_as_the_reason(folder: Path) -> None:
    font(folder, units=2000)
    press = Press(folder)
    some = letters("<p>la ville de {{ name }}.</p><p><small>{{ name }}, en bref.</small></p>")
    assert differing(folder, some, press) == []
    assert (press.tally.fast, set(press.tally.reasons)) == (0, {"font"})


def test_a_width_that_an_earlier_letter_gave_a_glyph_is_found_when_the_file_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    font(folder, units=2000)
    press = Press(folder)
    small = letters("<p><small>la ville de {{ name }}, en bref.</small></p>")[
        :2
    ]  # too few to learn
    some = [*small, *letters()]
    assert differing(folder, some, press) == []
    assert "wrong" in press.tally.reasons


def test_a_font_without_a_hyphen_is_told_as_such(folder: Path) -> None:
    font(folder)
    press = Press(folder)
    long = "incomprehensiblement et extraordinairement " * 6
    some = letters(f"<style>p {{ hyphens: auto; width: 60mm }}</style><p>{{{{ name }}}} {long}</p>")
    assert differing(folder, some, press) == []
    assert press.tally.reasons["hyphen"]
    assert "font" not in press.tally.reasons
