"""Which commune a row means; case by case rows.txt tells it."""

from itertools import cycle

from merge.french.communes import reference
from merge.recipients.cells import Problems
from merge.recipients.towns import department_code, match, strange_letters
from tests.tables import imported

DEPARTMENTS = """
35: 35, Ille-et-Vilaine, ILLE ET VILAINE, 35 - Ille-et-Vilaine, 35.0, Ille-et-Vilaine (35)
01: 1, 01, 1 – AIN, 1.0
2A: 2a, 2A Corse-du-Sud
974: 974, ZD, 974 – La Réunion
97: 97
98: 98
: 35 - Ain, 99, """


def test_a_departement_is_known_by_its_code_or_name() -> None:
    for code, _, texts in (line.partition(": ") for line in DEPARTMENTS.splitlines()[1:]):
        assert {text: department_code(text) for text in texts.split(", ")} == dict.fromkeys(
            texts.split(", "), code
        )


def test_a_postcode_of_paris_is_no_old_code() -> None:
    for postcode in range(75001, 75021):
        told = Problems()
        assert match(str(postcode), "", "", "", told) is None
        (problem,) = told
        assert (problem.code, problem.suggestion) == ("unknown-insee", "")


def test_every_commune_is_taken_in_its_own_name_and_without_the_zeros_of_its_code() -> None:
    rows = [
        (each.insee.lstrip("0"), form.format(each.name).upper(), each.department)
        for each, form in zip(reference().values(), cycle(["{}", "Mairie - {}", "Mairie de {}"]))
    ]
    found, problems = imported("INSEE;Commune;Dep", *rows)
    assert [each.key for each in found] == list(reference())
    assert {problem.code for problem in problems} == {"zero-restored"}


def test_an_accent_of_another_encoding_is_strange() -> None:
    evreux = reference()["27229"]
    assert strange_letters("Évreux".encode("cp1252").decode("mac-roman"), evreux) == set()
    amberieu = reference()["01004"]
    name = "Ambérieu-en-Bugey".encode("cp1252").decode("mac-roman")
    assert name == "AmbÈrieu-en-Bugey"
    assert strange_letters(name, amberieu) == {"è"}


def test_no_commune_is_called_as_one_that_has_its_departement_behind_it() -> None:
    for commune in reference().values():
        told = Problems()
        assert match(commune.insee, commune.name, commune.department, "", told) == commune
        assert told == []
