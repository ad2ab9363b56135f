"""The drawing of a page → what all pages of its layout share, as form XObjects, and gaps for lines.

A form is drawn where nothing is in force, and brings along what moves and clips its content. So a
reader works out the place of each glyph in the very steps, and with the very roundings, that it
takes without the form; otherwise one glyph in some ten thousand comes out a pixel aside.

A glyph that is alone in a text has no direction. A reader who wants to copy it looks how the other
words of the page lie, but not into forms: there are none on such a page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

CALL = re.compile(rb"^/(P[0-9a-f]{16}) Do$", re.MULTILINE)
"""Draws a form of this module, with its name, in the content of a page."""

NAME = re.compile("/P[0-9a-f]{16}")
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


def parts(operators: Sequence[bytes | Gap]) -> Iterator[bytes | Form | Gap]:
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
