"""Everything of WeasyPrint that is not its public interface. Nothing else in the press imports it.

Held to one major version (`pyproject.toml`; `loading.is_known` where somebody has another). What
the program relies on, and why nothing public would do:

- `document.layout_document` is wrapped, to see boxes before their lines are broken (`loading`);
- `draw.draw_text` is wrapped, to know which operators draw which line;
- `layout.inline.get_next_linebox`, `split_text_box` and `layout.block._linebox_layout` are wrapped
  for good, and so is `pyphen` in `text.line_break`: how many lines end on a hyphen, and whether a
  page does, it asks nobody (`hyphenation`);
- `text.line_break.Layout`, `strut`, `get_log_attrs`, `get_next_word_boundaries` and the key of a
  font's style: words must be shaped and broken by the very settings that WeasyPrint gives Pango;
- `pdf.stream.Stream` and `pdf.fonts.Font`: what a page draws with is put into its document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from io import BytesIO
from struct import Struct
from typing import Any, Literal, NamedTuple

from merge.paper.loading import replaced

Why = Literal["few-letters", "characters", "hyphen", "font", "lines", "look"]
"""What a person may do something about; which line of which module it was, its traceback says."""


class Unsupported(Exception):
    """The press cannot be sure to set this as WeasyPrint does."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


# --- what a font's rules look at ------------------------------------------------------------------

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


# --- words → glyphs, by the very settings that WeasyPrint gives Pango -----------------------------

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


# --- a page → its operators, with something else in the places of lines ---------------------------


class Resources(NamedTuple):
    """What of its document's resources the drawing of a page names.

    `states` are graphics states by name, `pictures` the arguments of `add_image`, `glyphs` those
    of each font by its key.
    """

    states: dict[str, Any]
    pictures: tuple[tuple[Any, ...], ...]
    glyphs: dict[int, tuple[Glyph, ...]]


class PageFacts(NamedTuple):
    """What WeasyPrint wants to know of a page that it writes, beside its drawing."""

    width: float
    height: float
    bleed: Any
    links: Any


class FontCache:
    """The fonts of all documents that were set with one font configuration, read once."""

    def __init__(self) -> None:
        self.fonts: dict[int, Any] = {}
        self.aside: dict[int, Any] = {}  # for what is drawn to be looked at
        self._shapers: dict[int, list[Shaper]] = {}  # of each font, one for each size
        self._across: dict[int, bool] = {}

    def know(self, shaper: Shaper) -> None:
        """A style that letters are set in."""
        peers = self._shapers.setdefault(shaper.font, [])
        if all(peer.size != shaper.size for peer in peers):
            peers.append(shaper)
        shaper.peers = peers

    def has_rules_across_spaces(self, shaper: Shaper) -> bool:
        """Whether its font may set a word otherwise for what stands beyond a space."""
        if shaper.font not in self._across:
            self._across[shaper.font] = has_rules_across_spaces(shaper.pango_font)
        return self._across[shaper.font]

    def name(self, shaper: Shaper) -> str:
        """What WeasyPrint calls a font in a PDF."""
        self.know(shaper)
        if shaper.font not in self.fonts:
            from weasyprint.pdf.fonts import Font
            from weasyprint.text.fonts import get_pango_font_key

            _key, description, size = get_pango_font_key(shaper.pango_font)
            self.fonts[shaper.font] = Font(shaper.pango_font, description, size)
        return str(self.fonts[shaper.font].hash)

    def clear(self) -> None:
        """Forget which glyphs were drawn."""
        for font in self.fonts.values():
            font.to_unicode, font.widths, font.missing = {}, {}, {}

    def drawn(self) -> dict[int, tuple[Glyph, ...]]:
        """The glyphs drawn since, of each font. Unsupported when a font is no plain one."""
        found: dict[int, tuple[Glyph, ...]] = {}
        for key, font in self.fonts.items():
            if not font.to_unicode and not font.missing:
                continue
            if font.missing or font.png or font.svg or font.colr or font.bitmap:
                raise Unsupported("font")
            for shaper in self._shapers.get(key, ())[:1]:
                for glyph, width in font.widths.items():
                    shaper.require_width(glyph, width)
            found[key] = tuple(
                Glyph(glyph, text, font.widths[glyph]) for glyph, text in font.to_unicode.items()
            )
        return found


def draw(
    page: Any, watched: Callable[[Any, Callable[[], list[bytes]]], Any], fonts: FontCache
) -> tuple[list[Any], Resources]:
    """The operators of a page as WeasyPrint draws it, and what stands in the places of text boxes.

    `watched` gets a text box and a function that draws it alone; None: draw it as ever. Unsupported
    for a page whose drawing cannot stand anywhere else: see `sketch_class`.
    """
    from weasyprint import draw as module

    def sketch(own: dict[int, Any]) -> Any:
        rectangle = (0, 0, page.width, page.height)
        return sketch_class()(own, rectangle, resources, {}, None, {}, None)

    def draw_text(to: Any, box: Any, *rest: Any) -> None:
        def alone() -> list[bytes]:
            aside = sketch(fonts.aside)
            original(aside, box, *rest)
            return list(aside.stream)

        instead = watched(box, alone) if to is stream else None
        if instead is None:
            original(to, box, *rest)
        else:
            to.interrupt(instead)

    resources = no_resources()
    stream = sketch(fonts.fonts)
    fonts.clear()
    stream.transform(d=-1, f=page.height * SCALE)
    with replaced(module, "draw_text", draw_text) as original:
        page.paint(stream, SCALE)
    if resources["Pattern"] or resources["Shading"]:
        raise Unsupported("look")
    return stream.stream, Resources(
        dict(resources["ExtGState"]), tuple(stream.pictures), fonts.drawn()
    )


