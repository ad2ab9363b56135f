"""What the longest letters settle is true of every letter: of hard rows, each is set as well."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from merge.campaign import longest
from merge.campaign.longest import Longest
from merge.model import Channel, Letter, Proof, Recipient
from merge.paper.lots import MOST_PAGES
from merge.paper.runs import Maker, Setup
from tests.pages import campaign_folder, need_pages
from tests.vsa import GROUP, NF_RIGHT, mayor_of, rendered, vsa

HARD = (
    *("Y", "W" * 16, "i" * 40, "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson", "L’Haÿ-les-Roses"),
    *(
        "a b c d e f g h i j",
        "Å É Ç Q",
        "Kaysersberg Vignoble",
        "anticonstitutionnellement",
        "WM IW",
    ),
)
REASON = "Une surveillance aussi massive qu’intrusive n’a pas sa place dans la rue. "
LETTER = """---
subject: Objet {{ commune }}
---
Nous, de {{ a }}, demandons à {{ commune }} ceci.

## Un titre

FIRST

Puis {{ b }}, et encore {{ a }} : c'est tout, {{ commune }}, et cela *{{ a }}* suffit.

SECOND

{{ b }}

Veuillez croire, {{ salutation_courte }}, en nos salutations,

{{ signature }}
"""
TOWNS = [mayor_of(each) for each in ("76351", "94038", "80829", "51482", "35238", "01001")]


def letters(those: Iterable[Recipient], source: str) -> Sequence[Letter]:
    template = vsa(writer=GROUP, source=source, columns=("a", "b"))
    return [rendered(template, each, Channel.PAPER) for each in those]


def who(key: int, a: str, b: str, town: Recipient = TOWNS[0]) -> Recipient:
    return town._replace(key=f"{key}", fields={"a": a, "b": b})


@dataclass
class Pages:
    """Sets letters, and counts them."""

    maker: Maker
    n: int = 0

    def prove(self, those: Iterable[Letter], _n: int) -> Iterable[Proof]:
        left = tuple(those)
        self.n += len(left)
        while left:
            done = self.maker.finish(left[:100], None, "auto", 0).proofs
            yield from done
            left = left[len(done) :]

    def are_right(self, those: Sequence[Letter]) -> Sequence[bool]:
        """Whether each is, when all are set."""
        found = self.prove(those, 0)
        return [not proof.fault and proof.pages <= MOST_PAGES for proof in found]

    def settled(self, those: Sequence[Letter]) -> Sequence[bool]:
        """Whether each is by the longest."""
        kept = Longest()
        for each in those:
            kept.add(each)
        are_all = kept.settle(self.prove)
        found = [kept.settles(each) for each in those]
        assert are_all == all(found)
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    need_pages()
    return campaign_folder(tmp_path / "campaign")


@pytest.fixture
def pages(folder: Path) -> Pages:
    return Pages(Maker(Setup(folder=folder, window=NF_RIGHT)))


def test_what_the_longest_settle_is_right_in_each_of_many_hard_letters(pages: Pages) -> None:
    chance = random.Random(44)  # noqa: S311 - not for secrets

    def some(most: int) -> str:
        return " ".join(chance.choices(HARD, k=chance.randint(1, most)))

    everyone = [who(n, some(3), some(8), chance.choice(TOWNS)) for n in range(100)]
    seen = []
    for reasons, more in ((3, 0), (6, 60)):
        text = "\n\n".join(REASON * (2, 4, 6, 3)[n % 4] for n in range(reasons))
        source = LETTER.replace("FIRST", text).replace("SECOND", f"{text}\n\n{more * 'encore '}")
        those = letters(everyone, source)
        seen.append(set(zip(pages.settled(those), pages.are_right(those), strict=True)))
    assert seen == [{(True, True)}, {(False, True), (False, False)}]


def test_two_that_are_long_in_one_blank_each_do_not_settle_one_that_is_in_both(
    pages: Pages,
) -> None:
    long = "long " * 18
    everyone = [who(12, long, "long"), who(21, "long", long), who(22, long[1:], long[1:])]
    for lines, settled, right in (
        (40, [True] * 3, [True] * 3),
        (56, [False] * 3, [True, True, False]),
    ):
        source = LETTER.replace("FIRST", "").replace("SECOND", "ligne\\\n" * lines + "fin")
        those = letters(everyone, source)
        assert (pages.settled(those), pages.are_right(those)) == (settled, right)


def test_an_address_too_wide_for_the_window_unsettles_those_who_have_as_many_lines(
    folder: Path,
) -> None:
    pages = Pages(Maker(Setup(folder=folder, window=replace(NF_RIGHT, width_mm=60))))
    high = [each._replace(street=("1 rue Y", "CS 12345")) for each in TOWNS[:3]]
    those = letters([*TOWNS[:4], *high], "---\nsubject: S\n---\nUn\n\nDeux\n\nTrois\n")
    assert pages.are_right(those) == [True] * 3 + [False] + [True] * 3
    assert pages.settled(those) == [False] * 4 + [True] * 3


@pytest.mark.parametrize(
    "block", ["| a | b |\n|---|---|\n| 1 | 2 |", "A[^1]\n\n[^1]: N", "\\newpage"]
)
def test_pages_of_more_than_lines_are_all_set(pages: Pages, block: str) -> None:
    source = f"---\nsubject: S\n---\nUn {{{{ commune }}}}\n\n{block}\n\nTrois\n\nQuatre\n"
    assert not any(pages.settled(letters(TOWNS, source)))
    assert pages.n == 0


def test_of_more_kinds_than_are_kept_the_last_are_set(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(longest, "KINDS", 1)
    source = "---\nsubject: S\n---\nUn {% if a == 'x' %}A{% else %}B{% endif %}\n\nDeux\n\nTrois\n"
    those = letters([who(n, a, "") for n, a in enumerate("xyxy")], source)
    assert pages.settled(those) == [True, False] * 2
