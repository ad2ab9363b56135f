"""What the file of a letter holds and the letter does not say as it stood there."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "field", "code", "margin", "logo", "struck", "deleted", "hidden", "comment", "picture",
    "lost", "address",
    "font", "rule", "inserted", "box", "layout", "merged", "nested", "look",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """One such thing; `words` are its own, `place` the first words of the paragraph around it.

    Not in the letter: "field", a blank where no letter has words; "code", a field that stands for
    nothing there; "margin", words of a header or a footer; "logo", a picture of one, kept as a
    file; "struck", "deleted" and "hidden", words that are struck out, whose deletion was tracked,
    that nobody prints; "comment"; "picture", one that no mail program shows, or that is not in the
    file; "lost", words that stand where no letter has any; "address", the block of the address,
    which the envelope and the page put there; "font", the names of its fonts.

    In the letter, otherwise than they stood: "rule", a code that no letter can say, which stays as
    an open blank; "inserted", words whose insertion was tracked; "box",
    a text box; "layout", a table taken apart; "merged" cells; "nested", a table in a cell; "look",
    whose `words` are a name of LOOKS.
    """

    kind: Kind
    words: str
    place: str = ""


LOOKS = (
    "first-line", "deep-indent", "tabs", "underline", "colour", "size", "capitals",
    "columns", "position", "equation", "page-break", "raised",
)  # fmt: skip
"""What a letter has no words for, by the names that `Unplaced` calls them."""


_OF_PROGRAMS = frozenset(
    (
        *("Aptos", "Aptos Display", "Calibri", "Calibri Light", "Cambria", "Times New Roman"),
        *("Liberation Serif", "Liberation Sans"),
    )
)
"""Fonts of styles that a program sets by default, and nobody has chosen."""


def fonts_told(names: Iterable[str], of_styles: Iterable[str]) -> Iterator[Unplaced]:
    """The fonts that somebody chose, for words or in a style."""
    chosen = {*names, *({*of_styles} - _OF_PROGRAMS)}
    if said := sorted(filter(None, chosen)):
        yield Unplaced(kind="font", words=", ".join(said))


def usual_font(set_in: Counter[str]) -> str:
    """The font of most of the text, by the number of signs that are set in each, where somebody
    chose it; "" for what no style sheet should name.
    """
    font, signs = next(iter(set_in.most_common(1)), ("", 0))
    is_most = 2 * signs > set_in.total()
    is_name = re.fullmatch(r"[^\W\d_][\w .-]{0,60}", font) is not None
    return font if is_most and is_name and font not in _OF_PROGRAMS else ""


def missing(said: Iterable[str], markdown: str, told: Iterable[Unplaced]) -> list[Unplaced]:
    """The paragraphs of which a word is neither in the letter nor told: none, it is hoped."""
    there = _letters(" ".join([markdown, *(each.words for each in told)]))
    return [
        Unplaced(kind="lost", words=words)
        for words in said
        if any(_letters(word) not in there for word in words.split())
    ]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text))


_PLACE = 40  # characters


def first_words(text: str) -> str:
    """What a person finds the paragraph by."""
    words = " ".join(text.split())
    return words if len(words) <= _PLACE else words[:_PLACE].rpartition(" ")[0] + " …"
