"""A civility as a sheet states it: "Madame", "Dr", "M. et Mme". Never guessed from a first name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from merge.french.courtesy import civility_of, short
from merge.model import Sex

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


def sex_of(civility: str) -> Sex:
    """What a civility says of the sex; None for one that says nothing."""
    return _SEXES.get(short(civility))


def before_name(typed: str) -> tuple[str, str]:
    """The civility before a name, and the name: "Dr Anne Roy" → "Dr", "Anne Roy".

    "" where there is none.
    """
    if typed[:1] not in _INITIALS:  # nearly all
        return "", typed
    found = _BEFORE_A_NAME.match(typed)
    civility = civility_of(found[1]) if found else ""
    return (civility, typed[found.end() :]) if found and civility else ("", typed)
