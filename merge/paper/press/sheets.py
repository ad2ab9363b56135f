"""The pages of one run, in order: those that WeasyPrint has drawn, and those put together here."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from merge.paper.press import inner, shapes
from merge.paper.press.library import SetParagraph


class Sheets:
    """What becomes one PDF. `counts` are the pages of each letter."""

    def __init__(self, shelf: inner.Shelf) -> None:
        self._ink = inner.Ink(shelf)
        self._inked: set[object] = set()
        self.pages: list[Any] = []
        self.counts: list[int] = []

    def add(self, pages: Sequence[Any]) -> None:
        """A letter."""
        self.pages += pages
        self.counts.append(len(pages))

    def compose(self, shape: shapes.Shape, own: Sequence[SetParagraph]) -> None:
        """A letter of a known shape, with its own lines."""
        sheets: list[inner.Sheet] = []
        for side in shape:
            lend = partial(
                self._ink.lend, needs=side.needs, forms=side.forms, glyphs=self._fresh(side, own)
            )
            sheets.append(inner.Sheet(side.page, zlib.compress(_content(side, own)), lend))
        self.add(sheets)

    def _fresh(self, side: shapes.Side, own: Sequence[SetParagraph]) -> inner.Glyphs:
        """The glyphs of a page that no page before it can have had already."""
        found: list[tuple[int, Sequence[inner.Glyph]]] = []
        if self._is_new(side):
            found += side.needs.glyphs.items()
        for number in side.numbers:
            for line in own[number]:
                for box in line.boxes if self._is_new(line) else ():
                    found += (
                        (box.face.font, box.face.glyphs(atom))
                        for atom in box.atoms
                        if self._is_new((box.face, atom))
                    )
        return found

    def _is_new(self, thing: object) -> bool:
        if thing in self._inked:
            return False
        self._inked.add(thing)
        return True


def _content(side: shapes.Side, own: Sequence[SetParagraph]) -> bytes:
    """The operators of a page."""
    content: list[bytes] = []
    for part in side.parts:
        if isinstance(part, shapes.Gap):
            content.append(shapes.filled(part, own[part.number][part.line]))
        elif isinstance(part, shapes.Form):
            content.append(b"/%s Do" % part.name.encode())
        else:
            content.append(part)
    return b"\n".join(content)
