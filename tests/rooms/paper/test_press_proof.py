"""Claims about the judge: what it would see if the press set other pages than WeasyPrint does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from merge.model import Slotted
from merge.paper.press import Press
from merge.paper.typesetting import Typeset
from tests.press.campaign import communes
from tests.press.campaign import letters as campaign_letters
from tests.press.judge import Judgement, Letters, Oracle, compare
from tests.press.nasty_templates import RECIPIENTS, TEMPLATES, Nasty, write_own_font

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

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


def test_what_weasyprint_sets_twice_is_the_same(folder: Path) -> None:
    found = compare(folder, LETTERS, Oracle(folder), runs=2)
    assert found.differing == ()
    assert (found.letters, found.pages, found.refused) == (3, 4, 0), "the first run, again"


def test_one_pixel_is_seen_and_shown(folder: Path) -> None:
    dot = '<i style="position: absolute; left: 99mm; top: 50mm; width: 0.2mm; height: 0.2mm'
    other = f'<p>Nice<p style="break-before: page">Nice{dot}; background: red">'
    first, _again = careless(folder, "two", other).differing
    assert str(first) == "two, page 2: pixels differ"
    with Image.open(folder.parent / "differing" / "two-page-2.png") as kept:
        assert kept.size == (3 * 1241, 1754)
        changed = kept.crop((2 * 1241, 0, 3 * 1241, 1754)).convert("L").getcolors()
    assert changed is not None
    assert 1 <= {level: count for count, level in changed}[0] <= 4


def test_one_letter_that_nobody_can_see_is_seen(folder: Path) -> None:
    unseen = '<i style="position: absolute; color: white">a</i>'
    other = f'<p>Nice<p style="break-before: page">Nice{unseen}'
    first, _again = careless(folder, "two", other).differing
    assert str(first).startswith("two, page 2: the text 'Nice' became")


def test_a_page_too_many_or_too_few_is_seen(folder: Path) -> None:
    more = careless(folder, "one", '<p>Rennes<p style="break-before: page">Rennes')
    assert {str(each) for each in more.differing} == {"one: 1 pages became 2"}
    fewer = careless(folder, "two", "<p>Nice")
    assert {str(each) for each in fewer.differing} == {"two: 2 pages became 1"}


def test_a_page_of_another_size_is_seen(folder: Path) -> None:
    other = "<style>@page { size: 209.9mm 297mm }</style><p>Rennes"
    assert "points became" in careless(folder, "one", other).differing[0].what


def test_what_weasyprint_refuses_the_press_must_refuse_in_the_same_words(folder: Path) -> None:
    letters = [("bad", html('<p>Rennes<img src="absent.png">')), *LETTERS]
    found = compare(folder, letters, Oracle(folder))
    assert (found.refused, found.differing) == (1, ())
    forgiving = compare(folder, letters, Careless(folder, "bad", ONE))
    assert {each.key for each in forgiving.differing} == {"bad"}


def test_the_proof_has_what_it_promises() -> None:
    assert len(TEMPLATES) >= 60
    assert len(RECIPIENTS) == 21
    assert len({(each.group, each.name) for each in TEMPLATES}) == len(TEMPLATES)
    assert len({each.key for each in RECIPIENTS}) == 21
    blanks = {blank for each in TEMPLATES for blank in RECIPIENTS[0].values if blank in each.source}
    assert blanks == set(RECIPIENTS[0].values)


def test_the_communes_are_always_the_same_and_the_odd_ones_come_first() -> None:
    towns = communes(600)
    assert len({town.insee for town in towns}) == 600
    assert towns[:60] == communes(60)
    names = [town.name for town in towns[:150]]
    assert {"Y", "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", "Œuilly"} <= set(names)
    assert any("ÿ" in name for name in names)
    (_key, page), *_ = campaign_letters(towns[:1])
    assert "habitant·es d’Y" in page.html


# --- a slice of the proof: hard templates for hard recipients -------------------------------------

EVERY = 9  # of the nasty templates
FEW = tuple(each for each in RECIPIENTS if each.key in ("plain", "twin", "longest", "edges"))


@pytest.mark.parametrize("template", TEMPLATES[::EVERY], ids=lambda template: template.name)
def test_a_nasty_template_is_the_same(folder: Path, template: Nasty) -> None:
    write_own_font(folder)
    press = Press(folder)
    assert compare(folder, template.letters(FEW), press).differing == ()
    assert not press.tally.reasons["error"]
