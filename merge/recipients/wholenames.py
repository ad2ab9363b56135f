"""Split a cell with civility, first names and surname, where there is no doubt.

French lists write the surname in capitals ("Nathalie APPERE", "LE GOFF Anne"), or first and a comma
behind it. Elsewhere a person must say which comes first: `NameOrder`. A doubtful name is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from merge.french.communes import fold
from merge.french.courtesy import civility_of, short
from merge.model import Sex
from merge.recipients.cells import one_line
from merge.recipients.headers import NameOrder
from merge.recipients.mayors import is_no_name, title


class WholeName(NamedTuple):
    """The parts of a name. `title` is the civility with the space behind it ("Mme "), or ""."""

    title: str
    first_name: str
    surname: str


def split_name(cell: str, order: NameOrder = "whole_name") -> WholeName | None:
    """The parts of a name as they are typed; None where they are not certain.

    `order` is the field of its column; under "whole_name" only capitals say what comes first.
    """
    typed = one_line(cell)
    before = title("surname", typed)
    name = typed.removeprefix(before)
    if not name or is_no_name("surname", name) or _NOT_ONE_NAME.search(name):
        return None
    if "," in name:
        return _by_comma(before, name)
    words = name.split()
    if len(words) == 1:  # "Mme APPERE"; "Camille" alone may be either
        return WholeName(before, "", name) if before else None
    found = _by_capitals(words) or _by_order(words, order)
    return WholeName(before, *found) if found else None


def _by_comma(before: str, name: str) -> WholeName | None:
    """ "DUPONT, Mme Anne"; "Anne Dupont, Paul Martin" are two people."""
    surname, first_name = map(str.strip, name.split(",", 1))
    before = before or title("surname", first_name)
    first_name = first_name.removeprefix(title("surname", first_name))
    if not surname or not first_name or "," in first_name:
        return None
    words = surname.split()
    is_surname = len(words) == 1 or all(_is_capitals(w) or is_particle(w) for w in words)
    if not is_surname and len(first_name.split()) > 1:
        return None
    return WholeName(before, first_name, surname)


# "Anne MARTIN (LR)", "Anne Martin et Paul Durand", "Anne DURAND née Martin", "Anne MARTIN maire"
_NOT_ONE_NAME = re.compile(
    r"[()/]|\b(?:et|ou|née?|épouse|adjointe?|présidente?|dite?)\b|(?<!\bl[ea] )\bmaire\b",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    {"de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "vom", "der", "den", "ter"}
    | {"da", "das", "do", "dos", "di", "del", "della", "zu"}
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+[^\W\d_]?\.?")
_CAPITALS_BEHIND = re.compile(
    r"(?:[dl]['\N{RIGHT SINGLE QUOTATION MARK}]|Mc|Mac)(?=[^\W\d_]{2})", re.IGNORECASE
)


def is_particle(word: str) -> bool:
    """ "de", "Le", "von": no name by itself."""
    return fold(word) in _PARTICLES


def _is_capitals(word: str) -> bool:
    """ "APPERE", "d'ALMEIDA", "McDONALD"; "J.-C." are the first letters of a first name."""
    letters = _CAPITALS_BEHIND.sub("", word, count=1)
    is_long = sum(map(str.isalpha, letters)) > 1
    return letters.isupper() and is_long and not _INITIALS.fullmatch(word)


def _by_capitals(words: Sequence[str]) -> tuple[str, str] | None:
    """The surname is in capitals, with particles before it; first names stand on one side."""
    signs = "".join(
        "S" if _is_capitals(word) else "p" if word.islower() and is_particle(word) else "f"
        for word in words
    )
    if found := _FIRST_NAME_FIRST.fullmatch(signs):
        cut = found.end(1)
        return " ".join(words[:cut]), " ".join(words[cut:])
    if found := _SURNAME_FIRST.fullmatch(signs):
        cut = found.end(1)
        return " ".join(words[cut:]), " ".join(words[:cut])
    return None


_FIRST_NAME_FIRST = re.compile("(f+)p*S[Sp]*(?<=S)")
_SURNAME_FIRST = re.compile("(p*S[Sp]*(?<=S))f+")


def _by_order(words: Sequence[str], order: NameOrder) -> tuple[str, str] | None:
    """Two words; or a particle that says where the surname begins."""
    if order == "whole_name":
        return None
    first_name_first = order == "first_name_surname"
    particles = [place for place, word in enumerate(words) if is_particle(word)]
    if not particles and len(words) == 2:
        cut = 1
    elif first_name_first and particles and particles[0] > 0 and particles[-1] < len(words) - 1:
        cut = particles[0]
    elif not first_name_first and particles == [*range(len(words) - 2)]:
        cut = len(words) - 1
    else:
        return None
    one, other = " ".join(words[:cut]), " ".join(words[cut:])
    return (one, other) if first_name_first else (other, one)


_SEXES: Mapping[str, Sex] = {"M.": "M", "Mme": "F", "Mlle": "F"}
# "M" alone before a first name stands for another one; "Me" is a pronoun, and "Ms" a title.
_WORD = (
    r"(?:Monsieur|Madame|Mademoiselle|Docteure?|Professeure?|Ma[iî]tre"
    r"|(?:M(?:me|lle|rs?|s|x|e)|[DP]r)\.?|M\.)"
)
_BEFORE_A_NAME = re.compile(
    rf"({_WORD}(?:\s*(?:et|ou|&|/)\s*{_WORD})?)(?:(?<=\.)\s*|,?\s+)(?=[^\W\d_])", re.IGNORECASE
)
_FIRST_LETTERS = frozenset("MmDdPp")  # of these words


def sex_of(civility: str) -> Sex:
    """What a civility says of the sex; None for one that says nothing."""
    return _SEXES.get(short(civility))


def before_name(typed: str) -> tuple[str, str]:
    """The civility before a name, and the name: "Dr Anne Roy" → "Dr", "Anne Roy".

    "" where there is none.
    """
    if typed[:1] not in _FIRST_LETTERS:  # nearly all
        return "", typed
    found = _BEFORE_A_NAME.match(typed)
    civility = civility_of(found[1]) if found else ""
    return (civility, typed[found.end() :]) if found and civility else ("", typed)
