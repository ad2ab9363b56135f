"""Split a letter.md into blocks for an editor, and join them again. Pure.

The source is cut, never parsed and written anew: an unchanged block keeps its bytes. The Markdown
parser says where blocks begin and end; tags (`{% if … %}`) and dangerous HTML are masked for it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from merge.letters import head, markdown, markup

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BLANK_LINES = re.compile(r"\A[\s\ufeff]*[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_LINE = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # where `str.splitlines` cuts


@dataclass(frozen=True, slots=True)
class SourceBlock:
    """The source of a paragraph, list, heading …, and its first row in the file, from 1."""

    source: str
    row: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """A letter.md: its head, its blocks, and the text between them.

    `gaps` are one more than `blocks`: the first is before them, the last behind.
    """

    head: str
    blocks: tuple[SourceBlock, ...]
    gaps: tuple[str, ...]

    @property
    def source(self) -> str:
        """The text that was split, to its last byte."""
        between = itertools.chain(*zip((b.source for b in self.blocks), self.gaps[1:], strict=True))
        return "".join((self.head, self.gaps[0], *between))


@dataclass(frozen=True, slots=True)
class NewBlock:
    """A block of the new letter; `of` is the index of the old block that it replaces."""

    source: str
    of: int | None = None


def split(source: str) -> Blocks:
    """The blocks of a letter.md. `split(source).source == source`, whatever the source is."""
    start = head.length(source)
    body = source[start:]
    found = list(_cut(body))
    ends = [0, *(end for _begin, end in found)]
    begins = [*(begin for begin, _end in found), len(body)]
    return Blocks(
        head=source[:start],
        blocks=tuple(
            SourceBlock(body[begin:end], len(f"{source[: start + begin]}.".splitlines()))
            for begin, end in found
        ),
        gaps=tuple(body[end:begin] for end, begin in zip(ends, begins, strict=True)),
    )


def _cut(body: str) -> Iterator[tuple[int, int]]:
    """The start and end of each block in the body."""
    for begin, end in _ranges(body):
        text = body[begin:end]
        begin += len(text) - len(_BLANK_LINES.sub("", text))
        end -= len(text) - len(text.rstrip())
        if begin < end:
            yield begin, end


def joined(old: Blocks, new: Sequence[NewBlock]) -> str:
    """The letter with these blocks; the gap between two that stay neighbours is kept."""
    break_ = "\r\n" if "\r\n" in old.source else "\n"
    kept = [each for each in new if each.source.strip()]
    parts = [old.head, old.gaps[0] or (break_ if old.head and not old.blocks else "")]
    before: NewBlock | None = None
    for each in kept:
        if before is not None:
            parts.append(_gap(old, before, each) or break_ * 2)
        is_old = each.of is not None and each.source == old.blocks[each.of].source
        parts.append(each.source if is_old else _with_breaks(each.source, break_))
        before = each
    parts.append(old.gaps[-1] if old.blocks else break_)
    return "".join(parts)


def _gap(old: Blocks, before: NewBlock, each: NewBlock) -> str:
    """The old gap, if the two were neighbours and it still separates them; else ""."""
    if before.of is None or each.of is None or each.of != before.of + 1:
        return ""
    gap = old.gaps[each.of]
    if len(_LINE.findall(gap.replace("\r\n", "\n"))) > 1:
        return gap
    # A heading needs no empty line below it; what it has become may need one.
    together = f"{before.source}{gap}{each.source}"
    apart = [together[begin:end] for begin, end in _cut(together)]
    return gap if apart == [before.source, each.source] else ""


def _with_breaks(text: str, break_: str) -> str:
    return break_.join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _ranges(body: str) -> list[tuple[int, int]]:
    """Offsets of blocks as Markdown sees them, and of the text between these."""
    hidden = body
    for form in (_TAG, markup.DANGER):
        hidden = form.sub(lambda found: "z" * len(found[0]), hidden)
    hidden = _LINE.sub("\n", hidden.replace("\r\n", " \n"))
    lines = [0, *(found.end() for found in re.finditer("\n", hidden)), len(hidden)]
    ranges: list[tuple[int, int]] = []
    done = 0
    for token in markdown.parsed(hidden):
        if token.level or token.nesting < 0 or not token.map:
            continue
        begin, end = (lines[min(line, len(lines) - 1)] for line in token.map)
        ranges += [(done, begin), (begin, end)]
        done = max(done, end)
    return [*ranges, (done, len(body))]
