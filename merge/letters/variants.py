"""The variants of a letter: e-mails that differ in more than the names in their blanks. Pure.

Two e-mails are one variant if they took the same branch at every `if` of the text, address somebody
of the same sex, and have the same local paragraphs.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from merge.model import Letter, Pieced, Recipient


@dataclass(slots=True)
class Variant:
    """One of them: whose letter is an example of it, and how many letters there are."""

    key: str
    letters: int = 0


class Variants:
    """Takes the letters one after the other, and keeps no text of them but a hash."""

    def __init__(self) -> None:
        self._found: dict[int, Variant] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, letter: Letter, recipient: Recipient, own: str = "") -> None:
        """One more e-mail, and what of it was written for its recipient alone."""
        same: Hashable = (letter.wave, recipient.sex, own, _own_words(letter.html))
        self._found.setdefault(hash(same), Variant(recipient.key)).letters += 1

    def commonest(self, n: int) -> Sequence[Variant]:
        """Those that most letters have."""
        return sorted(self._found.values(), key=lambda each: -each.letters)[:n]


def _own_words(html: str) -> tuple[str, ...]:
    """What the template says itself, each piece once: a table may have it many times.

    Values are Markup, since Jinja escapes them; the template's own words never are.
    """
    pieces = html.pieces if isinstance(html, Pieced) else (html,)
    return tuple(dict.fromkeys(each for each in pieces if not isinstance(each, Markup)))
