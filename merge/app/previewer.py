"""The confined helper process that renders previews (`preview_worker`) and stays for the next one.

A letter may be a stranger's, so the helper has no network and no passwords, and limits of time and
memory. A letter that exceeds them ends the process; the next one starts another.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from merge.app import preview_worker
from merge.app.confined import FACT_AT_MOST, LETTER
from merge.app.preview_worker import PreviewInput, ShownMail, ShownPage
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
    """Renders one preview at a time, in a helper that starts with the first."""

    def __init__(self) -> None:
        self._helper = Kept(preview_worker.__name__)

    def make_ready(self) -> None:
        """Start the helper, if there is none. It ends with the thread that starts it."""
        self._helper.start()

    def mail(self, shown: PreviewInput) -> ShownMail:
        """`preview_worker.mail` there, and its errors; LetterError("letter-runaway")."""
        try:
            return self._ask(ShownMail, partial(preview_worker.mail, shown), LETTER)
        except RanAway as error:
            path = shown.compiling.keywords["path"]
            raise LetterError(
                "letter-runaway", path=path, words=error.limit, detail=error.detail[:FACT_AT_MOST]
            ) from None

    def values(self, shown: PreviewInput, sources: Sequence[str]) -> Mapping[str, str]:
        """`preview_worker.values` there; {} where it exceeds the limits."""
        try:
            return self._ask(dict[str, str], partial(preview_worker.values, shown, sources), LETTER)
        except RanAway:
            return {}

    def page(self, shown: PreviewInput) -> ShownPage:
        """`preview_worker.page` there, and its errors; LetterError("letter-runaway")."""
        try:
            return self._ask(ShownPage, partial(preview_worker.page, shown), PAGE)
        except RanAway as error:
            raise LetterError(
                "letter-runaway", key=shown.recipient.key, words=error.limit
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
        """Whether the helper runs."""
        return self._helper.is_there

    def end(self) -> None:
        """End the helper; the next letter starts another."""
        self._helper.end()
