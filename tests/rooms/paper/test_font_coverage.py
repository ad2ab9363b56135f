"""Claims about characters that paper cannot show. No test depends on which fonts are installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from merge.errors import LetterError, Misuse
from merge.paper.fonts import coverage
from merge.paper.fonts.configuration import configuration
from merge.paper.fonts.coverage import FontCoverage
from tests.pages import need_pages

# For private use, and never given a shape by a font that a system brings.
NOWHERE = "\U0010fffd"
ALSO_NOWHERE = "\U0010fffc"


@pytest.fixture
def fonts(tmp_path: Path) -> FontCoverage:
    need_pages()
    return FontCoverage(tmp_path)


def test_a_character_that_no_font_has_is_found(fonts):
    assert fonts.missing(f"Mairie{NOWHERE} de Rennes") == (NOWHERE,)


def test_each_is_told_once_in_the_order_of_the_text(fonts):
    text = f"{ALSO_NOWHERE}a{NOWHERE}b{ALSO_NOWHERE}"
    assert fonts.missing(text) == (ALSO_NOWHERE, NOWHERE)
    assert fonts.missing(text) == (ALSO_NOWHERE, NOWHERE), "not when asked again"


@pytest.mark.parametrize(
    "text",
    [
        "Nous, habitant·es de L'Haÿ-les-Roses, d'Œuilly et de cœur",
        "« Vraiment\N{NARROW NO-BREAK SPACE}? »\N{NO-BREAK SPACE}: 1\N{NARROW NO-BREAK SPACE}234 €",
        "Étienne ÇELIK",
        "deux\nlignes\tet une tabulation",
        "",
    ],
)
def test_french_is_never_in_doubt(fonts, text):
    assert fonts.missing(text) == ()


def test_what_is_taken_for_granted_is_there(fonts):
    asked = coverage._Pango(configuration())
    assert [each for each in sorted(coverage._FRENCH) if not asked.have(each)] == []


@pytest.mark.parametrize(
    "text",
    ["Ștefan", "Đặng", "\N{ZERO WIDTH JOINER}", "\N{SOFT HYPHEN}", "\N{VARIATION SELECTOR-16}"],
)
def test_what_has_no_shape_needs_no_font(fonts, text):
    assert fonts.missing(text) == ()


def test_half_a_surrogate_pair_breaks_nothing(fonts):
    assert fonts.missing("\ud800") == ()


def test_a_letter_with_one_is_refused_where_it_stands(fonts):
    with pytest.raises(LetterError) as refused:
        fonts.refuse_missing(f"une\ndeux\ntrois {NOWHERE}{ALSO_NOWHERE}\n", "letter.md")
    assert refused.value.code == "letter-glyph-missing"
    assert refused.value.place == "letter.md:3"
    assert refused.value.facts == {"character": NOWHERE, "codepoint": "U+10FFFD"}


def test_a_letter_without_one_passes(fonts):
    fonts.refuse_missing("Madame, Monsieur,\n", "letter.md")


def test_pango_is_asked_about_a_character_once(fonts, monkeypatch):
    asked: list[str] = []
    has = coverage._Pango.have

    def have(self: coverage._Pango, character: str) -> bool:
        asked.append(character)
        return has(self, character)

    monkeypatch.setattr(coverage._Pango, "have", have)
    for _ in range(3):
        fonts.missing(f"Mairie{NOWHERE} de Ştefan")
    assert sorted(asked) == ["Ş", NOWHERE]


def test_without_pango_nothing_is_said_to_be_missing(monkeypatch, tmp_path):
    def missing(_folder: Path) -> None:
        raise Misuse("pango-missing")

    monkeypatch.setattr(coverage, "Typesetter", missing)
    assert FontCoverage(tmp_path).missing(NOWHERE) == ()


def test_french_alone_never_loads_weasyprint():
    program = (
        "import sys; from pathlib import Path; "
        "from merge.paper.fonts.coverage import FontCoverage; "
        'assert not FontCoverage(Path()).missing("L\'Haÿ-les-Roses, Œuilly"); '
        "print('weasyprint' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "False\n"


def test_pango_is_asked_once_for_a_character_and_never_for_a_french_one(fonts, monkeypatch):
    asked = []
    has = fonts._has

    def noted(character):
        asked.append(character)
        return has(character)

    monkeypatch.setattr(fonts, "_has", noted)
    for number in range(100):
        fonts.missing(f"Étienne ÇELIK, 2 rue de l'Œuf 51290 Isson Ş{NOWHERE} {number}")
    assert sorted(asked) == ["Ş", NOWHERE]
