"""How a letter calls its reader in French: by the civility as it was stated, else neutrally."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import zip_longest

from merge.french.communes import fold

_IN_FULL: Mapping[str, str] = {
    "M.": "Monsieur",
    "Mme": "Madame",
    "Mlle": "Mademoiselle",
    "Dr": "Docteur",
    "Pr": "Professeur",
    "Me": "Maître",
}
_IN_SHORT: Mapping[str, str] = {
    **{full: short for short, full in _IN_FULL.items()},
    **{"Docteure": "Dr", "Professeure": "Pr"},
}
_BY_WORD: Mapping[str, str] = {
    **{fold(each): each for each in (*_IN_FULL, *_IN_SHORT, "Mx")},
    **dict.fromkeys(("mr", "h", "homme", "male", "masculin"), "M."),
    **dict.fromkeys(("mrs", "ms", "f", "femme", "female", "feminin"), "Mme"),
    **{"miss": "Mlle", "doctor": "Dr", "prof": "Pr", "professor": "Pr"},
    **dict.fromkeys(("herr", "herrn", "heer", "de heer", "dhr", "senor", "senyor"), "M."),
    **dict.fromkeys(("senhor", "signor", "signore", "sig", "sr."), "M."),  # "Sr" is a nun
    **dict.fromkeys(("frau", "mevrouw", "mevr", "mw", "senora", "senyora", "sra"), "Mme"),
    **dict.fromkeys(("senhora", "signora", "sig ra"), "Mme"),
    **dict.fromkeys(("fraulein", "senorita", "srta", "signorina"), "Mlle"),
}
_AND = re.compile(r"\s*(?:\b(?:et|ou|und|e|y|en)\b|[&/])\s*", re.IGNORECASE)
_PLURALS: Mapping[str, str] = {"Madame": "Mesdames", "Monsieur": "Messieurs"}
# "la Directrice", "l'Inspecteur"; "Le Gall" is a name.
_OFFICE = re.compile(r"(?:l[ae]\s+|l['\N{RIGHT SINGLE QUOTATION MARK}])(?=[^\W\d_])")


def is_office(person: str) -> bool:
    """Whether this is what somebody does, and no name: "la Directrice"."""
    return bool(_OFFICE.match(person))


@lru_cache(maxsize=1024)
def civility_of(typed: str) -> str | None:
    """The civility in a cell, its capitals put right: "MADAME" is "Madame", "MME" is "Mme". Of two
    people both ("M. et Mme"), of an empty cell "", and None of what is no civility.
    """
    if not typed:
        return ""
    found = [_BY_WORD.get(each.lower(), _BY_WORD.get(fold(each))) for each in _AND.split(typed)]
    if len(found) > 2 or None in found:
        return None
    return " et ".join(filter(None, found))


def short(civility: str) -> str:
    """A civility in its short form: "Madame" is "Mme"."""
    return " et ".join(_IN_SHORT.get(each, each) for each in civility.split(" et "))


def in_full(civility: str) -> str:
    """A civility in words, which tell "Docteur" from "Docteure": "Mme" is "Madame"."""
    return " et ".join(_IN_FULL.get(each, each) for each in civility.split(" et "))


def states_same(one: str, other: str) -> bool:
    """Whether one civility is the other or its short form: "Mme" and "Madame", "Dr" and "Docteure".
    "Docteur" and "Docteure" are two.
    """
    pairs = zip_longest(one.split(" et "), other.split(" et "), fillvalue="")
    return all(a == b or short(a) == b or a == short(b) for a, b in pairs)


def salutation(civility: str, person: str) -> str:
    """How a letter opens: "Madame", "Docteur"; "Madame, Monsieur" to a couple, and where nobody
    has stated anything; "Madame la Directrice" to an office. "Mx" has no word that is spoken:
    "Bonjour Camille Martin".
    """
    if civility == "Mx" and person:
        return f"Bonjour {person}"
    called = in_full(civility).split(" et ")
    if not {*called} <= _IN_SHORT.keys():
        return "Madame, Monsieur"
    if len(called) == 2 and called[0] == called[1]:
        return _PLURALS.get(called[0], called[0])
    if len(called) == 1 and is_office(person):
        return f"{called[0]} {person}"
    return ", ".join(sorted(called))


def short_salutation(civility: str, surname: str, person: str) -> str:
    """How a letter calls its reader in mid-text: "Mme Martin"; the whole name without a civility,
    and the salutation without a name.
    """
    if civility and surname:
        return f"{short(civility)} {surname}"
    return person or salutation(civility, person)
