"""A letter as WeasyPrint drew it → the same drawing with the lines of any other letter in it.

The layout of a letter follows from how many lines each of its paragraphs with blanks takes, and
how many of those go over to the next page, for it would end on a hyphen. Letters of one master and
one layout have every box in the same place; only the words in those lines differ.
So one of them is laid out and drawn by WeasyPrint, compared line by line with what `lines` makes of
it, and kept: what never changes as form XObjects that all pages share, and gaps for the rest.

A form is drawn where nothing is in force, and brings along what moves and clips its content. So a
reader works out the place of each glyph in the very steps, and with the very roundings, that it
takes without the form; otherwise one glyph in some ten thousand comes out a pixel aside.

A glyph that is alone in a text has no direction. A reader who wants to copy it looks how the other
words of the page lie, but not into forms: there are none on such a page.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from merge.paper.hyphenation import page_end
from merge.paper.loading import Laid, kind, page_boxes
from merge.paper.press import lines
from merge.paper.press.internals import (
    ComposedPage,
    FontCache,
    Glyph,
    Glyphs,
    PageFacts,
    Resources,
    Unsupported,
    draw,
    lend,
)
from merge.paper.press.master import Master

FORM_CALL = re.compile(rb"^/(P[0-9a-f]{16}) Do$", re.MULTILINE)
"""Draws a form of this module, with its name, in the content of a page."""

FORM_NAME = re.compile("/P[0-9a-f]{16}")
"""The same name, as a page's resources have it."""

