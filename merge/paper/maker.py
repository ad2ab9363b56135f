"""A run of letters → finished pages that were measured, here or in a confined helper.

A run is what is set together: it shares fonts and pictures, and ends where those of its letters
that WeasyPrint has laid out, whose boxes it keeps until they are written, fill enough memory. Each
run is measured when it is finished; a letter with a fault in its window is told, and left out.

A look, a picture or a letter may be a stranger's: a style that stands in itself, a drawing that
draws itself over and over, or a picture of a hundred million pixels ends the helper and no other
process. One helper sets all that a `ConfinedMaker` asks for, and knows its fonts and what it has
learned, as a `Maker` here would.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from merge.confined.helpers import Kept, RanAway
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import rebuilt
from merge.disks import disk_full_told
from merge.errors import LetterError
from merge.model import Letter, LetterFault, Proof, Ways
from merge.paper import binding, measuring
from merge.paper.press import Press, Tally, Tier
from merge.paper.typesetting import Typesetter
from merge.paper.window import A4, Area, SheetFormat, Window

LETTERS_LAID_OUT = 50  # in a run: about 30 MB of boxes

PAGES = Limits(cpu_s=30, memory=2048 * MEBIBYTE, wall_s=3600, files=1 << 40)
"""What a process may use for each letter, or to write a run; a file as large as the disk."""

# A run says nothing until it is set: the clock is for what neither computes nor ends.
_WAIT_S = 60.0 if os.name == "posix" else 30.0
_A_LETTER_S = 10.0

Letters = tuple[Letter, ...]

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """One run, as it was made.

    `pdf` has the pages of the letters that are right, one behind the other; `digests` is theirs,
    as `binding.digests` has it. Without a file to write to, None and ().
    """

    proofs: tuple[Proof, ...]
    pdf: Path | None = None
    digests: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ways: Ways = field(default_factory=Ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a maker is to make, for which campaign folder.

    Runs are measured where the window is known. The front of each sheet, of which there is one
    a page unless `duplex`, has nothing where it is to be `clear`.
    """

    folder: Path
    window: Window | None = None
    clear: Area | None = None
    duplex: bool = True

    @property
    def sheet(self) -> SheetFormat:
        """The paper that is made for."""
        return self.window.sheet if self.window else A4


class Maker:
    """Sets the runs of one lot after the other."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._typesetter = Typesetter(setup.folder, setup.sheet)
        self._press = Press(setup.folder, typesetter=self._typesetter)

    def finish(self, letters: Letters, target: Path | None, tier: Tier, compared: int) -> Finished:
        """Set and measure a run of these, which may end before the last; write it to `target`.

        `compared` of those that the press sets are compared with plain pages. LetterError as in
        `Typesetter.run`.
        """
        self._press.tally = Tally()
        pages = ((letter.key, letter.page) for letter in letters)
        made = self._press.run(pages, tier=tier, most_laid_out=LETTERS_LAID_OUT, compared=compared)
        letters = letters[: len(made.pages)]
        ways = self._press.tally.ways()
        faults: tuple[LetterFault | None, ...] = (None,) * len(letters)
        window = self.setup.window
        if window is not None:
            addresses = [letter.address for letter in letters]
            sides = 2 if self.setup.duplex else 1
            found = measuring.flaws(
                made.pdf, made.pages, addresses, window, self.setup.clear, sides=sides
            )
            faults = tuple(
                LetterFault(key=letter.key, code=flaw.code, value=flaw.words) if flaw else None
                for letter, flaw in zip(letters, found, strict=True)
            )
        proofs = tuple(
            Proof(key=letter.key, pages=pages, fault=fault)
            for letter, pages, fault in zip(letters, made.pages, faults, strict=True)
        )
        digests: tuple[str, ...] = ()
        right = tuple(letter for letter, fault in zip(letters, faults, strict=True) if not fault)
        if target is not None and right:
            if len(right) < len(letters):
                pages = ((letter.key, letter.page) for letter in right)
                made = self._press.run(pages, tier=tier, compared=0)
            target.write_bytes(made.pdf)
            digests = binding.digests(target, made.pages)
        return Finished(
            proofs=proofs,
            pdf=target if digests else None,
            digests=digests,
            warnings=self._typesetter.warnings,
            ways=ways,
        )

    def page(self, html: str, size_mm: tuple[float, float] | None = None) -> bytes:
        """Pages of our own, as PDF."""
        return self._typesetter.run([("", html)], size_mm).pdf

    def tagged(self, key: str, html: str) -> bytes:
        """One letter with tags for screen readers, as `Typesetter.alone`."""
        return self._typesetter.alone(key, html)


class ConfinedMaker:
    """A maker in a helper with limits. LetterError("letter-runaway"), whose `words` say which."""

    def __init__(self, setup: Setup) -> None:
        self.setup = replace(setup, folder=setup.folder.absolute())
        self._helper = Kept(__name__)

    def finish(self, letters: Letters, target: Path | None, tier: Tier, compared: int) -> Finished:
        """See `Maker`."""
        path = target and target.absolute()
        task = partial(_finish, self.setup, letters, path, tier, compared)
        return self._ask(Finished, task, letters=len(letters))

    def page(self, html: str, size_mm: tuple[float, float] | None = None) -> bytes:
        """See `Maker`."""
        return self._ask(bytes, partial(_page, self.setup, html, size_mm))

    def tagged(self, key: str, html: str) -> bytes:
        """See `Maker`."""
        return self._ask(bytes, partial(_tagged, self.setup, key, html), key)

    def _ask(
        self, kind: type[_Made], task: Callable[[], object], key: str = "", letters: int = 1
    ) -> _Made:
        limits = replace(PAGES, wall_s=_WAIT_S + letters * _A_LETTER_S)
        try:
            return rebuilt(kind, self._helper.run(task, limits))
        except RanAway as error:
            raise LetterError("letter-runaway", key=key, words=error.limit) from None


AnyMaker = Maker | ConfinedMaker


# --- in the helper --------------------------------------------------------------------------------

_maker = lru_cache(1)(Maker)


@disk_full_told()
def _finish(
    setup: Setup, letters: Letters, target: Path | None, tier: Tier, compared: int
) -> Finished:
    return _maker(setup).finish(letters, target, tier, compared)


def _page(setup: Setup, html: str, size_mm: tuple[float, float] | None) -> bytes:
    return _maker(setup).page(html, size_mm)


def _tagged(setup: Setup, key: str, html: str) -> bytes:
    return _maker(setup).tagged(key, html)
