"""The reference of the communes is whole, light to load, and found by name however it is typed."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.french import communes, make_reference
from merge.french.communes import (
    DEPARTMENT_ARTICLES,
    DEPARTMENTS,
    by_former_name,
    by_name,
    fold,
    reference,
    spelled,
    successor,
)


def _vanished() -> list[list[str]]:
    file = Path(communes.__file__).with_name("vanished.csv")
    return [line.split(";") for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_reference_holds_all_current_communes_with_what_is_known_of_each() -> None:
    assert len(reference()) == 34_969
    assert list(reference()) == sorted(reference())
    assert not {"75101", "69381", "00000"} & reference().keys()
    wrong = [
        each
        for insee, each in reference().items()
        if insee != each.insee
        or each not in by_name(each.name, each.department)
        or not all(len(code) == 5 and code.isdigit() for code in each.postcodes)
        or not (each.postcodes or each.department == "984")
        or (each.article_code is None and not each.department.startswith(("97", "98")))
    ]
    assert wrong == []
    counted = Counter(commune.article_code for commune in reference().values())
    assert set(counted) == {0, 1, 2, 3, 4, 5, 6, 8, None}  # of the COG
    assert counted[None] == 94
    names = Counter((fold(each.name), each.department) for each in reference().values())
    assert max(names.values()) == 1, "a name is of one commune of its département"
    havre = reference()["76351"]
    assert (havre.name, havre.article_code, havre.department) == ("Le Havre", 2, "76")
    assert havre.postcodes == ("76600", "76610", "76620")
    assert (havre.population or 0) > 150_000


def test_the_department_is_the_beginning_of_the_code() -> None:
    of = {"01001": "01", "2A004": "2A", "97411": "974", "97502": "975", "98818": "988"}
    assert {insee: reference()[insee].department for insee in of} == of
    assert {each.department for each in reference().values()} == set(DEPARTMENTS)
    named = [DEPARTMENTS[code] for code in ("76", "2A", "987")]
    assert named == ["Seine-Maritime", "Corse-du-Sud", "Polynésie française"]
    assert set(DEPARTMENT_ARTICLES) == set(DEPARTMENTS.values())


def test_every_vanished_code_leads_to_a_current_commune() -> None:
    wrong = [
        (old, now, name)
        for old, now, name in _vanished()
        if now not in reference() or (old != now and old in reference()) or not (name or old != now)
    ]
    assert wrong == []
    corsica = {old for old, *_ in _vanished() if old.startswith("20")}
    assert len(corsica) > 360
    assert {now.department for each in corsica if (now := successor(each))} == {"2A", "2B"}
    assert not any(successor(str(postcode)) for postcode in range(75000, 75117))
    assert successor("35112") == reference()["35062"]  # Fleurigné, merged in 2024
    assert successor("20004") == reference()["2A004"]  # another code for the same Ajaccio
    assert (successor("35062"), successor("99999")) == (None, None)


def test_the_reference_is_read_without_what_is_slow_to_load() -> None:
    script = """
