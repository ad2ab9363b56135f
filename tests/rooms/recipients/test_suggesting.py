"""A column that no header tells is proposed by what stands in it, and taken by nobody."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from merge.recipients.columns import understood
from merge.recipients.suggesting import Suggestion, suggestions


def proposed(
    headers: Sequence[str], *rows: tuple[str, ...], own: Sequence[str] = ()
) -> list[Suggestion]:
    return list(suggestions(headers, rows, understood(headers, own=own), own))


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (("mairie@example.org", "ville@example.org", "non"), "email"),
        (("35238", "29019", "2A004"), "insee"),
        (("35000 Rennes", "29200 BREST", "20000 Ajaccio"), "postcode_locality"),
        (("1 rue X, 35000 Rennes", "2 rue Y, 29200 Brest", "?"), "address"),
        (("35001", "29201", "20001"), "postcode"),
        (("Rennes", "Brest", "Ajaccio"), "commune"),
        (("Mme", "M.", "Madame"), "sex"),
        (("Mme Nathalie APPERE", "Jean DUPONT", "?"), "whole_name"),
    ],
)
def test_a_column_is_proposed_for_what_stands_in_it(cells: tuple[str, ...], field: str) -> None:
    headers = ["Qui", "Chose"] if field in ("insee", "commune") else ["Commune", "Chose"]
    rows = [(f"zz{number}", cell) for number, cell in enumerate(cells)]
    (found,) = proposed(headers, *rows)
    assert (found.fields, found.header) == ((field,), "Chose")
    assert (found.of, found.example) == (3, cells[0])


def test_how_many_rows_speak_for_it_is_counted() -> None:
    filled = [("Rennes", f"m{n}@example.org") for n in range(13)]
    empty = [("Rennes", "")] * 8
    (found,) = proposed(["Commune", "Contact"], *filled, *empty)
    assert (found.fields, found.rows, found.of) == (("email",), 13, 21)


@pytest.mark.parametrize(
    "cells",
    [
        ("rappeler en mars", "", "voir"),
        ("06 12 34 56 78", "02 99 12 34 56", ""),
        ("réélu en 2020", "12000 habitants", "a@b"),
        ("12", "34", "56"),
    ],
)
def test_notes_and_numbers_are_proposed_for_nothing(cells: tuple[str, ...]) -> None:
    assert proposed(["Commune", "Notes"], *[("Rennes", cell) for cell in cells]) == []


def test_a_field_that_has_its_column_is_proposed_for_no_other() -> None:
    rows = [("Rennes", "a@example.org", "b@example.org")]
    assert proposed(["Commune", "Courriel", "Contact"], *rows) == []


def test_of_two_columns_the_one_in_which_more_speaks_for_it_is_proposed() -> None:
    rows = [("Rennes", "a@example.org", "x"), ("Brest", "b@example.org", "c@example.org")]
    (found,) = proposed(["Commune", "A", "B"], *rows)
    assert found.header == "A"


def test_a_header_near_a_known_one_needs_a_cell_that_looks_so() -> None:
    headers = ["Commune", "Mail du maire"]
    (found,) = proposed(headers, ("Rennes", "a@example.org"), ("B", "?"), ("C", "?"), ("D", "?"))
    assert (found.fields, found.rows) == (("email",), 1)
    assert proposed(headers, ("Rennes", "oui"), ("Brest", "non")) == []


def test_what_was_answered_is_not_asked_again() -> None:
    assert proposed(["Commune", "Contact"], ("Rennes", "a@example.org"), own=["Contact"]) == []


def test_a_surname_that_holds_the_first_name_too_is_noticed() -> None:
    (found,) = proposed(["Commune", "Nom"], ("Rennes", "Mme Nathalie APPERE"))
    assert (found.fields, found.header) == (("whole_name",), "Nom")
    assert proposed(["Commune", "Nom", "Prénom"], ("Rennes", "LE GOFF", "Anne")) == []
    assert proposed(["Commune", "Nom"], ("Rennes", "LE GOFF")) == []


def test_which_of_two_columns_counts_is_asked() -> None:
    (found,) = proposed(["Commune", "Mail", "Courriel"], ("Rennes", "a@example.org", ""))
    assert (found.fields, found.headers) == (("email",), ("Mail", "Courriel"))


def test_what_comes_first_in_a_name_is_asked_where_nothing_tells() -> None:
    (found,) = proposed(["Commune", "Maire"], ("Rennes", "Nathalie Appéré"), ("Brest", "Jean DUC"))
    assert found.fields == ("first_name_surname", "surname_first_name")
    assert (found.rows, found.example) == (1, "Nathalie Appéré")
    assert proposed(["Commune", "Maire"], ("Rennes", "Jean DUPONT"), ("Brest", "vacant")) == []
