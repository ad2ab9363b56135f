"""The Markdown of a letter, as its parser knows it: CommonMark, tables, footnotes, pandoc's fenced
divs, the width of a picture. What a person types by accident is none of it.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin
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
container_plugin(MARKDOWN, "div", validate=lambda name, _fence: bool(name.strip()))
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


_FENCE = re.compile(r"[ \t>]*:{3,}[ \t]*")


def parsed(source: str) -> list[Token]:
    """What Markdown sees in a source without tags, before anything of it is understood anew.

    The rows of a div end with its last fence; one that has none ends without, and is `is_open`.
    """
    tokens = MARKDOWN.parse(source)
    lines = source.split("\n")
    for token in tokens:
        if token.type == "container_div_open" and token.map:
            start, end = token.map
            if end < len(lines) and _FENCE.fullmatch(lines[end]):
                token.map = [start, end + 1]
            else:
                token.meta["is_open"] = True
    return tokens
