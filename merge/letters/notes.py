"""Footnotes of an e-mail and its plain text: where each is called and what it says is marked when
the letter is compiled, and they are numbered once it is filled: a choice may leave some out. Pure.

On a page WeasyPrint does so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

SIGN = "\x1f"
"""What no value can hold, and `without_signs` takes from the author's source."""

_CALL = re.compile(f"{SIGN}#(\\d+);")
_NOTE = re.compile(f"{SIGN}=(\\d+);(.*?){SIGN}[.]", re.DOTALL)
_BEGIN, _END = f"{SIGN}<", f"{SIGN}>"


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
    each = "".join(f"{SIGN}={n};{note}{SIGN}." for n, note in enumerate(notes))
    return f"{_BEGIN}{before}{each}{behind}{_END}" if notes else ""


def numbered(text: str) -> str:
    """The text with numbers where notes are called, and without the notes that are not."""
    said, _, rest = text.partition(_BEGIN)
    those, _, behind = rest.partition(_END)
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return numbers.setdefault(found[1], str(len(numbers) + 1))

    said = _CALL.sub(number, said)
    those = _NOTE.sub(lambda found: found[2] if found[1] in numbers else "", those)
    return f"{said}{_CALL.sub(number, those) if numbers else ''}{behind}"