import sys
from merge.french.communes import *
reference()["76351"], successor("35112"), by_former_name("Fleurigné", "35")
print({"numpy", "pandas", "sqlalchemy", "weasyprint"} & set(sys.modules))"""
    here = Path(communes.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=here, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "set()\n"


def test_a_name_is_found_however_it_is_typed() -> None:
    for typed, insee in [
        ("le havre", "76351"),
        ("LE HAVRE", "76351"),
        ("L'Haÿ-les-Roses", "94038"),
        ("l hay les roses", "94038"),
        ("L’HAY LES ROSES", "94038"),
        ("st étienne du rouvray", "76575"),
        ("Ste-Mère-Église", "50523"),
        ("Oeuilly-sur-rien", None),
        ("hœdic", "56085"),
        ("HOEDIC", "56085"),
        ("Chateau-Chinon (Campagne)", "58063"),
        ("  Y  ", "80829"),
        ("", None),
    ]:
        assert [each.insee for each in by_name(typed)] == ([insee] if insee else [])


def test_a_name_as_it_is_spelled_is_found_without_the_index() -> None:
    for name in ["Le Mans", "Saint-Denis", "Le Moulin", "Y", ""]:
        assert list(spelled(name)) == [each for each in by_name(name) if each.name == name]


def test_a_slip_in_a_name_finds_the_nearest_ones() -> None:
    assert [each.name for each in communes.alike("Renne")][:1] == ["Rennes"]
    assert communes.alike("Xyzzy") == ()


def test_a_name_shared_by_communes_gives_them_all_and_a_department_decides() -> None:
    everywhere = by_name("Saint-Denis")
    assert len(everywhere) > 1
    assert [each.insee for each in by_name("Saint-Denis", "974")] == ["97411"]
    assert by_name("Saint-Denis", "29") == ()


def test_20_is_all_of_corsica_and_97_all_that_begins_so() -> None:
    assert [each.insee for each in by_name("Bastia", "20")] == ["2B033"]
    assert [each.insee for each in by_name("Sainte-Rose", "97")] == ["97129", "97419"]
    assert by_name("Dijon", "2") == by_name("Dijon", "21")


def test_an_article_is_a_part_of_the_name() -> None:
    assert by_name("Le Mans")
    assert not by_name("Mans")


def test_a_name_is_found_without_its_parentheses() -> None:
    assert [each.insee for each in by_name("Château-Chinon")] == ["58062", "58063"]
    assert [each.insee for each in by_name("Bors")] == ["16052", "16053"]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aàâÉœŒæ'’- stSTe.,", max_size=20))
def test_folding_forgets_case_and_spaces(text: str) -> None:
    assert fold(text) == fold(text.upper()) == fold(f"  {text} ")


def test_a_former_name_leads_to_the_commune_of_today() -> None:
    for name, department, insee in [
        ("Fleurigné", "35", ["35062"]),
        ("FLEURIGNE", "", ["35062"]),
        ("La Chapelle-Janson", "35", ["35062"]),  # kept its code and took another name
        ("Céreste", "04", ["04045"]),  # renamed, never merged
        ("Tessy-sur-Vire", "50", ["50592"]),
        ("Fleurigné", "29", []),
        ("Rennes", "35", []),
    ]:
        assert [each.insee for each in by_former_name(name, department)] == insee


def test_a_former_name_is_found_in_the_departement_of_old_and_in_that_of_today() -> None:
    # Le Puy-Saint-Bonnet left the Deux-Sèvres for Cholet, in Maine-et-Loire.
    assert by_former_name("Le Puy-Saint-Bonnet", "79") == (reference()["49099"],)
    assert by_former_name("Le Puy-Saint-Bonnet", "49") == (reference()["49099"],)


# The maker, which is run by hand once a year: what it wrote is judged above.

Made = dict[str, Any]
WHOLE: Made = {"code": "01001", "nom": "Tout", "departement": "01", "type": "commune-actuelle"}
PART: Made = {"code": "01001", "nom": "Un", "type": "commune-deleguee", "chefLieu": "01001"}


def test_the_maker_keeps_current_communes_in_the_order_of_their_codes() -> None:
    full = {"typeLiaison": 0, "codesPostaux": ["01640", "01400"], "population": 0}
    given = [{**WHOLE, "code": "01002", "nom": "B", **full}, {**PART, "code": "01003"}, WHOLE]
    text = make_reference.communes_text(given)
    assert text == "01001;Tout;;;\n01002;B;0;01400 01640;0\n"
    for wrong in [{"departement": "02"}, {"nom": "A;B"}, {"nom": "A\nB"}]:
        with pytest.raises(ValueError, match="01001"):
            make_reference.communes_text([{**WHOLE, **wrong}])


def test_the_maker_writes_where_each_code_that_has_vanished_leads() -> None:
    former = {**WHOLE, "anciensCodes": ["01009", "01005"]}
    paris: Made = {
        "code": "75101",
        "nom": "Paris 1er",
        "type": "arrondissement-municipal",
    }
    essonne = {**WHOLE, "code": "91001", "anciensCodes": ["78001"]}  # a code of 1967
    earlier = [{**WHOLE, "nom": "Ancien"}, {**WHOLE, "code": "01005", "nom": "Cinq"}]
    made: list[tuple[list[Made], list[Made], str]] = [
        ([former, PART, {**PART, "code": "01005", "nom": "Deux"}, paris], [],
            "01001;01001;Un\n01005;01001;Deux\n01009;01001;\n"),
        ([former], earlier, "01001;01001;Ancien\n01005;01001;Cinq\n01009;01001;\n"),
        ([WHOLE, {**PART, "nom": "Tout"}], [WHOLE], ""),
        ([essonne, {**WHOLE, "code": "78009", "anciensCodes": ["78524"]}], [], "78524;78009;\n"),
        ([WHOLE, {**essonne, "anciensCodes": ["01005"]}, {**PART, "code": "01005"}], [],
            "01005;01001;Un\n"),
    ]  # fmt: skip
    for now, before, text in made:
        assert make_reference.vanished_text(now, before) == text
    for wrong in [{"chefLieu": "01999"}, {"nom": "A;B"}, {"nom": "A\nB"}]:
        with pytest.raises(ValueError, match="01005"):
            make_reference.vanished_text([WHOLE, {**PART, "code": "01005", **wrong}], [])
    with pytest.raises(ValueError, match="01005"):
        make_reference.vanished_text([WHOLE], [{**WHOLE, "code": "01005"}])
