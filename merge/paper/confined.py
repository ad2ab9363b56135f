"""Pages set in a helper with limits: a look, a picture or a letter may be a stranger's.

A style that stands in itself, a drawing that draws itself over and over, or a picture of a hundred
million pixels ends that process and no other. One helper sets all that a press asks for, and knows
its fonts and what it has learned, as the press itself would.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from typing import Any

from merge.confined.helpers import Kept, RanAway
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import rebuilt
from merge.disks import disk_full_told
from merge.errors import LetterError
from merge.model import Letter
from merge.paper.press import Tier
from merge.paper.runs import PAGES, Finished, Maker, Run
from merge.paper.typesetting import Typesetter
from merge.paper.window import Window

# A run says nothing until it is set: the clock is for what neither computes nor ends.
_WAIT_S = 60.0 if os.name == "posix" else 30.0
_A_LETTER_S = 10.0

_numbers = count()


class ConfinedSetter:
    """Sets what a press asks for. LetterError("page-runaway"), whose `reason` is the limit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._helper = Kept(__name__)

    def maker(self, window: Window | None) -> ConfinedMaker:
        """What sets the runs of a lot."""
        return ConfinedMaker(self, self._folder, window)

    def page(self, html: str) -> bytes:
        """A page of our own, as PDF."""
        return self._bytes(partial(_page, self._folder, html))

    def alone(self, letter: Letter) -> bytes:
        """`Typesetter.alone` of one letter."""
        return self._bytes(partial(_alone, self._folder, letter.key, letter.page.html), letter.key)

    def _bytes(self, task: Callable[[], bytes], key: str = "") -> bytes:
        return rebuilt(bytes, self.ask(task, 1, key))

    def ask(self, task: Callable[[], object], letters: int, key: str = "") -> Any:
        """What the helper says of so many letters."""
        limits = Limits(
            cpu_s=PAGES.cpu_s,
            memory=PAGES.memory,
            files=PAGES.files,
            answer=PAGES.answer,
            wall_s=_WAIT_S + letters * _A_LETTER_S,
        )
        try:
            return self._helper.run(task, limits)
        except RanAway as error:
            raise LetterError(
                "page-runaway",
                key=key,
                reason=error.limit,
                seconds=round(limits.cpu_s),
                megabytes=limits.memory // MEBIBYTE,
                detail=error.detail,
            ) from None


class ConfinedMaker(Maker):
    """A maker that is in the helper; this one asks it."""

    def __init__(
        self, setter: ConfinedSetter, folder: Path, window: Window | None, tier: Tier = "auto"
    ) -> None:
        self.folder = folder
        self.window = window
        self.tier = tier
        self.is_fast = False
        self._setter = setter
        self._number = next(_numbers)

    def anew(self) -> Maker:
        """One for another lot of the same folder."""
        return ConfinedMaker(self._setter, self.folder, self.window, self.tier)

    def set_plainly(self) -> None:
        """From now on, as `Typesetter` does."""
        self.tier = "plain"

    def finish(self, letters: Run, target: Path | None) -> Finished:
        """See `Maker`."""
        place = target and target.absolute()
        task = partial(_finish, self.folder, self.window, self.tier, self._number, letters, place)
        made, is_fast = rebuilt(tuple[Finished, bool], self._setter.ask(task, len(letters)))
        self.is_fast = is_fast
        return made


# --- in the helper --------------------------------------------------------------------------------


class _Desk:
    """What the helper has of one folder."""

    def __init__(self, folder: Path) -> None:
        self.typesetter = Typesetter(folder)
        self._first: Maker | None = None
        self._maker: Maker | None = None
        self._number = -1

    def maker(self, folder: Path, window: Window | None, number: int) -> Maker:
        """The one of that number; the one before has done its lot."""
        if self._maker is None or number != self._number:
            first = self._first or Maker(folder, window, typesetter=self.typesetter)
            self._first, self._number, self._maker = first, number, first.anew()
        return self._maker


_desk = lru_cache(1)(_Desk)


@disk_full_told()
def _finish(
    folder: Path, window: Window | None, tier: Tier, number: int, letters: Run, target: Path | None
) -> tuple[Finished, bool]:
    maker = _desk(folder).maker(folder, window, number)
    if tier == "plain":
        maker.set_plainly()
    return maker.finish(letters, target), maker.is_fast


def _alone(folder: Path, key: str, html: str) -> bytes:
    return _desk(folder).typesetter.alone(key, html)


def _page(folder: Path, html: str) -> bytes:
    return _desk(folder).typesetter.run([("", html)]).pdf
