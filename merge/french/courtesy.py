"""How a letter calls its reader in French: by the civility as it was stated, else neutrally."""

from __future__ import annotations

import re
from collections.abc import Mapping

_IN_FULL: Mapping[str, str] = {
    "M.": "Monsieur",
    "Mme": "Madame",
    "Mlle": "Mademoiselle",
    "Dr": "Docteur",
    "Pr": "Professeur",
    "Me": "Maître",
}
_PLURALS: Mapping[str, str] = {"Madame": "Mesdames", "Monsieur": "Messieurs"}
# "la Directrice", "l'Inspecteur"; "Le Gall" is a name.
_OFFICE = re.compile(r"(?:l[ae]\s+|l['\N{RIGHT SINGLE QUOTATION MARK}])(?=[^\W\d_])")


def is_office(person: str) -> bool:
    """Whether this is what somebody does, and no name: "la Directrice"."""
    return bool(_OFFICE.match(person))


def salutation(civility: str, person: str) -> str:
    """How a letter opens: "Madame", "Docteur"; "Madame, Monsieur" to a couple, and where nobody
    has stated anything; "Madame la Directrice" to an office. "Mx" has no word that is spoken:
    "Bonjour Camille Martin".
    """
    if civility == "Mx" and person:
        return f"Bonjour {person}"
    called = [_IN_FULL.get(each, "") for each in civility.split(" et ")]
    if not all(called):
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
        return f"{civility} {surname}"
    return person or salutation(civility, person)
