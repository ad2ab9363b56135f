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
# ("Libellé de la commune"), 2019 ("… (Maire)"), 2014 ("codeinsee", "nompsn"), and the short ones
# that those who publish it again have made ("libelle_commune", "nom_elu"). "(annuaire)" tells its
# columns from those that somebody added to it (see `directory`).
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "insee": (
        *("Code INSEE", "INSEE", "Code commune INSEE", "INSEE code", "code_commune", "codgeo"),
        *("Code de la commune", "Code Insee de la commune", "codeinsee", "code_insee_commune"),
        *("Code officiel géographique", "COG", "commune_insee", "Code commune", "CODE COM"),
        *("N° INSEE", "No INSEE", "Numéro INSEE", "Code INSEE mairie", "Code Insee de la mairie"),
        *("Code géographique", "Code géo", "INSEE_COM", "DEPCOM", "codecommune", "INSEE commune"),
        "Code INSEE (annuaire)",
    ),
    "commune": (
        *("Commune", "Communes", "Nom de la commune", "Nom commune", "Municipality", "Town"),
        *("Libellé de la commune", "libsubcom", "Mairie", "Nom de la mairie", "nom_commune"),
        *("Commune (nom)", "City name", "Town name", "Libellé commune", "Nom de commune"),
        *("Mairie de", "Commune de", "Nom mairie", "Municipalité", "libgeo", "nom_com"),
        *("Libellé géographique", "nom_standard", "Commune (annuaire)"),
    ),
    "department": (
        *("Département", "Dép", "Dépt", "Code département", "Department", "Numéro département"),
        *("Code du département", "Code du département (Maire)", "N° département", "Code dept"),
        *("Dpt", "Code dép", "Code dpt", "N° dép", "N° dépt", "N° dpt", "N° de département"),
        *("Numéro de département", "Numéro du département", "N° du département", "Num dept"),
        *("Département (code)", "Département (numéro)", "Département (n°)", "Department code"),
    ),
    "sex": (
        *("Sexe", "Code sexe", "Civilité", "Sexe du maire", "Civilité du maire", "Sex", "Gender"),
        *("civpsn", "Title", "maire_sexe", "Civ", "Genre", "Code sexe (Maire)"),
        *("M./Mme", "Mme/M.", "M. ou Mme", "Mme ou M.", "Mr/Mme", "Mme/Mr", "Madame/Monsieur"),
        *("Monsieur/Madame", "Madame ou Monsieur", "Monsieur ou Madame", "H/F", "F/H", "M/F"),
        *("F/M", "sexe_elu", "Sexe de l'élu", "Civilité de l'élu", "Civilité maire"),
        *("maire_civilite", "Civilité de la maire", "Sexe maire", "Civilité élu"),
    ),
    "first_name": (
        *("Prénom", "Prénoms", "Prénom du maire", "First name", "Given name", "Forename"),
        *("Prénom de l'élu", "prepsn", "maire_prenom", "firstname", "Prénom maire"),
        *("prenom_elu", "Prénom de la maire", "Prénom de l'élu·e", "Prénom du/de la maire"),
    ),
    "surname": (
        *("Nom", "Nom du maire", "Nom de famille", "Surname", "Last name", "Family name"),
        *("Nom de l'élu", "nompsn", "maire_nom", "lastname", "Nom maire"),
        *("nom_elu", "Nom de la maire", "Nom de l'élu·e", "Nom du/de la maire"),
        *("Nom de famille du maire", "Nom de famille de l'élu"),
    ),
    "email": (
        *("Courriel", "Email", "E-mail", "Mail", "Mél", "Adresse mail", "Adresse e-mail"),
        *("Adresse email", "Adresse courriel", "Adresse électronique", "Courrier électronique"),
        *("Email address", "E-mail address", "Mail mairie", "Email mairie", "Courriel mairie"),
        *("Courriels", "Emails", "E-mails", "Mails", "Courriel de la mairie", "Email de la mairie"),
        *("Mail de la mairie", "E-mail de la mairie", "E-mail mairie", "Mél de la mairie"),
        *("Adresse de messagerie", "Messagerie", "Adresse mail mairie", "Adresse mél", "M@il"),
        *("Adresse mail de la mairie", "Adresse e-mail de la mairie", "Adresse email mairie"),
        *("Adresse email de la mairie", "Adresse électronique de la mairie", "Adresse e-mail 1"),
        *(
            "Adresse courriel de la mairie",
            "Adresse de courriel",
            "Adresse de courrier électronique",
        ),
        *("Courriel 1", "Email 1", "E-mail 1", "Mail 1", "Adresse mail 1", "Courriel principal"),
        *("Email contact", "Mail contact", "Courriel contact", "Courriel de contact"),
        *("Email de contact", "E-mail de contact", "Mail de contact", "Contact email"),
        *("Contact mail", "Contact courriel", "Courriel (annuaire)"),
    ),
    "complement": (
        *("Complément d'adresse", "Complément", "Complément adresse", "Bâtiment"),
        "Complément d'adresse (annuaire)",
    ),
    "address": (
        *("Adresse", "Adresse postale", "Rue", "Voie", "Adresse 1", "Address", "Street"),
        *("Postal address", "Adresse de la mairie", "Adresse mairie", "Address 1"),
        *("Adresse ligne 1", "Adresse postale de la mairie", "Adresse postale mairie"),
        *("Numéro et voie", "N° et voie", "N° et rue", "Numéro et rue", "Adresse (rue)"),
        *("Street address", "N° et nom de la voie", "N° et nom de rue", "Adresse (annuaire)"),
    ),
    "address_2": (
        *("Adresse 2", "Address 2", "Adresse (suite)", "Adresse ligne 2", "BP", "Lieu-dit"),
        *("Boîte postale", "B.P.", "BP/CS", "BP ou CS", "Adresse 2 (annuaire)"),
    ),
    "postcode": (
        *("Code postal", "CP", "Postcode", "Postal code", "Zip", "Zip code", "code_postal"),
        *("C.P.", "codepostal", "Code postal mairie", "Code postal de la mairie", "CP mairie"),
        "Code postal (annuaire)",
    ),
    "locality": (
        *("Ville", "Localité", "Bureau distributeur", "Commune (adresse)", "City", "Locality"),
        *("Ville (adresse)", "Acheminement", "Libellé d'acheminement", "Libellé acheminement"),
        *("Nom de la ville", "Nom ville", "Ville de la mairie", "Ville mairie", "Ville (annuaire)"),
    ),
    "postcode_locality": (
        *("CP Ville", "Code postal et ville", "CP et ville", "Code postal ville"),
        *("CP Commune", "Code postal et commune", "CP et commune", "Code postal commune"),
    ),
    "article_code": ("Code article", "Article code", "TNCC", "type_liaison"),
}

