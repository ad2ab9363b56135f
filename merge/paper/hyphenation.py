"""Where a printed word may be cut, and whether a line may end there.

WeasyPrint's own line breaking (`press.internals.hyphens`) and the press's (`press.lines`) ask the
same functions, so that the plain pages and the fast ones have the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

MOST_IN_A_ROW = 2

_NOUNS_HAVE_CAPITALS = ("de", "lb")
_HYPHENS = ("-", "\N{HYPHEN}")
# A word behind an elided one ("l'avenir"), and each half of "habitant·es", by itself.
_PARTS = re.compile("[^'’·]+")
# A word that begins so is cut behind that and nowhere else, where the dictionary ends a syllable
# there too ("visionner": it does not), or a vowel follows, which hides its end ("té-léa-larme").
# Where that is a mere likeness all the same ("autoriser"), it is left out.
_FRENCH_SEAM = re.compile(
    "(?:aéro|anti(?!enn)|audio|auto(?!ris|rit)|bio|contre|crypto|cyber|électro|entre|géo(?!ï)|hydro"
    "|hyper|infra|inter|macro(?!ur)|micro|multi|néo|photo|psycho|radio|rétro|socio|super|techno"
    "|t[ée]l[ée]|thermo|ultra|vid[ée]o|visio)",
    re.IGNORECASE,
)
# "15 jan-vier" is no date at a glance. Shorter ones have no place for a hyphen.
_MONTH = re.compile(
    "janvier|février|juillet|septembre|octobre|novembre|décembre|januar|februar|september|oktober"
    "|november|dezember|gennaio|febbraio|settembre|ottobre|dicembre|febrero|septiembre|octubre"
    "|noviembre|diciembre|januari|februari|janeiro|fevereiro|setembro|outubro|dezembro",
    re.IGNORECASE,
)
_VOWELS = frozenset("aâàeéèêëiîïoôuûùœæ")
# Signs that words have not before a letter or digit, and addresses of the web and e-mail have.
_ADDRESS = re.compile(r"[@/.:_=?&#]\w")


def cuts(
    word: str, lang: str, positions: Callable[[str], Iterable[int]], left: int, right: int
) -> Iterator[int]:
    """Where a word may be cut, the last place first.

    `positions` are those of a dictionary, at least `left` letters from the beginning of what it is
    asked, and `right` from the end.
    """
    for part in reversed(list(_PARTS.finditer(word))):
        text = part[0]
        if _MONTH.fullmatch(text):
            continue
        places = set(positions(text))
        seam = _FRENCH_SEAM.match(text) if lang.startswith("fr") else None
        end = seam.end() if seam else 0
        in_limits = seam and left <= end <= len(text) - right
        if end in places or (in_limits and text[end : end + 1].casefold() in _VOWELS):
            places = {end}
        yield from sorted((part.start() + place for place in places), reverse=True)


def is_hyphened(text: str, hyphen: str) -> bool:
    """Whether a line with this text at its end ends within a word, by the style's hyphen or its
    own.
    """
    return text.endswith((*_HYPHENS, hyphen or "-")) and text not in _HYPHENS


def may_end_within(word: str, lang: str, *, is_last: bool, in_a_row: int, own: bool) -> bool:
    """Whether a line may end on a hyphen within a word, which its `own` one is or one put there.

    `is_last`: no other word follows in its paragraph. `in_a_row` lines before it end on a hyphen.
    None is put into an address, nor into a word with a capital, which may be a name. Where all
    nouns have capitals, that says nothing: there what fills a blank is marked, by its style, as
    what is not cut (`merge.letters.addresses`), and a name that the template itself says may be.
    """
    if is_last or in_a_row >= MOST_IN_A_ROW:
        return False
    may_be_name = word != word.lower() and not lang.startswith(_NOUNS_HAVE_CAPITALS)
    return own or not (may_be_name or _ADDRESS.search(word))
