"""Which letters to set on paper, so that the pages of all letters are known to be right. Pure.

Letters are of one kind where only words differ: they took the same branches of their template and
have the same elements and attributes. Of each kind are set

- each letter in which a blank is longer or wider than in all before, or has another character. So
  whatever stands in the window is measured there at its widest and highest;
- one letter that is made up to be longer than all. Each blank that differs, outside of the address,
  has its widest text twice. So no letter of the kind takes more lines, wherever its lines break: a
  text that begins sooner never ends later. It also has some lines more, because a page may leave
  some empty to keep two lines together, or a heading with what follows it.

Where all of these are right, so is each letter of their kind. Where one is not, or pages are made
of more than lines that follow each other, each letter has to be set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from merge.model import Letter, Proof, Slotted
from merge.paper.lots import MOST_PAGES

KINDS = 30  # of more, letters are not kept

_ADDRESS = 'class="window">'  # begins in the frame of all pages
_END = "</main>"
_MORE_LINES = f"<p>{'<br>'.join(8 * [chr(0xA0)])}</p>"
_NO_LINES = re.compile(r'<(?:table|img)\b|class="(?:note|newpage)\b')
_TAG = re.compile(r"<[^>]*>")
_WIDE = re.compile(r"[^\W\d_a-z]|[mw@%…—]")

LetterKind = tuple[tuple[str, ...], tuple[str, ...]]


class Longest:
    """Takes letters on paper one by one, and keeps the longest."""

    def __init__(self) -> None:
        self._kinds: dict[LetterKind | None, _OfKind] = {}
        self._settled: Collection[LetterKind | None] = ()
        self._has_others = False

    def add(self, letter: Letter) -> None:
        """One more letter."""
        kind = _kind(letter.page)
        if kind in self._kinds:
            self._kinds[kind].add(letter)
        elif kind and len(self._kinds) < KINDS:
            self._kinds[kind] = _OfKind(letter)
        else:
            self._has_others = True

    def settle(self, prove: Callable[[Iterable[Letter], int], Iterable[Proof]]) -> bool:
        """Set the letters that were kept, by the `prove` of `check_pages`. True if all letters that
        were added are right by that.
        """
        some = [(kind, each) for kind, of in self._kinds.items() for each in of.longest()]
        proofs = prove((each for _kind, each in some), len(some))
        wrong = {
            kind
            for (kind, _each), proof in zip(some, proofs, strict=True)
            if proof.fault or proof.pages > MOST_PAGES
        }
        self._settled = self._kinds.keys() - wrong
        return not (wrong or self._has_others)

    def settles(self, letter: Letter) -> bool:
        """Whether `settle` has found the pages of this letter's kind right. It was added before."""
        return _kind(letter.page) in self._settled


class _OfKind:
    """The longest letters of one kind."""

    def __init__(self, first: Letter) -> None:
        self._letters = [first._replace(text="")]
        self._blanks = list(map(_Blank, first.page.values))

    def add(self, letter: Letter) -> None:
        """Take in one more, and keep it where a blank grows."""
        of_blanks = zip(self._blanks, letter.page.values, strict=True)
        # A list, not `any`: each blank takes in its text.
        if [value for each, value in of_blanks if value != each.first and each.grows(value)]:
            self._letters.append(letter._replace(text=""))

    def longest(self) -> Iterator[Letter]:
        """The letters to set: those that were kept, and the one that is made up."""
        yield from self._letters
        last = self._letters[-1]
        parts, values = last.page.parts, [*last.page.values]
        address = next(i for i, part in enumerate(parts) if _ADDRESS in part)
        for i, blank in enumerate(self._blanks):
            if blank.differs and not address <= i < address + len(last.address):
                values[i] = f"{blank.widest} {blank.widest}"
        parts = tuple(part.replace(_END, _MORE_LINES + _END) for part in parts)
        yield last._replace(page=Slotted(parts, tuple(values)))


class _Blank:
    """How long and wide the texts of one blank are, over all letters of a kind. `first` is its text
    in the first letter, `widest` the widest of all.
    """

    def __init__(self, first: str) -> None:
        self.first = self.widest = first
        self.differs = False
        self._characters = set(first)
        self._length, self._width = len(first), _width(first)

    def grows(self, value: str) -> bool:
        """Take in one more text: whether it is longer or wider than all before, or has another
        character.
        """
        self.differs = True
        length, width = len(value), _width(value)
        found = length > self._length or not self._characters.issuperset(value)
        self._characters.update(value)
        self._length = max(length, self._length)
        if width > self._width:
            self._width, self.widest = width, value
            return True
        return found


def _width(words: str) -> int:
    """About how wide it is, in small letters."""
    return len(words) + len(_WIDE.findall(words))


def _kind(page: Slotted) -> LetterKind | None:
    """What makes pages one kind; None where each has to be set."""
    fixed = _fixed(page.parts)
    if fixed is None:
        return None
    return page.parts, tuple(
        value if i in fixed else "".join(_TAG.findall(value)) if "<" in value else ""
        for i, value in enumerate(page.values)
    )


@lru_cache
def _fixed(parts: Sequence[str]) -> Collection[int] | None:
    """The blanks within tags and style sheets; None where pages are made of more than lines."""
    html = "".join(parts)
    if _NO_LINES.search(html) or _ADDRESS not in html or _END not in html:
        return None
    before, found = "", set[int]()
    for i, part in enumerate(parts[:-1]):
        before += part
        opened = before.rfind("<")
        if before.rfind(">") < opened or before.startswith("<style", opened):
            found.add(i)
    return found
