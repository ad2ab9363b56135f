"""The Markdown of a letter, as its parser knows it: CommonMark, tables, footnotes, pandoc's fenced
divs, the width of a picture. What a person types by accident is none of it.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.footnote import footnote_plugin

# Nothing that a person types by accident: an indented line is a paragraph, a row of dashes under a
# line is a rule. HTML is found tag by tag, and none is written as it was found.
MARKDOWN = (
    MarkdownIt("commonmark", {"html": True})
    .disable(["code", "fence", "lheading", "reference", "html_block"])
    .enable("table")
)
# A note stays where it was written, and one that is called and never written is seen.
footnote_plugin(MARKDOWN, inline=False, move_to_end=False, always_match_refs=True)
attrs_plugin(MARKDOWN, after=("image",), allowed=("width",))

# A file is often called "ma signature.png"; Markdown wants <> around an address with a space.
_SPACED_PICTURE = re.compile(
    r"(!\[[^\[\]\n]*\]\()[ ]*([^<>()\"\n ][^<>()\"\n]*\.(?:png|jpe?g))[ ]*\)", re.IGNORECASE
)
# Unquoted, "%" would begin a comment.
_WIDTH = re.compile(r"(?<=\)\{)\s*width\s*=\s*([^\s\"{}]+)\s*(?=\})")


def readied(source: str) -> str:
    """The source as the parser takes it, where people write otherwise."""
    return _WIDTH.sub(r'width="\1"', _SPACED_PICTURE.sub(r"\1<\2>)", source))


_FENCE = re.compile(r":{3,}(?!:)[ \t]*(?P<name>.*)")


def _fence(state: StateBlock, line: int) -> re.Match[str] | None:
    return _FENCE.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line])


def _div(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A div from its fence to the one that closes it, as pandoc has it: the innermost is closed
    first. Its rows end with its last fence; one that has none `is_open`.
    """
    opening = _fence(state, start)
    if not (opening and opening["name"].strip()):
        return False
    if silent:
        return True
    depth, last = 1, start + 1
    while last < end and (state.isEmpty(last) or state.sCount[last] >= state.blkIndent):
        if fence := _fence(state, last):
            depth += 1 if fence["name"].strip() else -1
        if not depth:
            break
        last += 1
    div = state.push("container_div_open", "div", 1)
    div.block, div.info, div.map = True, opening["name"], [start, last + (not depth)]
    div.meta["is_open"] = depth > 0
    around, state.lineMax = state.lineMax, last
    state.md.block.tokenize(state, start + 1, last)
    state.push("container_div_close", "div", -1).block = True
    state.lineMax, state.line = around, last + (not depth)
    return True


_INTERRUPTED = ["paragraph", "reference", "blockquote", "list"]
MARKDOWN.block.ruler.before("fence", "div", _div, {"alt": _INTERRUPTED})


def parsed(source: str) -> list[Token]:
    """What Markdown sees in a source without tags, before anything of it is understood anew."""
    return MARKDOWN.parse(source)
