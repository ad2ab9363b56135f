"""Everything of WeasyPrint that is not its public interface. No other module here imports it.

Held to one major version (`pyproject.toml`, and `is_known` where somebody has another). What it
relies on, and why nothing public would do:

- `document.layout_document` is watched, to see the boxes before their lines are broken;
- `draw.draw_text` is watched, to know which operators draw which line;
- `layout.inline.split_first_line`, which `layout.preferred` has too, and `draw.draw_text` are not
  asked twice for the same text;
- `text.line_break.Layout`, `strut`, `get_log_attrs`, `get_next_word_boundaries` and the key of a
  font's style: words must be shaped and broken by the very settings that WeasyPrint gives Pango;
- `pdf.stream.Stream` and `pdf.fonts.Font`: what a page draws with is put into its document.

These functions are put back at once, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache
from struct import Struct
from typing import Any, NamedTuple


def is_known() -> bool:
    """Whether this is a WeasyPrint whose inner parts are as this module was written for."""
    import weasyprint

    return str(weasyprint.__version__).startswith("70.")


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


class Unlike(Exception):
    """Nobody can promise that this comes out as WeasyPrint sets it. `str` says why, in a word."""


UNITS = 1024  # of Pango, in a CSS pixel
_EMPTY = 0x0FFFFFFF  # PANGO_GLYPH_EMPTY
_GLYPH_INFO = Struct("=IiiiI")  # PangoGlyphInfo: glyph, width, x and y offset, attributes


class Shaper:
    """Pango, set up by WeasyPrint for one text style."""

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

    def shape(self, text: str) -> list[Shaped]:
        """The glyphs of a text on one line. Unlike: see there."""
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
                raise Unlike("font")
            count, offset = glyphs.num_glyphs, item.offset
            starts = self._ffi.unpack(glyphs.log_clusters, count)
            starts.append(item.length)
            infos = self._ffi.buffer(glyphs.glyphs, count * _GLYPH_INFO.size)
            for i, (number, width, right, up, _) in enumerate(_GLYPH_INFO.iter_unpack(infos)):
                start, end = starts[i], starts[i + 1]
                if up or start == end:  # several glyphs for one character
                    raise Unlike("glyph")
                key = (number, width, right, encoded[offset + start : offset + end])
                found.append(known.get(key) or self._glyph(*key))
        return found

    def _glyph(self, number: int, advance: int, aside: int, meaning: bytes) -> Shaped:
        if number >= _EMPTY:  # unknown ones are beyond it too
            raise Unlike("glyph")
        ink, logical = self._rectangles
        self._pango.pango_font_get_glyph_extents(self.pango_font, number, ink, logical)
        width = round(logical.width * 1000 * (1 / UNITS) / self.size)
        glyph = Glyph(number, meaning.decode(), width)
        found = Shaped(glyph, advance, aside, self.drawn(glyph, advance, aside))
        self._shaped[(number, advance, aside, meaning)] = found
        return found

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


# --- boxes ----------------------------------------------------------------------------------------


class Laid(NamedTuple):
    """A document that WeasyPrint has laid out: the boxes before their lines were broken, and it."""

    root: Any
    document: Any
    elements: dict[Any, int]  # where each element stands in the document
    style_of: Any  # (element, pseudo-element) → style or None


def lay_out(render: Callable[[], Any], html: Any) -> Laid:
    """Call `render`, which lays out `html`, and see the boxes that it starts from."""
    from weasyprint import document as module

    seen: list[Any] = []

    def layout_document(html: Any, root: Any, context: Any, **options: Any) -> Any:
        seen[:] = [root, context]
        return original(html, root, context, **options)

    with _replaced(module, "layout_document", layout_document) as original:
        document = render()
    root, context = seen
    return Laid(root, document, elements(html), context.style_for)


def elements(html: Any) -> dict[Any, int]:
    """The elements of a document, and where each stands in it."""
    return {element: i for i, element in enumerate(html.etree_element.iter())}


def page_boxes(document: Any) -> list[Any]:
    """The box of each page, laid out."""
    return [page._page_box for page in document.pages]


def kind(box: Any) -> str:
    """The class of a box: "BlockBox", "LineBox", "InlineBox", "TextBox", "MarginBox", …"""
    return type(box).__name__


def real(box: Any) -> Any:
    """The box itself, where another keeps its place in the flow."""
    return getattr(box, "_box", box)


def is_anonymous(box: Any) -> bool:
    """Whether no element of its own is behind a box."""
    return type(box.style).__name__ == "AnonymousStyle"


def upright(style: Any) -> tuple[float, float]:
    """The height of a line of this style, and where its baseline is in it."""
    from weasyprint.text.line_break import strut

    height, baseline = strut(style)
    return height, baseline


def face_key(style: Any) -> str:
    """The same for two styles whose words are shaped alike, however high their lines are."""
    from weasyprint.text.line_break import _font_style_cache_key

    return f"{_font_style_cache_key(style)} {style['font_size']} {style['font_kerning']}"


@contextmanager
def _replaced(module: Any, name: str, other: Any) -> Iterator[Any]:
    """Put something in the place of a function of WeasyPrint, and put it back."""
    original = getattr(module, name)
    setattr(module, name, other)
    try:
        yield original
    finally:
        setattr(module, name, original)


# --- drawing --------------------------------------------------------------------------------------


class Needs(NamedTuple):
    """What of its document's resources the drawing of a page names.

    `states` are graphics states by name, `pictures` the arguments of `add_image`, `glyphs` those
    of each font by its key.
    """

    states: dict[str, Any]
    pictures: tuple[tuple[Any, ...], ...]
    glyphs: dict[int, tuple[Glyph, ...]]


class Frame(NamedTuple):
    """What WeasyPrint wants to know of a page that it writes, beside its drawing."""

    width: float
    height: float
    bleed: Any
    links: Any


class Shelf:
    """The fonts of all documents that were set with one font configuration, read once."""

    def __init__(self) -> None:
        self.fonts: dict[int, Any] = {}
        self.aside: dict[int, Any] = {}  # for what is drawn to be looked at

    def name(self, shaper: Shaper) -> str:
        """What WeasyPrint calls a font in a PDF."""
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
        """The glyphs that were drawn since, of each font. Unlike when a font is no plain one."""
        found: dict[int, tuple[Glyph, ...]] = {}
        for key, font in self.fonts.items():
            if not font.to_unicode and not font.missing:
                continue
            if font.missing or font.png or font.svg or font.colr or font.bitmap:
                raise Unlike("font")
            found[key] = tuple(
                Glyph(glyph, text, font.widths[glyph]) for glyph, text in font.to_unicode.items()
            )
        return found


def draw(
    page: Any, watched: Callable[[Any, Callable[[], list[bytes]]], Any], shelf: Shelf
) -> tuple[list[Any], Needs]:
    """The operators of a page as WeasyPrint draws it, and what stands in the places of text boxes.

    `watched` gets a text box and a function that draws it alone; None: draw it as ever. Unlike for
    a page whose drawing cannot stand anywhere else: see `_sketch_class`.
    """
    from weasyprint import draw as module

    def sketch(fonts: dict[int, Any]) -> Any:
        rectangle = (0, 0, page.width, page.height)
        return _sketch_class()(fonts, rectangle, resources, {}, None, {}, None)

    def draw_text(to: Any, box: Any, *rest: Any) -> None:
        def alone() -> list[bytes]:
            aside = sketch(shelf.aside)
            original(aside, box, *rest)
            return list(aside.stream)

        instead = watched(box, alone) if to is stream else None
        if instead is None:
            original(to, box, *rest)
        else:
            to.interrupt(instead)

    resources = _no_resources()
    stream = sketch(shelf.fonts)
    shelf.clear()
    stream.transform(d=-1, f=page.height * SCALE)
    with _replaced(module, "draw_text", draw_text) as original:
        page.paint(stream, SCALE)
    if resources["Pattern"] or resources["Shading"]:
        raise Unlike("pattern")
    return stream.stream, Needs(dict(resources["ExtGState"]), tuple(stream.pictures), shelf.drawn())


SCALE = 0.75  # PDF points in a CSS pixel


def _no_resources() -> Any:
    from weasyprint.pdf import pydyf

    kinds = ("ExtGState", "XObject", "Pattern", "Shading")
    dictionaries = {kind: pydyf.Dictionary() for kind in kinds}
    return pydyf.Dictionary({"ColorSpace": None, **dictionaries})


@cache
def _sketch_class() -> Any:
    from weasyprint.pdf.stream import Stream

    class Sketch(Stream):  # type: ignore[misc]  # WeasyPrint has no types
        """A stream that can be taken apart: nothing relies on what came before a q, a clip, a gap.

        WeasyPrint leaves out the colour or font that it has set already. Here it forgets them.
        Unlike for transparency and the like, which WeasyPrint numbers through a document.
        """

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.pictures: list[tuple[Any, ...]] = []

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

        def add_group(self, *_rectangle: Any) -> Any:
            raise Unlike("group")

        def set_state(self, _state: Any) -> None:
            raise Unlike("state")

    return Sketch


# --- writing --------------------------------------------------------------------------------------


Glyphs = Sequence[tuple[int, Sequence[Glyph]]]
"""Of fonts, by their keys, the glyphs that are drawn."""


class Ink:
    """What the sheets of one document have in common: fonts, and the forms that they share."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def lend(self, stream: Any, needs: Needs, forms: Iterable[Any], glyphs: Glyphs) -> None:
        """Put into the resources of a page's stream what the page names.

        `glyphs` are those that no page before it had. What one means, its first page says: so it
        is with WeasyPrint, and where two characters have one glyph it matters.
        """
        resources = stream._resources
        for key, drawn in glyphs:
            font = stream._fonts.get(key)
            if font is None:
                font = stream._fonts[key] = copy(self._shelf.fonts[key])
                font.to_unicode, font.widths, font.missing = {}, {}, {}
            meanings, widths = font.to_unicode, font.widths
            for number, text, width in drawn:
                meanings.setdefault(number, text)
                widths.setdefault(number, width)
        for name, state in needs.states.items():
            resources["ExtGState"].setdefault(name, state)
        for picture in needs.pictures:
            stream.add_image(*picture)
        for form in forms:
            if form.name not in resources["XObject"]:
                resources["XObject"][form.name] = self._x_object(stream, form)

    def _x_object(self, stream: Any, form: Any) -> Any:
        from weasyprint.pdf import pydyf

        own = _no_resources()
        own["Font"] = None  # WeasyPrint puts them in
        own["ExtGState"] = stream._resources["ExtGState"]
        own["ColorSpace"] = stream._resources["ColorSpace"]
        left, top, width, height = stream.page_rectangle
        box = pydyf.Array((left - width, top - height, left + 2 * width, top + 2 * height))
        extra = {"Type": "/XObject", "Subtype": "/Form", "BBox": box, "Resources": own}
        return pydyf.Stream([form.operators], pydyf.Dictionary(extra), compress=True)


