"""The campaign's own letter, as the program renders it for paper, for chosen communes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from merge.french.communes import Commune, reference
from merge.letters.template import CompiledTemplate
from merge.model import Channel, Letter, Sex, Slotted
from tests.pages import look
from tests.vsa import mayor_of, vsa

BODY_FONT = '"Publipostage Serif", serif'
_SEED = 2026
_EXTREMES = 20  # of the longest, and of the shortest names
_FAR_LETTERS = frozenset("œŒæÆÿŸñÑÔ")
_SEXES: tuple[Sex, ...] = ("F", "M", None)


def communes(n: int) -> Sequence[Commune]:
    """`n` communes, always the same: odd letters, extreme lengths, the rest by chance.

    The odd ones come first, so that few are the odd ones. There is no commune with a "ñ": the
    nasty templates have it.
    """
    known = list(reference().values())
    by_length = sorted(known, key=lambda town: (len(town.name), town.insee))
    odd = [
        *by_length[:_EXTREMES],
        *by_length[-_EXTREMES:],
        *(town for town in known if _FAR_LETTERS & set(town.name)),
    ]
    by_chance = random.Random(_SEED).sample(known, len(known))  # noqa: S311 - a sample, no secret
    chosen = {town.insee: town for town in (*odd, *by_chance) if town.postcodes}
    return list(chosen.values())[:n]


def template(font: str = BODY_FONT) -> CompiledTemplate:
    """The campaign's letter, its text in the font that a look's author names so."""
    whole = look()
    assert BODY_FONT in whole
    return vsa(look=whole.replace(BODY_FONT, font))


def letters(towns: Iterable[Commune], font: str = BODY_FONT) -> list[tuple[str, Slotted]]:
    """Each commune's letter, to a woman, a man and someone unknown by turns."""
    compiled = template(font)
    return [
        (town.insee, _page(compiled.render(mayor_of(town.insee, sex), Channel.PAPER)))
        for town, sex in zip(towns, _SEXES * 12_000, strict=False)
    ]


def _page(letter: object) -> Slotted:
    assert isinstance(letter, Letter), letter
    assert letter.page is not None
    return letter.page
