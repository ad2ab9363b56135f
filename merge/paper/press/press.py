"""Letters → pages, each the fastest way that is sure to give the pages of plain WeasyPrint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from merge.errors import LetterError
from merge.model import Slotted, Ways
from merge.paper.press import placeholders, self_test
from merge.paper.press.assembly import Assembly
from merge.paper.press.internals import Unsupported, boxes
from merge.paper.press.layouts import Layout
from merge.paper.press.master import Master
from merge.paper.press.training import Batch, Learned, Training
from merge.paper.typesetting import Typeset, Typesetter

Tier = Literal["auto", "plain"]

COMPARED_AT_LEAST = 20
COMPARED_EVERY = 500  # letters


def comparisons(n: int) -> int:
    """How many of `n` letters that are set fast are set plainly as well, and compared."""
    return min(n, max(COMPARED_AT_LEAST, n // COMPARED_EVERY))


@dataclass(slots=True)
class Tally:
    """How many letters went which way, and why some did not go the fast one.

    Of the fast ones, a layout was `learned` from some, which were compared for that. `checked` of
    them were set plainly too and compared. `reasons` are codes.
    """

    fast: int = 0
    plain: int = 0
    learned: int = 0
    checked: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def ways(self) -> Ways:
        """As a record of the program."""
        return Ways(
            fast=self.fast, plain=self.plain, checked=self.checked, reasons=dict(self.reasons)
        )


class Press:
    """Sets the letters of one lot as `Typesetter` does, whose errors and warnings it shares.

    `tier` "plain" is that and nothing else. A `typesetter` of the folder is used when there is one.
    """

    def __init__(
        self, folder: Path, tier: Tier = "auto", *, typesetter: Typesetter | None = None
    ) -> None:
        self._typesetter = typesetter or Typesetter(folder)
        self._tier = tier
        self._begin(Learned())

    def _begin(self, learned: Learned) -> None:
        self._learned = learned
        self._training = Training(learned)
        self._plain = self._tier == "plain" or learned.is_wrong or not boxes.is_known()
        self._pictures: dict[str, object] = {}
        self.tally = Tally()

    def anew(self, tier: Tier = "auto") -> Press:
        """A press for another lot, which knows what this one has learned.

        The same runs of letters have the same bytes from it as from one that knows nothing. Only
        where something was found to be wrong, it sets all of them plainly.
        """
        other = copy(self)
        other._tier = tier
        other._begin(self._learned)
        return other

    def run(
        self,
        letters: Iterable[tuple[str, Slotted]],
        *,
        most_laid_out: int | None = None,
        compared: int | None = None,
    ) -> Typeset:
        """The pages of letters in one PDF, as `Typesetter.run` makes them, and with its errors.

        It ends behind so many letters that went the plain way, whose boxes are in memory until
        they are written: `Typeset.pages` tells how many letters are in it. `compared` of the fast
        ones are set plainly as well: by default as many as `comparisons` says.
        """
        batch = list(letters)
        compared = comparisons(len(batch)) if compared is None else compared
        try:
            return self._made(batch, most_laid_out, compared)
        except _Distrusted as distrusted:
            # Whatever it is, it may be in every letter that went the fast way. From now on, all of
            # them go the plain one.
            self.tally.reasons[str(distrusted)] += 1
            self._learned.is_wrong = self._plain = True
        return self._made(batch, most_laid_out, compared)

    def _made(
        self, letters: Sequence[tuple[str, Slotted]], most_laid_out: int | None, compared: int
    ) -> Typeset:
        assembly = self._set(letters, most_laid_out, compared)
        self._learned.forget()
        pages, counts, like = assembly.pages, tuple(assembly.counts), assembly.like
        del assembly  # writing the pages takes memory of its own
        try:
            return Typeset(pdf=self._typesetter.write(pages, like), pages=counts)
        except Unsupported as unsupported:
            raise _Distrusted(f"differs-{unsupported}") from unsupported

    def _set(
        self, letters: Sequence[tuple[str, Slotted]], most_laid_out: int | None, compared: int
    ) -> Assembly:
        self._pictures = {}
        assembly = Assembly(self._learned.fonts)
        flat = [placeholders.flat(page) for _key, page in letters]
        batch = Batch(flat)
        if not self._plain and batch.is_worth_learning and not self._is_right(letters[0][1]):
            raise _Distrusted("self-test")
        fast: list[_Fast] = []
        for (key, page), (parts, texts) in zip(letters, flat, strict=True):
            letter = _Letter(key, page, parts, texts)
            if not self._plain and (how := self._set_fast(letter, batch, assembly)):
                fast.append(how)
                continue
            assembly.add(self._typesetter.lay_out(key, letter.html, self._pictures))
            self.tally.plain += 1
            if assembly.laid_out == most_laid_out:
                break
        for one in _sample(fast, compared):
            self._compare(one)
        return assembly

    def _is_right(self, letter: Slotted) -> bool:
        """Whether letters of our own come out as WeasyPrint sets them on this machine.

        In the program's fonts, and in those of this letter where it has others.
        """
        if self._learned.is_tested:
            return True
        self._learned.is_tested = True
        other = self.anew()
        *some, last = self_test.letters()
        try:
            other._set(some, None, 0)
            other._set([last], None, 1)
            if other.tally.plain or not other.tally.checked:
                return False
            page = self._typesetter.parsed(letter.html)
            if self._typesetter.fonts.has_others:
                styles = [each.text or "" for each in page.etree_element.iter("style")]
                others = self_test.in_look("".join(styles))
                other._made(others, None, len(others))
        except _Distrusted:
            return False
        except LetterError:  # the letter will say so itself
            return True
        return True

    def _set_fast(self, letter: _Letter, batch: Batch, assembly: Assembly) -> _Fast | None:
        """How a letter went the fast way, if it could; it is in the assembly then."""
        learned = False

        def lay_out() -> boxes.Laid:
            nonlocal learned
            learned = True
            return self._laid(letter.key, letter.html)

        try:
            master = self._training.master(
                letter.parts,
                letter.texts,
                batch,
                lay_out=lambda html: self._laid(letter.key, html),
                parse=lambda html: boxes.elements(self._typesetter.parsed(html)),
            )
            own = master.set(letter.texts)
            layout = self._training.layout(master, own, lay_out)
            assembly.compose(layout, own)
        except Unsupported as unsupported:
            self.tally.reasons[str(unsupported)] += 1
            return None
        except LetterError:
            raise
        except Exception as error:
            raise _Distrusted(f"error-{type(error).__name__}") from error
        self.tally.fast += 1
        self.tally.learned += learned
        self._training.paid += 1
        return _Fast(letter, master, layout, learned)

    def _compare(self, one: _Fast) -> None:
        """Set a letter plainly as well. The same layout must be learned from it again."""
        self.tally.checked += 1
        if one.learned:  # it was compared for that
            return
        letter = one.letter
        try:
            own = one.master.set(letter.texts)
            again = self._learned.learn(one.master, own, self._laid(letter.key, letter.html))
        except Unsupported as unsupported:
            raise _Distrusted(f"differs-{unsupported}") from unsupported
        if not again.is_like(one.layout):
            raise _Distrusted("differs")

    def _laid(self, key: str, html: str) -> boxes.Laid:
        parsed = self._typesetter.parsed(html)
        return boxes.lay_out(lambda: self._typesetter.render(key, parsed, self._pictures), parsed)


@dataclass(frozen=True, slots=True)
class _Letter:
    key: str
    page: Slotted
    parts: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def html(self) -> str:
        return self.page.html

    @property
    def chance(self) -> bytes:
        """By chance, and the same each time."""
        return sha256("\0".join((self.key, *self.texts)).encode()).digest()


@dataclass(frozen=True, slots=True)
class _Fast:
    """How a letter went the fast way; `learned`: its layout was learned from it."""

    letter: _Letter
    master: Master
    layout: Layout
    learned: bool


class _Distrusted(Exception):
    """Something that cannot be: nothing of the fast way is to be trusted any more."""


def _sample(fast: Sequence[_Fast], n: int) -> Sequence[_Fast]:
    """`n` of them by chance, of each layout its share."""
    numbers: dict[Layout, int] = {}
    for one in fast:
        numbers.setdefault(one.layout, len(numbers))
    ordered = sorted(fast, key=lambda one: (numbers[one.layout], one.letter.chance))
    n = min(n, len(fast))
    return [ordered[(2 * i + 1) * len(fast) // (2 * n)] for i in range(n)]
