"""A letter as WeasyPrint drew it → the same drawing with the lines of any other letter in it.

The shape of a letter is how many lines each of its paragraphs with blanks takes. Letters of one
skeleton and one shape have every box in the same place; only the words in those lines differ. So
one of them is laid out and drawn by WeasyPrint, line by line compared with what `lines` makes of
it, and kept: what never changes as PDF forms that all pages share, and gaps for the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from merge.paper.press import inner, lines
from merge.paper.press.inner import Unlike
from merge.paper.press.skeletons import Skeleton

_WORTH_SHARING = 400  # bytes of operators
_LARGEST_PX = 30  # of text in a form
_PRIVATE = (b" Do", b" cs", b" CS", b" scn", b" SCN", b" sh")  # name what a form has not


@dataclass(frozen=True, slots=True)
class Gap:
    """Where one line of a paragraph goes. `number` counts paragraphs, then margins."""

    number: int
    line: int
    before: bytes  # its colour
    baseline: str


@dataclass(frozen=True, slots=True)
class Form:
    """Operators that many pages share, under a name that says what they are."""

    name: str
    operators: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One page of a shape, from its first operator to its last."""

    page: inner.Frame
    parts: tuple[bytes | Form | Gap, ...]
    needs: inner.Needs
    forms: tuple[Form, ...]
    numbers: tuple[int, ...]  # of the paragraphs in its gaps


Shape = tuple[Side, ...]


def filled(gap: Gap, line: lines.Line) -> bytes:
    """The operators of a line in its gap."""
    return gap.before + line.operators.replace(lines.HEIGHT, gap.baseline).encode()


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
    return tuple(_side(page, places, set_lines, shelf) for page in laid.document.pages)


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
    parts = tuple(_parts(operators))
    forms = tuple(part for part in parts if isinstance(part, Form))
    numbers = dict.fromkeys(part.number for part in parts if isinstance(part, Gap))
    frame = inner.Frame(page.width, page.height, page.bleed, page.links)
    return Side(frame, parts, needs, forms, tuple(numbers))


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
        self._baseline = ""

    def watched(self, box: Any, alone: Any) -> Any:
        """A gap for the first text box of a line, nothing for its others, None for other text."""
        place = self._places.get(id(box))
        if place is None:
            return None
        operators = alone()
        if not operators:
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
            if matrix[5].decode() != self._baseline:
                raise Unlike("baseline")
            return b""
        self._baseline = matrix[5].decode()
        before = b"".join(operator + b"\n" for operator in operators[:begins])
        return Gap(nth, line, before, self._baseline)

    def hold_complete(self) -> None:
        """Unlike when a line was drawn in part."""
        if self._awaited:
            raise Unlike("drawing")


# --- what pages share -----------------------------------------------------------------------------


def _parts(operators: Sequence[Any]) -> Iterator[bytes | Form | Gap]:
    """The drawing in as few pieces as can be: gaps, forms, and what stands between them."""
    run: list[bytes] = []
    for operator in (*operators, None):
        if isinstance(operator, bytes):
            if operator:
                run.append(operator)
            continue
        yield from _shared(run)
        run = []
        if operator is not None:
            yield operator


def _shared(run: Sequence[bytes]) -> Iterator[bytes | Form]:
    """Operators between two gaps, as forms where they are whole in themselves."""
    held: list[bytes] = []  # since the last operator that reaches beyond its surroundings
    for operator, outside in zip(run, _reaching(run), strict=True):
        if outside:
            yield from _form(held)
            held = []
            yield operator
        else:
            held.append(operator)
    yield from _form(held)


def _form(held: Sequence[bytes]) -> Iterator[bytes | Form]:
    operators = b"\n".join(held)
    unfit = any(each.endswith(_PRIVATE) or _is_large(each) for each in held)
    if unfit or len(operators) < _WORTH_SHARING:
        yield from held
    else:
        yield Form(f"P{hashlib.sha256(operators).hexdigest()[:32]}", operators)


def _is_large(operator: bytes) -> bool:
    """Whether it begins text that readers draw as outlines, which a form shifts by a hair."""
    return operator.endswith(b" Tf") and float(operator.split()[1]) > _LARGEST_PX


def _reaching(run: Sequence[bytes]) -> list[bool]:
    """Of each operator, whether it changes the state of what follows beyond this run.

    That is a q or Q without its other half, and what moves, clips or draws a path outside of them.
    """
    halves = _halves(run)
    outside = [i in halves for i in range(len(run))]
    depth = 0
    for i, operator in enumerate(run):
        if i not in halves:
            depth += (operator == b"q") - (operator == b"Q")
        if depth == 0 and operator.endswith(_DRAWS_PATH):
            outside[i] = True
            continue
        if depth == 0 and operator in (b"W", b"W*"):
            outside[i] = outside[i + 1] = True
        if depth == 0 and operator.endswith(b" cm"):
            outside[i] = True
    return outside


_DRAWS_PATH = (b" re", b" m", b" l", b" c", b" v", b" y", b"h")


def _halves(run: Sequence[bytes]) -> set[int]:
    """Where in a run there is a q or Q that cannot be in a form.

    Its other half is elsewhere, or something moves or is no text between the two: readers round
    the product of matrices otherwise where one of them is in a form, and a pixel differs.
    """
    unclosed: list[int] = []
    moved: set[int] = set()
    found: set[int] = set()
    for i, operator in enumerate(run):
        if operator == b"q":
            unclosed.append(i)
        elif operator.endswith((b" cm", *_DRAWS_PATH)):
            moved.update(unclosed)
        elif operator == b"Q" and unclosed:
            opening = unclosed.pop()
            if opening in moved:
                found.update((opening, i))
        elif operator == b"Q":
            found.add(i)
    return found.union(unclosed)
