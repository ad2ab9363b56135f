"""Maps of France by département, and of a département by commune; pure.

`make_outlines.py` writes them; SOURCES.md says from what, and what was changed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from merge.french.communes import data

CREDIT = "IGN, ADMIN EXPRESS COG 2024, Licence Ouverte 2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Outlines on a sheet of whole numbers, whose longer side is 600.

    `paths` gives the `d` of an SVG path by the code, in the order to draw them: the tiniest last.
    `west` and `north` are the sheet's corner (WGS 84, in degrees), `across` and `down` the degrees
    of a unit.
    """

    width: int
    height: int
    west: float
    north: float
    across: float
    down: float
    paths: Mapping[str, str]

    def place_of(self, latitude: float, longitude: float) -> tuple[float, float] | None:
        """Where a place lies on the sheet; None for one that is not on it."""
        x, y = (longitude - self.west) / self.across, (self.north - latitude) / self.down
        if not (0 <= x <= self.width and 0 <= y <= self.height):
            return None
        return round(x, 1), round(y, 1)

    def rings(self, code: str) -> Sequence[Sequence[tuple[float, float]]]:
        """The outline as GeoJSON has it: longitude and latitude, closed, holes the other way."""
        found = []
        for ring in re.findall("[^Mlz]+l[^z]+", self.paths[code]):
            numbers = map(int, re.findall(r"-?\d+", ring))
            steps = list(zip(numbers, numbers, strict=True))
            points = itertools.accumulate(steps, lambda at, by: (at[0] + by[0], at[1] + by[1]))
            places = [
                (round(self.west + x * self.across, 4), round(self.north - y * self.down, 4))
                for x, y in points
            ]
            found.append([*places, places[0]])
        return found


def france() -> Map:
    """The départements of the mainland and Corsica."""
    return _read("FR")


def of(department: str) -> Map | None:
    """The communes of a département; None for the overseas collectivities, which have no map."""
    try:
        return _read(department)
    except FileNotFoundError:
        return None


@cache
def _read(code: str) -> Map:
    head, *lines = data(f"outlines/{code}.csv").splitlines()
    width, height, west, north, across, down = head.split(";")
    return Map(
        width=int(width),
        height=int(height),
        west=float(west),
        north=float(north),
        across=float(across),
        down=float(down),
        paths=dict(line.split(";") for line in lines),
    )
