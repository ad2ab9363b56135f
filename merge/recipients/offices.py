"""Who of those in a sheet is the mayor: councillors, deputies and former mayors have rows, too."""

from __future__ import annotations

import re

from merge.french.communes import fold
from merge.recipients.columns import Columns, is_whole_name

# The répertoire national des élus leaves the cell empty for a councillor without an office.
_OFFICIAL = frozenset(
    fold(header) for header in ("Libellé de la fonction", "Libellé de fonction", "lib_fonction")
)
_OWN = frozenset(map(fold, ("Fonction", "Fonctions", "Fonction de l'élu", "Mandat", "Qualité")))
_MAYOR = re.compile(
    r"(?:m |mme |monsieur |madame )?(?:le |la )?maire\b"
    r"(?! (?:adjoint|honoraire|(?:de la commune )?delegue))"
)
# A councillor of the département or the region may be the mayor as well.
_SOMEBODY_ELSE = re.compile(
    r"\b(?:adjointe?|deleguee?|ancienn?e?|honoraire|conseill(?:er|ere)(?: municipale?\b|$))"
)
_PARTS = re.compile(r"[,;/]|\set\s")  # of several offices: "Conseillère régionale et maire"


def column_of_offices(columns: Columns) -> tuple[str, int] | None:
    """The header that says what those who are named in the sheet are, and its column."""
    names = columns.fields.keys() & {"sex", "first_name", "surname"}
    if not (names or any(map(is_whole_name, columns.others))):
        return None
    found = ((name, i) for name, i in columns.others.items() if fold(name) in _OFFICIAL | _OWN)
    return next(found, None)


def is_somebody_else(header: str, office: str) -> bool:
    """Whether this is no mayor: a deputy, a councillor, the mayor of a part or of old."""
    if any(_MAYOR.match(fold(each)) for each in _PARTS.split(office)):
        return False
    return fold(header) in _OFFICIAL or bool(_SOMEBODY_ELSE.search(fold(office)))
