"""The press sets hard templates as WeasyPrint does, and its judge sees whatever differs."""

from __future__ import annotations

import os
from itertools import cycle, islice
from pathlib import Path

import pytest

from merge.model import Slotted
from merge.paper.press import Press
from merge.paper.typesetting import Typeset
from tests.press.fonts import write_own_font
from tests.press.judge import Judgement, Letters, Oracle, compare, judge
from tests.press.nasty_templates import RECIPIENTS, TEMPLATES

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

SOME = TEMPLATES if os.environ.get("EVERY") else TEMPLATES[::4]  # `make proof-print` meets them all
HEAD = "<!DOCTYPE html><style>@page { size: A4; margin: 20mm } p { font: 12pt serif }</style>"


def html(body: str) -> Slotted:
    return Slotted((HEAD + body,), ())


ONE = html("<p>Rennes")
LETTERS = [("one", ONE), ("two", html('<p>Nice<p style="break-before: page">Nice'))]


class Careless:
    """A press that sets some other page in the place of one."""

    def __init__(self, folder: Path, key: str, other: Slotted) -> None:
        self._oracle = Oracle(folder)
        self._other = {key: other}

    def run(self, letters: Letters, /) -> Typeset:
        return self._oracle.run([(key, self._other.get(key, page)) for key, page in letters])


def careless(folder: Path, key: str, other: str) -> Judgement:
    return compare(folder, LETTERS, Careless(folder, key, html(other)))


def test_one_pixel_is_seen(folder):
    dot = '<i style="position: absolute; left: 99mm; top: 50mm; width: 0.2mm; height: 0.2mm'
    other = f'<p>Nice<p style="break-before: page">Nice{dot}; background: red">'
    (first,) = careless(folder, "two", other).differing
    assert str(first) == "two, page 2: pixels differ"


def test_another_text_another_number_of_pages_and_another_size_are_seen(folder: Path) -> None:
    twice = '<p>Rennes<p style="break-before: page">Rennes'
    for key, other, what in (
        ("one", '<p>Rennes<i style="position: absolute; color: white">a</i>', "text"),
        ("one", twice, "1 pages became 2"),
        ("two", "<p>Nice", "2 pages became 1"),
        ("one", "<style>@page { size: 209.9mm 297mm }</style><p>Rennes", "points became"),
    ):
        differing = careless(folder, key, other).differing
        assert {each.key for each in differing} == {key}
        assert all(what in each.what for each in differing)


def test_what_weasyprint_refuses_the_press_must_refuse_in_the_same_words(folder: Path) -> None:
    letters = [("bad", html('<p>Rennes<img src="absent.png">')), *LETTERS]
    found = compare(folder, letters, Oracle(folder))
    assert (found.refused, found.differing) == (1, ())
    forgiving = compare(folder, letters, Careless(folder, "bad", ONE))
    assert {each.key for each in forgiving.differing} == {"bad"}


def test_a_nasty_template_is_the_same_for_whoever_is_hard(folder):
    """Two alike, of whom the press learns, and two more in turn: as few as it looks at."""
    write_own_font(folder)
    oracle, press = Oracle(folder), Press(folder)
    alike, hard = RECIPIENTS[:2], cycle(RECIPIENTS[2:])
    wrong, fast = list[str](), 0
    for template in SOME:
        expected = oracle.expected(template.letters([*alike, *islice(hard, 2)]))
        again = press.anew()
        judged = judge(oracle, expected, again, keep=folder / "differing")
        wrong += [f"{template.name}: {each}" for each in judged.differing]
        wrong += [f"{template.name}: an error"] * again.tally.reasons["error"]
        fast += again.tally.fast
    assert wrong == []
    assert fast > len(SOME) / 3
