"""How wide a line of the program's text face is, before any page is set."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from math import ceil, floor

from merge.errors import LetterError
from merge.paper import fonts
from merge.paper.window import POINT_MM, RETURN_PT, Window, line_mm


def refuse_wide(window: Window, path: str) -> None:
    """LetterError("return-address-wide", `path`, `words`, `width_mm`, `room_mm`) for a return
    address that no line of the window holds.
    """
    if not window.return_address:
        return
    wide_mm, room_mm = width_mm(window.return_address, RETURN_PT), line_mm(window)
    if wide_mm > room_mm:
        raise LetterError(
            "return-address-wide",
            path=path,
            words=window.return_address,
            width_mm=ceil(wide_mm),
            room_mm=floor(room_mm),
        )


def width_mm(line: str, size_pt: float) -> float:
    """Of a line in the text face. What that does not have counts as wide as it is high."""
    widths = _widths()
    return sum(widths.get(ord(each), 1) for each in line) * size_pt * POINT_MM


@cache
def _widths() -> dict[int, float]:
    """Of each character of the face, in em."""
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(fonts.content(fonts.TEXT))) as font:
        advances, em = font["hmtx"], font["head"].unitsPerEm
        return {sign: advances[glyph][0] / em for sign, glyph in font.getBestCmap().items()}
