"""The fonts that come with the program: a machine without any prints the same page.

A look asks for them as "Publipostage Serif" and "Publipostage Mono". Under these names they never
mix with another version of the same fonts, which a system may have under their own; looks from
before find them under their own too. `configuration` adds those that a campaign names.
SOURCES.md tells where they are from.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache, lru_cache
from io import BytesIO
from math import ceil, floor

from merge.errors import LetterError
from merge.paper.window import POINT_MM, RETURN_PT, Window, line_mm

SERIF, MONO = "Publipostage Serif", "Publipostage Mono"
TEXT, TYPEWRITER = "LiberationSerif-Regular.ttf", "LiberationMono-Regular.ttf"
_FACES = (
    (SERIF, TEXT, "normal", "normal"),
    (SERIF, "LiberationSerif-Bold.ttf", "normal", "bold"),
    (SERIF, "LiberationSerif-Italic.ttf", "italic", "normal"),
    (SERIF, "LiberationSerif-BoldItalic.ttf", "italic", "bold"),
    (MONO, TYPEWRITER, "normal", "normal"),
)

FONTS = "fonts:///"
"""Where the look of a page finds them: no path of this machine."""


def faces() -> str:
    """The CSS that makes them known, to be read once for many pages."""
    return "".join(_face(*face) for face in _FACES)


def names() -> Iterator[str]:
    """Their files, each of which `content` takes."""
    return (name for _family, name, _style, _weight in _FACES)


def content(name: str) -> bytes:
    """The bytes of one of them. FileNotFoundError for what does not come with the program."""
    data = pkgutil.get_data(__package__, name) if name in names() else None
    if data is None:
        raise FileNotFoundError(name)
    return data


def _face(family: str, name: str, style: str, weight: str) -> str:
    return (
        f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; '
        f'src: url("{FONTS}{name}") }}\n'
    )


# --- how wide a line of the text face is, before any page is set ----------------------------------


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

    with TTFont(BytesIO(content(TEXT))) as font:
        advances, em = font["hmtx"], font["head"].unitsPerEm
        return {sign: advances[glyph][0] / em for sign, glyph in font.getBestCmap().items()}


# --- the few characters of the typewriter face that are not set by WeasyPrint ---------------------

_NEEDS_NOTHING_OF = ["FFTM", "GDEF", "GPOS", "GSUB", "gasp"]


@lru_cache(2)
def typewriter(characters: str) -> bytes:
    """A TrueType file of these alone. The same characters give the same bytes."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(hinting=False, notdef_outline=True, name_IDs=[])
    options.drop_tables += _NEEDS_NOTHING_OF
    with (
        TTFont(BytesIO(content(TYPEWRITER)), recalcTimestamp=False) as font,
        BytesIO() as made,
    ):
        subsetter = Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        font.save(made)
        return made.getvalue()
