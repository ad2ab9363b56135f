"""The few characters of the program's typewriter face that are not set by WeasyPrint."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from merge.paper import fonts

_NEEDS_NOTHING_OF = ["FFTM", "GDEF", "GPOS", "GSUB", "gasp"]


@lru_cache(2)
def typewriter(characters: str) -> bytes:
    """A TrueType file of these alone. The same characters give the same bytes."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(hinting=False, notdef_outline=True, name_IDs=[])
    options.drop_tables += _NEEDS_NOTHING_OF
    with (
        TTFont(BytesIO(fonts.content(fonts.TYPEWRITER)), recalcTimestamp=False) as font,
        BytesIO() as made,
    ):
        subsetter = Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        font.save(made)
        return made.getvalue()
