"""What a font may do to a word for the sake of what stands beyond a space.

The press shapes words alone. That is right where no rule of the font that looks around has a space
in it; kerning with the space itself is known to `text_styles`. A rule that Latin text never meets
counts, too: then words are only compared with what they are among others, which takes time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

_SPACES = (0x20, 0xA0)
_LOOKS_AROUND = re.compile("Context|Chain")  # what fontTools calls the kinds of rules that do


def has_rules_across_spaces(pango_font: Any) -> bool:
    """Whether a rule of a font may have a space in it."""
    from weasyprint.text.ffi import harfbuzz
    from weasyprint.text.fonts import get_hb_object_data, get_pango_font_hb_face

    face = get_pango_font_hb_face(pango_font)
    data = get_hb_object_data(face)
    return data is None or in_font(data, harfbuzz.hb_face_get_index(face) & 0xFFFF)


def in_font(data: bytes, number: int = 0) -> bool:
    """The same of a font file; `number` is that of the font in a collection."""
    from fontTools.ttLib import TTFont

    with TTFont(BytesIO(data), fontNumber=number, lazy=True) as font:
        glyphs = font.getBestCmap() or {}
        spaces = {glyphs[space] for space in _SPACES if space in glyphs}
        rules = (
            getattr(rule, "ExtSubTable", rule)
            for table in ("GSUB", "GPOS")
            if table in font and font[table].table.LookupList
            for lookup in font[table].table.LookupList.Lookup
            for rule in lookup.SubTable
        )
        return any(
            # By classes of glyphs: what is in none of them is of one, too.
            getattr(rule, "Format", 0) == 2 or not spaces.isdisjoint(_names(rule))
            for rule in rules
            if _LOOKS_AROUND.search(type(rule).__name__)
        )


def _names(node: Any) -> Iterator[str]:
    """All glyphs that a rule names."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for each in node:
            yield from _names(each)
    elif hasattr(node, "ensureDecompiled"):
        node.ensureDecompiled()
        yield from _names(list(vars(node).values()))
