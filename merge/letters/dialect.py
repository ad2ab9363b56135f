"""The Markdown of a letter, as its parser knows it: CommonMark and tables. What a person types by
accident is none of it.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Nothing that a person types by accident: an indented line is a paragraph, a row of dashes under a
# line is a rule. HTML is found tag by tag, and none is written as it was found.
MARKDOWN = (
    MarkdownIt("commonmark", {"html": True})
    .disable(["code", "fence", "lheading", "reference", "html_block"])
    .enable("table")
)

# A file is often called "ma signature.png"; Markdown wants <> around an address with a space.
_SPACED_PICTURE = re.compile(
    r"(!\[[^\[\]\n]*\]\()[ ]*([^<>()\"\n ][^<>()\"\n]*\.(?:png|jpe?g))[ ]*\)", re.IGNORECASE
)


def readied(source: str) -> str:
    """The source as the parser takes it, where people write otherwise."""
    return _SPACED_PICTURE.sub(r"\1<\2>)", source)


def parsed(source: str) -> list[Token]:
    """What Markdown sees in a source without tags, before anything of it is understood anew."""
    return MARKDOWN.parse(source)
