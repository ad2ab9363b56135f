"""Letters → pages, each the fastest way that is sure to give the pages of plain WeasyPrint."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from merge.errors import LetterError
from merge.model import Slotted, Ways
from merge.paper.press import layouts, placeholders, self_test
from merge.paper.press.assembly import Assembly
from merge.paper.press.internals import Unsupported, boxes
from merge.paper.press.layouts import Layout
from merge.paper.press.master import Master
from merge.paper.press.training import Learned, Parts, Texts, Training
from merge.paper.typesetting import Typeset, Typesetter

Tier = Literal["auto", "plain"]
Distrust = Literal["wrong", "error"]

_log = logging.getLogger(__name__)

COMPARED_AT_LEAST = 20
COMPARED_EVERY = 500  # letters


def comparisons(n: int) -> int:
    """How many of `n` letters that are set fast are set plainly as well, and compared."""
    return min(n, max(COMPARED_AT_LEAST, n // COMPARED_EVERY))


@dataclass(slots=True)
class Tally:
    """How many letters went which way, and why some did not go the fast one.

    Of the fast ones, a layout was `learned` from some, which were compared for that. `checked` of
    them were set plainly too and compared. `reasons` are those of `Unsupported` and of distrust.
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
    """Sets the letters of a campaign as `Typesetter` does, whose errors and warnings it shares.

    A `typesetter` of the folder is used when there is one. `tally` is of all runs.
    """

    def __init__(self, folder: Path, *, typesetter: Typesetter | None = None) -> None:
        self._typesetter = typesetter or Typesetter(folder)
        self._learned = Learned()
        self._pictures: dict[str, object] = {}  # of a run
        self.tally = Tally()

    def anew(self) -> Press:
        """Another with a tally of its own, which knows what this one has learned."""
        other = copy(self)
        other.tally = Tally()
        return other

    def run(
        self,
        letters: Iterable[tuple[str, Slotted]],
        *,
        tier: Tier = "auto",
        most_laid_out: int | None = None,
        compared: int | None = None,
    ) -> Typeset:
        """The pages of letters in one PDF, as `Typesetter.run` makes them, and with its errors.

        A run has the same bytes whatever was set before it. Only where something was found to be
        wrong, all runs from then on are set plainly, as those of `tier` "plain" are.

        It ends behind so many letters that went the plain way, whose boxes are in memory until
        they are written: `Typeset.pages` tells how many letters are in it. `compared` of the fast
        ones are set plainly as well: by default as many as `comparisons` says.
        """
        batch = list(letters)
        if tier == "auto" and boxes.is_known() and not self._learned.is_wrong:
            n = comparisons(len(batch)) if compared is None else compared
            try:
                return self._made(batch, most_laid_out, n)
            except _Distrusted as distrusted:
                # Whatever it is, it may be in every letter that went the fast way.
                _log.debug("all go the plain way", exc_info=distrusted)
                self.tally.reasons[distrusted.why] += 1
                self._learned.is_wrong = True
        return self._made(batch, most_laid_out)

    def _made(
        self,
        letters: Sequence[tuple[str, Slotted]],
        most_laid_out: int | None,
        compared: int | None = None,
    ) -> Typeset:
        assembly = self._set(letters, most_laid_out, compared)
        self._learned.forget()
        pages, counts, like = assembly.pages, tuple(assembly.counts), assembly.like
        del assembly  # writing the pages takes memory of its own
        try:
            return Typeset(pdf=self._typesetter.write(pages, like), pages=counts)
        except Unsupported as unsupported:
            raise _Distrusted from unsupported

    def _set(
        self,
        letters: Sequence[tuple[str, Slotted]],
        most_laid_out: int | None = None,
        compared: int | None = None,
    ) -> Assembly:
        """The pages of letters: plainly where it is None how many are to be compared."""
        self._pictures = {}
        assembly = Assembly(self._learned.fonts)
        flat = [placeholders.flat(page) for _key, page in letters]
        training = Training(self._learned, flat)
        if compared is not None and training.is_worth_while and not self._is_right(letters[0][1]):
            raise _Distrusted
        fast: list[_Fast] = []
        for (key, page), (parts, texts) in zip(letters, flat, strict=True):
            letter = _Letter(key, page, parts, texts)
            if compared is None or not self._set_fast(letter, training, assembly, fast):
                assembly.add(self._typesetter.lay_out(key, page.html, self._pictures))
                self.tally.plain += 1
                if assembly.laid_out == most_laid_out:
                    break
        for one in _sample(fast, compared or 0):
            self._compare(one)
        return assembly

    def _is_right(self, page: Slotted) -> bool:
        """Whether letters of our own come out as WeasyPrint sets them on this machine.

        In the program's fonts, and in those of this page where it has others.
        """
        if self._learned.is_tested:
            return True
        self._learned.is_tested = True
        other = self.anew()
        try:
            other._set(self_test.letters(), compared=1)
            if other.tally.plain or not other.tally.checked:
                return False
            parsed = self._typesetter.parsed(page.html)
            if self._typesetter.fonts.has_others:
                styles = [each.text or "" for each in parsed.etree_element.iter("style")]
                others = self_test.in_look("".join(styles))
                other._made(others, None, len(others))
        except _Distrusted:
            return False
        except LetterError:  # the letter will say so itself
            return True
        return True

    def _set_fast(
        self, letter: _Letter, training: Training, assembly: Assembly, fast: list[_Fast]
    ) -> bool:
        """Whether a letter went the fast way: it is in the assembly then, and in `fast`."""
        learned = False

        def lay_out() -> boxes.Laid:
            nonlocal learned
            learned = True
            return self._laid(letter.key, letter.page.html)

        try:
            master = training.master(
                letter.parts,
                letter.texts,
                lay_out=lambda html: self._laid(letter.key, html),
                parse=lambda html: boxes.elements(self._typesetter.parsed(html)),
            )
            own = master.set(letter.texts)
            layout = training.layout(master, own, lay_out)
            assembly.compose(layout, own)
        except Unsupported as unsupported:
            _log.debug("a letter goes the plain way", exc_info=unsupported)
            self.tally.reasons[unsupported.why] += 1
            return False
        except LetterError:
            raise
        except Exception as error:
            raise _Distrusted("error") from error
        self.tally.fast += 1
        self.tally.learned += learned
        training.fast += 1
        fast.append(_Fast(letter, master, layout, learned))
        return True

    def _compare(self, one: _Fast) -> None:
        """Set a letter plainly as well. The same layout must be learned from it again."""
        self.tally.checked += 1
        if one.learned:  # it was compared for that
            return
        letter = one.letter
        try:
            own = one.master.set(letter.texts)
            laid = self._laid(letter.key, letter.page.html)
            again = layouts.learn(one.master, laid, own, self._learned.fonts)
        except Unsupported as unsupported:
            raise _Distrusted from unsupported
        if not again.is_like(one.layout):
            raise _Distrusted

    def _laid(self, key: str, html: str) -> boxes.Laid:
        parsed = self._typesetter.parsed(html)
        return boxes.lay_out(lambda: self._typesetter.render(key, parsed, self._pictures), parsed)


class _Letter(NamedTuple):
    key: str
    page: Slotted
    parts: Parts
    texts: Texts


class _Fast(NamedTuple):
    """How a letter went the fast way; `learned`: its layout was learned from it."""

    letter: _Letter
    master: Master
    layout: Layout
    learned: bool


class _Distrusted(Exception):
    """Something that cannot be: nothing of the fast way is to be trusted any more."""

    def __init__(self, why: Distrust = "wrong") -> None:
        super().__init__(why)
        self.why = why


def _sample(fast: Sequence[_Fast], n: int) -> Sequence[_Fast]:
    """`n` of them by chance, which is the same each time, of each layout its share."""
    numbers: dict[Layout, int] = {}

    def order(one: _Fast) -> tuple[int, bytes]:
        said = "\0".join((one.letter.key, *one.letter.texts))
        return numbers.setdefault(one.layout, len(numbers)), sha256(said.encode()).digest()

    ordered = sorted(fast, key=order)
    n = min(n, len(fast))
    return [ordered[(2 * i + 1) * len(fast) // (2 * n)] for i in range(n)]