SCALE = 0.75  # PDF points in a CSS pixel


def no_resources() -> Any:
    """What a page draws with, empty."""
    from weasyprint.pdf import pydyf

    kinds = ("ExtGState", "XObject", "Pattern", "Shading")
    dictionaries = {kind: pydyf.Dictionary() for kind in kinds}
    return pydyf.Dictionary({"ColorSpace": None, **dictionaries})


@cache
def sketch_class() -> Any:
    """The class of a stream that belongs to no file."""
    from weasyprint.pdf.stream import Stream

    class Sketch(Stream):  # type: ignore[misc]  # WeasyPrint has no types
        """A stream that can be taken apart: nothing relies on what came before a q, a clip, a gap.

        WeasyPrint leaves out the colour or font that it has set already. Here it forgets them.
        Unsupported for transparency and the like, which WeasyPrint numbers through a document.
        """

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.pictures: list[tuple[Any, ...]] = []
            self._groups: dict[str, Sketch] = {}

        def interrupt(self, other: Any) -> None:
            self.stream.append(other)
            self._forget()

        def push_state(self) -> None:
            super().push_state()
            self._forget()

        def transform(self, *args: Any, **options: Any) -> None:
            super().transform(*args, **options)
            self._forget()

        def clip(self, *args: Any, **options: Any) -> None:
            super().clip(*args, **options)
            self._forget()

        def _forget(self) -> None:
            self._current_color = self._current_color_stroke = None
            self._current_alpha = self._current_alpha_stroke = None
            self._current_font = self._old_font = None

        def add_image(self, *picture: Any) -> Any:
            self.pictures.append(picture)
            return super().add_image(*picture)

        def add_group(self, *rectangle: Any) -> Any:
            group = Sketch(self._fonts, rectangle, self._resources, {}, None, {}, None)
            group.id = f"group-{len(self._groups)}"
            self._groups[group.id] = group
            return group

        def draw_x_object(self, reference: Any) -> None:
            """A picture of a background has a group of its own, and looks the same without it.

            It is drawn in place. Anything else in a group is Unsupported.
            """
            group = self._groups.get(reference)
            if group is None:
                super().draw_x_object(reference)
                return
            if not all(each.endswith((b" cm", b" Do")) for each in group.stream):
                raise Unsupported("look")
            self.push_state()
            self.stream += group.stream
            self.pictures += group.pictures
            self.pop_state()

        def set_state(self, _state: Any) -> None:
            raise Unsupported("look")

    return Sketch


# --- pages that WeasyPrint writes as it writes its own ------------------------------------------

Glyphs = Sequence[tuple[int, Sequence[Glyph]]]
"""Of fonts, by their keys, the glyphs that are drawn."""


def lend(
    fonts: FontCache, resources: Resources, forms: Iterable[Any], glyphs: Glyphs, stream: Any
) -> None:
    """Put into the resources of a page's stream what the page names.

    `glyphs` are those that no page before it had. What one means, its first page says: so it is
    with WeasyPrint, and where two characters have one glyph it matters. Unsupported: one of them
    has another width in this document.
    """
    own = stream._resources
    for key, drawn in glyphs:
        font = stream._fonts.get(key)
        if font is None:
            font = stream._fonts[key] = copy(fonts.fonts[key])
            font.to_unicode, font.widths, font.missing = {}, {}, {}
        for number, text, width in drawn:
            font.to_unicode.setdefault(number, text)
            if font.widths.setdefault(number, width) != width:
                raise Unsupported("font")  # drawn before, in another size
    for name, state in resources.states.items():
        own["ExtGState"].setdefault(name, state)
    for picture in resources.pictures:
        stream.add_image(*picture)
    for form in forms:
        if form.name not in own["XObject"]:
            own["XObject"][form.name] = _x_object(stream, form.operators)


def _x_object(stream: Any, operators: bytes) -> Any:
    from weasyprint.pdf import pydyf

    own = no_resources()
    own["Font"] = None  # WeasyPrint puts them in
    own["ExtGState"] = stream._resources["ExtGState"]
    own["ColorSpace"] = stream._resources["ColorSpace"]
    left, top, width, height = stream.page_rectangle
    box = pydyf.Array((left - width, top - height, left + 2 * width, top + 2 * height))
    extra = {"Type": "/XObject", "Subtype": "/Form", "BBox": box, "Resources": own}
    return pydyf.Stream([operators], pydyf.Dictionary(extra), compress=True)


class ComposedPage:
    """A page that WeasyPrint writes as it writes its own, from operators that are made already."""

    __slots__ = ("_content", "_lend", "bleed", "height", "links", "width")

    bookmarks: tuple[()] = ()
    anchors: Mapping[str, Any] = {}
    forms: Mapping[Any, Any] = {None: ()}

    def __init__(self, facts: PageFacts, content: bytes, lend: Callable[[Any], None]) -> None:
        self.width, self.height, self.bleed, self.links = facts
        self._content, self._lend = content, lend

    def paint(self, stream: Any, scale: float = SCALE) -> None:
        """Called by WeasyPrint, once, with the stream of the page; `content` is compressed already.

        What only drawing needs is dropped: all pages of a run are in memory when the last is
        painted.
        """
        self._lend(stream)
        stream.stream[:] = [self._content]
        stream.compress = False
        stream.extra["Filter"] = "/FlateDecode"
        del self._content, self._lend
        stream._ctm_stack.clear()
