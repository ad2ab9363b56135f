"""What a letter's blocks become: the parts of it that the frames have places for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from merge.letters import notes
from merge.letters.footnotes import Note
from merge.letters.markdown import Block
from merge.model import Pieced

FORMS: tuple[Literal["html", "page"], ...] = ("html", "page")
"""Of a mail, and printed."""


def joined(blocks: Sequence[Block], form: Literal["html", "page", "text"]) -> str:
    """All blocks in one of their forms."""
    return "".join(getattr(block, form) for block in blocks)


def in_parts(blocks: Sequence[Block], form: Literal["html", "page"]) -> dict[str, str]:
    """The letter's HTML in three: place and date, the body, the end that a page keeps together.

    The opening is what stands before the salutation, if it tells place or date. The closing is
    the signature, the sentence before it, and what stands behind it: on a page that is set apart.
    Of a letter that writes its signature itself it is, on a page, its last short lines and what
    stands before them. No part begins inside an `if`.
    """
    written = [block.html if form == "html" else block.page for block in blocks]
    opening_ends = 0
    for i, block in enumerate(blocks):
        if "salutation" in block.words:
            opening_ends = i if block.depth == 0 else 0
            break
        if block.words.isdisjoint(("lieu", "date")):
            break
    closing_begins = behind = len(blocks)
    if form == "page" and not any("signature" in block.words for block in blocks):
        closing_begins = _own_signature(blocks, opening_ends)
        written += ["<div></div>\n"] if closing_begins < len(blocks) else []
    for i, block in enumerate(blocks[opening_ends:], opening_ends):
        if "signature" in block.words:
            start = max(i - 1, opening_ends)
            closing_begins = start if blocks[start].depth == 0 else len(blocks)
            behind = i + 1
    closing = "".join(written[closing_begins:])
    if form == "page" and closing_begins < behind < len(blocks) and blocks[behind].depth == 0:
        closing = _set_apart("".join(written[closing_begins:behind]), "".join(written[behind:]))
    return {
        "opening": "".join(written[:opening_ends]),
        "body": "".join(written[opening_ends:closing_begins]),
        "closing": closing,
    }


_SHORT = 60  # characters of a line
_MOST_LINES = 15


def _own_signature(blocks: Sequence[Block], first: int) -> int:
    """Where the paragraph begins that stands before the short lines at the end of a letter."""
    lines = 0
    for i in range(len(blocks) - 1, first - 1, -1):
        own = blocks[i].text.strip().split("\n")
        if blocks[i].depth:
            break
        if max(map(len, own)) > _SHORT:
            return i if lines else len(blocks)
        lines += len(own)
        if lines > _MOST_LINES:
            break
    return len(blocks)


def _set_apart(signed: str, behind: str) -> str:
    """The end of a letter that goes on after the signature: a P.-S., enclosures.

    The look of a campaign knows the signature as the last paragraph of `.closing`, or of a box in
    it. So it is the last of its own box, and of the other one a box that holds nothing is.
    """
    return f'<div>\n{signed}</div>\n<div class="after">\n{behind}<div></div>\n</div>\n'


def without_gaps(text: Pieced) -> Pieced:
    """The plain text, closed up where an `if`, or a local paragraph, left nothing."""
    # Backwards Python looks twice as fast, and there is seldom one.
    if text.rfind("\n\n\n") >= 0 or text.startswith("\n") or text.endswith("\n\n"):
        return Pieced(re.sub(r"\n{3,}", "\n\n", text).strip("\n"), "\n")
    return text


def framed(frame: str, parts: Mapping[str, str]) -> str:
    """The frame's source with the sources of the letter's parts in their places."""
    return re.sub(r"\{\{\s*(" + "|".join(parts) + r")\s*\}\}", lambda found: parts[found[1]], frame)


_NOTES_IN_MAIL = (
    '<div style="margin-top: 24px; font-size: 13px; line-height: 1.4; color: #444444;">\n'
)


def notes_in_mail(those: Sequence[Note]) -> str:
    """The footnotes at the end of the letter, in HTML."""
    written = [
        f'<p style="margin: 0 0 4px;"><sup>{notes.call(n)}</sup> {note.html}</p>\n'
        for n, note in enumerate(those)
    ]
    return notes.listed(written, before=_NOTES_IN_MAIL, behind="</div>\n")


def notes_in_text(those: Sequence[Note]) -> str:
    """The same in plain text."""
    written = [f"[{notes.call(n)}] {note.text}\n" for n, note in enumerate(those)]
    return notes.listed(written, behind="\n")
