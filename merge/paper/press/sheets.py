"""The pages of one run, in order: those that WeasyPrint has drawn, and those put together here."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from merge.paper.press import inner, shapes
from merge.paper.press.forms import Form, Gap, Place
from merge.paper.press.library import SetParagraph

_EFFORT = 4  # of zlib: half the time of its usual 6, for a twentieth more bytes


class Sheets:
    """What becomes one PDF. `counts` are the pages of each letter.

    `laid_out` of the letters are WeasyPrint's own, with all their boxes. `like` is the document of
    the first, for what the PDF says of itself.
    """

    def __init__(self, shelf: inner.Shelf) -> None:
        self._ink = inner.Ink(shelf)
        self._document = object()
        self._inked: set[shapes.Side] = set()
        self._glyphs: dict[int, set[inner.Glyph]] = {}  # of each font
        self._lines: dict[bytes, bytes | Form | Literal[""]] = {}  # by a digest: most come once
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

    def compose(self, shape: shapes.Shape, own: Sequence[SetParagraph]) -> None:
        """A letter of a known shape, with its own lines."""
        sheets: list[inner.Sheet] = []
        for side in shape.sides:
            content, used = self._content(side, own)
            lend = partial(self._ink.lend, side.needs, used, self._fresh(side, own))
            sheets.append(inner.Sheet(side.page, zlib.compress(content, _EFFORT), lend))
        self._add(sheets, shape.like)

    def _content(
        self, side: shapes.Side, own: Sequence[SetParagraph]
    ) -> tuple[bytes, Sequence[Form]]:
        """The operators of a page, and the forms that they name."""
        content: list[bytes] = []
        used: list[Form] = []
        shares = not any(line.is_lonely for number in side.numbers for line in own[number])
        for part in side.parts:
            if isinstance(part, Gap):
                line = shapes.filled(part, own[part.number][part.line])
                part = self._line(part.place, line) if shares and part.place else line
            if isinstance(part, bytes):
                content.append(part)
                continue
            opened, closed = part.place.opened, part.place.closed
            if content and content[-1] == opened:  # by the form before it
                content.pop()
            else:
                content.append(closed)
            content += (part.call if shares else part.operators, opened)
            used.append(part)
        return b"\n".join(content), used if shares else ()

    def _line(self, place: Place, operators: bytes) -> bytes | Form:
        """A line as it is drawn, which is a form from its second time on, if it is worth one."""
        key = hashlib.sha256(place.opened + b"\0" + operators).digest()
        known = self._lines.get(key)
        if known is None:
            self._lines[key] = ""
            return operators
        if known == "":
            known = self._lines[key] = place.form(operators) or operators
        return known

    def _fresh(self, side: shapes.Side, own: Sequence[SetParagraph]) -> inner.Glyphs:
        """The glyphs of a page that no page before it can have had already."""
        found: list[tuple[int, Sequence[inner.Glyph]]] = []
        if side not in self._inked:
            self._inked.add(side)
            found += side.needs.glyphs.items()
        document = self._document
        for line in (line for number in side.numbers for line in own[number]):
            for box in line.boxes:
                for word in [word for word in box.words if word.inked_in is not document]:
                    word.inked_in = document
                    inked = self._glyphs.setdefault(box.face.font, set())
                    if fresh := [glyph for glyph in word.glyphs if glyph not in inked]:
                        inked.update(fresh)
                        found.append((box.face.font, fresh))
        return found
