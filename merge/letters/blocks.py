"""A letter.md as the blocks that an editor shows, each with its exact bytes. Pure.

The source is cut, never parsed and written anew: what nobody touched is put back as it was found,
whatever it is. Where a block begins and ends, Markdown itself says, with every tag (`{% if … %}`),
and what `markup` takes out of a letter, hidden from it.
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
    """A paragraph, list, heading … as it stands in the file; its first row, counted from 1."""

    source: str
    row: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """A letter.md: its head, and its blocks with what stands between them.

    `gaps` are one more than the blocks: the first stands before them, the last behind.
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
class Placed:
    """A block of the letter to be: the source of the old one `of`, or a new one (None)."""

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
    """Where each block stands in the words of a letter."""
    for begin, end in _ranges(body):
        text = body[begin:end]
        begin += len(text) - len(_BLANK_LINES.sub("", text))
        end -= len(text) - len(text.rstrip())
        if begin < end:
            yield begin, end


def joined(old: Blocks, new: Sequence[Placed]) -> str:
    """The letter with these blocks. What stood between two that are neighbours still, stays."""
    break_ = "\r\n" if "\r\n" in old.source else "\n"
    kept = [each for each in new if each.source.strip()]
    parts = [old.head, old.gaps[0] or (break_ if old.head and not old.blocks else "")]
    before: Placed | None = None
    for each in kept:
        if before is not None:
            parts.append(_gap(old, before, each) or break_ * 2)
        is_old = each.of is not None and each.source == old.blocks[each.of].source
        parts.append(each.source if is_old else _with_breaks(each.source, break_))
        before = each
    parts.append(old.gaps[-1] if old.blocks else break_)
    return "".join(parts)


def _gap(old: Blocks, before: Placed, each: Placed) -> str:
    """What stood between the two, if nothing else did and it keeps them apart still."""
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
    """Where Markdown sees blocks, as offsets; what it does not tell of is a block as well."""
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
