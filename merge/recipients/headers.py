"""What a header means: the field, by what people call it in French, English and German.

Each word of a header says something (`_WORDS`), and what all of them say is a field (`_FIELDS`).
Words that only say whose or which it is fall away: "Code postal (domicile)" is a postcode, and of
the home. A header that is not understood wants a word here, seldom a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple, get_args

from merge.french.communes import fold
from merge.model import Audience

NameOrder = Literal["whole_name", "first_name_surname", "surname_first_name"]
"""A field of one cell for both names; the latter two say which of them comes first."""

WHOLE_NAMES: tuple[NameOrder, ...] = get_args(NameOrder)
NAMES = ("sex", "first_name", "surname", *WHOLE_NAMES)
STREET_LINES = ("complement", "address", "address_2", "address_3")
"""The lines above the postcode, in the order of NF Z10-011: building, street, more of it."""
STREET = (*STREET_LINES, "address_again")
BEFORE_THE_STREET = ("house_number", "number_suffix", "street_type")
"""Parts of the street's line that have columns of their own."""
TOWN = ("postcode", "locality", "postcode_locality")
OF_ADDRESS = (*STREET_LINES, *BEFORE_THE_STREET, *TOWN, "commune", "region", "country")
"""Of several places of one kind, the fields of one stand together."""

PLACES = ("", "home", "billing", "work", "organisation", "delivery", "other", "payer")
"""Which of somebody's addresses or names it is: the nearest first."""

# What is said by which words, without their plurals; most words say themselves.
_WORDS: Mapping[str, str] = {
    # Nothing by itself, "(s)" of several among it;
    "": "a annuaire d de des du e es l la le les ligne line of or ou r s the value votre your",
    # which of several it is;
    "main": "correspondance default external externe internal interne legale mailing main officiel"
    " officielle premiere primare primary principal principale siege social sociale unite usage"
    " usuel usuelle",
    "home": "domicile home perso personal personnel personnelle privat private prive privee",
    "billing": "billing facturation rechnung",
    "work": "bureau business dienstlich geschaftlich office pro professionnel professionnelle"
    " travail work",
    "delivery": "delivery lieferung livraison shipping",
    "other": "alternative autre deuxieme other second secondaire secondary seconde sekundare"
    " weitere weiterer",
    "payer": "payer payeur payeuse",
    # whose it is;
    "mayor": "elu elue maire",
    "person": "abonne abonnee adherent adherente client contact customer depute deputee"
    " destinataire donateur donatrice individual kunde member membre mitglied participant"
    " participante personne recipient senateur senatrice subscriber",
    "organisation": "association club college company ecole entreprise etablissement firma"
    " institution lycee organisation organisme organization school societe structure verein",
    "commune": "commune libsubcom",
    "townhall": "mairie municipalite",
    # and what it is.
    "address": "address adr adresse adrs anschrift",
    "civility": "anrede civ civilite civpsn",
    "code": "cod code",
    "complement": "batiment complement supplemental zusatz",
    "country": "country land pays",
    "department": "department departement dep dept dpt",
    "display": "afficher anzeige display",
    "first": "first given",
    "first_name": "forename prenom prepsn vorname",
    "gender": "gender genre geschlecht sex sexe",
    "geo": "geo geographique",
    "house": "haus house",
    "insee": "cog depcom insee",
    "label": "lib libelle",
    "last": "family famille last",
    "mail": "courriel email mail mel messagerie",
    "number": "n no num number numero nummer",
    "postal": "post postal postale",
    "reference": "identifiant reference",
    "prefix": "prefix title",
    "region": "county region",
    "sorting": "achemine acheminement",
    "state": "bundesland canton estado kanton prov province provincia state territory uf",
    "street": "rue strasse street voie",
    "surname": "familienname nachname nompsn surname",
    "title": "qualite salutation titre",
    "town": "city locality localite ort stadt town ville wohnort",
    "type": "nature type",
    "whole": "complet complete full",
    "zip": "cp npa plz postleitzahl zip",
    "and": "and et und",
    "box": "boite box",
}
# What the words of a field say, in any order; "a/b/" is one of them or none. Of several lines for
# one field a later one counts where no column of an earlier one is.
_FIELDS: Sequence[tuple[str, str]] = (
    ("insee", "code/number/ insee | insee com | code geo/commune/com"),
    ("commune", "commune | townhall | nom/name/label commune/townhall/com/geo/standard"),
    ("department", "code/number department"),
    ("department", "department"),
    ("department", "nom/name/label department"),
    ("sex", "title/ civility | name/ prefix | madame monsieur | m/mr mme | f h/m"),
    ("sex", "code/ gender"),
    ("first_name", "first_name | first name"),
    ("surname", "nom | surname | nom/name last"),
    ("whole_name", "madame/ mayor | whole nom/name | civility/ nom and/ first_name"),
    ("email", "mail | m il | electronique courrier/"),
    ("complement", "complement"),
    (
        "address",
        "postal/whole/ address | postal whole address | nom/name/label/ street"
        " | number and nom/name/ street | street and house number"
        " | address zip town street/ whole/ | address postal code and/ town",
    ),
    ("address", "formatted"),
    ("house_number", "number house/street"),
    ("number_suffix", "indice/ repetition | street number suffix"),
    ("street_type", "type street"),
    (
        "address_2",
        "suite address | bp | b p | bp cs | postfach | box po/postal | lieu dit | lieudit"
        " | extended | distrib | distribution speciale",
    ),
    ("postcode", "code/postal/ zip | c p | postal code | zip postal code"),
    ("locality", "town/label/ sorting | work distributeur | postal town"),
    ("locality", "nom/name/ town"),
    ("postcode_locality", "zip and/ town/commune | postal code and/ town/commune"),
    ("article_code", "code article | tncc | type liaison"),
    # Personal data in the official files that a letter has no use for, what the ministry thinks of
    # their politics among it: GDPR, article 9.
    ("dropped", "date/lieu/ naissance | code/label/ csp | code/label/ categorie socio"),
    ("dropped", "code/label/ profession | code/politique/ nuance | nuance politique c mun"),
)
# What people and organisations have, and a commune has not.
_OF_OTHERS: Sequence[tuple[str, str]] = (
    ("key", "id"),
    ("key", "matricule | code/number/ uai | number person/organisation"),
    ("key", "reference | code person/organisation"),
    ("key", "number/ siret"),
    ("key", "siren | number/ rna"),
    ("organisation", "person/ organisation | nom/name/label organisation | raison | appellation"),
    ("organisation", "denomination | morale person | account name | current employer"),
    ("region", "state | state state/region/department/etat | department region | country etat"),
    ("region", "region | etat"),
    ("", "etat organisation"),
    ("sex", "title"),
    ("country", "country | country region"),
    ("country", "code country | nation"),
    ("whole_name", "name | display name/nom | person"),
)

