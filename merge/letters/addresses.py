"""Web and e-mail addresses on paper: no hyphen is put into one, or it would lead nowhere.

A line may still end behind a stroke or a hyphen of the address itself. One that is longer than the
line is cut where the line ends, without a sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from merge.french.grammar import ADDRESS

OPENING = '<span style="hyphens: manual; overflow-wrap: anywhere">'
CLOSING = "</span>"

# As people write it: example.org/petition. Where names end so, what is no address loses nothing
# but a hyphen.
_ENDINGS = "alsace|be|bzh|ca|ch|com|coop|corsica|eu|example|fr|info|io|lu|media|net|org|paris|re"
_BARE = rf"(?<![\w.@-])(?:[\w-]+\.)+(?:{_ENDINGS})(?![\w-])(?:[/?#][^\s<>«»]*)?"
# What stands around it is kept with it: no line ends there.
_STOPS = "[.,;:!?)>…]"
STOP = re.compile(f"{_STOPS}+")
"""What may follow an address at once."""
_FOUND = re.compile(rf"([(<]?(?:{ADDRESS}|{_BARE}){_STOPS}*)")
_TAGS = re.compile(r"(<[^>]*>)")
_VALUES_KEPT = 500


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text taken apart: words, and whether they are an address."""
    for i, piece in enumerate(_FOUND.split(text)):
        if piece:
            yield piece, bool(i % 2)


@lru_cache(_VALUES_KEPT)
def kept_whole(html: str) -> str:
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
