"""What a header means: the field, by what people call it in French, English and German.

A header is compared without what people write in different ways (`folded`), and then without what
only says whose or which it is: "Code postal (domicile)" is a postcode, and of the home.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple, get_args

from merge.french.communes import fold
from merge.model import Audience

_WHOLE_ADDRESSES = (
    *("Adresse complète", "Adresse postale complète", "Adresse CP Ville"),
    *("Adresse code postal et ville", "Adresse complète (rue, CP, ville)"),
)

# Of several lines for a field a later one counts where no column of an earlier one is. The names of
# the répertoire national des élus (RNE) stand beside people's own words: 2019 ("… (Maire)"), 2014
# ("codeinsee", "nompsn"), and the short ones of those who publish it again ("nom_com").
_ALIASES: Sequence[tuple[str, tuple[str, ...]]] = (
    (
        "insee",
        (
            *("Code INSEE", "INSEE", "INSEE code", "codgeo", "COG", "Code commune", "CODE COM"),
            *("N° INSEE", "No INSEE", "Numéro INSEE"),
            *("Code géographique", "Code géo", "INSEE_COM", "DEPCOM"),
        ),
    ),
    (
        "commune",
        (
            *("Nom de la commune", "Town", "Town name", "City name", "libsubcom"),
            *("libgeo", "nom_com", "libcommune", "Libellé géographique", "nom_standard"),
        ),
    ),
    (
        "department",
        (
            *("Code département", "Code dép", "Code dept", "Code dpt", "N° département", "N° dép"),
            *("N° dépt", "N° dpt", "Numéro département", "Num dept", "Département (code)"),
            *("Département (numéro)", "Département (n°)", "Department code"),
        ),
    ),
    ("department", ("Département", "Dép", "Dépt", "Dpt", "Department")),
    (
        "sex",
        (
            *("Civilité", "Civ", "civpsn", "Title", "Anrede", "Name prefix", "Prefix"),
            *("M./Mme", "Mme/M.", "M. ou Mme", "Mme ou M.", "Mr/Mme", "Mme/Mr", "H/F", "F/H"),
            *("Madame/Monsieur", "Monsieur/Madame", "Madame ou Monsieur", "Monsieur ou Madame"),
            *("M/F", "F/M", "Titre civilité"),
        ),
    ),
    ("sex", ("Sexe", "Code sexe", "Sex", "Gender", "Genre", "Geschlecht")),
    ("first_name", ("Prénom", "First name", "Given name", "Forename", "Vorname", "prepsn")),
    (
        "surname",
        (
            *("Nom", "Nom de famille", "Surname", "Last name", "Family name", "Nachname"),
            *("Familienname", "nompsn"),
        ),
    ),
    (
        "email",
        (
            *("Courriel", "Email", "Mail", "Mél", "Messagerie", "M@il"),
            *("Adresse électronique", "Courrier électronique"),
        ),
    ),
    (
        "complement",
        ("Complément d'adresse", "Complément", "Bâtiment", "Supplemental address", "Adresszusatz"),
    ),
    (
        "address",
        (
            *("Adresse", "Address", "Rue", "Voie", "Street", "Straße", "Anschrift"),
            *("Adresse postale", "Postal address", *_WHOLE_ADDRESSES),
            *("Adresse ligne", "Address line", "Street line", "N° et voie", "Numéro et voie"),
            *(
                "N° et rue",
                "Numéro et rue",
                "N° et nom de la voie",
                "N° et nom de rue",
                "Straße und Hausnummer",
            ),
            *("Nom de la voie", "Libellé de la voie", "libvoie", "Nom de la rue", "Street name"),
        ),
    ),
    ("address", ("Formatted",)),
    (
        "house_number",
        (
            *("N° de voie", "Numéro de voie", "numvoie", "N° de rue", "House number"),
            *("Street number", "Hausnummer"),
        ),
    ),
    ("number_suffix", ("Indice de répétition", "Répétition", "Street number suffix")),
    ("street_type", ("Type de voie", "Nature de la voie")),
    (
        "address_2",
        (
            *("Adresse (suite)", "BP", "B.P.", "Boîte postale", "BP/CS", "BP ou CS", "Lieu-dit"),
            *("PO box", "Postfach", "Extended", "Distribution spéciale", "distrib"),
        ),
    ),
    (
        "postcode",
        (
            *("Code postal", "CP", "C.P.", "Postcode", "Postal code", "Zip", "Zip code", "NPA"),
            *(
                "ZIP/Postal code",
                "Postal/ZIP",
                "Postal/ZIP code",
                "Postcode/ZIP",
                "PLZ",
                "Postleitzahl",
            ),
        ),
    ),
    (
        "locality",
        (
            *("Bureau distributeur", "Acheminement", "Libellé d'acheminement"),
            *("Localité d'acheminement", "Post town"),
        ),
    ),
    (
        "locality",
        (
            *("Ville", "Localité", "Commune (adresse)", "City", "Locality", "Nom de la ville"),
            *("Town/City", "City/Town", "Ort", "Wohnort", "Stadt"),
        ),
    ),
    (
        "postcode_locality",
        (
            *("CP Ville", "Code postal et ville", "CP et ville", "Code postal ville", "PLZ Ort"),
            *("Ville CP", "Ville et code postal", "Ville et CP", "Commune CP", "CP Commune"),
            *("Code postal et commune", "CP et commune", "Code postal commune"),
        ),
    ),
    ("article_code", ("Code article", "Article code", "TNCC", "type_liaison")),
)

PERHAPS_CIVILITIES = ("Titre", "Qualité", "Salutation")
"""Headers over civilities, where these stand in the cells."""
# What people and organisations have, and a commune has not.
_OF_OTHERS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("key", ("ID",)),
    ("key", ("Matricule", "UAI", "Code UAI", "Numéro UAI")),
    ("key", ("Identifiant", "Référence")),
    ("key", ("SIRET", "N° SIRET")),
    ("key", ("SIREN", "RNA", "N° RNA")),
    (
        "organisation",
        ("Raison sociale", "Appellation officielle", "Business", "Collège", "Lycée", "Verein"),
    ),
    ("organisation", ("Dénomination", "Personne morale", "Account name", "Current employer")),
    (
        "region",
        (
            *("State", "State/Province", "Province/State", "State or province", "Province"),
            *("State/Region", "Province/Territory", "Provincia", "Prov", "UF", "État/Province"),
            *("Province/État", "Région/Province", "Estado/Provincia", "Bundesland"),
            *("Bundesland/Kanton", "Dép/Région", "Département/Canton", "Pays/État"),
        ),
    ),
    ("region", ("Région", "County", "État")),
    ("sex", PERHAPS_CIVILITIES),
    ("country", ("Pays", "Country", "Pays/Région", "Country/Region", "Land", "Land/Region")),
    ("country", ("Code pays", "Country code", "Nation")),
    (
        "whole_name",
        (
            *("Name", "Nom du contact", "Nom du membre", "Député", "Députée"),
            *("Sénateur", "Sénatrice", "Nom et prénoms", "Display name", "Nom à afficher"),
            "Anzeigename",
        ),
    ),
)


# One cell for both names, with or without the civility (see `wholenames`). What a header says of
# their order is not believed: under "Nom et prénom" as many write the first name first.
_WHOLE_NAMES = ("Maire", "Madame la Maire", "Nom complet", "Full name")
_BOTH_NAMES = frozenset({"nom", "prenom"})

# Words that say nothing by themselves;
_SMALL = frozenset(
    {
        "votre",
        "your",
        "d",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "of",
        "the",
        "e",
        "r",
        "annuaire",
    }
)
# which of somebody's addresses or names it is, "" for the one that counts;
_PLACES: Mapping[str, str] = {
    word: place
    for place, words in {
        "": "principal principale primary primare main default mailing correspondance usuel usuelle"
        " usage officiel officielle premiere siege social unite legale external externe"
        " internal interne",
        "home": "domicile home prive privee privat private personnel personnelle perso personal",
        "billing": "billing facturation rechnung",
        "work": "bureau travail professionnel professionnelle pro work business office geschaftlich"
        " dienstlich",
        "delivery": "shipping delivery livraison lieferung",
        "other": "other autre second seconde secondary secondaire deuxieme alternative weitere"
        " weiterer sekundare",
        "payer": "payeur payeuse payer",
    }.items()
    for word in words.split()
}
PLACES = ("", "home", "billing", "work", "organisation", "delivery", "other", "payer")
"""The nearest first."""
# and whose it is.
_KINDS: Mapping[str, str] = {
    word: kind
    for kind, words in {
        "mayor": "maire elu elue",
        "person": "adherent adherente membre member contact client customer participant"
        " participante donateur donatrice abonne abonnee subscriber individual personne"
        " destinataire recipient mitglied kunde",
        "organisation": "etablissement ecole school structure association organisation organization"
        " organisme societe entreprise company institution club firma",
        "commune": "commune mairie municipalite",
    }.items()
    for word in words.split()
}
_PEOPLE = frozenset(word for word, kind in _KINDS.items() if kind in ("mayor", "person"))
_OF_ADDRESS = frozenset({"adress", "address", "adr", "value"})
_NAME_WORDS = frozenset({"", "nom", "name", "libelle", "denomination"})
_NUMBER_OF = frozenset({"n", "no", "num", "numero", "number"})


# "E-mail(s)" and "Prénom·s" may be one or more.
_PERHAPS_PLURAL = re.compile(r"\((?:s|x|es)\)|[·•]s\b", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
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
    return _joined([_singular(word) for word in words])


def _joined(words: Sequence[str]) -> str:
    # Letters that stand alone say little: "M@il" is no "Mil", nor "F/M" a radio.
    joins = all(len(word) > 1 for word in words if word.isalpha())
    return ("" if joins else " ").join(words)


def _singular(word: str) -> str:
    if len(word) <= _SHORTEST_PLURAL:
        return word
    return f"{word[:-3]}al" if word.endswith("aux") else _PLURAL.sub("", word)


_SHORTEST_PLURAL = 3  # "CPS" may be anything


def _words(header: str) -> list[str]:
    """The words of a header, singular, without those that say nothing by themselves."""
    plain = fold(_CAMEL.sub(" ", _PERHAPS_PLURAL.sub("", header)))
    words = map(_singular, _WORDS.findall(plain))
    return [word for word in words if word not in _SMALL]


def parted(header: str) -> tuple[str, str]:
    """A header without what only says whose or which it is, and that."""
    words, saying = _words(header), {*_PLACES, *_KINDS}
    return (
        " ".join(word for word in words if word not in saying),
        " ".join(word for word in words if word in saying),
    )


def bare(header: str) -> str:
    """A header without what only says whose or which it is."""
    return parted(header)[0]


NameOrder = Literal["whole_name", "first_name_surname", "surname_first_name"]
"""A field of one cell for both names; the latter two say which of them comes first."""

WHOLE_NAMES: tuple[NameOrder, ...] = get_args(NameOrder)
NAMES = ("sex", "first_name", "surname", *WHOLE_NAMES)
OF_ADDRESS = (
    *("complement", "house_number", "number_suffix", "street_type", "address", "address_2"),
    *("address_3", "postcode", "locality", "commune", "postcode_locality", "region", "country"),
)
"""Of several places of one kind, the fields of one stand together."""


def _ranked(*tables: Sequence[tuple[str, Sequence[str]]]) -> Mapping[str, tuple[str, int]]:
    """What each header means, and how many lines for its field stand before."""
    found: dict[str, tuple[str, int]] = {}
    before: dict[str, int] = {}
    for table in tables:
        for field, aliases in table:
            rank = before[field] = before.get(field, -1) + 1
            for alias in aliases:
                found |= dict.fromkeys((folded(alias), _joined(_words(alias))), (field, rank))
    return found


_COMMON = (*_ALIASES, ("whole_name", _WHOLE_NAMES))
_MEANT: Mapping[bool, Mapping[str, tuple[str, int]]] = {
    False: _ranked(_COMMON),
    True: _ranked(_COMMON, _OF_OTHERS),
}
"""The meaning of a header, by whether somebody else than communes is written to."""

ALIASES = [
    *(" ".join(_words(alias)) for _, aliases in (*_ALIASES, *_OF_OTHERS) for alias in aliases),
    *_KINDS,
]
"""The words of headers, for one that is spelt nearly so."""
# The name of the département does where neither its code nor the commune's is there.
DEPARTMENT_NAMES = frozenset(
    map(bare, ("Libellé du département", "libdpt", "Nom du département", "Département (nom)"))
)
# Personal data in the official files that a letter has no use for.
_DROPPED = frozenset(
    map(
        bare,
        (
            *("Date de naissance", "naissance", "Lieu de naissance", "csp", "libcsp", "lib_csp"),
            *("Code de la catégorie socio-professionnelle", "Catégorie socio-professionnelle"),
            *("Libellé de la catégorie socio-professionnelle", "code_csp", "libelle_csp"),
            *("Profession", "Code profession", "Libellé de la profession"),
            # What the ministry thinks of their politics: GDPR, article 9.
            *("Nuance politique", "Nuance politique (C. Mun.)", "code_nuance", "nuance"),
        ),
    )
)
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

FRENCH: Mapping[str, str] = {
    **{"key": "clé", "insee": "code insee", "commune": "commune", "department": "département"},
    **{"sex": "civilité", "first_name": "prénom", "surname": "nom", "email": "courriel"},
    **{"complement": "complément", "address": "adresse", "house_number": "n° de voie"},
    **{
        "number_suffix": "bis ou ter",
        "street_type": "type de voie",
        "address_2": "adresse 2",
        "address_3": "adresse 3",
    },
    **{"postcode": "code postal", "locality": "ville", "postcode_locality": "cp ville"},
    **{"article_code": "code article", "whole_name": "nom complet"},
    **{"first_name_surname": "prénom puis nom", "surname_first_name": "nom puis prénom"},
    **{"address_again": "adresse entière", "organisation": "organisation"},
    **{"country": "pays", "region": "région", "email_2": "courriel 2"},
}
"""What `--map field=column` can name, and one more name of each, which it takes as well."""

FIELDS: tuple[str, ...] = tuple(FRENCH)


class HeaderMeaning(NamedTuple):
    """What a header says: of which `place` the field is, "" for the one that counts by itself; of
    several columns of one place the lowest `rank` counts.
    """

    field: str
    place: str = ""
    rank: int = 0


# One set of words after the other is left out: which and whose; the commune; "adresse".
_LEFT_OUT = (
    frozenset[str](),
    {*_PLACES, *(word for word, kind in _KINDS.items() if kind != "commune")},
    {*_PLACES, *_KINDS},
    {*_PLACES, *_KINDS, *_OF_ADDRESS},
)
_LINES: Mapping[str, Sequence[str]] = {
    "address": ("address", "address_2", "address_3"),
    "complement": ("complement", "address_2", "address_3"),
    "email": ("email", "email_2"),
}


_FIRST_LINES = ("address", "email")  # "Adresse 1" is an address as "Adresse" is


@lru_cache(maxsize=4096)
def meaning(header: str, audience: Audience = "communes") -> HeaderMeaning | None:
    """What a header means to whom a campaign writes to, None for one of the sheet's own."""
    words = _words(header)
    cores = [[word for word in words if word not in left_out] for left_out in _LEFT_OUT]
    found = next(filter(None, (_meant(words, core, audience) for core in cores)), None)
    if found is None:
        return None
    is_plain = _is_plain(header) or found.field in _FIRST_LINES
    return found._replace(rank=2 * found.rank + (not is_plain))


