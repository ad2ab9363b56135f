"""A letter's blocks → the parts of it that a frame has places for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from merge.letters import markdown


def in_parts(
    blocks: Sequence[markdown.Block],
    written: Callable[[Sequence[markdown.Block]], str],
    *,
    on_page: bool = False,
) -> dict[str, str]:
    """The letter's HTML in three: place and date, the body, the end that a page keeps together.

    The opening is what stands before the salutation, if it tells place or date. The closing is
    the signature, the sentence before it, and what stands behind it: `on_page` that is set apart.
    No part begins inside an `if`.
    """
    opening_ends = 0
    for i, block in enumerate(blocks):
        if _mentions(block, "salutation"):
            opening_ends = i if block.depth == 0 else 0
            break
        if not (_mentions(block, "lieu") or _mentions(block, "date")):
            break
    closing_begins = behind = len(blocks)
    for i, block in enumerate(blocks[opening_ends:], opening_ends):
        if _mentions(block, "signature"):
            start = max(i - 1, opening_ends)
            closing_begins = start if blocks[start].depth == 0 else len(blocks)
            behind = i + 1
    closing = written(blocks[closing_begins:])
    if on_page and closing_begins < behind < len(blocks) and blocks[behind].depth == 0:
        closing = _set_apart(written(blocks[closing_begins:behind]), written(blocks[behind:]))
    return {
        "opening": written(blocks[:opening_ends]),
        "body": written(blocks[opening_ends:closing_begins]),
        "closing": closing,
    }


def _set_apart(signed: str, behind: str) -> str:
    """The end of a letter of which the signature is not the last thing: a P.-S., enclosures.

    The look of a campaign knows the signature as the last paragraph of `.closing`, or of a box in
    it. So it is the last of its own box, and of the other one a box that holds nothing is.
    """
    return f'<div>\n{signed}</div>\n<div class="after">\n{behind}<div></div>\n</div>\n'


def _mentions(block: markdown.Block, name: str) -> bool:
    return re.search(rf"\b{name}\b", block.mentions) is not None
