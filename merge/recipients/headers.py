"""What a header means: the field, by what people call it in French and English.

A header is compared without what people write in different ways (`folded`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, get_args

from merge.french.communes import fold
from merge.model import Audience

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
        *("Address line", "Address line 1", "Street line 1", "Mailing address"),
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
        *("Address line 2", "Street address 2", "Street 2", "Street line 2"),
    ),
    "address_3": (
        *("Adresse 3", "Address 3", "Adresse ligne 3", "Address line 3", "Street line 3"),
        *("Street address 3", "Street 3"),
    ),
    "postcode": (
        *("Code postal", "CP", "Postcode", "Postal code", "Zip", "Zip code", "code_postal"),
        *("C.P.", "codepostal", "Code postal mairie", "Code postal de la mairie", "CP mairie"),
        *("ZIP/Postal code", "Postal/ZIP code", "Postcode/ZIP", "NPA", "Code postal (annuaire)"),
    ),
    "locality": (
        *("Ville", "Localité", "Bureau distributeur", "Commune (adresse)", "City", "Locality"),
        *("Ville (adresse)", "Acheminement", "Libellé d'acheminement", "Libellé acheminement"),
        *("Nom de la ville", "Nom ville", "Ville de la mairie", "Ville mairie", "Ville (annuaire)"),
        *("Town/City", "City/Town", "Post town"),
    ),
    "postcode_locality": (
        *("CP Ville", "Code postal et ville", "CP et ville", "Code postal ville"),
        *("Ville CP", "Ville (CP)", "Ville et code postal", "Ville et CP", "Commune CP"),
        *("CP Commune", "Code postal et commune", "CP et commune", "Code postal commune"),
    ),
    "article_code": ("Code article", "Article code", "TNCC", "type_liaison"),
}

# What people and organisations have, and a commune has not.
_OF_OTHERS: Mapping[str, tuple[str, ...]] = {
    "key": (
        *("ID", "Identifiant", "Référence", "Reference", "Matricule", "Member no", "Customer no"),
        *("N° adhérent", "N° d'adhérent", "Numéro d'adhérent", "Numéro adhérent", "Id adhérent"),
        *("N° adhérente", "N° membre", "Numéro de membre", "Member ID", "Member number", "UAI"),
        *("N° client", "Numéro client", "Numéro de client", "Customer ID", "Customer number"),
        *("Code client", "Code adhérent", "Code UAI", "Numéro UAI", "UAI de l'établissement"),
        *("SIRET", "SIREN", "N° SIRET", "RNA", "N° RNA", "Identifiant de l'établissement"),
    ),
    "organisation": (
        *("Organisation", "Organization", "Organisme", "Structure", "Société", "Entreprise"),
        *("Company", "Company name", "Raison sociale", "Dénomination", "Association", "Business"),
        *("Nom de l'organisation", "Nom de l'association", "Nom de la structure", "Institution"),
        *("Établissement", "Nom de l'établissement", "École", "Nom de l'école", "School"),
        *("Nom de la société", "Nom de l'entreprise", "Appellation officielle", "Collège", "Lycée"),
        *("Dénomination principale", "Organisation name", "Organization name"),
    ),
    "email_2": (
        *("Courriel 2", "E-mail 2", "Mail 2", "Mél 2", "Adresse e-mail 2", "Adresse mail 2"),
        *("Autre courriel", "Autre e-mail", "Autre mail", "Second e-mail", "Second courriel"),
        *("Courriel secondaire", "E-mail secondaire", "Other e-mail", "Secondary e-mail"),
    ),
    "region": (
        *("State", "Province", "State/Province", "Province/State", "State or province", "Region"),
        *("State/Region", "Province/Territory", "Région", "Provincia", "Prov", "Bundesland", "UF"),
        *(
            "État",
            "État/Province",
            "Province/État",
            "Région/Province",
            "Estado/Provincia",
            "County",
        ),
    ),
    "country": ("Pays", "Country", "Pays/Région", "Country/Region", "Land", "Code pays", "Nation"),
    "whole_name": (
        *("Name", "Contact", "Destinataire", "Personne", "Adhérent", "Adhérente", "Membre"),
        *("Recipient", "Contact name", "Nom du contact", "Client", "Customer", "Member"),
        *("Député", "Députée", "Sénateur", "Sénatrice", "Nom et prénoms", "Nom du membre"),
    ),
}

# What a person may call a field beyond the headers that mean it, where `--map` and `edit` take it.
_CALLED: Mapping[str, str] = {
    **dict.fromkeys(("Clé", "Identifiant", "ID"), "key"),
    **dict.fromkeys(("Rue", "Street"), "address"),
    "Adresse entière": "address_again",
    "Prénom puis nom": "first_name_surname",
    "Nom puis prénom": "surname_first_name",
}

# "E-mail(s)" and "Prénom·s" may be one or more.
_PERHAPS_PLURAL = re.compile(r"\((?:s|x|es)\)|[·•]s\b", re.IGNORECASE)
_WORDS = re.compile(r"[0-9]+|[^\W\d_]+")
# French plurals; "adresses" and "addresses" are "adress" and "address", as what they are one of is.
_PLURAL = re.compile(r"(?<=ss)es?$|(?<!s)s$")
NUMBER_WORDS = frozenset({"n", "no", "num", "numero"})


@lru_cache(maxsize=4096)
def folded(header: str) -> str:
    """A header without what people write in different ways, to be compared with another.

    Case, accents, punctuation; spaces ("zipcode", "code_postal"), plurals, the number of the first
    of several ("adresse1", "Adresse n° 1"). "Adresse 2" is the second line, and stays so.
    """
    words = _WORDS.findall(fold(_PERHAPS_PLURAL.sub("", header)))
    if len(words) > 1 and words[-1].lstrip("0") == "1":
        words.pop()
        if len(words) > 1 and words[-1] in NUMBER_WORDS:
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

FIELD_OF: Mapping[str, str] = {
    fold(alias): field for field, aliases in _ALIASES.items() for alias in aliases
}
_FIELD_OF_FOLDED: Mapping[str, str] = {
    folded(alias): field for field, aliases in _ALIASES.items() for alias in aliases
}
# The name of the département does where neither its code nor the commune's is there.
DEPARTMENT_NAMES = frozenset(
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
DROPPED = frozenset(
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
# A number that a sheet gives its rows ("N°") is no key: another sorting gives it to somebody else.
_OF_OTHERS_FOLDED: Mapping[str, str] = {
    folded(alias): field for field, aliases in _OF_OTHERS.items() for alias in aliases
}
_OF_COMMUNES_ALONE: Mapping[str, str | None] = {
    "insee": None,
    "article_code": None,
    "commune": "locality",
}
"""What these are where nobody writes to a commune."""

IDENTITY: Mapping[Audience, tuple[str, ...]] = {
    "communes": ("insee", "key", "commune"),
    "people": ("key", "surname", *WHOLE_NAMES, "first_name", "organisation", "email"),
    "organisations": ("key", "organisation", "surname", *WHOLE_NAMES, "email"),
}
"""The fields that identify a recipient: one of them has to be there."""

FIELDS: tuple[str, ...] = (
    *("key", *_ALIASES, *WHOLE_NAMES),
    *("address_again", "organisation", "country", "region", "email_2"),
)
"""What `--map field=column` can name."""


FRENCH: Mapping[str, str] = {
    **{"key": "clé", "insee": "code insee", "commune": "commune", "department": "département"},
    **{"sex": "civilité", "first_name": "prénom", "surname": "nom", "email": "courriel"},
    **{"complement": "complément", "address": "adresse", "house_number": "n° de voie"},
    **{"street_type": "type de voie", "address_2": "adresse 2", "address_3": "adresse 3"},
    **{"address_again": "adresse entière", "postcode": "code postal"},
    **{"locality": "ville", "postcode_locality": "cp ville", "article_code": "code article"},
    **{"whole_name": "nom complet", "first_name_surname": "prénom puis nom"},
    **{"surname_first_name": "nom puis prénom", "organisation": "organisation"},
    **{"country": "pays", "region": "région", "email_2": "courriel 2"},
}
"""One more name of each field, which `--map` takes as well."""


def is_known(header: str, *, exactly: bool = False) -> bool:
    """Whether a cell is a header that the program understands; `exactly` as it is known, for
    "Mairies" above a table may be its title.
    """
    if exactly:
        return fold(header) in FIELD_OF
    return folded(header) in _FIELD_OF_FOLDED or folded(header) in DROPPED


def is_whole_name(header: str) -> bool:
    """Whether a header stands over first names and surnames in one cell."""
    return folded(header) in _WHOLE_NAMES


def is_whole_address(header: str) -> bool:
    """Whether a header says that the postcode and the town stand in the cells, too."""
    return folded(header) in _WHOLE_ADDRESSES


def field_called(header: str, audience: Audience = "communes") -> str | None:
    """The field that a header means, None for one of the sheet's own."""
    found = FIELD_OF.get(fold(header)) or _FIELD_OF_FOLDED.get(folded(header))
    found = found or ("whole_name" if is_whole_name(header) else None)
    if audience == "communes":
        return found
    found = _OF_COMMUNES_ALONE.get(found, found) if found else None
    return _OF_OTHERS_FOLDED.get(folded(header)) or found


def fields_of(audience: Audience) -> Sequence[str]:
    """Those of `FIELDS` that whom a campaign writes to can have."""
    if audience == "communes":
        return FIELDS
    return [each for each in FIELDS if each not in _OF_COMMUNES_ALONE]


def field_named(name: str, audience: Audience = "communes") -> str | None:
    """The field of `FIELDS` that a person means: by its own name, or as `edit` takes it."""
    called = folded(name)
    found = name if name in FIELDS else None
    found = found or _CALLED_FOLDED.get(called) or field_called(name)
    found = found or _OF_OTHERS_FOLDED.get(called)
    if found is None or audience == "communes":
        return found
    return _OF_COMMUNES_ALONE.get(found, found)


_CALLED_FOLDED = {folded(name): field for name, field in _CALLED.items()}
