"""Addresses that stand in a sheet and reach nobody: told where they are many."""

import pytest

from merge.french.communes import reference
from merge.model import RowProblem
from merge.recipients.sheet import Row, Table
from tests.tables import everyone_in

TOWNS = [commune for commune in reference().values() if commune.postcodes][:40]
CODES = {
    "emails-not-taken",
    "emails-unusable",
    "postcodes-not-taken",
    "postcodes-unusable",
    "addresses-without-postcode",
    "addresses-without-street",
}


def warned(headers: str, *rows: tuple[str, ...], **overrides: str) -> list[RowProblem]:
    names = tuple(headers.split(";"))
    table = Table(
        path="l.csv",
        headers=names,
        header_row=1,
        rows=[Row(n, row) for n, row in enumerate(rows, start=2)],
    )
    return [each for each in everyone_in(table, **overrides)[1] if each.code in CODES]


def told(problems: list[RowProblem]) -> list[tuple[str, str, str, str]]:
    return [(each.code, each.column, each.value, each.suggestion) for each in problems]


def test_a_column_of_e_mails_that_was_not_taken_is_named() -> None:
    rows = [(town.insee, "", f"m{town.insee}@example.org") for town in TOWNS]
    assert told(warned("INSEE;Courriel;Contact", *rows)) == [
        ("emails-not-taken", "Contact", "40", "email=Contact")
    ]
    assert warned("INSEE;Courriel;Contact", *rows, email="Contact") == []
    # "Adresse" is now and then the column of the e-mails.
    assert told(warned("INSEE;Remarque;Adresse", *rows))[0][3] == "email=Adresse"


def test_a_column_of_postcodes_that_was_not_taken_is_named() -> None:
    rows = [(town.insee, "1 rue X", town.postcodes[0]) for town in TOWNS]
    assert told(warned("INSEE;Adresse;C. Post", *rows)) == [
        ("postcodes-not-taken", "C. Post", "40", "postcode=C. Post")
    ]
    rows = [(town.insee, "1 rue X", f"{town.postcodes[0]} {town.name}") for town in TOWNS]
    assert told(warned("INSEE;Voie;Fin", *rows))[0][3] == "postcode_locality=Fin"


@pytest.mark.parametrize("between", [", ", " - ", " ", "\n", ", BP 12, "])
def test_a_column_of_whole_addresses_that_was_not_taken_is_named(between: str) -> None:
    rows = [
        (town.insee, "", f"12, rue X{between}{town.postcodes[0]} {town.name.upper()}")
        for town in TOWNS
    ]
    assert told(warned("INSEE;Mail;Coordonnées", *rows)) == [
        ("postcodes-not-taken", "Coordonnées", "40", "address=Coordonnées")
    ]


@pytest.mark.parametrize(
    ("headers", "lost", "kept", "code", "column"),
    [
        ("INSEE;Mail", ("mairie.example.org",), ("a@example.org",), "emails-unusable", "Mail"),
        ("INSEE;CP Ville", ("abc",), ("{cp} {town}",), "postcodes-unusable", "CP Ville"),
        (
            "INSEE;Adresse;CP",
            ("1 rue X", ""),
            ("1 rue X", "{cp}"),
            "addresses-without-postcode",
            "",
        ),
    ],
)
def test_what_cannot_be_used_in_more_than_a_quarter_of_the_rows_is_warned_of(
    headers: str, lost: tuple[str, ...], kept: tuple[str, ...], code: str, column: str
) -> None:
    def rows(bad: int, of: int) -> list[tuple[str, ...]]:
        return [
            (town.insee, *(c.format(cp=town.postcodes[0], town=town.name) for c in cells))
            for town, cells in zip(TOWNS[:of], [lost] * bad + [kept] * of, strict=False)
        ]

    [problem] = warned(headers, *rows(11, 40))
    assert (problem.code, problem.value, problem.column) == (code, "11", column)
    assert warned(headers, *rows(10, 40)) == []
    assert warned(headers, *rows(2, 2)) == []  # of two rows nobody can say what is usual


@pytest.mark.parametrize(
    ("headers", "cells"),
    [
        ("INSEE;Nom;Population", ("MARTIN", "35000")),  # a list of mayors has no addresses
        ("INSEE;Courriel", ("inconnu",)),  # nor has who says so
        ("INSEE;Courriel", ("nan",)),
        ("INSEE;Courriel;Adresse", ("a@example.org", "1 rue X")),  # it goes by e-mail
        ("INSEE;Courriel;Courriel 2", ("a@example.org", "b@example.org")),
        ("INSEE;Site;Téléphone;Maire depuis", ("www.example.org", "02 23 45 67 89", "2020")),
        ("INSEE;Twitter", ("@ville",)),
        ("INSEE;Mandat;Habitants", ("2020 (réélu)", "12000 habitants")),
        ("INSEE;Note;Budget", ("élu en 2020, 12000 habitants", "1 rue, 12345 euros")),
    ],
)
def test_a_sheet_that_says_no_address_has_lost_none(headers: str, cells: tuple[str, ...]) -> None:
    assert warned(headers, *((town.insee, *cells) for town in TOWNS)) == []


def test_the_share_is_said_once_and_counts_rows_that_have_an_address() -> None:
    """Thirty without any, and four of ten lost: that is many."""
    rows = [(town.insee, "", "") for town in TOWNS[:30]]
    rows += [(town.insee, "a@example.org", "") for town in TOWNS[30:36]]
    rows += [(town.insee, "", "a@example.org") for town in TOWNS[36:]]
    [problem] = warned("INSEE;Courriel;Contact", *rows)
    assert (problem.value, problem.row, problem.taken) == ("4", 1, True)
