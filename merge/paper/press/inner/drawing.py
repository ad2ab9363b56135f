"""A page → its operators, with something else in the places of lines."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from merge.paper.press.inner.contexts import looks_across_spaces
from merge.paper.press.inner.patching import replaced
from merge.paper.press.inner.shaping import Glyph, Shaper
from merge.paper.press.inner.unlike import Unlike


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
        self._shapers: dict[int, list[Shaper]] = {}  # of each font, one for each size
        self._across: dict[object, bool] = {}

    def know(self, shaper: Shaper) -> None:
        """A style that letters are set in."""
        peers = self._shapers.setdefault(shaper.font, [])
        if all(peer.size != shaper.size for peer in peers):
            peers.append(shaper)
        shaper.peers = peers

    def looks_across(self, shaper: Shaper) -> bool:
        """Whether its font may set a word otherwise for what stands beyond a space."""
        key = (shaper.font, shaper.features)
        if key not in self._across:
            self._across[key] = looks_across_spaces(shaper.pango_font, shaper.features)
        return self._across[key]

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
        """The glyphs that were drawn since, of each font. Unlike when a font is no plain one."""
        found: dict[int, tuple[Glyph, ...]] = {}
        for key, font in self.fonts.items():
            if not font.to_unicode and not font.missing:
                continue
            if font.missing or font.png or font.svg or font.colr or font.bitmap:
                raise Unlike("font")
            for shaper in self._shapers.get(key, ())[:1]:
                for glyph, width in font.widths.items():
                    shaper.hold_even(glyph, width)
            found[key] = tuple(
                Glyph(glyph, text, font.widths[glyph]) for glyph, text in font.to_unicode.items()
            )
        return found


def draw(
    page: Any, watched: Callable[[Any, Callable[[], list[bytes]]], Any], shelf: Shelf
) -> tuple[list[Any], Needs]:
    """The operators of a page as WeasyPrint draws it, and what stands in the places of text boxes.

    `watched` gets a text box and a function that draws it alone; None: draw it as ever. Unlike for
    a page whose drawing cannot stand anywhere else: see `sketch_class`.
    """
    from weasyprint import draw as module

    def sketch(fonts: dict[int, Any]) -> Any:
        rectangle = (0, 0, page.width, page.height)
        return sketch_class()(fonts, rectangle, resources, {}, None, {}, None)

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

    resources = no_resources()
    stream = sketch(shelf.fonts)
    shelf.clear()
    stream.transform(d=-1, f=page.height * SCALE)
    with replaced(module, "draw_text", draw_text) as original:
        page.paint(stream, SCALE)
    if resources["Pattern"] or resources["Shading"]:
        raise Unlike("pattern")
    return stream.stream, Needs(dict(resources["ExtGState"]), tuple(stream.pictures), shelf.drawn())


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
        Unlike for transparency and the like, which WeasyPrint numbers through a document.
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

            It is drawn in place. Anything else in a group is Unlike.
            """
            group = self._groups.get(reference)
            if group is None:
                super().draw_x_object(reference)
                return
            if not all(each.endswith((b" cm", b" Do")) for each in group.stream):
                raise Unlike("group")
            self.push_state()
            self.stream += group.stream
            self.pictures += group.pictures
            self.pop_state()

        def set_state(self, _state: Any) -> None:
            raise Unlike("state")

    return Sketch
