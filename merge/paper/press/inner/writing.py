"""Operators that are made already → pages that WeasyPrint writes as it writes its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from merge.paper.press.inner.drawing import SCALE, Frame, Needs, Shelf, no_resources
from merge.paper.press.inner.shaping import Glyph
from merge.paper.press.inner.unlike import Unlike

Glyphs = Sequence[tuple[int, Sequence[Glyph]]]
"""Of fonts, by their keys, the glyphs that are drawn."""


class Ink:
    """What the sheets of one document have in common: fonts, and the forms that they share."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def lend(self, needs: Needs, forms: Iterable[Any], glyphs: Glyphs, stream: Any) -> None:
        """Put into the resources of a page's stream what the page names.

        `glyphs` are those that no page before it had. What one means, its first page says: so it
        is with WeasyPrint, and where two characters have one glyph it matters. Unlike: one of them
        has another width in this document.
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
                if widths.setdefault(number, width) != width:
                    raise Unlike("widths")  # drawn before, in another size
        for name, state in needs.states.items():
            resources["ExtGState"].setdefault(name, state)
        for picture in needs.pictures:
            stream.add_image(*picture)
        for form in forms:
            if form.name not in resources["XObject"]:
                resources["XObject"][form.name] = self._x_object(stream, form)

    def _x_object(self, stream: Any, form: Any) -> Any:
        from weasyprint.pdf import pydyf

        own = no_resources()
        own["Font"] = None  # WeasyPrint puts them in
        own["ExtGState"] = stream._resources["ExtGState"]
        own["ColorSpace"] = stream._resources["ColorSpace"]
        left, top, width, height = stream.page_rectangle
        box = pydyf.Array((left - width, top - height, left + 2 * width, top + 2 * height))
        extra = {"Type": "/XObject", "Subtype": "/Form", "BBox": box, "Resources": own}
        return pydyf.Stream([form.operators], pydyf.Dictionary(extra), compress=True)


class Sheet:
    """A page that WeasyPrint writes as it writes its own, from operators that are made already."""

    __slots__ = ("_content", "_lend", "bleed", "height", "links", "width")

    bookmarks: tuple[()] = ()
    anchors: Mapping[str, Any] = {}
    forms: Mapping[Any, Any] = {None: ()}

    def __init__(self, frame: Frame, content: bytes, lend: Callable[[Any], None]) -> None:
        self.width, self.height, self.bleed, self.links = frame
        self._content, self._lend = content, lend

    def paint(self, stream: Any, scale: float = SCALE) -> None:
        """Called by WeasyPrint, once, with the stream of the page; `content` is compressed already.

        What only drawing needs is let go of, here and there: all pages of a run are in memory when
        the last is painted.
        """
        self._lend(stream)
        stream.stream[:] = [self._content]
        stream.compress = False
        stream.extra["Filter"] = "/FlateDecode"
        del self._content, self._lend
        stream._ctm_stack.clear()
