"""Words → glyphs, by the very settings that WeasyPrint gives Pango."""

from __future__ import annotations

from functools import cache
from struct import Struct
from typing import Any, NamedTuple

from merge.paper.press.internals import Unsupported

UNITS = 1024  # of Pango, in a CSS pixel
_EMPTY = 0x0FFFFFFF  # PANGO_GLYPH_EMPTY
_GLYPH_INFO = Struct("=IiiiI")  # PangoGlyphInfo: glyph, width, x and y offset, attributes


class Glyph(NamedTuple):
    """A glyph of a font, the text that a reader copies when it is marked, and its width."""

    id: int
    text: str
    width: int  # thousandths of the font's size


class Shaped(NamedTuple):
    """One glyph where Pango put it.

    `advance` is how far it takes the pen in Pango's units and `aside` how far from the pen it is
    drawn; `drawn` are its name and what WeasyPrint writes behind it for the next to begin there.
    """

    glyph: Glyph
    advance: int
    aside: int
    drawn: str


class Shaper:
    """Pango, set up by WeasyPrint for one text style.

    `peers` are those that set the same font in all known sizes.
    """

    def __init__(self, style: Any) -> None:
        # weasyprint.text.line_break.Layout is how WeasyPrint asks Pango for anything. Two of them:
        # one is asked, the other keeps the font alive.
        from weasyprint.text.ffi import ffi, pango
        from weasyprint.text.fonts import get_pango_font_key
        from weasyprint.text.line_break import Layout

        self._ffi, self._pango = ffi, pango
        self._layout, self._keeper = Layout(style), Layout(style)
        self._style = style
        self._keeper.set_text("n")
        self.pango_font = self._keeper.get_first_line()[0].runs.data.item.analysis.font
        self.font, _description, self.size = get_pango_font_key(self.pango_font)
        self._rectangles = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")
        self._shaped: dict[tuple[int, int, int, bytes], Shaped] = {}
        self.width = cache(self._width)
        self.peers: list[Shaper] = []

    def shape(self, text: str) -> list[Shaped]:
        """The glyphs of a text on one line. Unsupported: see there."""
        encoded = text.encode()
        layout = self._layout.layout
        self._pango.pango_layout_set_text(layout, encoded, len(encoded))
        run = self._pango.pango_layout_get_line_readonly(layout, 0).runs
        found: list[Shaped] = []
        known = self._shaped
        while run:
            item, glyphs = run.data.item, run.data.glyphs
            run = run.next
            if item.analysis.font != self.pango_font or item.analysis.level % 2:
                raise Unsupported("font")
            count, offset = glyphs.num_glyphs, item.offset
            starts = self._ffi.unpack(glyphs.log_clusters, count)
            starts.append(item.length)
            infos = self._ffi.buffer(glyphs.glyphs, count * _GLYPH_INFO.size)
            for i, (number, width, right, up, _) in enumerate(_GLYPH_INFO.iter_unpack(infos)):
                start, end = starts[i], starts[i + 1]
                if up or start == end:  # several glyphs for one character
                    raise Unsupported("font")
                key = (number, width, right, encoded[offset + start : offset + end])
                found.append(known.get(key) or self._glyph(*key))
        return found

    def _glyph(self, number: int, advance: int, aside: int, meaning: bytes) -> Shaped:
        if number >= _EMPTY:  # unknown ones are beyond it too
            raise Unsupported("font")
        glyph = Glyph(number, meaning.decode(), self.width(number))
        self.require_width(number, glyph.width)
        found = Shaped(glyph, advance, aside, self.drawn(glyph, advance, aside))
        self._shaped[(number, advance, aside, meaning)] = found
        return found

    def _width(self, number: int) -> int:
        """Of a glyph, as WeasyPrint rounds it in this size."""
        ink, logical = self._rectangles
        self._pango.pango_font_get_glyph_extents(self.pango_font, number, ink, logical)
        width: int = round(logical.width * 1000 * (1 / UNITS) / self.size)
        return width

    def require_width(self, number: int, width: int) -> None:
        """Unsupported for a glyph that has another width in another size.

        WeasyPrint gives it one width in a file, that of the size which is drawn first.
        """
        if any(peer.width(number) != width for peer in self.peers):
            raise Unsupported("font")

    def drawn(self, glyph: Glyph, advance: int, aside: int) -> str:
        """A glyph as WeasyPrint draws it, were these its measures."""
        # As in weasyprint/draw/text.py, digit for digit.
        offset = aside / self.size
        kern = glyph.width + offset - advance * 1000 * (1 / UNITS) / self.size
        named = f">{-offset}<{glyph.id:04x}" if offset else f"{glyph.id:04x}"
        return f"{named}>{int(kern)}<" if kern else named

    def breaks(self, text: str) -> tuple[int, ...]:
        """Where a line may end within a text, in characters from its start."""
        from weasyprint.text.line_break import get_log_attrs

        marks = get_log_attrs(text, self._style["lang"])
        return tuple(i for i in range(1, len(text)) if marks[i].is_line_break)

    def hyphenations(self, token: str, limits: tuple[int, int, int]) -> tuple[str, ...]:
        """How WeasyPrint would cut what stands between two breaks, the longest first."""
        from weasyprint.text.line_break import get_next_word_boundaries, pyphen

        lang = self._style["lang"] and pyphen.language_fallback(self._style["lang"])
        total, left, right = limits
        before, rest = "", token
        while lang and rest and (bounds := get_next_word_boundaries(rest, lang)):
            start, stop = bounds
            if stop - start >= total:
                dictionary = pyphen.Pyphen(lang=lang, left=left, right=right)
                before += rest[:start]
                return tuple(before + part for part, _ in dictionary.iterate(rest[start:stop]))
            before, rest = before + rest[:stop], rest[stop:]
        return ()


def line_height(style: Any) -> tuple[float, float]:
    """The height of a line of this style, and where its baseline is in it."""
    from weasyprint.text.line_break import strut

    height, baseline = strut(style)
    return height, baseline


def style_key(style: Any) -> str:
    """A key that two styles share whose words are shaped and cut alike, however high a line is."""
    from weasyprint.text.line_break import _font_style_cache_key

    names = ("font_size", "font_kerning", "hyphens", "hyphenate_limit_chars", "hyphenate_character")
    return " ".join([_font_style_cache_key(style), *[str(style[name]) for name in names]])
