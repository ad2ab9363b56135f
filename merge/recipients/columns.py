"""Headers → fields: exact aliases in French and English; close matches are only suggested.

A header is compared without case, accents and punctuation (`merge.french.communes.fold`). What
no alias names is kept as a field of its own, under its header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from merge.errors import SheetError
from merge.french.communes import fold

# The names of the répertoire national des élus (RNE) stand beside people's own words: 2022
# ("Libellé de la commune"), 2019 ("… (Maire)") and 2014 ("codeinsee", "nompsn").
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "insee": (
        *("Code INSEE", "INSEE", "Code commune INSEE", "INSEE code", "code_commune", "codgeo"),
        *("Code de la commune", "Code Insee de la commune", "codeinsee", "code_insee_commune"),
        *("Code officiel géographique", "COG", "commune_insee", "Code commune", "CODE COM"),
    ),
    "commune": (
        *("Commune", "Communes", "Nom de la commune", "Nom commune", "Municipality", "Town"),
        *("Libellé de la commune", "libsubcom", "Mairie", "Nom de la mairie", "nom_commune"),
        *("Commune (nom)", "City name", "Town name", "Libellé commune"),
    ),
    "department": (
        *("Département", "Dép", "Dépt", "Code département", "Department", "Numéro département"),
        *("Code du département", "Code du département (Maire)", "N° département", "Code dept"),
    ),
    "sex": (
        *("Sexe", "Code sexe", "Civilité", "Sexe du maire", "Civilité du maire", "Sex", "Gender"),
        *("civpsn", "Title", "maire_sexe", "Civ", "Genre", "Code sexe (Maire)"),
    ),
    "first_name": (
        *("Prénom", "Prénoms", "Prénom du maire", "First name", "Given name", "Forename"),
        *("Prénom de l'élu", "prepsn", "maire_prenom", "firstname", "Prénom maire"),
    ),
    "surname": (
        *("Nom", "Nom du maire", "Nom de famille", "Surname", "Last name", "Family name"),
        *("Nom de l'élu", "nompsn", "maire_nom", "lastname", "Nom maire"),
    ),
    "email": (
        *("Courriel", "Email", "E-mail", "Mail", "Mél", "Adresse mail", "Adresse e-mail"),
        *("Adresse email", "Adresse courriel", "Adresse électronique", "Courrier électronique"),
        *("Email address", "E-mail address", "Mail mairie", "Email mairie", "Courriel mairie"),
        *("Courriels", "Emails", "E-mails", "Mails", "Courriel de la mairie", "Email de la mairie"),
    ),
    "complement": ("Complément d'adresse", "Complément", "Complément adresse", "Bâtiment"),
    "address": (
        *("Adresse", "Adresse postale", "Rue", "Voie", "Adresse 1", "Address", "Street"),
        *(
            "Postal address",
            "Adresse de la mairie",
            "Adresse mairie",
            "Address 1",
            "Adresse ligne 1",
        ),
    ),
    "address_2": ("Adresse 2", "Address 2", "Adresse (suite)", "Adresse ligne 2", "BP", "Lieu-dit"),
    "postcode": (
        *("Code postal", "CP", "Postcode", "Postal code", "Zip", "Zip code", "code_postal"),
    ),
    "locality": (
        *("Ville", "Localité", "Bureau distributeur", "Commune (adresse)", "City", "Locality"),
        *("Ville (adresse)", "Acheminement", "Libellé d'acheminement"),
    ),
    "postcode_locality": ("CP Ville", "Code postal et ville", "CP et ville", "Code postal ville"),
    "article_code": ("Code article", "Article code", "TNCC", "type_liaison"),
}

FIELDS: tuple[str, ...] = ("key", *_ALIASES)
"""What `--map field=column` can name."""

_FIELD_OF: Mapping[str, str] = {
    fold(alias): field for field, aliases in _ALIASES.items() for alias in aliases
}
# Personal data in the official files that a letter has no use for.
_DROPPED = frozenset(
    fold(header)
    for header in (
        *("Date de naissance", "Date de naissance (Maire)", "naissance", "date_naissance"),
        *("Code de la catégorie socio-professionnelle", "csp", "libcsp", "Code profession"),
        *("Libellé de la catégorie socio-professionnelle", "Libellé de la profession"),
        *("Code profession (Maire)", "Libellé de la profession (Maire)", "Profession"),
    )
)
_CLOSE_AT_LEAST = 84  # of 100: "Couriel" is Courriel; "Prénom de l'élue" is not "Nom de l'élu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; columns are counted from 0."""

    fields: Mapping[str, int]  # what the program understands, by field
    others: Mapping[str, int]  # kept for the letter, by header
    dropped: tuple[str, ...]  # birth dates and professions
    close: Mapping[str, str]  # headers that look like a field that nobody claimed; not taken