_WORTH_SHARING = 200  # bytes of operators
_PRIVATE = (b" Do", b" cs", b" CS", b" scn", b" SCN", b" sh")  # name what a form has not
_LONE_GLYPH = re.compile(rb"\[<[0-9a-f]{4}[^0-9a-f][^<]*\] TJ")
_BEGINS_PATH = (b" re", b" m", b" l", b" c", b" v", b" y", b"h")
_ENDS_PATH = frozenset((b"f", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"n"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A place in a drawing: what brings about all that is in force there, and what ends it."""

    opened: bytes = b""
    closed: bytes = b""

    def form(self, operators: bytes) -> Form | None:
        """What is drawn here as a form; None where it had better stand in place."""
        if len(operators) < _WORTH_SHARING:
            return None
        if any(each.endswith(_PRIVATE) for each in operators.split(b"\n")):
            return None
        content = b"\n".join((self.opened, operators, self.closed))
        return Form(f"P{hashlib.sha256(content).hexdigest()[:16]}", content, self)


@dataclass(frozen=True, slots=True)
class Form:
    """Operators that many pages share, under a name that says what they are.

    On the page, the form is drawn between the end of what is in force at its place and its return.
    """

    name: str
    operators: bytes
    place: Surroundings

    @property
    def call(self) -> bytes:
        """What draws it."""
        return b"/%s Do" % self.name.encode()


@dataclass(frozen=True, slots=True)
class Gap:
    """Where one line of a paragraph goes. `number` counts paragraphs, then margins."""

    number: int
    line: int
    before: bytes  # its colour
    baseline: bytes


def _in_parts(operators: Sequence[bytes | Gap]) -> Iterator[bytes | Form | Gap]:
    """The drawing in as few pieces as can be: gaps, forms, and what stands between them."""
    has_lone_glyph = any(
        isinstance(each, bytes) and _LONE_GLYPH.fullmatch(each) for each in operators
    )
    pieces = (each for each in operators if each) if has_lone_glyph else _pieces(operators)
    for are_bytes, some in groupby(pieces, lambda piece: isinstance(piece, bytes)):
        if are_bytes:
            yield b"\n".join(piece for piece in some if isinstance(piece, bytes))
        else:
            yield from some


def _pieces(operators: Sequence[bytes | Gap]) -> Iterator[bytes | Form | Gap]:
    opened: list[bytes] = []
    run: list[bytes] = []

    def shared() -> Iterator[bytes | Form]:
        held: list[bytes] = []  # since the last operator that reaches beyond its surroundings
        for operator, reaches in zip(run, _reaching(run), strict=True):
            if not reaches:
                held.append(operator)
                continue
            yield from _as_form(held, opened)
            held = []
            yield operator
            if operator == b"Q":
                del opened[len(opened) - 1 - opened[::-1].index(b"q") :]
            else:
                opened.append(operator)
        yield from _as_form(held, opened)
        run.clear()

    for operator in (b"q", *operators, b"Q"):
        if isinstance(operator, bytes):
            if operator:
                run.append(operator)
            continue
        yield from shared()
        yield operator
    yield from shared()


def _as_form(held: Sequence[bytes], opened: Sequence[bytes]) -> Iterator[bytes | Form]:
    if held:
        operators = b"\n".join(held)
        yield _place(opened).form(operators) or operators


def _place(opened: Sequence[bytes]) -> Surroundings:
    return Surroundings(b"\n".join(opened), b"\n".join([b"Q"] * opened.count(b"q")))


def _reaching(run: Sequence[bytes]) -> list[bool]:
    """Of each operator, whether it changes the state of what follows beyond this run.

    That is a q or Q without its other half, and what moves or clips outside of them.
    """
    found = _halves(run)
    depth = 0
    path: int | None = None
    clips = False
    for i, operator in enumerate(run):
        if found[i]:
            continue
        depth += (operator == b"q") - (operator == b"Q")
        if depth:
            continue
        if operator.endswith(b" cm"):
            found[i] = True
        elif operator.endswith(_BEGINS_PATH):
            path = i if path is None else path
        elif operator in (b"W", b"W*"):
            clips = True
        elif operator in _ENDS_PATH and path is not None:
            if clips:
                found[path : i + 1] = [True] * (i + 1 - path)
            path, clips = None, False
    return found


def _halves(run: Sequence[bytes]) -> list[bool]:
    """Of each operator, whether it is a q or Q whose other half is elsewhere."""
    unclosed: list[int] = []
    found = [False] * len(run)
    for i, operator in enumerate(run):
        if operator == b"q":
            unclosed.append(i)
        elif operator == b"Q" and unclosed:
            unclosed.pop()
        elif operator == b"Q":
            found[i] = True
    for i in unclosed:
        found[i] = True
    return found


# --- the layout of a letter ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class PageLayout:
    """One page of a layout, from its first operator to its last."""

    facts: PageFacts
    parts: tuple[bytes | Form | Gap, ...]
    resources: Resources
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
    pages = page_boxes(laid.document)
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
    fonts: FontCache,
) -> Layout:
    """The layout of a letter that was laid out, from its lines by paragraph, then margin.

    Unsupported when one line of it is not, operator by operator, what WeasyPrint drew.
    """
    pages = page_boxes(laid.document)
    if len(laid.elements) != master.elements:
        raise Unsupported("look")
    if len(pages) != master.pages:
        raise Unsupported("lines")
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
    fonts: FontCache,
) -> PageLayout:
    if (
        page.anchors
        or any(page.forms.values())
        or any(link[0] != "external" for link in page.links)
    ):
        raise Unsupported("look")
    checker = _Checker(places, set_lines)
    operators, resources = draw(page, checker.watched, fonts)
    checker.require_complete()
    parts = tuple(_in_parts(operators))
    numbers = dict.fromkeys(part.number for part in parts if isinstance(part, Gap))
    facts = PageFacts(page.width, page.height, page.bleed, page.links)
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


# --- the pages of one run ------------------------------------------------------------------------

_COMPRESSION = 4  # of zlib: half the time of its usual 6, for a twentieth more bytes


class Assembly:
    """What becomes one PDF. `counts` are the pages of each letter.

    `laid_out` of the letters are WeasyPrint's own, with all their boxes. `like` is the document of
    the first, for what the PDF says of itself.
    """

    def __init__(self, fonts: FontCache) -> None:
        self._fonts = fonts
        self._drawn: set[PageLayout] = set()
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

    def compose(self, layout: Layout, own: Sequence[Sequence[lines.Line]]) -> None:
        """A letter of a known layout, with its own lines by paragraph."""
        pages: list[ComposedPage] = []
        for page in layout.pages:
            content, forms = _content(page, own)
            glyphs = self._new_glyphs(page, own)
            lent = partial(lend, self._fonts, page.resources, forms, glyphs)
            compressed = zlib.compress(content, _COMPRESSION)
            pages.append(ComposedPage(page.facts, compressed, lent))
        self._add(pages, layout.like)

    def _new_glyphs(self, page: PageLayout, own: Sequence[Sequence[lines.Line]]) -> Glyphs:
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


def _content(page: PageLayout, own: Sequence[Sequence[lines.Line]]) -> tuple[bytes, Sequence[Form]]:
    """The operators of a page, and the forms that they name."""
    content: list[bytes] = []
    forms: list[Form] = []
    shares = not any(line.has_lone_glyph for number in page.numbers for line in own[number])
    for part in page.parts:
        if isinstance(part, bytes):
            content.append(part)
        elif isinstance(part, Gap):
            content.append(filled(part, own[part.number][part.line]))
        else:
            opened, closed = part.place.opened, part.place.closed
            if content and content[-1] == opened:  # by the form before it
                content.pop()
            else:
                content.append(closed)
            content += (part.call if shares else part.operators, opened)
            forms.append(part)
    return b"\n".join(content), forms if shares else ()
