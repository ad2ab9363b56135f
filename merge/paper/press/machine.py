"""Letters → pages, each the fastest way that is sure to give the pages of plain WeasyPrint."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from merge.errors import LetterError
from merge.model import Slotted, Ways
from merge.paper.press import inner, shapes, skeletons
from merge.paper.press.inner import Unlike
from merge.paper.press.library import Expected, Known, Library, SetParagraph
from merge.paper.press.sheets import Sheets
from merge.paper.typesetting import Run, Typesetter

Tier = Literal["auto", "plain"]

CHECKED_EVERY = 100  # letters: one by chance is set plainly as well, and compared


@dataclass(slots=True)
class Tally:
    """How many letters went which way, and why some did not go the fast one.

    `learned` of the plain ones showed a shape to the others. `checked` of the fast ones were set
    plainly too and compared, which took `check_s` of CPU time. `reasons` are words in code.
    """

    fast: int = 0
    plain: int = 0
    learned: int = 0
    checked: int = 0
    check_s: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    def ways(self) -> Ways:
        """As a record of the program."""
        why = dict(self.reasons)
        if self.learned:
            why["learned"] = self.learned
        return Ways(fast=self.fast, plain=self.plain, checked=self.checked, reasons=why)


class Press:
    """Sets letters as `Typesetter` does, whose errors and warnings it shares.

    `tier` "plain" is that and nothing else. A `typesetter` of the folder is used when there is one.
    """

    def __init__(
        self, folder: Path, tier: Tier = "auto", *, typesetter: Typesetter | None = None
    ) -> None:
        self._typesetter = typesetter or Typesetter(folder)
        self._plain = tier == "plain" or not inner.is_known()
        self._library = Library()
        self._like: Any = None  # a document without pages, for what it says of itself
        self._pictures: dict[str, object] = {}
        self._earned = 0  # letters that went the fast way, since ever
        self.tally = Tally()

    def run(self, letters: Iterable[tuple[str, Slotted]]) -> Run:
        """The pages of letters in one PDF, as `Typesetter.run` makes them, and with its errors."""
        batch = list(letters)
        try:
            sheets = self._set(batch)
        except _Surprise as surprise:
            # Whatever it is, it may be in every letter that went the fast way.
            self.tally.reasons[str(surprise)] += 1
            self._plain = True
            sheets = self._set(batch)
        self._library.forget()
        return Run(pdf=self._typesetter.write(sheets.pages, self._like), pages=tuple(sheets.counts))

    def _set(self, letters: Sequence[tuple[str, Slotted]]) -> Sheets:
        self._pictures = {}
        sheets = Sheets(self._library.shelf)
        if self._plain:
            for key, page in letters:
                self._set_plainly(key, page.html, sheets)
            return sheets
        flat = [skeletons.flat(page) for _key, page in letters]
        expected = Expected(flat)
        for (key, page), (parts, texts) in zip(letters, flat, strict=True):
            self._set_fast(_Letter(key, page.html, parts, texts), expected, sheets)
        return sheets

    def _set_plainly(self, key: str, html: str, sheets: Sheets) -> None:
        document = self._typesetter.lay_out(key, html, self._pictures)
        self._add(document, sheets)

    def _add(self, document: Any, sheets: Sheets) -> None:
        if self._like is None:
            self._like = document.copy([])
        sheets.add(document.pages)
        self.tally.plain += 1

    def _set_fast(self, letter: _Letter, expected: Expected, sheets: Sheets) -> None:
        """A letter the fast way if one is known, and a look at how it might be."""
        try:
            known = self._known(letter, expected)
            own = known.set(letter.texts)
            counts = tuple(map(len, own))
            shape = known.shapes.get(counts)
            if isinstance(shape, str):
                raise Unlike(shape)
            if shape is not None:
                if _is_checked(letter):
                    self._check(letter, known, own, shape)
                sheets.compose(shape, own)
                self.tally.fast += 1
                self._earned += 1
                return
            if not self._library.may_learn(self._earned):
                raise Unlike("too-many-shapes")
        except Unlike as unlike:
            self.tally.reasons[str(unlike)] += 1
            self._set_plainly(letter.key, letter.html, sheets)
            return
        except (LetterError, _Surprise):
            raise
        except Exception as error:
            raise _Surprise(f"error-{type(error).__name__}") from error
        laid = self._laid(letter.key, letter.html)
        try:
            self._library.learn(known, laid, counts, own)
            self.tally.learned += 1
        except Unlike as unlike:
            self.tally.reasons[str(unlike)] += 1
        self._add(laid.document, sheets)

    def _known(self, letter: _Letter, expected: Expected) -> Known:
        return self._library.find(
            letter.parts,
            letter.texts,
            expected,
            self._earned,
            lay_out=lambda html: self._laid(letter.key, html),
            parse=lambda html: inner.elements(self._typesetter.parsed(html)),
        )

    def _check(
        self, letter: _Letter, known: Known, own: list[SetParagraph], shape: shapes.Shape
    ) -> None:
        """Lay the letter out and draw it: the same shape must be learned from it again."""
        start = time.process_time()
        try:
            again = self._library.shape(known, self._laid(letter.key, letter.html), own)
        except Unlike as unlike:
            raise _Surprise(f"differs-{unlike}") from unlike
        if [side.parts for side in again] != [side.parts for side in shape]:
            raise _Surprise("differs")
        self.tally.checked += 1
        self.tally.check_s += time.process_time() - start

    def _laid(self, key: str, html: str) -> inner.Laid:
        parsed = self._typesetter.parsed(html)
        return inner.lay_out(lambda: self._typesetter.render(key, parsed, self._pictures), parsed)


@dataclass(frozen=True, slots=True)
class _Letter:
    key: str
    html: str
    parts: tuple[str, ...]
    texts: tuple[str, ...]


class _Surprise(Exception):
    """Something that cannot be: nothing of the fast way is to be trusted any more."""


def _is_checked(letter: _Letter) -> bool:
    """By chance, and the same letters each time."""
    digest = sha256("\0".join((letter.key, *letter.texts)).encode()).digest()
    return int.from_bytes(digest[:4]) % CHECKED_EVERY == 0