class Sheet:
    """A page that WeasyPrint writes as it writes its own, from operators that are made already."""

    bookmarks: tuple[()] = ()
    anchors: Mapping[str, Any] = {}
    forms: Mapping[Any, Any] = {None: ()}

    def __init__(self, frame: Frame, content: bytes, lend: Callable[[Any], None]) -> None:
        self.width, self.height, self.bleed, self.links = frame
        self._content, self._lend = content, lend

    def paint(self, stream: Any, scale: float = SCALE) -> None:
        """Called by WeasyPrint, with the stream of the page; `content` is compressed already."""
        self._lend(stream)
        stream.stream[:] = [self._content]
        stream.compress = False
        stream.extra["Filter"] = "/FlateDecode"


# --- plain documents that are much alike ----------------------------------------------------------

_SETS = (  # what of a style decides how a text is set, beside its font
    *("direction", "white_space", "word_break", "overflow_wrap", "tab_size", "font_kerning"),
    *("word_spacing", "letter_spacing", "text_decoration_line", "hyphens"),
    *("hyphenate_limit_chars", "hyphenate_limit_zone", "hyphenate_character"),
)


class _Drawing(NamedTuple):
    """A text in one font, as it is drawn where its glyphs have these widths."""

    key: int
    font: Any
    size: float
    text: str
    glyphs: tuple[Glyph, ...]