def is_known(header: str) -> bool:
    """Whether a cell is a header that the program understands."""
    return fold(header) in _FIELD_OF or fold(header) in _DROPPED


def field_called(header: str) -> str | None:
    """The field that a header means, None for one of the sheet's own."""
    return _FIELD_OF.get(fold(header))


def assign(headers: Sequence[str], *, overrides: Mapping[str, str] | None = None) -> Columns:
    """Each header's meaning. `overrides` are the pairs of `--map`, field → header, and win.

    "Ville" is the place of the postal address, or the commune where no other column is.

    SheetError: "map-unknown-field", "map-unknown-column", "two-columns-one-field",
    "no-recipient-column" (neither a code nor a key nor a name).
    """
    fields = _overridden(headers, overrides or {})
    claimed = set(fields.values())
    others: dict[str, int] = {}
    dropped: list[str] = []
    by_alias: dict[str, int] = {}
    for index, header in enumerate(headers):
        field = _FIELD_OF.get(fold(header))
        if index in claimed:
            continue
        if field and field not in fields:
            if field in by_alias:
                columns = f"{headers[by_alias[field]]}, {header}"
                raise SheetError("two-columns-one-field", field=field, columns=columns)
            by_alias[field] = index
        elif fold(header) in _DROPPED:
            dropped.append(header)
        else:
            others[header] = index
    fields |= by_alias
    if "commune" not in fields and "locality" in fields:
        fields["commune"] = fields.pop("locality")
    close = _close(others, fields)
    if fields.keys().isdisjoint({"insee", "key", "commune"}):
        raise SheetError(
            "no-recipient-column",
            headers=", ".join(headers),
            suggestion=", ".join(f"{field}={header}" for header, field in close.items()),
        )
    return Columns(fields=fields, others=others, dropped=tuple(dropped), close=close)


def _overridden(headers: Sequence[str], overrides: Mapping[str, str]) -> dict[str, int]:
    """The columns that `--map` names: its header exactly, or else folded."""
    fields: dict[str, int] = {}
    for field, column in overrides.items():
        if field not in FIELDS:
            raise SheetError(
                "map-unknown-field",
                field=field,
                known=", ".join(FIELDS),
                suggestion=_nearest(field, FIELDS),
            )
        same = [i for i, header in enumerate(headers) if header == column] or [
            i for i, header in enumerate(headers) if fold(header) == fold(column)
        ]
        if len(same) != 1:
            raise SheetError(
                "map-unknown-column",
                column=column,
                headers=", ".join(headers),
                suggestion=_nearest(column, headers),
            )
        fields[field] = same[0]
    return fields


def _nearest(text: str, choices: Sequence[str]) -> str:
    found = process.extractOne(text, choices, scorer=fuzz.ratio, processor=fold, score_cutoff=60)
    return found[0] if found else ""


def _close(others: Mapping[str, int], fields: Mapping[str, int]) -> Mapping[str, str]:
    free = [alias for alias, field in _FIELD_OF.items() if field not in fields]
    close: dict[str, str] = {}
    for header in others:
        found = process.extractOne(
            fold(header), free, scorer=fuzz.ratio, score_cutoff=_CLOSE_AT_LEAST
        )
        if found:
            close[header] = _FIELD_OF[found[0]]
    return close
