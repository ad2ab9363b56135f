"""Maps of France by département, and of a département by commune; pure.

`make_outlines.py` writes them; SOURCES.md says from what, and what was changed.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
        for points in _rings(self.paths[code]):
            places = [
                (round(self.west + x * self.across, 4), round(self.north - y * self.down, 4))
                for x, y in points
            ]
            found.append([*places, places[0]])
        return found


_Point = tuple[int, int]


def _rings(path: str) -> Iterator[Sequence[_Point]]:
    for ring in re.findall("[^Mlz]+l[^z]+", path):
        numbers = map(int, re.findall(r"-?\d+", ring))
        steps = list(zip(numbers, numbers, strict=True))
        yield [*itertools.accumulate(steps, lambda at, by: (at[0] + by[0], at[1] + by[1]))]


def together(paths: Iterable[str]) -> tuple[str, str]:
    """Neighbours as one: the `d` of what is around them, and of the borders between them, each of
    which is drawn once. It is half as long as their outlines.
    """
    around: dict[tuple[_Point, _Point], None] = {}
    between = []
    for ring in itertools.chain.from_iterable(map(_rings, paths)):
        for start, end in zip(ring, (*ring[1:], ring[0]), strict=True):
            if (end, start) in around:
                del around[end, start]
                between.append((start, end))
            else:
                around[start, end] = None
    return _drawn(around), _drawn(between, both_ways=True)


def _drawn(edges: Iterable[tuple[_Point, _Point]], *, both_ways: bool = False) -> str:
    """Edges end to end, as long as there is a next one."""
    after = defaultdict[_Point, dict[_Point, None]](dict)
    for start, end in edges:
        after[start][end] = None
        if both_ways:
            after[end][start] = None
    drawn, (x, y) = "M0 0", (0, 0)
    # A trail from where an odd number meet is one less to begin.
    for at in sorted(after, key=lambda each: len(after[each]) % 2, reverse=True):
        if not after[at]:
            continue
        drawn += f"m{at[0] - x} {at[1] - y} "
        while after[at]:
            (x, y), at = at, after[at].popitem()[0]
            if both_ways:
                after[at].pop((x, y), None)
            drawn += f"{at[0] - x} {at[1] - y} "
        x, y = at
    return re.sub(" (?=[-m]|$)", "", drawn)


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