def _meant(words: Sequence[str], core: Sequence[str], audience: Audience) -> HeaderMeaning | None:
    gone = [word for word in words if word not in core]
    kinds = {_KINDS[word] for word in gone if word in _KINDS}
    place = next((_PLACES[word] for word in gone if _PLACES.get(word)), "")
    core, line, group = _numbered([word for word, _again in groupby(core)])
    field, rank = _field(core, kinds, audience, is_alone={*words} <= _KINDS.keys())
    if audience != "communes" and field in _OF_COMMUNES_ALONE:
        field, rank = _OF_COMMUNES_ALONE[field] or "", 2
    is_of_address = field in (*OF_ADDRESS, "email")
    if not is_of_address and not _OF_ADDRESS.isdisjoint(gone):
        return None
    if line > 1 and field in _LINES:
        field = dict(enumerate(_LINES[field], 1)).get(line, "")
    elif line > 1:
        group = str(line)
    if audience == "people" and "organisation" in kinds and is_of_address:
        place = place or "organisation"
    if not field or (field == "email_2" and audience == "communes"):
        return None
    is_further = field == "email" and not {*_PLACES, *_PEOPLE}.isdisjoint(gone)
    return HeaderMeaning(field, group or place, rank + is_further)


def _numbered(core: Sequence[str]) -> tuple[Sequence[str], int, str]:
    """The words without the number of a line behind them, or of an address before them."""
    if len(core) > 1 and core[-1].isdigit():
        words, line = core[:-1], int(core[-1])
        return (words[:-1] if len(words) > 1 and words[-1] in NUMBER_WORDS else words), line, ""
    if len(core) > 1 and core[0].isdigit():
        return core[1:], 1, core[0].lstrip("01")
    return core, 1, ""


