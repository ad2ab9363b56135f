"""One cell for a civility, first names and a surname is taken apart where there is no doubt."""

import pytest

from merge.recipients.headers import NameOrder
from merge.recipients.wholenames import split_name
from tests.rooms.recipients.test_row import codes, read, taken


@pytest.mark.parametrize(
    ("cell", "first_name", "surname"),
    [
        ("Mme Nathalie APPERE", "Nathalie", "APPERE"),
        ("APPÉRÉ Nathalie", "Nathalie", "APPÉRÉ"),
        ("M. Jean de LA TOUR", "Jean", "de LA TOUR"),
        ("de LA TOUR Jean", "Jean", "de LA TOUR"),
        ("Mme Anne-Marie de LA TOUR d'AUVERGNE", "Anne-Marie", "de LA TOUR d'AUVERGNE"),
        ("VAN DEN BERG Étienne", "Étienne", "VAN DEN BERG"),
        ("Marie-Laure LE GUEN", "Marie-Laure", "LE GUEN"),
        ("d’ALMEIDA Anne Sophie", "Anne Sophie", "d’ALMEIDA"),
        ("L'HER Anne", "Anne", "L'HER"),
        ("Jean McDONALD", "Jean", "McDONALD"),
        ("J.-C. DUPONT", "J.-C.", "DUPONT"),
        ("DUPONT-MARTIN J.", "J.", "DUPONT-MARTIN"),
        ("Bruno LE MAIRE", "Bruno", "LE MAIRE"),
        ("Monsieur le Maire Jean DUPONT", "Jean", "DUPONT"),
        ("Madame la Maire, Nathalie APPERE", "Nathalie", "APPERE"),
        ("Dupont, Jean", "Jean", "Dupont"),
        ("DUPONT, Mme Anne Marie", "Anne Marie", "DUPONT"),
        ("LE GOFF, Anne Marie", "Anne Marie", "LE GOFF"),
        ("Mme Appéré", "", "Appéré"),
    ],
)
def test_capitals_commas_and_particles_tell_the_surname(
    cell: str, first_name: str, surname: str
) -> None:
    found = split_name(cell)
    assert found is not None
    assert found[1:] == (first_name, surname)


DOUBTFUL = [
    *("Nathalie Appéré", "NATHALIE APPERE", "Camille", "APPERE", "Jean Y", "Jean DUPONT Marie"),
    *("Anne MARTIN et Paul DURAND", "Anne Martin, Paul Durand", "Jean DUPONT (LR)"),
    *("Jean DUPONT, maire", "Anne DURAND née Martin", "mairie@example.org", "06 12 34", "Mme", ""),
]


@pytest.mark.parametrize("cell", DOUBTFUL)
def test_what_is_in_doubt_is_taken_apart_nowhere(cell: str) -> None:
    assert split_name(cell) is None


@pytest.mark.parametrize(
    ("cell", "order", "names"),
    [
        ("Nathalie Appéré", "first_name_surname", ("Nathalie", "Appéré")),
        ("Appéré Nathalie", "surname_first_name", ("Nathalie", "Appéré")),
        ("JEAN LE GOFF", "first_name_surname", ("JEAN", "LE GOFF")),
        ("LE GOFF JEAN", "surname_first_name", ("JEAN", "LE GOFF")),
        ("Marie Laure de La Tour", "first_name_surname", ("Marie Laure", "de La Tour")),
        ("de La Tour Jean", "surname_first_name", ("Jean", "de La Tour")),
        ("APPERE Nathalie", "first_name_surname", ("Nathalie", "APPERE")),
    ],
)
def test_a_person_may_say_which_comes_first_and_capitals_still_count(
    cell: str, order: NameOrder, names: tuple[str, str]
) -> None:
    found = split_name(cell, order)
    assert found is not None
    assert found[1:] == names


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("Jean Pierre Dupont", "first_name_surname"),
        ("Le Goff Jean", "first_name_surname"),
        ("LE GOFF ANNE MARIE", "surname_first_name"),
        ("Jean le", "first_name_surname"),
    ],
)
def test_three_words_are_not_cut_by_a_guess(cell: str, order: NameOrder) -> None:
    assert split_name(cell, order) is None


