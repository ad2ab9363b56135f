"""How wide a line of the program's text face is, before any page is set."""

from __future__ import annotations

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
    width_mm, room_mm = _width_mm(window.return_address), line_mm(window)
    if width_mm > room_mm:
        raise LetterError(
            "return-address-wide",
            path=path,
            words=window.return_address,
            width_mm=ceil(width_mm),
            room_mm=floor(room_mm),
        )


def _width_mm(line: str) -> float:
    """Of the return address. What the face does not have counts as wide as it is high."""
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(fonts.content(fonts.TEXT))) as font:
        glyphs, advances = font.getBestCmap(), font["hmtx"]
        em = font["head"].unitsPerEm
        known = (glyphs.get(ord(each)) for each in line)
        units = sum(advances[glyph][0] if glyph else em for glyph in known)
    return float(units / em * RETURN_PT * POINT_MM)
