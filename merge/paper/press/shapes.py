"""A letter as WeasyPrint drew it → the same drawing with the lines of any other letter in it.

The shape of a letter is how many lines each of its paragraphs with blanks takes. Letters of one
skeleton and one shape have every box in the same place; only the words in those lines differ. So
one of them is laid out and drawn by WeasyPrint, line by line compared with what `lines` makes of
it, and kept: what never changes as PDF forms that all pages share, and gaps for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from merge.paper.press import forms, inner, lines
from merge.paper.press.forms import Form, Gap
from merge.paper.press.inner import Unlike
from merge.paper.press.skeletons import Skeleton


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One page of a shape, from its first operator to its last."""

    page: inner.Frame
    parts: tuple[bytes | Form | Gap, ...]
    needs: inner.Needs
    numbers: tuple[int, ...]  # of the paragraphs in its gaps


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """All pages of a shape. `like` is a document that says of itself what its letters all say."""

    sides: tuple[Side, ...]
    like: Any

    def is_like(self, other: Shape) -> bool:
        """Whether the same was learned from another letter."""
        mine, others = (
            [(side.parts, side.needs.states, side.needs.glyphs) for side in shape.sides]
            for shape in (self, other)
        )
        return mine == others


def filled(gap: Gap, line: lines.Line) -> bytes:
    """The operators of a line in its gap."""
    return gap.before + line.operators.replace(lines.HEIGHT, gap.baseline)


def learn(
    skeleton: Skeleton,
    laid: inner.Laid,
    set_lines: Sequence[Sequence[lines.Line]],
    shelf: inner.Shelf,
) -> Shape:
    """The shape of a letter that was laid out, from its lines by paragraph, then margin.

    Unlike when one line of it is not, operator by operator, what WeasyPrint drew.
    """
    pages = inner.page_boxes(laid.document)
    if len(laid.elements) != skeleton.elements:
        raise Unlike("elements")
    if len(pages) != skeleton.pages:
        raise Unlike("pages")
    places = _places(skeleton, laid, pages)
    heights: list[int] = [0] * len(set_lines)
    for nth, _line in places.values():
        heights[nth] = max(heights[nth], _line + 1)
    if heights != [len(each) for each in set_lines]:
        raise Unlike("lines")
    sides = tuple(_side(page, places, set_lines, shelf) for page in laid.document.pages)
    return Shape(sides, _nameless(laid.document))


def _nameless(document: Any) -> Any:
    """The document without its pages, and without its title, which may name a recipient."""
    like = document.copy([])
    like.metadata = copy(like.metadata)
    like.metadata.title = None
    return like


def _places(
    skeleton: Skeleton, laid: inner.Laid, pages: Sequence[Any]
) -> dict[int, tuple[int, int]]:
    """By the id of each line's text boxes: the paragraph it belongs to, and which line it is."""
    numbers = {paragraph.key: i for i, paragraph in enumerate(skeleton.paragraphs)}
    first = len(numbers)
    margins = {paragraph.key: first + i for i, paragraph in enumerate(skeleton.margins)}
    counts: dict[int, int] = {}
    places: dict[int, tuple[int, int]] = {}
    for n, page in enumerate(pages):
        for block in page.descendants(placeholders=True):
            if inner.kind(block) == "MarginBox":
                nth = margins.get((n, block.at_keyword))
            elif inner.kind(block) == "BlockBox" and block.element is not None:
                nth = numbers.get((laid.elements[block.element], block.element_tag))
            else:
                continue
            if nth is None:
                continue
            for line in block.children:
                if inner.kind(line) != "LineBox":
                    raise Unlike("lines")
                count = counts[nth] = counts.get(nth, 0) + 1
                for box in line.descendants():
                    if inner.kind(box) == "TextBox":
                        places[id(box)] = (nth, count - 1)
    return places


def _side(
    page: Any,
    places: Mapping[int, tuple[int, int]],
    set_lines: Sequence[Sequence[lines.Line]],
    shelf: inner.Shelf,
) -> Side:
    if (
        page.anchors
        or any(page.forms.values())
        or any(link[0] != "external" for link in page.links)
    ):
        raise Unlike("links")
    checker = _Checker(places, set_lines)
    operators, needs = inner.draw(page, checker.watched, shelf)
    checker.hold_complete()
    parts = tuple(forms.parts(operators))
    numbers = dict.fromkeys(part.number for part in parts if isinstance(part, Gap))
    frame = inner.Frame(page.width, page.height, page.bleed, page.links)
    return Side(frame, parts, needs, tuple(numbers))


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
            raise Unlike("drawing")
        begins = operators.index(b"BT")
        own = self._awaited.pop(0)
        matrix = operators[begins + 1].split()
        expected = [
            f"/{own.face.name} {lines.number(own.face.size)} Tf".encode(),
            f"[{own.text}] TJ".encode(),
        ]
        if operators[begins + 2 : -1] != expected or matrix[4] != lines.number(own.x).encode():
            raise Unlike("drawing")
        if not first:
            if matrix[5] != self._baseline:
                raise Unlike("baseline")
            return b""
        self._baseline = matrix[5]
        before = b"".join(operator + b"\n" for operator in operators[:begins])
        return Gap(nth, line, before, self._baseline)

    def hold_complete(self) -> None:
        """Unlike when a line was drawn in part."""
        if self._awaited:
            raise Unlike("drawing")
