"""The blanks of a page, and private-use characters that stand for what is filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from merge.model import Slotted
from merge.paper.press.internals import Unsupported

_TAGS = re.compile(r"(<[^>]*>)")
_FIRST = 0xE000  # Unicode's private use: no letter has them
_PLACEHOLDERS = re.compile("([\ue000-\uf8ff])")
_END = "\uf8ff"  # `::first-letter` takes half a placeholder, and is found out
_WHOLE = re.compile(f"([\ue000-\uf8fe]){_END}")
_MOST_SLOTS = 0xF8FF - _FIRST


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


def page_with_placeholders(
    parts: Sequence[str], texts: Sequence[str], fixed: frozenset[int] = frozenset()
) -> str:
    """The whole document, with a placeholder in each slot that is not `fixed`.

    Unsupported when one of them could be the author's own.
    """
    if len(texts) > _MOST_SLOTS:
        raise Unsupported("look")
    if any(map(_PLACEHOLDERS.search, (*parts, *(texts[i] for i in fixed)))):
        raise Unsupported("characters")
    values = [text if i in fixed else chr(_FIRST + i) + _END for i, text in enumerate(texts)]
    return Slotted(tuple(parts), tuple(values)).html


def as_text(value: str) -> str:
    """The text of a value in HTML."""
    return unescape(value) if "&" in value else value


def slots(text: str) -> list[int]:
    """The slots whose placeholders are in a text, whole or in part."""
    return [ord(found) - _FIRST for found in _PLACEHOLDERS.findall(text) if found != _END]


def pieces(text: str) -> Iterator[str | int]:
    """The text between placeholders, and the slots. Unsupported when a placeholder is not whole."""
    bits = _WHOLE.split(text)
    if any(map(_PLACEHOLDERS.search, bits[::2])):
        raise Unsupported("characters")
    for i, bit in enumerate(bits):
        if bit:
            yield ord(bit) - _FIRST if i % 2 else bit