class Memory:
    """How texts were broken into lines, and drawn, from all that it depends on."""

    def __init__(self) -> None:
        self.broken: dict[object, tuple[Any, ...]] = {}
        self.drawn: dict[object, _Drawing | None] = {}
        self._styles: dict[int, tuple[Any, tuple[str, ...]]] = {}

    def forget(self, beyond: int) -> None:
        """Drop what is for one document, and the rest when it is too much."""
        self._styles.clear()
        for memory in (self.broken, self.drawn):
            if len(memory) > beyond:
                memory.clear()

    def style(self, style: Any) -> tuple[str, ...]:
        """The same for two styles that set a text alike."""
        known = self._styles.get(id(style))
        if known is None:
            from weasyprint.text.line_break import _font_style_cache_key

            font = _font_style_cache_key(style, include_size=True)
            known = style, (font, *[str(style[name]) for name in _SETS])
            self._styles[id(style)] = known  # and the style with it, for its id to stay its own
        return known[1]


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """While a document is laid out and drawn, do not set again what the memory has."""
    from weasyprint import draw
    from weasyprint.layout import inline, preferred

    def split_first_line(
        text: str,
        style: Any,
        context: Any,
        max_width: float | None,
        spacing: float,
        is_line_start: bool = True,
        minimum: bool = False,
    ) -> Any:
        key = (text, memory.style(style), max_width, spacing, is_line_start, minimum)
        broken = memory.broken.get(key)
        if broken is None:
            broken = memory.broken[key] = split(
                text, style, context, max_width, spacing, is_line_start, minimum
            )
        layout, *measures = broken
        return copy(layout), *measures  # who draws it may change its text

    def draw_text(to: Any, box: Any, *rest: Any) -> None:
        layout = box.pango_layout
        key = (layout.text, memory.style(box.style), layout.justification_spacing, rest[1:])
        if key not in memory.drawn:
            memory.drawn[key] = _drawing(box, rest, drawn)
        drawing = memory.drawn[key]
        if drawing is None or box.style["visibility"] != "visible" or not _has(to, drawing):
            drawn(to, box, *rest)
            return
        to.set_color(box.style["color"])
        to.begin_text()
        to.set_text_matrix(1, 0, 0, -1, box.position_x, box.position_y + box.baseline)
        to.set_font_size(drawing.font.hash, drawing.size)
        to.show_text(drawing.text)
        to.end_text()

    with (
        _replaced(draw, "draw_text", draw_text) as drawn,
        _replaced(preferred, "split_first_line", split_first_line),
        _replaced(inline, "split_first_line", split_first_line) as split,
    ):
        yield


