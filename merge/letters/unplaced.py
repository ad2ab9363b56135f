"""What the file of a letter holds and the letter does not say as it stood there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "field", "rule", "margin", "logo", "struck", "deleted", "inserted", "comment", "picture",
    "box", "layout", "merged", "nested", "look", "lost",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """One such thing; `words` are its own, `place` the first words of the paragraph around it.

    Not in the letter: "field", a blank where no letter has words; "rule", a code that chooses
    rows; "margin", words of a header or a footer; "logo", a picture of one, kept as a file;
    "struck" and "deleted", words that are struck out or whose deletion was tracked; "comment";
    "picture", one that no mail program shows, or that is not in the file; "lost", words that
    stand where no letter has any.

    In the letter, otherwise than they stood: "inserted", words whose insertion was tracked; "box",
    a text box; "layout", a table taken apart; "merged" cells; "nested", a table in a cell; "look",
    whose `words` are a name of LOOKS.
    """

    kind: Kind
    words: str
    place: str = ""


LOOKS = (
    "first-line", "deep-indent", "tabs", "underline", "colour", "capitals", "columns", "position",
    "equation", "page-break",
)  # fmt: skip
"""What a letter has no words for, by the names that `Unplaced` calls them."""

_PLACE = 40  # characters


def first_words(text: str) -> str:
    """What a person finds the paragraph by."""
    words = " ".join(text.split())
    return words if len(words) <= _PLACE else words[:_PLACE].rpartition(" ")[0] + " …"
