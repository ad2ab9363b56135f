"""Letters → pages, each the fastest way that is sure to give the pages of plain WeasyPrint."""

from __future__ import annotations

import time
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
from merge.paper.press.training import Batch, Learned, Training
from merge.paper.typesetting import Typeset, Typesetter

Tier = Literal["auto", "plain"]

CHECKED_EVERY = 100  # letters: one by chance is set plainly as well, and compared


@dataclass(slots=True)
class Tally:
    """How many letters went which way, and why some did not go the fast one.

    Of the fast ones, a layout was `learned` from some, which were compared for that. `checked` of
    them were set plainly too and compared, which took `check_s` of CPU time. `reasons` are codes.
    """

    fast: int = 0
    plain: int = 0
    learned: int = 0
    checked: int = 0
    check_s: float = 0.0
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
        self._checked_every = CHECKED_EVERY
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
        self, letters: Iterable[tuple[str, Slotted]], *, most_laid_out: int | None = None
    ) -> Typeset:
        """The pages of letters in one PDF, as `Typesetter.run` makes them, and with its errors.

        It ends behind so many letters that went the plain way, whose boxes are in memory until
        they are written: `Typeset.pages` tells how many letters are in it.
        """
        batch = list(letters)
        try:
            return self._made(batch, most_laid_out)
        except _Distrusted as distrusted:
            # Whatever it is, it may be in every letter that went the fast way. From now on, all of
            # them go the plain one.
            self.tally.reasons[str(distrusted)] += 1
            self._learned.is_wrong = self._plain = True
        return self._made(batch, most_laid_out)

    def _made(self, letters: Sequence[tuple[str, Slotted]], most_laid_out: int | None) -> Typeset:
        assembly = self._set(letters, most_laid_out)
        self._learned.forget()
        pages, counts, like = assembly.pages, tuple(assembly.counts), assembly.like
        del assembly  # writing the pages takes memory of its own
        try:
            return Typeset(pdf=self._typesetter.write(pages, like), pages=counts)
        except Unsupported as unsupported:
            raise _Distrusted(f"differs-{unsupported}") from unsupported

    def _set(
        self, letters: Sequence[tuple[str, Slotted]], most_laid_out: int | None = None
    ) -> Assembly:
        self._pictures = {}
        assembly = Assembly(self._learned.fonts)
        flat = [placeholders.flat(page) for _key, page in letters]
        batch = Batch(flat)
        if not self._plain and batch.is_worth_learning and not self._is_right(letters[0][1]):
            raise _Distrusted("self-test")
        for (key, page), (parts, texts) in zip(letters, flat, strict=True):
            letter = _Letter(key, page.html, parts, texts)
            if self._plain or not self._set_fast(letter, batch, assembly):
                assembly.add(self._typesetter.lay_out(key, letter.html, self._pictures))
                self.tally.plain += 1
                if assembly.laid_out == most_laid_out:
                    break
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
            other._set(some)
            other._checked_every = 1
            other._set([last])
            if other.tally.plain or not other.tally.checked:
                return False
            page = self._typesetter.parsed(letter.html)
            if self._typesetter.fonts.has_others:
                styles = [each.text or "" for each in page.etree_element.iter("style")]
                other._made(self_test.in_look("".join(styles)), None)
        except _Distrusted:
            return False
        except LetterError:  # the letter will say so itself
            return True
        return True

    def _set_fast(self, letter: _Letter, batch: Batch, assembly: Assembly) -> bool:
        """Whether a letter could go the fast way; it is in the assembly then."""
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
            if not learned and _chance(letter) % self._checked_every == 0:
                # The letter is laid out and drawn: the same layout must be learned from it again.
                start = time.process_time()
                try:
                    again = self._learned.learn(master, own, self._laid(letter.key, letter.html))
                except Unsupported as unsupported:
                    raise _Distrusted(f"differs-{unsupported}") from unsupported
                if not again.is_like(layout):
                    raise _Distrusted("differs")
                self.tally.checked += 1
                self.tally.check_s += time.process_time() - start
            assembly.compose(layout, own)
        except Unsupported as unsupported:
            self.tally.reasons[str(unsupported)] += 1
            return False
        except (LetterError, _Distrusted):
            raise
        except Exception as error:
            raise _Distrusted(f"error-{type(error).__name__}") from error
        self.tally.fast += 1
        self.tally.learned += learned
        self._training.paid += 1
        return True

    def _laid(self, key: str, html: str) -> boxes.Laid:
        parsed = self._typesetter.parsed(html)
        return boxes.lay_out(lambda: self._typesetter.render(key, parsed, self._pictures), parsed)


@dataclass(frozen=True, slots=True)
class _Letter:
    key: str
    html: str
    parts: tuple[str, ...]
    texts: tuple[str, ...]


class _Distrusted(Exception):
    """Something that cannot be: nothing of the fast way is to be trusted any more."""


def _chance(letter: _Letter) -> int:
    """A number by chance, and the same each time."""
    digest = sha256("\0".join((letter.key, *letter.texts)).encode()).digest()
    return int.from_bytes(digest[:4])
