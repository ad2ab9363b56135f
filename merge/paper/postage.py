"""What the envelopes of a lot weigh, and the steps by which the post charges that. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from merge.paper.window import A4, SheetFormat
from merge.post.countries import AT_HOME, HOME, country_of

STEPS_G = (20, 100, 250, 500, 1000, 2000)
"""La Poste's, of a letter; what is heavier is a parcel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What paper and envelope weigh, in grammes: a square metre of the one, one of the other."""

    paper: int = 80
    envelope: int = 5
    sheet: SheetFormat = A4

    def of(self, sheets: int) -> float:
        """So many sheets in one envelope, in grammes."""
        width_mm, height_mm = self.sheet.size_mm
        square_metres = sheets * width_mm * height_mm / 1_000_000
        return round(square_metres * self.paper + self.envelope, 2)


WEIGHTS = Weights()
"""Of usual paper in A4, and of a DL envelope."""


_EUROPE = (
    "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO GB GG GI GR HR HU IE IM IS IT JE LI LT LU "
    "LV MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"
)


class Zone(IntEnum):
    """Where an envelope goes, as the post charges it."""

    INLAND = 0
    EUROPE = 1
    WORLD = 2


def zone_of(last_line: str) -> Zone:
    """That of an address with this last line, which is a country or has a postcode of home."""
    country = None if any(map(str.isdigit, last_line)) else country_of(last_line)
    if country is None or country in {HOME, "MC", *AT_HOME}:
        return Zone.INLAND
    return Zone.EUROPE if country in _EUROPE else Zone.WORLD


def step(grammes: float) -> int:
    """The step that an envelope is charged by; 0 where it is too heavy for a letter."""
    return next((most for most in STEPS_G if grammes <= most), 0)


def weighed(
    sheets: Sequence[int], shares: Sequence[bool], weights: Weights
) -> tuple[float | None, ...]:
    """The weight of each letter's envelope, in grammes; None of a letter that `shares` that of the
    one before it, which is weighed with it."""
    together: list[int | None] = []
    first = 0
    for place, (count, is_inside) in enumerate(zip(sheets, shares, strict=True)):
        if is_inside:
            together[first] = (together[first] or 0) + count
            together.append(None)
        else:
            first = place
            together.append(count)
    return tuple(None if count is None else weights.of(count) for count in together)
