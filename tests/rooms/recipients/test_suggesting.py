"""A column that no header tells is proposed by what stands in it, and taken by nobody."""

from __future__ import annotations

from pathlib import Path

from merge.model import Audience
from merge.recipients.columns import understood
from merge.recipients.suggesting import suggestions
from tests.facts import claims, wrong

FACTS = Path(__file__).with_name("suggesting.txt")


def proposed(headers: str, rows: str, *own: str) -> tuple[str, ...]:
    names, cells = headers.split(";"), [tuple(row.split(";")) for row in rows.split(" / ")]
    found = suggestions(names, cells, understood(names, own=own), own)
    return tuple(
        f"{' or '.join(each.fields)}: {' or '.join(each.headers)}"
        f" ({each.rows} of {each.of}, {each.example})"
        for each in found
    )


def test_a_column_is_proposed_as_suggesting_txt_says() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, proposed)] == []


def test_how_many_rows_speak_for_it_is_counted() -> None:
    rows = [*(f"Rennes;m{n}@example.org" for n in range(13)), *["Rennes;"] * 8]
    assert proposed("Commune;Contact", " / ".join(rows)) == (
        "email: Contact (13 of 21, m0@example.org)",
    )


ORDERS = ("first_name_surname", "surname_first_name")
GIVEN = (
    "Anne",
    "Luc",
    "Zoé",
    "Jean",
    "Ève",
    "Paul",
    "Lise",
    "Yves",
    "Claire",
    "Alain",
    "Rose",
    "Guy",
)
SURNAMES = ("Abel", "Bost", "Cure", "Dor", "Eyre", "Fort")


def orders(*names: str, audience: Audience = "communes") -> tuple[str, ...]:
    """The orders that are asked about, of a column with these names; one is told by it."""
    header = "Maire" if audience == "communes" else "Nom complet"
    rows = [(each,) for each in names]
    found = suggestions([header], rows, understood([header], audience=audience), ())
    return next(each.fields for each in found if set(each.fields) <= {*ORDERS})


def test_which_name_comes_first_is_told_by_what_repeats_far_more_often() -> None:
    first = [f"Jean {each}" for each in SURNAMES]
    assert orders(*first) == ("first_name_surname",)
    assert orders(*(f"{each} Jean" for each in SURNAMES)) == ("surname_first_name",)
    assert orders(*first[:-1]) == ORDERS  # it repeats four times
    both = [f"{name} {each}" for name in ("Jean", "Anne") for each in SURNAMES]
    assert orders(*both) == ORDERS  # surnames repeat too


def test_a_list_of_people_never_tells_it_for_couples_share_a_surname() -> None:
    couples = [f"{each} {name}" for name, each in zip(GIVEN, [*SURNAMES] * 2, strict=True)]
    assert orders(*couples, audience="people") == ORDERS
