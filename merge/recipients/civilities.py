"""A civility as a sheet states it: "Madame", "Dr", "M. et Mme". Never guessed from a first name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from merge.french.communes import fold
from merge.model import Sex

_SHORT: Mapping[str, str] = {
    **dict.fromkeys(("m", "mr", "monsieur", "h", "homme", "male", "masculin"), "M."),
    **dict.fromkeys(("mme", "madame", "mrs", "ms", "f", "femme", "female", "feminin"), "Mme"),
    **dict.fromkeys(("mlle", "mademoiselle", "miss"), "Mlle"),
    **dict.fromkeys(("dr", "docteur", "docteure", "doctor"), "Dr"),
    **dict.fromkeys(("pr", "professeur", "professeure", "prof", "professor"), "Pr"),
    **dict.fromkeys(("me", "maitre"), "Me"),
    "mx": "Mx",
}
_SEXES: Mapping[str, Sex] = {"M.": "M", "Mme": "F", "Mlle": "F"}
# "M" alone before a first name stands for another one; "Me" is a pronoun, and "Ms" a title.
_WORD = (
    r"(?:Monsieur|Madame|Mademoiselle|Docteure?|Professeure?|Ma[iî]tre"
    r"|(?:M(?:me|lle|rs?|s|x|e)|[DP]r)\.?|M\.)"
)
_BEFORE_A_NAME = re.compile(
    rf"({_WORD}(?:\s*(?:et|ou|&|/)\s*{_WORD})?)(?:(?<=\.)\s*|,?\s+)(?=[^\W\d_])", re.IGNORECASE
)
_INITIALS = frozenset("MmDdPp")  # of these words
_AND = re.compile(r"\s*(?:\b(?:et|ou)\b|[&/])\s*", re.IGNORECASE)


@lru_cache(maxsize=1024)
def civility_of(typed: str) -> str | None:
    """The short form of what a cell states: "Madame" is "Mme", "" of nothing; of two people each
    with theirs ("M. et Mme"). None for what is no civility.
    """
    if not typed:
        return ""
    found = [_SHORT.get(fold(each)) for each in _AND.split(typed)]
    if len(found) > 2 or None in found:
        return None
    return " et ".join(filter(None, found))


def sex_of(civility: str) -> Sex:
    """What a civility in its short form says of the sex; None for one that says nothing."""
    return _SEXES.get(civility)


def before_name(typed: str) -> tuple[str, str]:
    """The civility before a name in its short form, and the name: "Dr Anne Roy" → "Dr", "Anne Roy".
    "" where there is none.
    """
    if typed[:1] not in _INITIALS:  # nearly all
        return "", typed
    found = _BEFORE_A_NAME.match(typed)
    civility = civility_of(found[1]) if found else ""
    return (civility, typed[found.end() :]) if found and civility else ("", typed)
