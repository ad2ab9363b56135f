"""Claims about characters that paper cannot show. No test depends on which fonts are installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from merge.errors import LetterError, Misuse
from merge.paper.fonts import coverage
from merge.paper.fonts.coverage import FontCoverage
from tests.pages import need_pages

# For private use, and never given a shape by a font that a system brings.
NOWHERE = "\U0010fffd"
ALSO_NOWHERE = "\U0010fffc"


@pytest.fixture
def fonts(tmp_path: Path) -> FontCoverage:
    need_pages()
    return FontCoverage(tmp_path)


def test_characters_that_no_font_has_are_found_in_their_order(fonts):
    assert fonts.missing(f"{ALSO_NOWHERE}Mairie{NOWHERE} de Rennes") == (ALSO_NOWHERE, NOWHERE)


def test_what_has_no_shape_needs_no_font(fonts):
    joined = "\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}\N{VARIATION SELECTOR-16}\ud800"
    assert fonts.missing(f"Ștefan\n\tĐặng{joined}") == ()


def test_a_letter_with_one_is_refused_where_it_stands(fonts):
    with pytest.raises(LetterError) as refused:
        fonts.refuse_missing(f"une\ndeux\ntrois {NOWHERE}{ALSO_NOWHERE}\n", "letter.md")
    assert refused.value.code == "letter-glyph-missing"
    assert refused.value.place == "letter.md:3"
    assert refused.value.facts == {"character": NOWHERE, "codepoint": "U+10FFFD"}


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