def _field(
    words: Sequence[str], kinds: Collection[str], audience: Audience, *, is_alone: bool
) -> tuple[str, int]:
    """The field of a header with these words, and of what `kinds` it says more; "" for none."""
    is_of_others, core = audience != "communes", _joined(words)
    if core in _NAME_WORDS and (core or is_alone):
        if "commune" in kinds:
            return "commune", 0
        if is_of_others and "organisation" in kinds:
            return "organisation", 0
    if not core:
        return ("whole_name", 0) if is_of_others and is_alone and kinds == {"person"} else ("", 0)
    field, rank = _MEANT[is_of_others].get(core, ("", 0))
    if is_of_others and kinds and core in {*NUMBER_WORDS, "number", "code"}:
        field, rank = "key", 1 + (core == "code")
    elif _BOTH_NAMES <= {*words} <= {*_BOTH_NAMES, "civilite", "et"}:
        field = "whole_name"
    allowed = {"mayor", "person", "organisation", "commune"}
    if field in NAMES:
        allowed = {"mayor", "person"} if is_of_others else {"mayor"}
    elif field in ("insee", "department", "article_code"):
        allowed = {"mayor", "commune"}
    elif field == "key":
        allowed = {"person"} if audience == "people" else {"person", "organisation"}
    elif field == "region":
        allowed = {"person"}
    return (field, rank) if {*kinds} <= allowed else ("", 0)