_OF_COMMUNES_ALONE: Mapping[str, str] = {"insee": "", "article_code": "", "commune": "locality"}
"""What these are where nobody writes to a commune; "" is nothing."""

IDENTITY: Mapping[Audience, tuple[str, ...]] = {
    "communes": ("insee", "key", "commune"),
    "people": ("key", "surname", *WHOLE_NAMES, "first_name", "organisation", "email"),
    "organisations": ("key", "organisation", "surname", *WHOLE_NAMES, "email"),
}
"""The fields that identify a recipient: one of them has to be there."""

FRENCH: Mapping[str, str] = {
    "key": "clé",
    "insee": "code insee",
    "commune": "commune",
    "department": "département",
    "sex": "civilité",
    "first_name": "prénom",
    "surname": "nom",
    "email": "courriel",
    "complement": "complément",
    "address": "adresse",
    "house_number": "n° de voie",
    "number_suffix": "bis ou ter",
    "street_type": "type de voie",
    "address_2": "adresse 2",
    "address_3": "adresse 3",
    "postcode": "code postal",
    "locality": "ville",
    "postcode_locality": "cp ville",
    "article_code": "code article",
    "whole_name": "nom complet",
    "first_name_surname": "prénom puis nom",
    "surname_first_name": "nom puis prénom",
    "address_again": "adresse entière",
    "organisation": "organisation",
    "country": "pays",
    "region": "région",
    "email_2": "courriel 2",
}
"""What `--map field=column` can name, and one more name of each, which it takes as well."""

FIELDS: tuple[str, ...] = tuple(FRENCH)


