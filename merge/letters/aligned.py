"""Blocks to the right, in the middle or set in, for an editor; and back to Markdown. Pure.

In the file they are a div: `::: right` above them, `:::` below. No editor shows these fences.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from merge.errors import LetterError
from merge.letters import blocks, prose
from merge.letters.prose import Prose

KINDS = ("right", "center", "indent")
_DIV = re.compile(rf":{{3,}}[ \t]*({'|'.join(KINDS)})[ \t]*\n(.*)\n:{{3,}}[ \t]*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Blocks of prose that are aligned alike; `kind` is one of KINDS."""

    kind: str
    blocks: tuple[Prose, ...]


def read(source: str) -> Aligned | None:
    """The blocks of a div; None where writing them anew would change the letter."""
    with suppress(LetterError):
        found = _read(source)
        again = write(found) if found else ""
        if again and _read(again) == found and prose.says_the_same(source, again):
            return found
    return None


def _read(source: str) -> Aligned | None:
    kind, inside = unfenced(source)
    found = [prose.read(each.source) for each in blocks.split(inside).blocks] if kind else []
    readable = tuple(each for each in found if each and each.kind not in ("note", "newpage"))
    return Aligned(kind=kind, blocks=readable) if len(readable) == len(found) else None


def write(aligned: Aligned) -> str:
    """The Markdown of a div, "" for an empty one."""
    written: list[str] = []
    for each in aligned.blocks:
        written += filter(None, [prose.write(each, besides=written[-1:])])
    return fenced(aligned.kind, "\n\n".join(written))


def unfenced(source: str) -> tuple[str, str]:
    """The kind of a div and the source in it; "" twice for what is no div."""
    found = _DIV.fullmatch(source.replace("\r\n", "\n").strip("\n"))
    return (found[1], found[2]) if found else ("", "")


def fenced(kind: str, source: str) -> str:
    """The source as a div of this kind, "" for an empty one."""
    inside = source.strip("\n")
    return f"::: {kind}\n{inside}\n:::" if inside.strip() else ""
