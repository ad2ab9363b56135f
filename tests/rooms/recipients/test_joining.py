"""Several sheets, one recipient."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.errors import SheetError
from merge.model import Recipient
from merge.recipients.columns import assign
from merge.recipients.joining import _SAID_BY, joined
from tests.facts import wrong
from tests.fakes import town

FACTS = Path(__file__).with_name("joining.txt")
KNOWN = town(1, surname="Martin", sex="M", fields={"Téléphone": "01"})


def test_a_column_that_a_sheet_lacks_changes_nothing() -> None:
    said = town(1, email=None, street=(), postcode="", locality="", surname="Durand", sex="F")
    now = joined(KNOWN, said, assign(["Code INSEE", "Nom", "Sexe"]))
    assert (now.surname, now.sex) == ("Durand", "F")
    assert (now.email, now.street, now.postcode) == (KNOWN.email, KNOWN.street, KNOWN.postcode)
    assert now.fields == {"Téléphone": "01"}


def test_an_empty_cell_of_a_column_that_it_has_counts() -> None:
    now = joined(KNOWN, town(1, email=None), assign(["Code INSEE", "Courriel"]))
    assert now.email is None


def test_the_last_line_of_an_address_counts_wherever_it_stood() -> None:
    def last_line(header: str, postcode: str, locality: str) -> tuple[str, str]:
        known = town(1, postcode=postcode, locality=locality)
        said = town(1, postcode="35000", locality="Rennes")
        now = joined(known, said, assign(["Code INSEE", "Commune", header]))
        return now.postcode, now.locality

    assert wrong(FACTS, "35000 Rennes is said below a header", last_line) == []


def test_each_column_empties_its_parts_and_nothing_but_it_does() -> None:
    known = town(1, sex="F", first_name="A", surname="B", alternates=("b@c.fr",), article_code=2)
    empty = Recipient(key=known.key, commune=known.commune)

    def emptied(*headers: str) -> list[str]:
        now = joined(known, empty, assign(["Code INSEE", "Commune", *headers]))
        return [part for part in _SAID_BY if getattr(now, part) != getattr(known, part)]

    assert emptied() == []
    assert wrong(FACTS, "a header empties", emptied) == []


def test_who_is_no_commune_lives_in_no_place_of_their_name() -> None:
    person = town(1, commune="Zoé Martin", locality="")
    columns = assign(["Commune", "Adresse"])
    assert joined(person, person, columns).locality == ""
    assert joined(person, person._replace(locality="Rennes"), columns).locality == "Rennes"


def test_a_postcode_that_was_known_is_in_the_commune_where_no_locality_is_left() -> None:
    known = town(1, insee="58062", commune="Château-Chinon (Ville)", postcode="58120")
    columns = assign(["Code INSEE", "Commune", "Ville"])
    now = joined(known, known._replace(postcode="", locality=""), columns)
    assert (now.postcode, now.locality) == ("58120", "Château-Chinon")


@pytest.mark.parametrize("swapped", [True, False])
def test_a_number_that_happens_to_be_the_code_of_a_town_takes_nobodys_place(swapped: bool) -> None:
    person = town(1, source="people.csv", row=7)
    rennes = town(1, insee="35238")
    both = (person, rennes) if swapped else (rennes, person)
    with pytest.raises(SheetError, match="key-of-another-kind"):
        joined(*both, assign(["Code INSEE"]))


def test_where_it_stands_is_where_it_was_last_read() -> None:
    said = town(1, source="maires.csv", row=9)
    assert joined(KNOWN, said, assign(["Code INSEE"])).source == "maires.csv"


def test_every_part_of_a_recipient_is_joined_or_said_by_any_sheet() -> None:
    any_sheet = {
        *("key", "commune", "insee", "department", "population", "fields", "source", "row"),
        *("is_person", "lines", "rows", "fault"),
    }  # fmt: skip
    parts = set(KNOWN._fields)
    assert parts == any_sheet | set(_SAID_BY)
