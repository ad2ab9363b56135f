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
from merge.paper.press import inner, marks, shapes, trial
from merge.paper.press.inner import Unlike
from merge.paper.press.lessons import Expected, Lesson
from merge.paper.press.library import Known, Library, SetParagraph
from merge.paper.press.sheets import Sheets
from merge.paper.typesetting import Run, Typesetter

Tier = Literal["auto", "plain"]

CHECKED_EVERY = 100  # letters: one by chance is set plainly as well, and compared


@dataclass(slots=True)
class Tally:
    """How many letters went which way, and why some did not go the fast one.

    `learned` of the fast ones showed a shape to the others, and were compared for that. `checked`
    of them were set plainly too and compared, which took `check_s` of CPU time. `reasons` are words
    in code.
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
        self,
        folder: Path,
        tier: Tier = "auto",
        *,
        typesetter: Typesetter | None = None,
    ) -> None:
        self._typesetter = typesetter or Typesetter(folder)
        self._tier = tier
        self._checked_every = CHECKED_EVERY
        self._begin(Library())

    def _begin(self, library: Library) -> None:
        self._library = library
        self._lesson = Lesson(library)
        self._plain = self._tier == "plain" or library.is_wrong or not inner.is_known()
        self._pictures: dict[str, object] = {}
        self.tally = Tally()

    def anew(self) -> Press:
        """A press for another lot, which knows what this one has learned.

        The same runs of letters have the same bytes from it as from one that knows nothing. Only
        where something was found to be wrong, it sets all of them plainly.
        """
        other = copy(self)
        other._begin(self._library)
        return other

    def run(
        self, letters: Iterable[tuple[str, Slotted]], *, most_laid_out: int | None = None
    ) -> Run:
        """The pages of letters in one PDF, as `Typesetter.run` makes them, and with its errors.

        It ends behind so many letters that went the plain way, whose boxes are in memory until
        they are written: `Run.pages` tells how many letters are in it.
        """
        batch = list(letters)
        try:
            return self._made(batch, most_laid_out)
        except _Surprise as surprise:
            # Whatever it is, it may be in every letter that went the fast way. From now on, all of
            # them go the plain one.
            self.tally.reasons[str(surprise)] += 1
            self._library.is_wrong = self._plain = True
        return self._made(batch, most_laid_out)

    def _made(self, letters: Sequence[tuple[str, Slotted]], most_laid_out: int | None) -> Run:
        sheets = self._set(letters, most_laid_out)
        self._library.forget()
        pages, counts, like = sheets.pages, tuple(sheets.counts), sheets.like
        del sheets  # its lines: to write the pages takes memory of its own
        try:
            return Run(pdf=self._typesetter.write(pages, like), pages=counts)
        except Unlike as unlike:
            raise _Surprise(f"differs-{unlike}") from unlike

    def _set(
        self, letters: Sequence[tuple[str, Slotted]], most_laid_out: int | None = None
    ) -> Sheets:
        self._pictures = {}
        sheets = Sheets(self._library.shelf)
        if self._plain:
            for key, page in letters[:most_laid_out]:
                self._set_plainly(key, page, sheets)
            return sheets
        flat = [marks.flat(page) for _key, page in letters]
        expected = Expected(flat)
        if expected.are_worth_a_look and not self._is_right(letters[0][1]):
            raise _Surprise("trial")
        for (key, page), (parts, texts) in zip(letters, flat, strict=True):
            self._set_fast(_Letter(key, page, parts, texts), expected, sheets)
            if sheets.laid_out == most_laid_out:
                break
        return sheets

    def _is_right(self, letter: Slotted) -> bool:
        """Whether letters of our own come out as WeasyPrint sets them on this machine.

        In the program's fonts, and in those of this letter where it has others.
        """
        if self._library.is_tried:
            return True
        self._library.is_tried = True
        other = self.anew()
        *some, last = trial.letters()
        try:
            other._set(some)
            other._checked_every = 1
            other._set([last])
            if other.tally.plain or not other.tally.checked:
                return False
            page = self._typesetter.parsed(letter.html)
            if self._typesetter.fonts.has_others:
                styles = [each.text or "" for each in page.etree_element.iter("style")]
                other._made(trial.in_look("".join(styles)), None)
        except _Surprise:
            return False
        except LetterError:  # the letter will say so itself
            return True
        return True

    def _set_plainly(self, key: str, page: Slotted, sheets: Sheets) -> None:
        sheets.add(self._typesetter.lay_out(key, page.html, self._pictures))
        self.tally.plain += 1

    def _set_fast(self, letter: _Letter, expected: Expected, sheets: Sheets) -> None:
        """A letter the fast way if one is known, and a look at how it might be."""
        laid: list[inner.Laid] = []

        def lay_out() -> inner.Laid:
            laid.append(self._laid(letter.key, letter.page.html))
            return laid[0]

        try:
            known = self._known(letter, expected)
            own = known.set(letter.texts)
            shape = self._lesson.shape(known, own, lay_out)
            if not laid and _chance(letter) % self._checked_every == 0:
                self._check(letter, known, own, shape)
            sheets.compose(shape, own)
        except Unlike as unlike:
            self.tally.reasons[str(unlike)] += 1
        except (LetterError, _Surprise):
            raise
        except Exception as error:
            raise _Surprise(f"error-{type(error).__name__}") from error
        else:
            self.tally.fast += 1
            self.tally.learned += len(laid)
            self._lesson.earned += 1
            return
        # Not while an exception is handled: Python then builds each one that WeasyPrint's layout
        # raises and drops, which costs 6 % of a letter.
        if laid:
            sheets.add(laid[0].document)
            self.tally.plain += 1
        else:
            self._set_plainly(letter.key, letter.page, sheets)

    def _known(self, letter: _Letter, expected: Expected) -> Known:
        return self._lesson.known(
            letter.parts,
            letter.texts,
            expected,
            lay_out=lambda html: self._laid(letter.key, html),
            parse=lambda html: inner.elements(self._typesetter.parsed(html)),
        )

    def _check(
        self, letter: _Letter, known: Known, own: list[SetParagraph], shape: shapes.Shape
    ) -> None:
        """Lay the letter out and draw it: the same shape must be learned from it again."""
        start = time.process_time()
        try:
            again = self._library.learned(known, own, self._laid(letter.key, letter.page.html))
        except Unlike as unlike:
            raise _Surprise(f"differs-{unlike}") from unlike
        if not again.is_like(shape):
            raise _Surprise("differs")
        self.tally.checked += 1
        self.tally.check_s += time.process_time() - start

    def _laid(self, key: str, html: str) -> inner.Laid:
        parsed = self._typesetter.parsed(html)
        return inner.lay_out(lambda: self._typesetter.render(key, parsed, self._pictures), parsed)


@dataclass(frozen=True, slots=True)
class _Letter:
    key: str
    page: Slotted
    parts: tuple[str, ...]
    texts: tuple[str, ...]


class _Surprise(Exception):
    """Something that cannot be: nothing of the fast way is to be trusted any more."""


def _chance(letter: _Letter) -> int:
    """A number by chance, and the same each time."""
    digest = sha256("\0".join((letter.key, *letter.texts)).encode()).digest()
    return int.from_bytes(digest[:4])
