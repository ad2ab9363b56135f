"""Headers → fields: aliases in French and English; close matches are only suggested.

A header is compared without what people write in different ways (`folded`). What no alias names
is kept as a field of its own, under its header.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from merge.errors import SheetError
from merge.french.communes import fold

# The names of the répertoire national des élus (RNE) stand beside people's own words: 2022
# ("Libellé de la commune"), 2019 ("… (Maire)"), 2014 ("codeinsee", "nompsn"), and the short ones
# that those who publish it again have made ("libelle_commune", "nom_elu"). "(annuaire)" marks its
# columns beside those that somebody added to it (see `directory`).
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
        *("Adresse complète", "Adresse postale complète", "Adresse complète de la mairie"),
        *("Adresse complète mairie", "Adresse, CP, ville", "Adresse CP Ville"),
        *("Adresse, code postal et ville", "Adresse complète (rue, CP, ville)"),
        *("Numéro et voie", "N° et voie", "N° et rue", "Numéro et rue", "Adresse (rue)"),
        *("Nom de la voie", "Nom voie", "Libellé de la voie", "Libellé voie"),
        *("Nom de la rue", "Nom de rue", "Nom de voie", "Libellé de voie"),
        *("Street address", "N° et nom de la voie", "N° et nom de rue", "Adresse (annuaire)"),
    ),
    "house_number": (
        *("N° de voie", "N° de la voie", "N° voie", "Numéro de voie", "Numéro de la voie"),
        *("Numéro voie", "N° de rue", "N° de la rue", "N° rue", "num_voie"),
        *("House number", "Street number"),
    ),
    "street_type": (
        *("Type de voie", "Type de la voie", "Type voie", "Nature de la voie", "Nature de voie"),
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
        *("Ville CP", "Ville (CP)", "Ville et code postal", "Ville et CP", "Commune CP"),
        *("CP Commune", "Code postal et commune", "CP et commune", "Code postal commune"),
    ),
    "article_code": ("Code article", "Article code", "TNCC", "type_liaison"),
}

# What a person may call a field beyond the headers that mean it, where `--map` and `edit` take it.
_CALLED: Mapping[str, str] = {
    **dict.fromkeys(("Clé", "Identifiant", "ID"), "key"),
    **dict.fromkeys(("Rue", "Street"), "address"),
    "Prénom puis nom": "first_name_surname",
    "Nom puis prénom": "surname_first_name",
}

# "E-mail(s)" and "Prénom·s" may be one or more.
_PERHAPS_PLURAL = re.compile(r"\((?:s|x|es)\)|[·•]s\b", re.IGNORECASE)
_WORDS = re.compile(r"[0-9]+|[^\W\d_]+")
# French plurals; "adresses" and "addresses" are "adress" and "address", as what they are one of is.
_PLURAL = re.compile(r"(?<=ss)es?$|(?<!s)s$")
_NUMBER = frozenset({"n", "no", "num", "numero"})


@lru_cache(maxsize=4096)
def folded(header: str) -> str:
    """A header without what people write in different ways, to be compared with another.

    Case, accents, punctuation; spaces ("zipcode", "code_postal"), plurals, the number of the first
    of several ("adresse1", "Adresse n° 1"). "Adresse 2" is the second line, and stays so.
    """
    words = _WORDS.findall(fold(_PERHAPS_PLURAL.sub("", header)))
    if len(words) > 1 and words[-1].lstrip("0") == "1":
        words.pop()
        if len(words) > 1 and words[-1] in _NUMBER:
            words.pop()
    words = [_singular(word) for word in words]
    # Letters that stand alone say little: "M@il" is no "Mil", nor "F/M" a radio.
    joins = all(len(word) > 1 for word in words if word.isalpha())
    return ("" if joins else " ").join(words)


def _singular(word: str) -> str:
    if len(word) <= _SHORTEST_PLURAL:
        return word
    return f"{word[:-3]}al" if word.endswith("aux") else _PLURAL.sub("", word)


_SHORTEST_PLURAL = 3  # "CPS" may be anything

_FIELD_OF: Mapping[str, str] = {
    fold(alias): field for field, aliases in _ALIASES.items() for alias in aliases
}
_FIELD_OF_FOLDED: Mapping[str, str] = {
    folded(alias): field for field, aliases in _ALIASES.items() for alias in aliases
}
# The name of the département does where neither its code nor the commune's is there.
_DEPARTMENT_NAMES = frozenset(
    folded(header)
    for header in (
        *("Libellé du département", "Libellé de département (Maires)", "libdpt"),
        *("Nom du département", "Nom département", "Département (nom)", "Libellé département"),
    )
)
# One cell for both, with or without the civility (see `wholenames`). What a header says of their
# order is not believed: under "Nom et prénom" as many write the first name first.
_WHOLE_NAMES = frozenset(
    folded(header)
    for header in (
        *("Nom Prénom", "Prénom Nom", "Nom et prénom", "Prénom et nom", "Nom complet", "Maire"),
        *("Nom Prénom du maire", "Prénom Nom du maire", "Nom et prénom du maire", "Full name"),
        *(
            "Prénom et nom du maire",
            "Nom, prénom",
            "Civilité, prénom et nom",
            "Nom complet du maire",
        ),
        *("Civilité Prénom Nom", "Civilité Nom Prénom", "Civilité, nom et prénom", "Nom Prénoms"),
        *("Nom de l'élu complet", "Prénom, nom", "Nom/Prénom", "Prénom/Nom", "Madame la Maire"),
    )
)
NameOrder = Literal["whole_name", "first_name_surname", "surname_first_name"]
"""A field of one cell for both names; the latter two say which of them comes first."""

WHOLE_NAMES: tuple[NameOrder, ...] = get_args(NameOrder)
_WHOLE_ADDRESSES = frozenset(
    folded(header)
    for header in (
        *("Adresse complète", "Adresse postale complète", "Adresse complète de la mairie"),
        *("Adresse complète mairie", "Adresse, CP, ville", "Adresse CP Ville"),
        *("Adresse, code postal et ville", "Adresse complète (rue, CP, ville)"),
    )
)
# Personal data in the official files that a letter has no use for.
_DROPPED = frozenset(
    folded(header)
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
IDENTITY = ("insee", "key", "commune")
"""The fields that identify a recipient."""

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
    close: Mapping[str, str]  # headers close to a field that has no column; not taken
    # Fields that several headers claim, with these; taken from none.
    contested: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    @property
    def say_who(self) -> bool:
        """Whether a column identifies the recipients."""
        return not self.fields.keys().isdisjoint(IDENTITY)


FIELDS: tuple[str, ...] = ("key", *_ALIASES, *WHOLE_NAMES)
"""What `--map field=column` can name."""


FRENCH: Mapping[str, str] = {
    **{"key": "clé", "insee": "code insee", "commune": "commune", "department": "département"},
    **{"sex": "civilité", "first_name": "prénom", "surname": "nom", "email": "courriel"},
    **{"complement": "complément", "address": "adresse", "house_number": "n° de voie"},
    **{"street_type": "type de voie", "address_2": "adresse 2", "postcode": "code postal"},
    **{"locality": "ville", "postcode_locality": "cp ville", "article_code": "code article"},
    **{"whole_name": "nom complet", "first_name_surname": "prénom puis nom"},
    "surname_first_name": "nom puis prénom",
}
"""One more name of each field, which `--map` takes as well."""


def is_known(header: str, *, exactly: bool = False) -> bool:
    """Whether a cell is a header that the program understands; `exactly` as it is known, for
    "Mairies" above a table may be its title.
    """
    if exactly:
        return fold(header) in _FIELD_OF
    return folded(header) in _FIELD_OF_FOLDED or folded(header) in _DROPPED


def is_whole_name(header: str) -> bool:
    """Whether a header stands over first names and surnames in one cell."""
    return folded(header) in _WHOLE_NAMES


def is_whole_address(header: str) -> bool:
    """Whether a header says that the postcode and the town stand in the cells, too."""
    return folded(header) in _WHOLE_ADDRESSES


def field_called(header: str) -> str | None:
    """The field that a header means, None for one of the sheet's own."""
    found = _FIELD_OF.get(fold(header)) or _FIELD_OF_FOLDED.get(folded(header))
    return found or ("whole_name" if is_whole_name(header) else None)


