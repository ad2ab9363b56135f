"""The blanks of a page: what was filled in, and marks that stand for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from merge.model import Slotted
from merge.paper.press.inner import Unlike

_TAGS = re.compile(r"(<[^>]*>)")
_FIRST = 0xE000  # Unicode's private use: no letter has them
_MARKS = re.compile("([\ue000-\uf8ff])")
_ENDS = "\uf8ff"  # what takes the first letter of a value takes half a mark, and is found out
_WHOLE = re.compile(f"([\ue000-\uf8fe]){_ENDS}")
MOST_SLOTS = 0xF8FF - _FIRST


def flat(page: Slotted) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A page whose values are text only and never blank: all else is said by its parts."""
    parts = [page.parts[0]]
    texts: list[str] = []
    for value, part in zip(page.values, page.parts[1:], strict=True):
        bits = _TAGS.split(value) if "<" in value else (value,)
        for i, bit in enumerate(bits):
            if i % 2 or not bit or bit.isspace():
                parts[-1] += bit
            else:
                texts.append(bit)
                parts.append("")
        parts[-1] += part
    return tuple(parts), tuple(texts)


def hold_no_marks(texts: Iterable[str]) -> None:
    """Unlike when one of them has what stands for a slot."""
    if any(map(_MARKS.search, texts)):
        raise Unlike("private-use")


def marked(texts: Sequence[str], frozen: frozenset[int]) -> list[str]:
    """The same with a mark in each slot that is not `frozen`."""
    return [text if i in frozen else chr(_FIRST + i) + _ENDS for i, text in enumerate(texts)]


def filled(parts: Sequence[str], texts: Sequence[str]) -> str:
    """The whole document."""
    return Slotted(tuple(parts), tuple(texts)).html


def as_text(value: str) -> str:
    """What a value in HTML says."""
    return unescape(value) if "&" in value else value


def slots(text: str) -> list[int]:
    """Those whose marks are in a text, whole or in part."""
    return [ord(mark) - _FIRST for mark in _MARKS.findall(text) if mark != _ENDS]


def pieces(text: str) -> Iterator[str | int]:
    """What stands between the marks of a text, and the slots. Unlike when a mark is not whole."""
    bits = _WHOLE.split(text)
    if any(map(_MARKS.search, bits[::2])):
        raise Unlike("part-of-value")
    for i, bit in enumerate(bits):
        yield ord(bit) - _FIRST if i % 2 else bit
