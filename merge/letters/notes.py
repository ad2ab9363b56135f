"""Footnotes of an e-mail and its plain text: where each is called and what it says is marked when
the letter is compiled, and they are numbered once it is filled: a choice may leave some out. Pure.

On a page WeasyPrint does so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

SIGN = "\x1f"
"""What no value can hold, and `without_signs` takes from the author's source."""

_TOKEN = re.compile(f"({SIGN}(?:[<>.]|[#=]\\d+;))")
_BEGIN, _END = f"{SIGN}<", f"{SIGN}>"
_STARTS, _STOPS = f"{SIGN}=", f"{SIGN}."


def without_signs(source: str) -> str:
    """The author's source without the sign of a note."""
    return source.replace(SIGN, " ")


def call(note: int) -> str:
    """What will be the number of this note."""
    return f"{SIGN}#{note};"


def listed(notes: Sequence[str], *, before: str = "", behind: str = "") -> str:
    """The notes, each with the `call` of its number in it; "" without any.

    `before` and `behind` stand around them, if one is called.
    """
    each = "".join(f"{_STARTS}{n};{note}{_STOPS}" for n, note in enumerate(notes))
    return f"{_BEGIN}{before}{each}{behind}{_END}" if notes else ""


def numbered(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of a text with numbers where notes are called, and without the notes that are not.

    A piece without a sign stays the same one.
    """
    numbers: dict[str, str] = {}
    called: frozenset[str] = frozenset()
    is_shown = True
    for piece in pieces:
        if SIGN not in piece:
            if is_shown:
                yield piece
            continue
        for bit in filter(None, _TOKEN.split(piece)):
            note = bit[2:-1]
            if bit == _BEGIN:
                called = frozenset(numbers)
                is_shown = bool(called)
            elif bit == _END:
                is_shown = True
            elif bit.startswith(_STARTS):
                is_shown = note in called
            elif bit == _STOPS:
                is_shown = bool(called)
            elif is_shown:
                is_call = bit.startswith(SIGN)
                yield numbers.setdefault(note, str(len(numbers) + 1)) if is_call else bit
