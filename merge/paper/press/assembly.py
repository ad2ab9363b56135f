"""The pages of one run, in order: those that WeasyPrint has drawn, and those put together here."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from merge.paper.press import layouts, lines
from merge.paper.press.form_xobjects import Form, Gap
from merge.paper.press.internals import drawing
from merge.paper.press.internals.shaping import Glyph

_COMPRESSION = 4  # of zlib: half the time of its usual 6, for a twentieth more bytes


class Assembly:
    """What becomes one PDF. `counts` are the pages of each letter.

    `laid_out` of the letters are WeasyPrint's own, with all their boxes. `like` is the document of
    the first, for what the PDF says of itself.
    """

    def __init__(self, fonts: drawing.FontCache) -> None:
        self._fonts = fonts
        self._drawn: set[layouts.PageLayout] = set()
        self._glyphs: dict[int, set[Glyph]] = {}  # of each font
        self.pages: list[Any] = []
        self.counts: list[int] = []
        self.laid_out = 0
        self.like: Any = None

    def add(self, document: Any) -> None:
        """A letter that WeasyPrint has laid out."""
        self._add(document.pages, document)
        self.laid_out += 1

    def _add(self, pages: Sequence[Any], like: Any) -> None:
        self.pages += pages
        self.counts.append(len(pages))
        if self.like is None:
            self.like = like

    def compose(self, layout: layouts.Layout, own: Sequence[Sequence[lines.Line]]) -> None:
        """A letter of a known layout, with its own lines by paragraph."""
        pages: list[drawing.ComposedPage] = []
        for page in layout.pages:
            content, forms = _content(page, own)
            glyphs = self._new_glyphs(page, own)
            lend = partial(drawing.lend, self._fonts, page.resources, forms, glyphs)
            compressed = zlib.compress(content, _COMPRESSION)
            pages.append(drawing.ComposedPage(page.facts, compressed, lend))
        self._add(pages, layout.like)

    def _new_glyphs(
        self, page: layouts.PageLayout, own: Sequence[Sequence[lines.Line]]
    ) -> drawing.Glyphs:
        """The glyphs of a page that no page before it can have had already."""
        found: list[tuple[int, Sequence[Glyph]]] = []
        if page not in self._drawn:
            self._drawn.add(page)
            found += page.resources.glyphs.items()
        for line in (line for number in page.numbers for line in own[number]):
            for box in line.boxes:
                known = self._glyphs.setdefault(box.style.font, set())
                glyphs = [glyph for word in box.words for glyph in word.glyphs]
                if not known.issuperset(glyphs):
                    found.append((box.style.font, [each for each in glyphs if each not in known]))
                    known.update(glyphs)
        return found


def _content(
    page: layouts.PageLayout, own: Sequence[Sequence[lines.Line]]
) -> tuple[bytes, Sequence[Form]]:
    """The operators of a page, and the forms that they name."""
    content: list[bytes] = []
    forms: list[Form] = []
    shares = not any(line.has_lone_glyph for number in page.numbers for line in own[number])
    for part in page.parts:
        if isinstance(part, bytes):
            content.append(part)
        elif isinstance(part, Gap):
            content.append(layouts.filled(part, own[part.number][part.line]))
        else:
            opened, closed = part.place.opened, part.place.closed
            if content and content[-1] == opened:  # by the form before it
                content.pop()
            else:
                content.append(closed)
            content += (part.call if shares else part.operators, opened)
            forms.append(part)
    return b"\n".join(content), forms if shares else ()