class HeaderMeaning(NamedTuple):
    """What a header says: of which `place` the field is, "" for the one that counts by itself; in
    which `line` for that field it stands above; and whether it is one of several by its words.
    """

    field: str
    place: str
    line: int
    is_further: bool


def _meant(*tables: Sequence[tuple[str, str]]) -> Mapping[frozenset[str], tuple[str, int]]:
    """The field of what words say together, and how many lines for it stand before."""
    found: dict[frozenset[str], tuple[str, int]] = {}
    before = Counter[str]()
    for field, phrases in (line for table in tables for line in table):
        for phrase in phrases.split(" | "):
            for said in product(*(each.split("/") for each in phrase.split())):
                found[frozenset(said) - {""}] = field, before[field]
        before[field] += 1
    return found


_OF_COMMUNES, _OF_ALL = _meant(_FIELDS), _meant(_FIELDS, _OF_OTHERS)

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[0-9]+|[^\W\d_]+")
# French plurals; "adresses" and "addresses" are "adress" and "address", as what they are one of is.
_PLURAL = re.compile(r"(?<=ss)es?$|(?<!s)s$")
_SHORTEST_PLURAL = 3  # "CPS" may be anything
_LONGEST = 40  # letters of a header that is spelt together


def _singular(word: str) -> str:
    if len(word) <= _SHORTEST_PLURAL:
        return word
    return f"{word[:-3]}al" if word.endswith("aux") else _PLURAL.sub("", word)


def _words(header: str) -> list[str]:
    return _WORD.findall(fold(_CAMEL.sub(" ", header)))


_SAYS = {
    **{each: each for said in _OF_ALL for each in said if each not in _WORDS},
    **{
        form: concept
        for concept, words in _WORDS.items()
        for word in words.split()
        for form in (word, _singular(word))
    },
}
"""What each word says."""
_WHICH = {"main", *PLACES} - {"organisation"}
_NOUNS = {*_SAYS.values()} - _WHICH - {"mayor", "person"}  # spelt together; not "Villemaire"


@lru_cache(maxsize=4096)
def _parts(word: str) -> list[str]:
    """What a word says, or several that are spelt together: "nomdelacommune"; "?" of others."""
    if word.isdigit():
        return [word.lstrip("0")]
    if (concept := _SAYS.get(_singular(word))) is not None:
        return [concept]
    for at in range(2, len(word) - 1) if len(word) < _LONGEST else ():
        first, rest = _SAYS.get(word[:at]), word[at:].removeprefix("dela")
        if first in _NOUNS and _NOUNS.issuperset(after := _parts(rest)):
            return [first, *after]
    return ["?"]


@lru_cache(maxsize=4096)
def says(header: str) -> tuple[str, ...]:
    """What the words of a header say, in their order, "?" of one that is unknown."""
    return tuple(each for word in _words(header) for each in _parts(word) if each)


def folded(text: str) -> str:
    """A text without what people write in different ways: case, accents, punctuation, plurals."""
    return "".join(map(_singular, _words(text)))


_WHO = {"mayor", "person", "organisation"}
_WHOSE = _WHO | {"commune", "townhall"}
# What falls away as long as there is no field: nothing; which it is; whose, but a commune's; whose;
# the same again with "adresse".
_NOT_COMMUNES, _FALLS = _WHICH | _WHO, _WHICH | _WHOSE | {"address"}
_FALLING = (
    *(set[str](), _WHICH, _NOT_COMMUNES, _WHICH | _WHOSE),
    *(_NOT_COMMUNES | {"address"}, _FALLS),
)
_ALONE = _WHO | {"townhall"}  # where nothing falls away, "Contact mairie" is no commune
# Whose names and numbers may be a recipient's.
_OF_AUDIENCE: Mapping[Audience, set[str]] = {
    "communes": {"mayor"},
    "people": {"mayor", "person"},
    "organisations": {"mayor", "person", "organisation"},
}
_LINES = {"address": "address", "complement": "address", "email": "email"}


