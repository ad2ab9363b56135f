"""Hard templates for hard recipients: pages that nobody can tell from plain WeasyPrint's.

A slice of what `make proof-print` compares; tests/test_press.py has the campaign's letter.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.paper.press import Press
from tests.pages import campaign_folder, need_pages
from tests.press.judge import Oracle, judge
from tests.press.nasty_templates import TEMPLATES, Nasty, write_own_font
from tests.press.recipients import RECIPIENTS

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
    assert not [reason for reason in press.tally.reasons if reason.startswith("error-")]