FIELDS: tuple[str, ...] = ("key", *_ALIASES)
"""What `--map field=column` can name."""

_FIELD_OF: Mapping[str, str] = {
    fold(alias): field for field, aliases in _ALIASES.items() for alias in aliases
}
# The name of the département does where neither its code nor the commune's is there.
_DEPARTMENT_NAMES = frozenset(
    fold(header)
    for header in (
        *("Libellé du département", "Libellé de département (Maires)", "libdpt"),
        *("Nom du département", "Nom département", "Département (nom)", "Libellé département"),
    )
)
# One cell for both: taken for neither, because where the first name ends nobody can say.
_WHOLE_NAMES = frozenset(
    fold(header)
    for header in (
        *("Nom Prénom", "Prénom Nom", "Nom et prénom", "Prénom et nom", "Nom complet", "Maire"),
        *("Nom Prénom du maire", "Prénom Nom du maire", "Nom et prénom du maire", "Full name"),
        *("Prénom et nom du maire", "Nom, prénom"),
    )
)
# Personal data in the official files that a letter has no use for.
_DROPPED = frozenset(
    fold(header)
    for header in (
        *("Date de naissance", "Date de naissance (Maire)", "naissance", "date_naissance"),
        *("date_naissance_elu", "Date de naissance de l'élu", "Date de naissance du maire"),
        *("Lieu de naissance", "lieu_naissance", "lieu_naissance_elu", "maire_date_naissance"),
        *("Code de la catégorie socio-professionnelle", "csp", "libcsp", "Code profession"),
        *("Libellé de la catégorie socio-professionnelle", "Libellé de la profession"),
        *("code_categorie_socio_professionnelle", "libelle_categorie_socio_professionnelle"),
        *("Catégorie socio-professionnelle", "code_csp", "libelle_csp", "lib_csp"),
        *("Code profession (Maire)", "Libellé de la profession (Maire)", "Profession"),
        *("libelle_profession", "Profession du maire", "Profession de l'élu"),
        # What the ministry thinks of their politics: GDPR, article 9.
        *("Nuance politique", "Nuance politique (C. Mun.)", "code_nuance", "Code nuance", "nuance"),
    )
)
# A header with one of these words in it ("Courriel à vérifier") is about that field.
_TELLING: Mapping[str, str] = {
    **dict.fromkeys(("mail", "mails", "email", "emails", "courriel", "courriels", "mel"), "email"),
    **dict.fromkeys(("messagerie", "electronique"), "email"),
    **dict.fromkeys(("sexe", "civilite"), "sex"),
}
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


def is_whole_name(header: str) -> bool:
    """Whether a header stands over first names and surnames in one cell: no field takes it."""
    return fold(header) in _WHOLE_NAMES


def field_called(header: str) -> str | None:
    """The field that a header means, None for one of the sheet's own."""
    return _FIELD_OF.get(fold(header))


def assign(headers: Sequence[str], *, overrides: Mapping[str, str] | None = None) -> Columns:
    """Each header's meaning. `overrides` are the pairs of `--map`, field → header, and win.

    "Ville" is the place of the postal address, or the commune where no other column is; and the
    département goes by its name where no column has a code.

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
    if "commune" not in fields and "locality" in by_alias:
        fields["commune"] = fields.pop("locality")
    if fields.keys().isdisjoint({"insee", "department"}):
        named = [header for header in others if fold(header) in _DEPARTMENT_NAMES]
        if len(named) == 1:
            fields["department"] = others.pop(named[0])
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
                wanted=column,
                headers=", ".join(headers),
                suggestion=_nearest(column, headers),
            )
        fields[field] = same[0]
    return fields


def _nearest(text: str, choices: Sequence[str]) -> str:
    found = process.extractOne(text, choices, scorer=fuzz.ratio, processor=fold, score_cutoff=60)
    return found[0] if found else ""


def _close(others: Mapping[str, int], fields: Mapping[str, int]) -> Mapping[str, str]:
    """What a header is nearest to, of all fields, when nobody claimed that field.

    Of all, because "Prénom de l'élue" is nearly "Nom de l'élu", and more nearly a first name.
    """
    close: dict[str, str] = {}
    for header in others:
        found = process.extractOne(
            fold(header), list(_FIELD_OF), scorer=fuzz.ratio, score_cutoff=_CLOSE_AT_LEAST
        )
        field = _FIELD_OF[found[0]] if found else ""
        if is_whole_name(header):
            field = "surname"
        field = field or next((_TELLING[w] for w in fold(header).split() if w in _TELLING), "")
        if field and field not in fields:
            close[header] = field
    return close
