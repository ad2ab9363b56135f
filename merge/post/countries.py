"""Which country is meant, and what the sender calls it."""

import difflib
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from merge.french.postal import capitals
from merge.post import locales

HOME = "FR"
"""The sender's country."""

AT_HOME = frozenset({"GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF", "CP"})
"""What has a code of its own (ISO 3166-1) and French postcodes: no letter to it leaves France."""

SIGNS: Mapping[str, str] = MappingProxyType(
    {"D": "DE", "A": "AT", "B": "BE", "L": "LU", "I": "IT", "E": "ES", "P": "PT", "F": "FR"}
    | {"S": "SE", "N": "NO", "FL": "LI", "FIN": "FI", "IRL": "IE"}
)
"""What stands on cars, and was written before postcodes; where it is no code of ISO 3166-1."""

# How else people write them. The names of Babel are those of the table below.
_ALSO: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("UK", "GRANDE BRETAGNE", "GREAT BRITAIN"), "GB"),
        **dict.fromkeys(("ANGLETERRE", "ENGLAND", "ECOSSE", "SCOTLAND"), "GB"),
        **dict.fromkeys(("PAYS DE GALLES", "WALES", "IRLANDE DU NORD", "NORTHERN IRELAND"), "GB"),
        **dict.fromkeys(("U K", "ROYAUME UNI DE GRANDE BRETAGNE ET D IRLANDE DU NORD"), "GB"),
        **dict.fromkeys(("U S A", "U S", "ETATS UNIS D AMERIQUE"), "US"),
        **dict.fromkeys(("UNITED STATES OF AMERICA", "AMERIQUE"), "US"),
        **dict.fromkeys(("HOLLANDE", "HOLLAND"), "NL"),
        **dict.fromkeys(("REPUBLIQUE TCHEQUE", "CZECH REPUBLIC"), "CZ"),
        **dict.fromkeys(("CONFEDERATION SUISSE", "CONFEDERATION HELVETIQUE", "SVIZRA"), "CH"),
        **dict.fromkeys(("GRAND DUCHE DE LUXEMBOURG", "LETZEBUERG"), "LU"),
        **dict.fromkeys(("FRANCE METROPOLITAINE", "REPUBLIQUE FRANCAISE"), "FR"),
        **dict.fromkeys(("HONG KONG", "HONGKONG"), "HK"),
        **dict.fromkeys(("RDC", "REPUBLIQUE DEMOCRATIQUE DU CONGO"), "CD"),
        **{"PRINCIPAUTE DE MONACO": "MC", "VATICAN": "VA", "SAINT SIEGE": "VA", "MACAO": "MO"},
        **{"REPUBLIQUE D IRLANDE": "IE", "EIRE": "IE", "REUNION": "RE", "IVORY COAST": "CI"},
        **{"BIRMANIE": "MM", "PALESTINE": "PS", "REPUBLIQUE DU CONGO": "CG", "NORGE": "NO"},
    }
)
_LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt", "da", "sv", "pl", "cs")
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
_OF_SPAIN = {"IC": "ES", "EA": "ES"}  # parts that ISO 3166-1 has no code for
_SHORT: Mapping[str, str] = MappingProxyType({"HK": "Hong Kong", "MO": "Macao"})
_TWO_CALL_THEMSELVES_SO = ("CONGO", "KONGO")
_ARTICLE = re.compile(r"(?:LE|LA|LES|L|THE|DIE|DER) ")
_BETWEEN = re.compile(r"[()\[\]/,;]| [-–] ")
_NEAR_ENOUGH = 0.8


@lru_cache(maxsize=1024)  # a sheet names a few, row after row
def country_of(typed: str) -> str | None:
    """The country that a cell names, by its code in ISO 3166-1; None where nobody knows.

    A name in one of a dozen languages, a code of two or three letters, or both: "Suisse",
    "SWITZERLAND", "ch", "Allemagne (DE)". What names two is neither. The parts of France whose
    post is the French one are France.
    """
    found = _named(typed)
    if not found:
        named = {code for part in _BETWEEN.split(typed) if (code := _named(part))}
        found = named.pop() if len(named) == 1 else None
    return found


def nearest(typed: str) -> str:
    """The country that was perhaps meant, by its code; "" where no name is near."""
    near = difflib.get_close_matches(capitals(typed), _names(), 1, _NEAR_ENOUGH)
    return _names()[near[0]] if near else ""


def name_of(country: str, language: str = "fr") -> str:
    """The country's name in the language; its code where there is none."""
    return _SHORT.get(country) or _territories(language).get(country, country)


def last_line(country: str) -> str:
    """What the post of the sender's country reads: the name in its language, in capitals."""
    return name_of(country).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").upper()


def _named(text: str) -> str | None:
    name = capitals(text)
    found = _names().get(name) or _names().get(_ARTICLE.sub("", name, count=1))
    return HOME if found in AT_HOME else found


@cache
def _names() -> Mapping[str, str]:
    """The code by each name, in capitals, and by each code."""
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in _territories(language).items():
            names[capitals(name)] = _OF_SPAIN.get(code, code)
    known = _territories("fr")
    for code in known:
        names[code] = _OF_SPAIN.get(code, code)
    for three, codes in locales.territory_aliases().items():
        if len(three) == 3 and three.isalpha() and len(codes) == 1 and codes[0] in known:
            names[three] = codes[0]
    for name in _TWO_CALL_THEMSELVES_SO:
        names.pop(name)
    return MappingProxyType({**names, **SIGNS, **_ALSO})


@cache
def _territories(language: str) -> Mapping[str, str]:
    return MappingProxyType(
        {
            code: name
            for code, name in locales.territories(language).items()
            if len(code) == 2 and code not in _NO_COUNTRY
        }
    )