def field_named(name: str) -> str | None:
    """The field of `FIELDS` that a person means: by its own name, or as `edit` takes it."""
    if name in FIELDS:
        return name
    return _CALLED_FOLDED.get(folded(name)) or field_called(name)


_CALLED_FOLDED = {folded(name): field for name, field in _CALLED.items()}


def assign(
    headers: Sequence[str],
    *,
    overrides: Mapping[str, str] | None = None,
    own: Collection[str] = (),
) -> Columns:
    """Each header's meaning, as `understood`, where that is enough to read the sheet.

    SheetError: "map-unknown-field", "map-unknown-column", "two-columns-one-field",
    "no-recipient-column" (neither a code nor a key nor a name).
    """
    found = understood(headers, overrides=overrides, own=own)
    for field, claiming in found.contested.items():
        raise SheetError("two-columns-one-field", field=field, columns=", ".join(claiming[:2]))
    if not found.say_who:
        raise SheetError(
            "no-recipient-column",
            headers=", ".join(headers),
            suggestion=", ".join(f"{field}={header}" for header, field in found.close.items()),
        )
    return found


def understood(
    headers: Sequence[str],
    *,
    overrides: Mapping[str, str] | None = None,
    own: Collection[str] = (),
) -> Columns:
    """What each header means. `overrides` are the pairs of `--map`, field → header, and win.
    The headers in `own` mean nothing but themselves, or what an override says.

    A column that `--map` takes for one field still is its own field, or one of the letter's: the
    e-mail may be the key, too. "Ville" is the place of the postal address, or the commune where no
    other column is, and so is "CP Commune" where nothing else says who; the département goes by its
    name where no column has a code.

    SheetError: "map-unknown-field", "map-unknown-column".
    """
    fields = _overridden(headers, overrides) if overrides else {}
    mapped: dict[int, list[str]] = {}  # the fields that `--map` takes from a column
    for field, index in fields.items():
        mapped.setdefault(index, []).append(field)
    others: dict[str, int] = {}
    dropped: list[str] = []
    claims: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        means, taken_for = field_called(header), mapped.get(index, [])
        if header in own and not taken_for:
            others[header] = index
        if header in own or means in taken_for:
            continue
        if means and means not in fields and not (taken_for and _is_moved(means, taken_for)):
            claims.setdefault(means, []).append(index)
        elif folded(header) in _DROPPED:
            if not taken_for:
                dropped.append(header)
        else:
            others[header] = index
    by_alias: dict[str, int] = {}
    contested: dict[str, tuple[str, ...]] = {}
    for field, indexes in claims.items():
        exact = indexes if len(indexes) == 1 else _as_it_stands(indexes, headers)
        if len(exact) == 1:
            by_alias[field] = exact[0]
        elif field != "whole_name":  # there is a civility at most to lose
            contested[field] = tuple(headers[index] for index in exact)
        others |= {headers[i]: i for i in indexes if i != by_alias.get(field)}
    if "whole_name" in by_alias and not _NAMES.isdisjoint({*fields, *by_alias}):
        index = by_alias.pop("whole_name")
        others[headers[index]] = index
    fields |= by_alias
    if "commune" not in fields and "locality" in by_alias:
        fields["commune"] = fields.pop("locality")
    if fields.keys().isdisjoint(IDENTITY) and "postcode_locality" in by_alias:
        fields["commune"] = fields.pop("postcode_locality")
    before = headers[max(by_alias.get("address", 0) - 1, 0)]
    # In the first column it is the number of the row.
    if "house_number" not in fields and others.get(before) and folded(before) in _NUMBER:
        fields["house_number"] = others.pop(before)
    if fields.keys().isdisjoint({"insee", "department"}):
        named = [header for header in others if folded(header) in _DEPARTMENT_NAMES]
        if len(named) == 1:
            fields["department"] = others.pop(named[0])
    open_to_doubt = {header: index for header, index in others.items() if header not in own}
    close = _close(open_to_doubt, fields) if open_to_doubt else {}
    return Columns(
        fields=fields, others=others, dropped=tuple(dropped), close=close, contested=contested
    )


