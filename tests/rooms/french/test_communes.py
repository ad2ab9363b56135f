"""The reference of the communes is whole, light to load, and found by name however it is typed."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.french import communes, make_reference
from merge.french.communes import (
    DEPARTMENT_ARTICLES,
    DEPARTMENTS,
    Commune,
    by_former_name,
    by_name,
    fold,
    reference,
    spelled,
    successor,
)


def test_the_reference_holds_all_current_communes() -> None:
    assert len(reference()) == 34_969
    assert list(reference()) == sorted(reference())
    assert all(insee == commune.insee for insee, commune in reference().items())


def test_a_commune_has_its_six_facts() -> None:
    assert reference()["76351"] == Commune(
        insee="76351",
        name="Le Havre",
        article_code=2,
        department="76",
        postcodes=("76600", "76610", "76620"),
        population=reference()["76351"].population,
    )
    assert (reference()["76351"].population or 0) > 150_000


def test_the_article_codes_are_those_of_the_cog() -> None:
    counted = Counter(commune.article_code for commune in reference().values())
    assert set(counted) == {0, 1, 2, 3, 4, 5, 6, 8, None}
    assert counted[None] == 94


def test_only_overseas_communes_lack_a_code() -> None:
    without = [each for each in reference().values() if each.article_code is None]
    assert all(each.department.startswith(("97", "98")) for each in without)


def test_the_department_is_the_beginning_of_the_code() -> None:
    for insee, department in [
        ("01001", "01"),
        ("2A004", "2A"),
        ("97411", "974"),
        ("97502", "975"),
        ("98818", "988"),
    ]:
        assert reference()[insee].department == department


def test_every_department_has_a_name() -> None:
    assert {each.department for each in reference().values()} == set(DEPARTMENTS)
    assert DEPARTMENTS["76"] == "Seine-Maritime"
    assert DEPARTMENTS["2A"] == "Corse-du-Sud"
    assert DEPARTMENTS["987"] == "Polynésie française"
    assert set(DEPARTMENT_ARTICLES) == set(DEPARTMENTS.values())


def test_postcodes_are_five_digits_and_only_the_taaf_has_none() -> None:
    for commune in reference().values():
        assert all(len(each) == 5 and each.isdigit() for each in commune.postcodes)
        assert commune.postcodes or commune.department == "984"


def test_neither_arrondissements_nor_unknown_codes_are_communes() -> None:
    assert "75101" not in reference()
    assert "69381" not in reference()
    with pytest.raises(KeyError):
        reference()["00000"]


@pytest.mark.parametrize(
    "call",
    ["reference()['76351']", "successor('35112')", "by_former_name('Fleurigné', '35')"],
)
def test_the_reference_is_read_without_what_is_slow_to_load(call: str) -> None:
    script = (
        f"import sys; from merge.french.communes import *; {call};"
        "print({'numpy', 'pandas', 'sqlalchemy', 'weasyprint'} & set(sys.modules))"
    )
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


def test_every_commune_is_found_by_its_own_name_and_department() -> None:
    for commune in reference().values():
        assert commune in by_name(commune.name, commune.department)


def test_no_two_communes_of_a_department_share_a_whole_name() -> None:
    counted = Counter((fold(each.name), each.department) for each in reference().values())
    assert max(counted.values()) == 1


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="aàâÉœŒæ'’- stSTe.,", max_size=20))
def test_folding_forgets_case_and_spaces(text: str) -> None:
    assert fold(text) == fold(text.upper()) == fold(f"  {text} ")


def test_a_vanished_code_has_a_successor_and_no_other_code_has() -> None:
    assert successor("35112") == reference()["35062"]  # Fleurigné, merged in 2024
    assert successor("20004") == reference()["2A004"]  # another code for the same Ajaccio
    assert successor("35062") is None
    assert successor("99999") is None


def test_every_old_code_of_corsica_leads_there() -> None:
    old = {line[:5] for line in _vanished() if line.startswith("20")}
    assert len(old) > 360
    departments = {now.department for each in old if (now := successor(each))}
    assert departments == {"2A", "2B"}


def test_every_successor_is_a_current_commune_and_no_vanished_code_is_one() -> None:
    for line in _vanished():
        old, now, name = line.split(";")
        assert now in reference()
        assert (old == now) or old not in reference()
        assert name or old != now


def test_no_postcode_of_paris_is_an_old_code() -> None:
    assert not any(successor(str(postcode)) for postcode in range(75000, 75117))


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


def _vanished() -> list[str]:
    file = Path(communes.__file__).with_name("vanished.csv")
    return file.read_text(encoding="utf-8").splitlines()


def test_the_maker_keeps_current_communes_in_the_order_of_their_codes(tmp_path: Path) -> None:
    kept = {"code": "01002", "nom": "B", "departement": "01", "type": "commune-actuelle"}
    text = make_reference.communes_text(
        [
            {**kept, "typeLiaison": 0, "codesPostaux": ["01640", "01400"], "population": 0},
            {**kept, "code": "01003", "type": "commune-deleguee"},
            {**kept, "code": "01001", "nom": "L'A"},
        ]
    )
    assert text == "01001;L'A;;;\n01002;B;0;01400 01640;0\n"


def test_the_maker_refuses_what_the_file_cannot_say() -> None:
    for wrong in [{"departement": "02"}, {"nom": "A;B"}, {"nom": "A\nB"}]:
        commune = {"code": "01001", "nom": "A", "departement": "01", "type": "commune-actuelle"}
        with pytest.raises(ValueError, match="01001"):
            make_reference.communes_text([{**commune, **wrong}])


WHOLE = {"code": "01001", "nom": "Tout", "departement": "01", "type": "commune-actuelle"}
PART = {"code": "01001", "nom": "Un", "type": "commune-deleguee", "chefLieu": "01001"}


def test_the_maker_writes_what_has_vanished_in_the_order_of_the_codes() -> None:
    text = make_reference.vanished_text(
        [
            {**WHOLE, "anciensCodes": ["01009", "01005"]},
            PART,
            {**PART, "code": "01005", "nom": "Deux", "type": "commune-associee"},
            {"code": "75101", "nom": "Paris 1er", "type": "arrondissement-municipal"},
        ],
        [],
    )
    assert text == "01001;01001;Un\n01005;01001;Deux\n01009;01001;\n"


def test_the_maker_takes_names_from_the_earlier_vintage_and_successors_from_today_s() -> None:
    now = [{**WHOLE, "anciensCodes": ["01005", "01006"]}]
    earlier = [
        {**WHOLE, "nom": "Ancien"},
        {**WHOLE, "code": "01005", "nom": "Cinq"},
        {**PART, "code": "01006", "nom": "Six", "chefLieu": "01005"},
    ]
    text = make_reference.vanished_text(now, earlier)
    assert text == "01001;01001;Ancien\n01005;01001;Cinq\n01006;01001;Six\n"


def test_the_maker_says_nothing_of_a_part_that_has_the_name_and_code_of_the_whole() -> None:
    assert make_reference.vanished_text([WHOLE, {**PART, "nom": "Tout"}], [WHOLE]) == ""


def test_the_maker_believes_a_part_of_today_before_a_former_code() -> None:
    other = {**WHOLE, "code": "01002", "anciensCodes": ["01005"]}
    text = make_reference.vanished_text([WHOLE, other, {**PART, "code": "01005"}], [])
    assert text == "01005;01001;Un\n"


def test_the_maker_leaves_out_the_codes_of_1967_around_paris() -> None:
    essonne = {**WHOLE, "code": "91001", "anciensCodes": ["78001"]}
    yvelines = {**WHOLE, "code": "78009", "anciensCodes": ["78524"]}
    assert make_reference.vanished_text([essonne, yvelines], []) == "78524;78009;\n"


def test_the_maker_refuses_a_vanished_commune_that_leads_nowhere() -> None:
    for wrong in [{"chefLieu": "01999"}, {"nom": "A;B"}, {"nom": "A\nB"}]:
        with pytest.raises(ValueError, match="01005"):
            make_reference.vanished_text([WHOLE, {**PART, "code": "01005", **wrong}], [])


def test_the_maker_refuses_an_earlier_commune_that_went_nowhere() -> None:
    with pytest.raises(ValueError, match="01005"):
        make_reference.vanished_text([WHOLE], [{**WHOLE, "code": "01005"}])


def test_the_maker_writes_the_files_from_unpacked_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    departments = '[{"code": "01", "nom": "Ain", "typeLiaison": 5}]'
    for package, name in (("now", "Tout"), ("earlier", "Ancien")):
        data = tmp_path / package / "data"
        data.mkdir(parents=True)
        text = json.dumps([{**WHOLE, "nom": name}])
        (data / "communes.json").write_text(text, encoding="utf-8")
        (data / "departements.json").write_text(departments, encoding="utf-8")
    monkeypatch.setattr(make_reference, "HERE", tmp_path)
    packages = [str(tmp_path / "now"), "--earlier", str(tmp_path / "earlier")]
    monkeypatch.setattr(sys, "argv", ["make_reference", *packages])
    make_reference.main()
    assert (tmp_path / "communes.csv").read_bytes() == b"01001;Tout;;;\n"
    assert (tmp_path / "vanished.csv").read_bytes() == b"01001;01001;Ancien\n"
    assert (tmp_path / "departments.csv").read_bytes() == b"01;Ain;5\n"
