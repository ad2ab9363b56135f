"""What a sheet says of the mayor: whether a row is the mayor's, the name, the sex, since when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from merge.french.communes import fold, reference
from merge.french.grammar import surname_case
from merge.model import Sex
from merge.recipients.cells import Problems
from merge.recipients.columns import Columns
from merge.recipients.headers import WHOLE_NAMES, field_called, is_whole_name

if TYPE_CHECKING:
    from pandas import DataFrame

# --- the office: councillors, deputies and former mayors have rows, too ---------------------------

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


def header_of_offices(columns: Columns) -> str | None:
    """The header of the column that says which office those who are named in the sheet hold."""
    names = columns.fields.keys() & {"sex", "first_name", "surname", *WHOLE_NAMES}
    if not (names or any(map(is_whole_name, columns.others))):
        return None
    return next((name for name in columns.others if fold(name) in _OFFICIAL | _OWN), None)


def is_somebody_else(header: str, office: str) -> bool:
    """Whether this is no mayor: a deputy, a councillor, the mayor of a part or of old."""
    if any(_MAYOR.match(fold(each)) for each in _PARTS.split(office)):
        return False
    return fold(header) in _OFFICIAL or bool(_SOMEBODY_ELSE.search(fold(office)))


# --- the sex --------------------------------------------------------------------------------------

_SEXES: Mapping[str, Sex] = {
    **dict.fromkeys(("f", "femme", "mme", "madame", "mlle", "mademoiselle"), "F"),
    **dict.fromkeys(("feminin", "female", "ms", "mrs"), "F"),
    **dict.fromkeys(("madame la maire", "madame le maire", "mme la maire", "mme le maire"), "F"),
    **dict.fromkeys(("m", "h", "homme", "monsieur", "mr", "masculin", "male"), "M"),
    **dict.fromkeys(("monsieur le maire", "m le maire"), "M"),
}


def sex_of(typed: str) -> Sex:
    """The sex that a code or a title says; None when it says none. Never from a first name."""
    return _SEXES.get(fold(typed))


def sex(typed: str, titles: Iterable[str], problems: Problems) -> Sex:
    """The sex in the cell for it, else in the titles before the names; None where they disagree."""
    found = {sex_of(each) for each in titles if each}
    said, stated = sex_of(typed), found.pop() if len(found) == 1 else None
    if said and stated and said != stated:
        problems.tell("sex-disagrees", "sex", typed, stated)
        return None
    if typed and said is None and stated is None:
        problems.tell("unknown-sex", "sex", typed)
    return said or stated


# --- the name -------------------------------------------------------------------------------------

# What people write where there is no name, folded. Maire is a surname, and Néant is.
_NOBODY = frozenset(
    {"inconnu", "inconnue", "vacant", "poste vacant", "vacance", "a pourvoir", "a completer"}
    | {"non communique", "non renseigne", "neant", "sans objet", "le maire", "la maire"}
    | {"monsieur le maire", "madame la maire", "madame le maire", "m le maire", "mme la maire"}
    | {"mme le maire", "mr", "mme", "mlle", "monsieur", "madame"}
)
_WORD = r"(?:Mr\.?|Mme\.?|Mlle\.?|Monsieur|Madame|Mademoiselle)"
_AND_MORE = (
    rf"(?:\s*(?:et|ou|/|&)\s*(?:M\.|{_WORD})(?=\s))?"  # "M. et Mme", "Mme/M."
    r"(?:\s+l[ea]\s+maire\b,?)?"
)
_NAME = r"(?!l[ea]\s+maire\b)(?=\w)"
_BETWEEN = r"(?:(?<=[.,])\s*|\s+)"
_TITLE = re.compile(rf"{_WORD}{_AND_MORE}{_BETWEEN}{_NAME}", re.IGNORECASE)
_TITLE_OF_SURNAME = re.compile(rf"M\.?{_AND_MORE}{_BETWEEN}{_NAME}|{_TITLE.pattern}", re.IGNORECASE)
# Letters with their accents, and what stands between them: "L’Hôte", "J.-C.", "Gabriel (Gaby)".
_NOT_OF_A_NAME = re.compile(
    r"[^\w\s.,()'\N{RIGHT SINGLE QUOTATION MARK}\N{GRAVE ACCENT}\N{ACUTE ACCENT}"
    r"\-\N{HYPHEN}-\N{EN DASH}\N{MIDDLE DOT}\u0300-\u036f]|[\d_]"
    rf"|\((?:M\.?|{_WORD})\)",
    re.IGNORECASE,
)


def first_name(typed: str, problems: Problems) -> str:
    """A first name without the title before it; "" for what is none."""
    return _name("first_name", typed, problems)


def surname(typed: str, insee: str, is_sure: bool, problems: Problems) -> str:
    """A surname without the title before it; "" for what is none.

    Beside a first name, where it `is_sure`, every word is one. Without, what a sheet calls "Nom"
    may be the name of the commune.
    """
    commune = reference().get(insee)
    if not is_sure and typed and commune and fold(typed) == fold(commune.name):
        meant = f'{insee} "nom={surname_case(typed)}"'
        problems.tell("surname-is-town", "surname", typed, meant)
        return ""
    return _name("surname", typed, problems, is_sure=is_sure)


def is_nobody(typed: str) -> bool:
    """Whether a cell for a name says that there is none: "vacant", "Monsieur le Maire"."""
    return fold(typed) in _NOBODY or not any(map(str.isalpha, typed))


def _name(field: str, typed: str, problems: Problems, *, is_sure: bool = False) -> str:
    """A name in the case of French; what was not taken of it is a problem."""
    if not typed:
        return ""
    if (not is_sure and fold(typed) in _NOBODY) or not any(map(str.isalpha, typed)):
        problems.tell("reads-as-empty", field, typed)
        return ""
    before = title(field, typed)
    name = surname_case(typed.removeprefix(before))
    if before:
        problems.tell("title-in-name", field, typed, name)
    return name


def title(field: str, typed: str) -> str:
    """The title before a first name or surname, "" for none: "Mme " of "Mme LE GOFF".

    "M." before a first name may stand for another one.
    """
    if typed[:1] not in ("M", "m"):  # nearly all
        return ""
    found = (_TITLE if field == "first_name" else _TITLE_OF_SURNAME).match(typed)
    return found[0] if found else ""


def is_no_name(field: str, typed: str) -> bool:
    """Whether a first name or surname holds something else: an e-mail address, a remark, a
    telephone number. "?", which says that there is no name, is not meant.
    """
    letters = typed.replace(" ", "").replace("-", "")
    if letters.isalpha() or not _NOT_OF_A_NAME.search(typed):  # nearly all
        return False
    name = typed.removeprefix(title(field, typed))
    return bool(_NOT_OF_A_NAME.search(name)) and any(map(str.isalpha, typed))


# --- the age of a file of mayors ------------------------------------------------------------------

ELECTION = date(2026, 3, 15)
"""The first round of the last municipal elections; the second was a week later."""
_NEXT_ELECTION = date(2032, 1, 1)  # a term that begins after that is a slip of the pen

_STARTS = frozenset(
    fold(header)
    for header in (
        *("Date de début de la fonction", "Date de début de fonction", "date_debut_fonction"),
        *("Date de début du mandat", "Date de début de mandat", "date_debut_mandat"),
    )
)
_HEADERS_OF_2014 = frozenset({"codeinsee", "nompsn"})  # the only RNE without a date
_FRENCH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAge:
    """How old a file of mayors is, by the newest start of a term of office.

    `newest` is the last day on which a mayor of the file took office, None when no row says one.
    """

    newest: date | None
    year_of_headers: int | None

    @classmethod
    def of(cls, frame: DataFrame) -> FileAge | None:
        """None for a file that has no names of mayors, or nothing that dates them. Days are written
        as DD/MM/YYYY or ISO 8601, with or without a time of day.
        """
        folded = {header: fold(header) for header in map(str, frame)}
        if not any(field_called(header) == "surname" for header in folded):
            return None
        columns = [header for header, text in folded.items() if text in _STARTS]
        year = 2014 if _HEADERS_OF_2014.issubset(folded.values()) else None
        if not columns and not year:
            return None
        texts = {cell.strip()[:10] for header in columns for cell in frame[header].unique()}
        days = (day for day in map(_day, texts) if day and day < _NEXT_ELECTION)
        return cls(newest=max(days, default=None), year_of_headers=year)

    @property
    def year(self) -> int | None:
        """Of the newest start of a term, else the one that the headers give away."""
        return self.newest.year if self.newest else self.year_of_headers

    @property
    def before_election(self) -> bool:
        """Whether all of its mayors took office before the last elections: half of them changed."""
        if self.newest:
            return self.newest < ELECTION
        return self.year is not None and self.year < ELECTION.year


def _day(text: str) -> date | None:
    try:
        if found := _FRENCH_DAY.match(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None
