"""A page → its operators, with something else in the places of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any, NamedTuple

from merge.paper.press.internals import Unsupported
from merge.paper.press.internals.boxes import replaced
from merge.paper.press.internals.opentype import has_rules_across_spaces
from merge.paper.press.internals.shaping import Glyph, Shaper


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