def _is_plain(header: str) -> bool:
    """Whether it is neither a plural nor the first of several."""
    words = _WORDS.findall(fold(header))
    return not any(w.isdigit() or (w[-1] in "sx" and _singular(w) != w) for w in words)


def is_known(header: str, *, exactly: bool = False) -> bool:
    """Whether a cell is a header that the program understands; `exactly` as it is known, for
    "Mairies" above a table may be its title.
    """
    if exactly and not _is_plain(header):
        return False
    return field_called(header) not in (None, "whole_name") or is_dropped(header)


def is_dropped(header: str) -> bool:
    """Whether a header says what no letter has a use for."""
    return bare(header) in _DROPPED


def is_whole_name(header: str) -> bool:
    """Whether a header stands over first names and surnames in one cell."""
    return field_called(header) == "whole_name"


def is_whole_address(header: str) -> bool:
    """Whether a header says that the postcode and the town stand in the cells, too."""
    return bare(header) in _WHOLE


def field_called(header: str, audience: Audience = "communes") -> str | None:
    """The field that a header means, None for one of the sheet's own."""
    found = meaning(header, audience)
    return found.field if found else None


def fields_of(audience: Audience) -> Sequence[str]:
    """Those of `FIELDS` that whom a campaign writes to can have."""
    if audience == "communes":
        return FIELDS
    return [each for each in FIELDS if each not in _OF_COMMUNES_ALONE]


def field_named(name: str, audience: Audience = "communes") -> str | None:
    """The field of `FIELDS` that a person means: by its own name, or as `edit` takes it."""
    found = name if name in FIELDS else _CALLED_FOLDED.get(folded(name))
    found = found or field_called(name) or field_called(name, "organisations")
    if found is None or audience == "communes":
        return found
    return _OF_COMMUNES_ALONE.get(found, found)


_CALLED_FOLDED = {folded(french): field for field, french in FRENCH.items()}
_WHOLE = frozenset(map(bare, (*_WHOLE_ADDRESSES, "Address formatted")))
