"""Civilities: as a sheet states them, and never from a first name."""

from __future__ import annotations

import pytest

from merge.recipients.civilities import before_name, civility_of, sex_of


@pytest.mark.parametrize(
    ("typed", "short"),
    [
        *(("", ""), ("Madame", "Mme"), ("MME", "Mme"), ("Mrs", "Mme"), ("monsieur", "M.")),
        *(("Dr.", "Dr"), ("Docteure", "Dr"), ("Maître", "Me"), ("Mx", "Mx"), ("F", "Mme")),
        *(("M. et Mme", "M. et Mme"), ("Mme & M.", "Mme et M."), ("Camille", None), ("X", None)),
    ],
)
def test_a_civility_is_taken_as_it_is_stated(typed: str, short: str | None) -> None:
    assert civility_of(typed) == short


@pytest.mark.parametrize(
    ("typed", "civility", "name"),
    [
        ("Mme Nathalie APPERE", "Mme", "Nathalie APPERE"),
        ("Dr Anne Roy", "Dr", "Anne Roy"),
        ("M.DUPONT", "M.", "DUPONT"),
        ("M. et Mme Dupont", "M. et Mme", "Dupont"),
        ("Docteur Roy", "Dr", "Roy"),
        ("Camille Martin", "", "Camille Martin"),
        ("Dragan Petrovic", "", "Dragan Petrovic"),
        ("Mercedes Ruiz", "", "Mercedes Ruiz"),
        ("M Dupont", "", "M Dupont"),
        ("Mme", "", "Mme"),
    ],
)
def test_what_stands_before_a_name_is_parted_from_it(typed: str, civility: str, name: str) -> None:
    assert before_name(typed) == (civility, name)


@pytest.mark.parametrize("civility", ["Dr", "Mx", "M. et Mme", ""])
def test_a_civility_that_says_no_sex_is_neutral(civility: str) -> None:
    assert sex_of(civility) is None
