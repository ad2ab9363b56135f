"""The reference of the communes is whole, quick to load, and found by name however it is typed."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.french import communes, make_reference
from merge.french.communes import DEPARTMENTS, Commune, by_name, fold, reference


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


@pytest.mark.parametrize(
    ("insee", "department"),
    [("01001", "01"), ("2A004", "2A"), ("97411", "974"), ("97502", "975"), ("98818", "988")],
)
def test_the_department_is_the_beginning_of_the_code(insee: str, department: str) -> None:
    assert reference()[insee].department == department


def test_every_department_has_a_name() -> None:
    assert {each.department for each in reference().values()} == set(DEPARTMENTS)
    assert DEPARTMENTS["76"] == "Seine-Maritime"
    assert DEPARTMENTS["2A"] == "Corse-du-Sud"
    assert DEPARTMENTS["987"] == "Polynésie française"


def test_postcodes_are_five_digits_and_only_the_taaf_has_none() -> None:
    for commune in reference().values():
        assert all(len(each) == 5 and each.isdigit() for each in commune.postcodes)
        assert commune.postcodes or commune.department == "984"


def test_neither_arrondissements_nor_unknown_codes_are_communes() -> None:
    assert "75101" not in reference()
    assert "69381" not in reference()
    with pytest.raises(KeyError):
        reference()["00000"]


def test_the_reference_loads_within_a_tenth_of_a_second() -> None:
    script = (
        "import time; from merge.french.communes import reference;"
        "start = time.process_time(); reference()['76351']; print(time.process_time() - start)"
    )
    here = Path(communes.__file__).parents[2]
    seconds = min(
        float(subprocess.run([sys.executable, "-c", script], cwd=here, capture_output=True).stdout)
        for _ in range(3)
    )
    assert seconds < 0.1


def test_a_commune_asked_for_twice_is_the_same_and_costs_nothing() -> None:
    assert reference()["76351"] is reference()["76351"]
    start = time.process_time()
    for _ in range(10_000):
        reference()["76351"]
    assert time.process_time() - start < 0.1


@pytest.mark.parametrize(
    ("typed", "insee"),
    [
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
    ],
)
def test_a_name_is_found_however_it_is_typed(typed: str, insee: str | None) -> None:
    assert [each.insee for each in by_name(typed)] == ([insee] if insee else [])


def test_a_name_shared_by_communes_gives_them_all_and_a_department_decides() -> None:
    everywhere = by_name("Saint-Denis")
    assert len(everywhere) > 1
    assert [each.insee for each in by_name("Saint-Denis", "974")] == ["97411"]
    assert by_name("Saint-Denis", "29") == ()


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


@pytest.mark.parametrize("wrong", [{"departement": "02"}, {"nom": "A;B"}, {"nom": "A\nB"}])
def test_the_maker_refuses_what_the_file_cannot_say(wrong: dict[str, str]) -> None:
    commune = {"code": "01001", "nom": "A", "departement": "01", "type": "commune-actuelle"}
    with pytest.raises(ValueError, match="01001"):
        make_reference.communes_text([{**commune, **wrong}])


def test_the_maker_writes_both_files_from_an_unpacked_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "package" / "data"
    data.mkdir(parents=True)
    commune = {"code": "01001", "nom": "A", "departement": "01", "type": "commune-actuelle"}
    (data / "communes.json").write_text(json.dumps([commune]), encoding="utf-8")
    (data / "departements.json").write_text('[{"code": "01", "nom": "Ain"}]', encoding="utf-8")
    monkeypatch.setattr(make_reference, "HERE", tmp_path)
    monkeypatch.setattr(sys, "argv", ["make_reference", str(tmp_path / "package")])
    make_reference.main()
    assert (tmp_path / "communes.csv").read_bytes() == b"01001;A;;;\n"
    assert (tmp_path / "departments.csv").read_bytes() == b"01;Ain\n"
