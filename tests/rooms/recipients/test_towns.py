"""Which commune a row means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.french.communes import reference
from merge.recipients.towns import department_code, match, says, strange_letters


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("35", "35"),
        ("1", "01"),
        ("01", "01"),
        ("2a", "2A"),
        ("974", "974"),
        ("ZD", "974"),
        ("Ille-et-Vilaine", "35"),
        ("ILLE ET VILAINE", "35"),
        ("35 - Ille-et-Vilaine", "35"),
        ("Ille-et-Vilaine (35)", "35"),
        ("1 – AIN", "01"),
        ("2A Corse-du-Sud", "2A"),
        ("974 – La Réunion", "974"),
        ("35 - Ain", ""),
        ("35.0", "35"),
        ("1.0", "01"),
        ("97", "97"),
        ("98", "98"),
        ("99", ""),
        ("", ""),
    ],
)
def test_a_departement_is_known_by_its_code_or_name(text: str, code: str) -> None:
    assert department_code(text) == code


@pytest.mark.parametrize(
    ("code", "name", "department", "insee", "problems"),
    [
        ("35238", "", "", "35238", []),
        ("35238", "RENNES", "", "35238", []),
        ("2a004", "Ajaccio", "", "2A004", []),
        ("1004", "Ambérieu-en-Bugey", "", "01004", ["zero-restored"]),
        ("1004.0", "", "", "01004", ["zero-restored"]),
        ("35238.0", "", "", "35238", []),
        ("35 238", "", "", "35238", []),
        ("004", "", "01", "01004", []),
        ("105", "", "ZA", "97105", []),
        ("02565", "Oeuilly", "", "02565", []),
        ("58062", "Château-Chinon", "", "58062", []),
        ("35238", "Condate", "", "35238", ["name-disagrees"]),
        ("89159", "Etaules", "", "89159", ["name-disagrees"]),  # Étaule; Étaules is in 17 and 21
        ("83114", "Saint-Martin", "", "83114", ["short-name"]),  # Saint-Martin-de-Pallières
        ("", "Mairie - Montbouy", "45", "45210", ["matched-by-name"]),
        ("", "Mairie – Le Mans", "72", "72181", ["matched-by-name"]),
        ("", "Mairie du Mans", "Sarthe", "72181", ["matched-by-name"]),
        ("", "Mairie des Mées", "4", "04116", ["matched-by-name"]),
        ("", "mairie d'Oô", "31", "31404", ["matched-by-name"]),
        ("", "Mairie de La Rochelle", "17", "17300", ["matched-by-name"]),
        ("", "Mairie (démarches administratives) - Lille", "59", "59350", ["matched-by-name"]),
        ("", "St Malo", "35", "35288", ["matched-by-name"]),
        ("", "Bastia", "20", "2B033", ["matched-by-name"]),
        ("", "Nouméa", "98", "98818", ["matched-by-name"]),
        ("", "MANS (LE)", "72", "72181", ["matched-by-name"]),
        ("", "Haÿ-les-Roses (L’)", "94", "94038", ["matched-by-name"]),
        ("76351", "Havre (Le)", "", "76351", []),
        ("", "Les Abymes", "97", "97101", ["matched-by-name"]),
        ("35238", "Rennes", "Ille-et-Vilaine", "35238", []),
        ("35238", "Rennes", "Bretagne", "35238", []),  # no département at all
        ("97411", "Saint-Denis", "97", "97411", []),
        ("2A004", "Ajaccio", "20", "2A004", []),
        ("97701", "Saint-Barthélemy", "971", "97701", []),
        ("35238", "Rennes (35)", "", "35238", []),
        ("35238", "Mairie de Rennes (Ille-et-Vilaine)", "35", "35238", []),
        ("", "Rennes (35)", "", "35238", ["matched-by-name"]),
        ("", "Saint-Denis - 974", "", "97411", ["matched-by-name"]),
        ("58062", "Château-Chinon (Ville)", "58", "58062", []),
    ],
)
def test_a_commune_is_found(
    code: str, name: str, department: str, insee: str, problems: list[str]
) -> None:
    found = match(code, name, department)
    assert found.commune == reference()[insee]
    assert [problem.code for problem in found.problems] == problems
    assert all(problem.taken for problem in found.problems)


@pytest.mark.parametrize(
    ("code", "name", "department", "problem", "suggestion"),
    [
        ("35238", "Vitré", "", "name-of-another", "35238 Rennes, 35360 Vitré"),
        ("35096", "Romagné", "", "name-of-another", "35096 Domagné, 35243 Romagné"),
        ("01004", "Lyon", "", "name-of-another", "01004 Ambérieu-en-Bugey, 69123 Lyon"),
        ("35238", "Rennes", "29", "department-disagrees", "35238 Rennes"),
        ("35238", "", "Finistère", "department-disagrees", "35238 Rennes"),
        (
            *("93066", "Saint-Denis", "974", "department-disagrees"),
            "93066 Saint-Denis, 97411 Saint-Denis",
        ),
        (
            *("97411", "Saint-Denis (93)", "", "department-disagrees"),
            "97411 Saint-Denis, 93066 Saint-Denis",
        ),
        ("01004", "Rennes (35)", "", "name-of-another", "01004 Ambérieu-en-Bugey, 35238 Rennes"),
        ("2A004", "", "2B", "department-disagrees", "2A004 Ajaccio"),
        (
            *("", "Saint-Denis (93)", "974", "department-disagrees"),
            "97411 Saint-Denis, 93066 Saint-Denis",
        ),
        ("75107", "", "", "district-code", "75056 Paris"),
        ("69383", "Lyon 3e", "", "district-code", "69123 Lyon"),
        ("13216", "Marseille", "", "district-code", "13055 Marseille"),
        ("13200", "Arles", "", "unknown-insee", "13004 Arles"),  # its postcode
        ("75120 ", "", "", "district-code", "75056 Paris"),
        ("35999", "Vitré", "", "unknown-insee", "35360 Vitré"),
        ("35999", "", "", "unknown-insee", ""),
        ("abc", "", "", "unknown-insee", ""),
        ("", "Sainte-Rose", "97", "ambiguous-name", "97129 Sainte-Rose, 97419 Sainte-Rose"),
        ("", "Vittré", "35", "unknown-name", "35360 Vitré"),
        ("", "Saint-Nulle-Part", "01", "unknown-name", ""),
        ("", "Vitré", "", "no-key", "35360 Vitré"),
        ("", "", "35", "no-key", ""),
        ("", "Vitré", "Atlantide", "no-key", "35360 Vitré"),
        ("", "Fleurigné", "", "no-key", "35062 La Chapelle-Fleurigné"),
        ("", "Herblay", "95", "unknown-name", "95306 Herblay-sur-Seine"),
        ("", "Mairie - Paris - 18e arrondissement", "75", "unknown-name", "75056 Paris"),
        ("", "Saint-Martin", "76", "unknown-name", ""),  # begins too many names
        ("", "Mairie déléguée - Fleurigné", "35", "branch-office", "35062 La Chapelle-Fleurigné"),
        ("", "Mairie déléguée de Fleurigné", "", "branch-office", ""),
        ("", "Mairie annexe - Ailleurs", "35", "branch-office", ""),
        ("", "Commune associée d'Hellemmes-Lille", "59", "branch-office", "59350 Lille"),
        ("", "Mairie annexe de Rennes", "35", "branch-office", "35238 Rennes"),
        ("35238", "Mairie annexe des Lilas", "", "branch-office", "35238 Rennes"),
        ("1039", "Mairie déléguée", "", "branch-office", "01138 Culoz-Béon"),
        ("35112", "Mairie déléguée", "", "branch-office", "35062 La Chapelle-Fleurigné"),
    ],
)
def test_what_is_not_certain_is_not_taken_but_suggested(
    code: str, name: str, department: str, problem: str, suggestion: str
) -> None:
    found = match(code, name, department)
    assert found.commune is None
    assert [each.code for each in found.problems] == [problem]
    assert found.problems[0].suggestion == suggestion
    assert not found.problems[0].taken


@pytest.mark.parametrize(
    ("code", "name", "department", "suggestion"),
    [
        ("35112", "", "", "35062 La Chapelle-Fleurigné"),
        ("35112", "Fleurigné", "35", "35062 La Chapelle-Fleurigné"),
        ("35112", "FLEURIGNE", "", "35062 La Chapelle-Fleurigné"),
        ("", "Fleurigné", "35", "35062 La Chapelle-Fleurigné"),
        ("", "Mairie - Fleurigné", "Ille-et-Vilaine", "35062 La Chapelle-Fleurigné"),
        ("", "mairie de La Chapelle-Janson", "35", "35062 La Chapelle-Fleurigné"),
        ("112", "", "35", "35062 La Chapelle-Fleurigné"),
        ("1039", "Béon", "", "01138 Culoz-Béon"),
        ("20004", "Ajaccio", "20", "2A004 Ajaccio"),
        ("20033", "", "", "2B033 Bastia"),
        ("14507", "", "14", "50592 Tessy-Bocage"),
    ],
)
def test_a_vanished_commune_is_reported_with_its_successor_and_never_taken(
    code: str, name: str, department: str, suggestion: str
) -> None:
    found = match(code, name, department)
    assert found.commune is None
    (problem,) = found.problems
    assert (problem.code, problem.suggestion, problem.taken) == (
        "vanished-commune",
        suggestion,
        False,
    )
    assert (problem.field, problem.value) == (("insee", code) if code else ("commune", name))


def test_an_old_code_beside_the_name_of_another_commune_says_nothing_about_its_successor() -> None:
    (problem,) = match("35112", "Vitré", "35").problems
    assert (problem.code, problem.suggestion) == ("unknown-insee", "35360 Vitré")


def test_a_postcode_of_corsica_is_not_taken_for_an_old_code_where_the_name_says_otherwise() -> None:
    (problem,) = match("20100", "Sartène", "2A").problems
    assert (problem.code, problem.suggestion) == ("unknown-insee", "2A272 Sartène")


def test_a_postcode_of_paris_is_no_old_code() -> None:
    for postcode in range(75001, 75021):
        (problem,) = match(str(postcode), "", "").problems
        assert (problem.code, problem.suggestion) == ("unknown-insee", "")


def test_a_commune_that_has_another_name_now_is_taken_by_its_code() -> None:
    found = match("01015", "Arbignieu", "01")
    assert found.commune == reference()["01015"]
    assert [(problem.code, problem.suggestion) for problem in found.problems] == [
        ("former-name", "Arboys en Bugey")
    ]


def test_a_code_beside_the_old_name_of_another_commune_is_of_two_towns() -> None:
    found = match("35238", "Fleurigné", "35")
    assert found.commune is None
    assert [(problem.code, problem.suggestion) for problem in found.problems] == [
        ("name-of-another", "35238 Rennes, 35062 La Chapelle-Fleurigné")
    ]


def test_a_name_that_is_still_a_commune_s_is_not_called_vanished() -> None:
    # The part of the merged commune and the whole have the same name.
    assert match("", "Le Lude", "72").commune == reference()["72176"]


@given(st.sampled_from(sorted(reference())), st.sampled_from(["{}", "Mairie - {}", "Mairie de {}"]))
def test_every_commune_is_recognised_in_its_own_name(insee: str, form: str) -> None:
    commune = reference()[insee]
    assert says(form.format(commune.name), commune)
    assert says(form.format(commune.name.upper()), commune)
    assert not strange_letters(form.format(commune.name.upper()), commune)


@given(st.sampled_from(sorted(reference())))
def test_every_code_that_lost_its_zero_finds_its_commune(insee: str) -> None:
    assert match(insee.lstrip("0"), "", "").commune == reference()[insee]


def test_an_accent_of_another_encoding_is_strange() -> None:
    evreux = reference()["27229"]
    assert strange_letters("Évreux".encode("cp1252").decode("mac-roman"), evreux) == set()
    amberieu = reference()["01004"]
    name = "Ambérieu-en-Bugey".encode("cp1252").decode("mac-roman")
    assert name == "AmbÈrieu-en-Bugey"
    assert strange_letters(name, amberieu) == {"è"}


def test_no_commune_is_called_as_one_that_has_its_departement_behind_it() -> None:
    for commune in reference().values():
        found = match(commune.insee, commune.name, commune.department)
        assert (found.commune, found.problems) == (commune, ())


def test_the_departement_of_a_postcode_contradicts_no_code() -> None:
    """A mairie near the border may have its letters in the next département."""
    assert match("35238", "Rennes", "", postcode="29000").commune == reference()["35238"]