def _drawing(box: Any, rest: Sequence[Any], draw_text: Callable[..., None]) -> _Drawing | None:
    """How a text is drawn in a file of its own; None when that is more than one text object."""
    style = box.style
    if style["visibility"] != "visible" or style["text_decoration_line"] != "none":
        return None
    fonts: dict[int, Any] = {}
    aside = _sketch_class()(fonts, (0, 0, 1, 1), _no_resources(), {}, None, {}, None)
    try:
        draw_text(aside, box, *rest)
    except Unlike:
        return None
    if len(fonts) != 1 or aside.stream[-5:-4] != [b"BT"] or aside.stream[-1] != b"ET":
        return None
    ((key, font),) = fonts.items()
    if font.missing or font.png or font.svg or font.colr or font.bitmap:
        return None
    glyphs = [Glyph(number, text, font.widths[number]) for number, text in font.to_unicode.items()]
    _name, size = aside._old_font
    return _Drawing(key, font, size, aside.stream[-2][1:-4].decode(), tuple(glyphs))


def _has(stream: Any, drawing: _Drawing) -> bool:
    """Give a stream's document the glyphs of a drawing, if they are as wide there."""
    font = stream._fonts.get(drawing.key)
    if font is None:
        font = stream._fonts[drawing.key] = copy(drawing.font)
        font.to_unicode, font.widths, font.missing = {}, {}, {}
    if any(font.widths.get(glyph.id, glyph.width) != glyph.width for glyph in drawing.glyphs):
        return False
    for glyph in drawing.glyphs:
        font.to_unicode.setdefault(glyph.id, glyph.text)
        font.widths.setdefault(glyph.id, glyph.width)
    return True
