"""How alike the letters of a campaign are, measured one after the other.

Two numbers that mean something to a person. How much of a letter is word for word in the letter
before it in the list, on average: what two neighbouring mayors see who lay theirs side by side,
and what a mail provider sees that compares what comes in. And how many letters have nothing of
their own: no local paragraph, or one that another town was sent word for word. That is not read
from the rendered text, in which a name in a blank and a sentence that someone wrote look alike.

Lengths are counted, not words: it comes to the same share and costs a tenth.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

# A paragraph of which less is found in the other letter was not made from the same one by filling
# in a name: its "de" and "la" are found everywhere and prove nothing.
_SAME_PARAGRAPH = 2 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Alikeness:
    """The result of the comparison.

    `shared_percent`, rounded down, is None when there were not two letters to compare.
    """

    letters: int
    without_own: int
    shared_percent: int | None


class Comparison:
    """Takes the letters in the order in which they leave; keeps one of them, and no text of others.

    Memory grows by a hash for each letter that has local paragraphs.
    """

    def __init__(self) -> None:
        self._letters = 0
        self._without = 0
        self._own: dict[int, int] = {}  # hash of the local paragraphs → letters that have them
        self._before: dict[str, None] = {}  # the paragraphs of the letter before
        self._shares = 0.0

    def add(self, letter: str, own: str = "") -> None:
        """One more letter: its plain text, and what of it was written for its recipient alone."""
        paragraphs = dict.fromkeys(letter.split("\n\n"))
        if self._letters:
            self._shares += self._shared(paragraphs)
        self._before = paragraphs
        self._letters += 1
        words = " ".join(own.split())
        if words:
            same = hash(words)
            self._own[same] = self._own.get(same, 0) + 1
        else:
            self._without += 1

    def result(self) -> Alikeness:
        """The result so far."""
        pasted = sum(letters for letters in self._own.values() if letters > 1)
        pairs = self._letters - 1
        return Alikeness(
            letters=self._letters,
            without_own=self._without + pasted,
            shared_percent=int(100 * self._shares / pairs + 1e-9) if pairs > 0 else None,
        )

    def _shared(self, paragraphs: dict[str, None]) -> float:
        """The share of these paragraphs that the letter before has, between 0 and 1."""
        length = sum(map(len, paragraphs))
        changed = paragraphs.keys() - self._before.keys()
        if not (changed and length):
            return 1.0
        there = set().union(*map(str.split, self._before.keys() - paragraphs.keys()))
        return 1 - sum(_not_there(paragraph, there) for paragraph in changed) / length


def _not_there(paragraph: str, there: Collection[str]) -> int:
    """The length of the words of the paragraph that are not there."""
    words = paragraph.split()
    other = [word for word in words if word not in there]
    if len(words) - len(other) < _SAME_PARAGRAPH * len(words):
        return len(paragraph)
    return sum(map(len, other))
