"""A letter as WeasyPrint drew it → the same drawing with the lines of any other letter in it.

The layout of a letter follows from how many lines each of its paragraphs with blanks takes, and
how many of those go over to the next page, for it would end on a hyphen. Letters of one master and
one layout have every box in the same place; only the words in those lines differ.
So one of them is laid out and drawn by WeasyPrint, compared line by line with what `lines` makes of
it, and kept: what never changes as form XObjects that all pages share, and gaps for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple

from merge.paper.press import form_xobjects, lines
from merge.paper.press.form_xobjects import Form, Gap
from merge.paper.press.internals import Unsupported, boxes, drawing
from merge.paper.press.internals.boxes import Laid, kind
from merge.paper.press.internals.hyphens import page_end
from merge.paper.press.master import Master


@dataclass(frozen=True, slots=True, eq=False)
class PageLayout:
    """One page of a layout, from its first operator to its last."""

    facts: drawing.PageFacts
    parts: tuple[bytes | Form | Gap, ...]
    resources: drawing.Resources
    numbers: tuple[int, ...]  # of the paragraphs in its gaps


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """All pages of a letter. `like` is a document that says of itself what its letters all say."""

    pages: tuple[PageLayout, ...]
    like: Any

    def is_like(self, other: Layout) -> bool:
        """Whether the same was learned from another letter."""
        mine, others = (
            [(page.parts, page.resources.states, page.resources.glyphs) for page in layout.pages]
            for layout in (self, other)
        )
        return mine == others


class PageEnd(NamedTuple):
    """Where a page ends within a paragraph with blanks, whatever its lines end on: behind which of
    them. So `many` before that may go over to the next page.
    """

    number: int
    line: int
    many: int

    def gone(self, set_lines: Sequence[Sequence[lines.Line]]) -> int:
        """How many lines of a letter go, for the last of them ends on a hyphen."""
        gone = 0
        while gone < self.many and set_lines[self.number][self.line - gone].hyphen:
            gone += 1
        return gone


def page_ends(master: Master, laid: Laid) -> tuple[PageEnd, ...]:
    """Those of a letter that was laid out, page by page."""
    pages = boxes.page_boxes(laid.document)
    return tuple(
        PageEnd(nth, line + end[0], end[1])
        for nth, line, box in _lines(master, laid, pages)
        if (end := page_end(box))
    )


def filled(gap: Gap, line: lines.Line) -> bytes:
    """The operators of a line in its gap."""
    return gap.before + line.operators.replace(lines.HEIGHT, gap.baseline)


def learn(
    master: Master,
    laid: Laid,
    set_lines: Sequence[Sequence[lines.Line]],
    fonts: drawing.FontCache,
) -> Layout:
    """The layout of a letter that was laid out, from its lines by paragraph, then margin.

    Unsupported when one line of it is not, operator by operator, what WeasyPrint drew.
    """
    pages = boxes.page_boxes(laid.document)
    if len(laid.elements) != master.elements or len(pages) != master.pages:
        raise Unsupported("look")
    places = _places(master, laid, pages)
    heights: list[int] = [0] * len(set_lines)
    for nth, _line in places.values():
        heights[nth] = max(heights[nth], _line + 1)
    if heights != [len(each) for each in set_lines]:
        raise Unsupported("look")
    drawn = tuple(_page(page, places, set_lines, fonts) for page in laid.document.pages)
    return Layout(drawn, _untitled(laid.document))


def _untitled(document: Any) -> Any:
    """The document without its pages, and without its title, which may name a recipient."""
    like = document.copy([])
    like.metadata = copy(like.metadata)
    like.metadata.title = None
    return like


def _places(master: Master, laid: Laid, pages: Sequence[Any]) -> dict[int, tuple[int, int]]:
    """By the id of each line's text boxes: the paragraph it belongs to, and which line it is."""
    return {
        id(box): (nth, number)
        for nth, number, line in _lines(master, laid, pages)
        for box in line.descendants()
        if kind(box) == "TextBox"
    }


def _lines(master: Master, laid: Laid, pages: Sequence[Any]) -> Iterator[tuple[int, int, Any]]:
    """Each line with blanks: the paragraph it belongs to, which line of that it is, and its box."""
    numbers = {paragraph.key: i for i, paragraph in enumerate(master.paragraphs)}
    first = len(numbers)
    margins = {paragraph.key: first + i for i, paragraph in enumerate(master.margins)}
    counts: dict[int, int] = {}
    for n, page in enumerate(pages):
        for block in page.descendants(placeholders=True):
            if kind(block) == "MarginBox":
                nth = margins.get((n, block.at_keyword))
            elif kind(block) == "BlockBox" and block.element is not None:
                nth = numbers.get((laid.elements[block.element], block.element_tag))
            else:
                continue
            if nth is None:
                continue
            for line in block.children:
                if kind(line) != "LineBox":
                    raise Unsupported("look")
                count = counts[nth] = counts.get(nth, 0) + 1
                yield nth, count - 1, line


def _page(
    page: Any,
    places: Mapping[int, tuple[int, int]],
    set_lines: Sequence[Sequence[lines.Line]],
    fonts: drawing.FontCache,
) -> PageLayout:
    if (
        page.anchors
        or any(page.forms.values())
        or any(link[0] != "external" for link in page.links)
    ):
        raise Unsupported("look")
    checker = _Checker(places, set_lines)
    operators, resources = drawing.draw(page, checker.watched, fonts)
    checker.require_complete()
    parts = tuple(form_xobjects.parts(operators))
    numbers = dict.fromkeys(part.number for part in parts if isinstance(part, Gap))
    facts = drawing.PageFacts(page.width, page.height, page.bleed, page.links)
    return PageLayout(facts, parts, resources, tuple(numbers))


class _Checker:
    """Puts gaps in the places of lines, and compares each line with what stood there."""

    def __init__(
        self,
        places: Mapping[int, tuple[int, int]],
        set_lines: Sequence[Sequence[lines.Line]],
    ) -> None:
        self._places = places
        self._set = set_lines
        self._awaited: list[lines.Drawn] = []
        self._baseline = b""

    def watched(self, box: Any, alone: Any) -> Any:
        """A gap for the first text box of a line, nothing for its others, None for other text."""
        place = self._places.get(id(box))
        if place is None:
            return None
        operators = alone()
        if not operators or operators[-2:] == [b"BT", b"ET"]:
            return b""  # invisible
        nth, line = place
        first = not self._awaited
        if first:
            self._awaited = list(self._set[nth][line].boxes)
        if len(operators) < 4 or operators[-1] != b"ET" or b"BT" not in operators:
            raise Unsupported("look")
        begins = operators.index(b"BT")
        own = self._awaited.pop(0)
        matrix = operators[begins + 1].split()
        expected = [
            f"/{own.style.name} {lines.number(own.style.size)} Tf".encode(),
            f"[{own.text}] TJ".encode(),
        ]
        if operators[begins + 2 : -1] != expected or matrix[4] != lines.number(own.x).encode():
            raise Unsupported("look")
        if not first:
            if matrix[5] != self._baseline:
                raise Unsupported("look")
            return b""
        self._baseline = matrix[5]
        before = b"".join(operator + b"\n" for operator in operators[:begins])
        return Gap(nth, line, before, self._baseline)

    def require_complete(self) -> None:
        """Unsupported when a line was drawn in part."""
        if self._awaited:
            raise Unsupported("look")
