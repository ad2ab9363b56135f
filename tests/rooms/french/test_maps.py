"""The maps are whole, light, and lie where France does."""

import hashlib
import re
from pathlib import Path

import pytest

from merge.french import maps
from merge.french.communes import DEPARTMENTS, department_of, reference
from merge.french.maps import Map

OVERSEAS = {"975", "977", "978", "984", "986", "987", "988", "989"}
"""Collectivities of which the source has no outline."""
FOLDER = Path(maps.__file__).parent
PATH = re.compile(r"(M\d+ \d+l-?\d+(?:[ -]\d+){3,}z)+")


def of(department: str) -> Map:
    found = maps.of(department)
    assert found is not None, department
    return found


def test_each_commune_and_each_departement_has_an_outline_but_for_those_overseas() -> None:
    assert maps.of("") is None
    assert {code for code in DEPARTMENTS if maps.of(code) is None} == OVERSEAS
    drawn = [insee for code in DEPARTMENTS.keys() - OVERSEAS for insee in of(code).paths]
    assert sorted(drawn) == [c for c in reference() if department_of(c) not in OVERSEAS]
    mainland = {code for code in DEPARTMENTS if len(code) == 2}
    assert maps.france().paths.keys() == mainland
    assert len(mainland) == 96


def test_each_outline_is_a_path_on_its_sheet_and_all_are_light() -> None:
    files = sorted((FOLDER / "outlines").glob("*.csv"))
    assert len(files) == 102
    for file in files:
        assert file.stat().st_size < 35_000, file
        found = maps.france() if file.stem == "FR" else of(file.stem)
        assert max(found.width, found.height) in (600, 601)
        for code, path in found.paths.items():
            assert PATH.fullmatch(path), code
            for longitude, latitude in (each for ring in found.rings(code) for each in ring):
                x = (longitude - found.west) / found.across
                y = (found.north - latitude) / found.down
                assert -3 < x < found.width + 3, code
                assert -3 < y < found.height + 3, code
    assert sum(file.stat().st_size for file in files) < 1_600_000
    content = b"".join(file.read_bytes() for file in files)
    assert hashlib.sha256(content).hexdigest() in (FOLDER / "SOURCES.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("insee", "neighbour", "shared"),
    [
        ("35238", "35051", 3),  # Rennes, Cesson-Sévigné
        ("13055", "13002", 2),  # Marseille, Allauch
        ("97411", "97418", 3),  # Saint-Denis, Sainte-Marie
        ("15141", "15031", 2),  # Neussargues was divided in 2025
    ],
)
def test_neighbours_share_their_border(insee: str, neighbour: str, shared: int) -> None:
    found = of(department_of(insee))
    one, other = (
        {point for ring in found.rings(code) for point in ring} for code in (insee, neighbour)
    )
    assert len(one & other) >= shared


@pytest.mark.parametrize(
    ("insee", "latitude", "longitude"),
    [
        ("75056", 48.8566, 2.3522),
        ("06088", 43.7, 7.27),
        ("29019", 48.39, -4.49),
        ("2A004", 41.92, 8.74),
        ("97411", -20.88, 55.45),
        ("33103", 44.6797, -0.0136),  # Castelmoron-d'Albret, of 3.5 hectares: a square
    ],
)
def test_a_town_lies_where_its_outline_is(insee: str, latitude: float, longitude: float) -> None:
    code = department_of(insee)
    sheets = [(of(code), insee)]
    if code == "974":
        assert maps.france().place_of(latitude, longitude) is None
    else:
        sheets.append((maps.france(), code))
    for found, key in sheets:
        ring = found.rings(key)[0]
        assert ring[0] == ring[-1]
        assert min(x for x, _ in ring) < longitude < max(x for x, _ in ring)
        assert min(y for _, y in ring) < latitude < max(y for _, y in ring)
        place = found.place_of(ring[0][1], ring[0][0])
        assert place is not None
        x, y = re.findall(r"\d+", found.paths[key])[:2]
        assert place == pytest.approx((int(x), int(y)), abs=0.5)
    assert maps.france().place_of(float("nan"), float("inf")) is None