def test_a_row_gets_its_civility_first_name_and_surname_of_one_cell() -> None:
    recipient = taken("INSEE;Maire", "35238", "Mme Nathalie APPERE")
    assert (recipient.sex, recipient.first_name, recipient.surname) == ("F", "Nathalie", "Appere")


def test_the_civility_of_its_own_column_stands_beside_the_cell() -> None:
    recipient = taken("INSEE;Civilité;Nom et prénom", "35238", "Mme", "LE GOFF Anne")
    assert (recipient.sex, recipient.first_name, recipient.surname) == ("F", "Anne", "Le Goff")


def test_a_name_in_doubt_is_a_problem_with_its_place_and_the_row_is_taken() -> None:
    recipient, problems = read("INSEE;Maire", "35238", "Mme Nathalie Appéré")
    assert recipient is not None
    assert (recipient.sex, recipient.first_name, recipient.surname) == ("F", "", "")
    assert codes(problems) == [("name-not-parted", "whole_name")]
    assert problems[0].suggestion == '35238 "prénom=…" "nom=…"'


@pytest.mark.parametrize("cell", ["vacant", "Monsieur le Maire", "-"])
def test_nobody_is_nobody_in_one_cell_too(cell: str) -> None:
    recipient, problems = read("INSEE;Maire", "35238", cell)
    assert recipient is not None
    assert (recipient.first_name, recipient.surname) == ("", "")
    assert "not-a-name" not in [code for code, _field in codes(problems)]


def test_a_remark_beside_the_name_is_told() -> None:
    _, problems = read("INSEE;Maire", "35238", "Mme APPERE : absente")
    assert codes(problems) == [("not-a-name", "whole_name")]


@pytest.mark.parametrize(
    "cell", ["Rennes (35000)", "Rennes 35000", "RENNES - 35000", "35000 Rennes"]
)
def test_a_cell_for_postcode_and_town_may_have_the_town_first(cell: str) -> None:
    recipient = taken("INSEE;CP Ville", "35238", cell)
    assert (recipient.postcode, recipient.locality.upper()) == ("35000", "RENNES")


@pytest.mark.parametrize(
    ("cell", "street", "postcode", "locality"),
    [
        ("1 rue X, 35000 Rennes", ("1 rue X",), "35000", "Rennes"),
        ("1 rue X - 35000 Rennes - France", ("1 rue X",), "35000", "Rennes"),
        ("Place de la Mairie CS 63126 35031 RENNES CEDEX", None, "35031", "RENNES CEDEX"),
        ("1 rue X\n35000 Rennes", ("1 rue X",), "35000", "Rennes"),
    ],
)
def test_a_whole_address_is_taken_apart(
    cell: str, street: tuple[str, ...] | None, postcode: str, locality: str
) -> None:
    recipient = taken("INSEE;Adresse complète", "35238", cell)
    assert (recipient.postcode, recipient.locality) == (postcode, locality)
    assert street is None or recipient.street == street


def test_corsica_and_lost_zeros_are_put_right_in_a_whole_address() -> None:
    ajaccio = taken("INSEE;CP Ville", "2A004", "20000 Ajaccio")
    assert (ajaccio.postcode, ajaccio.department) == ("20000", "2A")
    recipient, problems = read("INSEE;CP Ville", "01053", "1000 Bourg-en-Bresse")
    assert recipient is not None
    assert (recipient.postcode, codes(problems)) == (
        "01000",
        [("zero-restored", "postcode")],
    )


@pytest.mark.parametrize("cell", ["1 rue X Rennes", "Mairie de Rennes"])
def test_a_whole_address_without_a_postcode_is_a_problem_with_its_place(cell: str) -> None:
    recipient, problems = read("INSEE;Adresse complète", "35238", cell)
    assert recipient is not None
    assert recipient.postcode == ""
    assert codes(problems) == [("no-postcode-in-cell", "address")]
