"""Web and e-mail addresses on paper: no hyphen is put into one, or it would lead nowhere.

A line may still end behind a stroke or a hyphen of the address itself. One that is longer than the
line is cut where the line ends, without a sign. Nor is one put into what fills a blank where a name
cannot be told by its capital.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from markupsafe import Markup

from merge.french.grammar import ADDRESS
from merge.model import Slotted

OPENING = '<span style="hyphens: manual; overflow-wrap: anywhere">'
# No word has so many letters. With "hyphens: manual" nobody would ask whether a line may end on the
# hyphen that is the name's own.
OPENING_NAME = '<span style="hyphenate-limit-chars: 99">'
CLOSING = "</span>"

# As people write it: example.org/petition. Where names end so, what is no address loses nothing
# but a hyphen.
_ENDINGS = "alsace|be|bzh|ca|ch|com|coop|corsica|eu|example|fr|info|io|lu|media|net|org|paris|re"
_BARE = rf"(?<![\w.@-])(?:[\w-]+\.)+(?:{_ENDINGS})(?![\w-])(?:[/?#][^\s<>«»]*)?"
# What stands around it is kept with it: no line ends there.
_STOPS = "[.,;:!?)>…]"
_STOP = re.compile(f"{_STOPS}+")
_FOUND = re.compile(rf"([(<]?(?:{ADDRESS}|{_BARE}){_STOPS}*)")
_TAGS = re.compile(r"(<[^>]*>)")
_VALUES_KEPT = 500
_TEXTS_KEPT = 500  # of printed letters


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text taken apart: words, and whether they are an address."""
    for i, piece in enumerate(_FOUND.split(text)):
        if piece:
            yield piece, bool(i % 2)


def slotted(pieces: Iterable[str], *, may_be_names: bool = False) -> Slotted:
    """A page that keeps the template's own words and the values apart.

    Each value of `pieces` is Markup, since Jinja escapes it; the template's own words never are.
    The addresses in the values are kept whole, as `markdown` keeps those of the letter's own words:
    a stop behind one goes with it, for all by itself no page could share it with others. So are
    values that `may_be_names`.
    """
    parts = [""]
    filled: list[str] = []
    for piece in pieces:
        if not isinstance(piece, Markup):
            closes = parts[-1] == CLOSING
            stop = _STOP.match(piece) if closes else None
            parts[-1] = f"{stop[0]}{parts[-1]}{piece[stop.end() :]}" if stop else parts[-1] + piece
            continue
        value = str(piece)
        whole = _kept_whole(value)
        if whole == value and may_be_names and "<" not in value:
            whole = f"{OPENING_NAME}{value}{CLOSING}"
        if whole == value or not _are_among_words(parts):
            filled.append(value)
            parts.append("")
        elif whole.endswith(f">{value}{CLOSING}"):
            parts[-1] += whole.removesuffix(f"{value}{CLOSING}")
            filled.append(value)
            parts.append(CLOSING)
        else:
            filled.append(whole)
            parts.append("")
    return Slotted(tuple(map(_kept, parts)), tuple(map(_kept, filled)))


def _are_among_words(parts: Sequence[str]) -> bool:
    """Whether the page, after this beginning, is in text: not in an attribute, title or style."""
    before = "".join(parts)
    opened = before.rfind("<")
    return before.rfind(">") > opened and not before.startswith(("<title", "<style"), opened)


@lru_cache(_TEXTS_KEPT)
def _kept(text: str) -> str:
    """One copy of a text that many letters share."""
    return text


@lru_cache(_VALUES_KEPT)
def _kept_whole(html: str) -> str:
    """A filled value, as HTML, with its addresses marked. The same where there are none."""
    if "." not in html or OPENING in html:
        return html
    bits = _TAGS.split(html)
    bits[::2] = (
        "".join(
            f"{OPENING}{piece}{CLOSING}" if is_address else piece
            for piece, is_address in pieces(bit)
        )
        for bit in bits[::2]
    )
    return "".join(bits)
