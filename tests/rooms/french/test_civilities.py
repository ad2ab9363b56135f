"""Civilities: as a sheet states them, and never from a first name."""

from __future__ import annotations

import pytest

from merge.french.courtesy import civility_of, short
from merge.recipients.wholenames import before_name, sex_of


@pytest.mark.parametrize(
    ("typed", "stated", "in_short"),
    [
        *(("", "", ""), ("Madame", "Madame", "Mme"), ("MADAME", "Madame", "Mme")),
        *(("MME", "Mme", "Mme"), ("Mrs", "Mme", "Mme"), ("monsieur", "Monsieur", "M.")),
        *(("Mr.", "M.", "M."), ("Dr.", "Dr", "Dr"), ("Docteure", "Docteure", "Dr")),
        *(("Maitre", "Maître", "Me"), ("Mx", "Mx", "Mx"), ("F", "Mme", "Mme")),
        *(("M. et Mme", "M. et Mme", "M. et Mme"), ("Mme & M.", "Mme et M.", "Mme et M.")),
        ("Monsieur et Madame", "Monsieur et Madame", "M. et Mme"),
        *(("Frau", "Mme", "Mme"), ("HERR", "M.", "M."), ("Herrn", "M.", "M.")),
        *(("Signora", "Mme", "Mme"), ("Sig.ra", "Mme", "Mme"), ("Sig.", "M.", "M.")),
        *(("Sra", "Mme", "Mme"), ("Sra.", "Mme", "Mme"), ("Sr.", "M.", "M.")),
        *(("Señor", "M.", "M."), ("Senhora", "Mme", "Mme"), ("Mevrouw", "Mme", "Mme")),
        *(("De heer", "M.", "M."), ("Fräulein", "Mlle", "Mlle")),
        *(("Herr und Frau", "M. et Mme", "M. et Mme"), ("Sr. y Sra.", "M. et Mme", "M. et Mme")),
    ],
)
def test_a_civility_is_taken_as_it_is_stated(typed: str, stated: str, in_short: str) -> None:
    civility = civility_of(typed)
    assert civility == stated
    assert short(civility or "") == in_short


@pytest.mark.parametrize("typed", ["Camille", "X", "M. et Camille", "Sr", "Sr Marie"])
def test_what_is_no_civility_is_none(typed: str) -> None:
    assert civility_of(typed) is None


@pytest.mark.parametrize(
    ("typed", "civility", "name"),
    [
        ("Mme Nathalie APPERE", "Mme", "Nathalie APPERE"),
        ("Dr Anne Roy", "Dr", "Anne Roy"),
        ("M.DUPONT", "M.", "DUPONT"),
        ("M. et Mme Dupont", "M. et Mme", "Dupont"),
        ("Docteur Roy", "Docteur", "Roy"),
        ("Camille Martin", "", "Camille Martin"),
        ("Dragan Petrovic", "", "Dragan Petrovic"),
        ("Mercedes Ruiz", "", "Mercedes Ruiz"),
        ("M Dupont", "", "M Dupont"),
        ("Mme", "", "Mme"),
    ],
)
def test_what_stands_before_a_name_is_parted_from_it(typed: str, civility: str, name: str) -> None:
    assert before_name(typed) == (civility, name)


@pytest.mark.parametrize(
    ("civility", "sex"), [("Mme", "F"), ("Madame", "F"), ("Monsieur", "M"), ("Mlle", "F")]
)
def test_a_civility_may_say_the_sex(civility: str, sex: str) -> None:
    assert sex_of(civility) == sex


@pytest.mark.parametrize("civility", ["Dr", "Mx", "M. et Mme", ""])
def test_a_civility_that_says_no_sex_is_neutral(civility: str) -> None:
    assert sex_of(civility) is None