@lru_cache(maxsize=4096)
def meaning(header: str, audience: Audience = "communes") -> HeaderMeaning | None:
    """What a header means to whom a campaign writes to, None for one of the sheet's own.

    The field "dropped" is what no letter has a use for.
    """
    words, number, is_line = _without_number([*says(header)])
    if words[:2] == ["commune", "address"]:  # "Adresse de la commune" is its street
        words[0] = "town"
    meant, whole = _OF_COMMUNES if audience == "communes" else _OF_ALL, {*words}
    cores = (frozenset(whole - falling) for falling in _FALLING)
    found = (core for core in cores if core in meant and (core == whole or not core <= _ALONE))
    if (core := next(found, None)) is None:
        return None
    field, line = meant[core]
    gone = whole - core
    if audience != "communes" and field in _OF_COMMUNES_ALONE:
        field, line = _OF_COMMUNES_ALONE[field], 2
    is_of_address = field in (*OF_ADDRESS, "email")
    whose = whole & _WHOSE if field in NAMES else whole & _WHO
    if is_of_address or field in ("organisation", "dropped"):
        whose = set()  # anybody's
    if not whose <= _OF_AUDIENCE[audience] or ("address" in gone and not is_of_address):
        return None
    places = {*PLACES} if audience == "people" and is_of_address else _WHICH - {"main"}
    place = next((each for each in words if each in gone & places), "")
    if number and is_line and field in _LINES:
        field = f"{_LINES[field]}_{number}"
    elif number:
        place = number
    if field not in (*fields_of(audience), "dropped"):
        return None
    if field == "email_2" and audience == "communes":
        return None
    if field == "email":
        is_further = not whole.isdisjoint({*_WHICH, "mayor", "person"})
    else:
        is_further = field != "address" and not _is_plain(header)
    return HeaderMeaning(field, place, line, is_further)


def _without_number(words: list[str]) -> tuple[list[str], str, bool]:
    """The words without the number of a line behind what it is, or else of a place; "" for 1."""
    at = next((i for i, each in enumerate(words) if each.isdigit()), None)
    if at is None:
        return words, "", False
    before, after = words[:at], words[at + 1 :]
    if before[-1:] == ["number"] and {"house", "street"}.isdisjoint(before):
        before = before[:-1]
    is_line = bool(before) and {*after} <= _FALLS
    return [*before, *after], "" if words[at] == "1" else words[at], is_line


def _is_plain(header: str) -> bool:
    """Whether it is neither a plural nor the first of several."""
    return not any(w.isdigit() or (w[-1] in "sx" and _singular(w) != w) for w in _words(header))


def is_known(header: str, *, exactly: bool = False) -> bool:
    """Whether a cell is a header that the program understands; `exactly` as it is known, for
    "Mairies" above a table may be its title.
    """
    found = meaning(header)
    is_meant = found is not None and found.field != "whole_name"
    return is_meant and not (exactly and not _is_plain(header))


def is_whole_name(header: str) -> bool:
    """Whether a header stands over first names and surnames in one cell."""
    return field_called(header) == "whole_name"


def is_whole_address(header: str) -> bool:
    """Whether a header says that the postcode and the town stand in the cells, too."""
    is_more = not {"whole", "town", "formatted"}.isdisjoint(says(header))
    return is_more and field_called(header) == "address"


def field_called(header: str, audience: Audience = "communes") -> str | None:
    """The field that a header means, None for one of the sheet's own."""
    found = meaning(header, audience)
    return found.field if found and found.field in FIELDS else None


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
    return _OF_COMMUNES_ALONE.get(found, found) or None


_CALLED_FOLDED = {folded(french): field for field, french in FRENCH.items()}


_NEAR = 86  # of 100: "couriel" is "courriel"
# A header with one of these words in it ("Courriel à vérifier") is about that field.
_TELLING: Mapping[str, str] = {
    "mail": "email",
    "electronique": "email",
    "civility": "sex",
    "gender": "sex",
    "address": "address",
    "street": "address",
}


def nearly(header: str, audience: Audience) -> str:
    """The field that a header means but for its spelling, or that it tells of; "" for none."""
    from rapidfuzz import fuzz, process

    nearest = (
        process.extractOne(word, [*_SAYS], scorer=fuzz.ratio, score_cutoff=_NEAR) or (word,)
        for word in _words(header)
    )
    if found := field_called(" ".join(each[0] for each in nearest), audience):
        return found
    return next((_TELLING[each] for each in _TELLING if each in says(header)), "")