# Beside a column for one of the names, one for all of them says nothing more.
_NAMES = frozenset({"first_name", "surname", "first_name_surname", "surname_first_name"})

# A column that is moved within one of these says nothing twice: an address line, a name, a code.
_SAY_ALIKE = (
    frozenset({"key", "insee"}),
    frozenset({"first_name", "surname", *WHOLE_NAMES}),
    frozenset({"complement", "house_number", "street_type", "address", "address_2"}),
    frozenset({"postcode", "locality", "postcode_locality"}),
)


def _is_moved(own: str, taken_for: Sequence[str]) -> bool:
    """Whether `--map` has a column say something else, rather than something more: "Adresse 2" as
    the address would be printed twice, and an INSEE code as the key is to be no INSEE code.
    """
    return any(own in alike and field in alike for alike in _SAY_ALIKE for field in taken_for)


def _as_it_stands(claiming: Sequence[int], headers: Sequence[str]) -> Sequence[int]:
    """Of several columns for one field, those whose header is an alias as it stands: the others,
    which only fold to one, are left to the letter.
    """
    return [index for index in claiming if fold(headers[index]) in _FIELD_OF] or claiming


def _overridden(headers: Sequence[str], overrides: Mapping[str, str]) -> dict[str, int]:
    """The columns that `--map` names: its header exactly, or else folded."""
    fields: dict[str, int] = {}
    for called, column in overrides.items():
        field = field_named(called)
        if field is None:
            raise SheetError(
                "map-unknown-field",
                field=called,
                known=", ".join(f"{name} ({FRENCH[name]})" for name in FIELDS),
                suggestion=_nearest(called, FIELDS),
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
    from rapidfuzz import fuzz, process

    found = process.extractOne(text, choices, scorer=fuzz.ratio, processor=fold, score_cutoff=60)
    return found[0] if found else ""


def _close(others: Mapping[str, int], fields: Mapping[str, int]) -> Mapping[str, str]:
    """What a header is nearest to, of all fields, when that field has no column.

    Of all, because "Prénom de l'élue" is nearly "Nom de l'élu", and more nearly a first name.
    """
    from rapidfuzz import fuzz, process

    close: dict[str, str] = {}
    for header in others:
        found = process.extractOne(
            fold(header), list(_FIELD_OF), scorer=fuzz.ratio, score_cutoff=_CLOSE_AT_LEAST
        )
        field = _FIELD_OF[found[0]] if found else ""
        field = field or next((_TELLING[w] for w in fold(header).split() if w in _TELLING), "")
        if field and field not in fields and not is_whole_name(header):
            close[header] = field
    return close
