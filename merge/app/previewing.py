"""A helper that stays, and shows letters: it has templates and fonts loaded (`app.showing`).

A letter may be a stranger's, so it is read there: without network and passwords, within limits of
time and memory. What runs away ends that process; the next letter has another.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from merge.app import showing
from merge.app.confined import FACT_AT_MOST, LETTER
from merge.app.showing import ShownMail, ShownPage, ToShow
from merge.confined.helpers import Kept, RanAway
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import rebuilt
from merge.errors import LetterError, Trouble

_Made = TypeVar("_Made")

PAGE = Limits(
    cpu_s=15,
    memory=1024 * MEBIBYTE,
    wall_s=45 if os.name == "posix" else 15,
    files=64 * MEBIBYTE,  # a font of the look is written down before it is loaded
)
"""One letter on paper: twenty times what the longest of ours takes."""


class Previewer:
    """Shows letters, one after the other, in a helper that is started when it is first asked."""

    def __init__(self) -> None:
        self._helper = Kept(showing.__name__)

    def make_ready(self) -> None:
        """Start it, in the thread that it shall end with, where there is none that lives."""
        self._helper.start()

    def mail(self, shown: ToShow) -> ShownMail:
        """`showing.mail` there, and its errors; LetterError("letter-runaway")."""
        try:
            return self._ask(ShownMail, partial(showing.mail, shown), LETTER)
        except RanAway as error:
            path = shown.compiling.keywords["path"]
            raise LetterError(
                "letter-runaway", path=path, words=error.limit, detail=error.detail[:FACT_AT_MOST]
            ) from None

    def values(self, shown: ToShow, expressions: Sequence[str]) -> Mapping[str, str]:
        """`showing.values` there; none where that takes too much."""
        try:
            return self._ask(dict[str, str], partial(showing.values, shown, expressions), LETTER)
        except RanAway:
            return {}

    def page(self, shown: ToShow) -> ShownPage:
        """`showing.page` there, and its errors; LetterError("page-runaway")."""
        try:
            return self._ask(ShownPage, partial(showing.page, shown), PAGE)
        except RanAway as error:
            raise LetterError(
                "page-runaway",
                key=shown.recipient.key,
                reason=error.limit,
                seconds=round(PAGE.cpu_s),
                megabytes=PAGE.memory // MEBIBYTE,
                detail=error.detail[:FACT_AT_MOST],
            ) from None

    def _ask(self, kind: type[_Made], task: Callable[[], object], limits: Limits) -> _Made:
        try:
            return rebuilt(kind, self._helper.run(task, limits))
        except Trouble as trouble:
            trouble.facts = {
                name: fact[:FACT_AT_MOST] if isinstance(fact, str) else fact
                for name, fact in trouble.facts.items()
            }
            raise

    @property
    def is_there(self) -> bool:
        """Whether a process waits, with what it has loaded."""
        return self._helper.is_there

    def end(self) -> None:
        """Let go of it, and of its memory. The next letter starts another."""
        self._helper.end()
