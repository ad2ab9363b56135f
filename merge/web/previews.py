"""What shows letters to the pages: one helper for all, with what it has loaded.

It begins when a letter is first shown, ends when nobody has looked at one for a while, and dies
with the server. A letter that it is shown goes by a token of its own, so that a draft, which is in
no file yet, has addresses for its e-mail and its pages, too.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from merge.app.preview import PreviewedLetter
from merge.app.preview_worker import PreviewInput, ShownMail, ShownPage
from merge.app.previewer import Previewer
from merge.errors import Trouble
from merge.web.memory import Recent

IDLE_S = 300.0
"""After which the helper is let go of: 200 MB for nothing are too many."""

KEPT = 40
"""Letters that have addresses: of each change of a draft one, and what a person goes back to."""

PAGES_KEPT = 6
"""Letters whose pages are kept, for their pictures are asked for one by one."""

_Shown = TypeVar("_Shown")


@dataclass(slots=True, kw_only=True)
class Look:
    """One letter as a page shows it; the letter by e-mail, or why there is none for anybody.

    What is known of it costs no second rendering.
    """

    token: str
    asked: PreviewedLetter
    is_draft: bool
    mail: ShownMail | None = None
    trouble: Trouble | None = None
    rendering: asyncio.Future[ShownMail] | None = None
    page: asyncio.Future[ShownPage] | None = None


class Previews:
    """The helper of one server, and the letters that it was lately shown."""

    def __init__(self, previewer: Previewer | None = None) -> None:
        self._previewer = previewer or Previewer()
        self._turn = asyncio.Lock()
        self._kept = Recent[str, Look](KEPT)
        self._ends: asyncio.TimerHandle | None = None

    def keep(self, asked: PreviewedLetter, *, is_draft: bool = False) -> str:
        """A token for this letter."""
        token = secrets.token_urlsafe(9)
        self._kept[token] = Look(token=token, asked=asked, is_draft=is_draft)
        return token

    async def look(self, token: str) -> Look | None:
        """The letter with this token; None for one that is long gone, or of another server."""
        kept = self._kept.get(token)
        if kept is None:
            return None
        try:
            if kept.rendering is None:
                kept.rendering = self._begin(kept.asked.shown, self._previewer.mail)
            kept.mail = await asyncio.shield(kept.rendering)
        except Trouble as wrong:
            kept.trouble = wrong
        return kept

    async def values(self, token: str, sources: Sequence[str]) -> Mapping[str, str]:
        """What each of these pieces of a letter says to its recipient; none as `look`."""
        kept = self._kept.get(token)
        if kept is None:
            return {}
        with suppress(Trouble):
            return await self._ask(
                kept.asked.shown, lambda shown: self._previewer.values(shown, sources)
            )
        return {}

    async def page(self, token: str) -> ShownPage | None:
        """Its pages; None as `look`. Misuse without Pango, LetterError."""
        kept = self._kept.get(token)
        if kept is None:
            return None
        if kept.page is None:
            kept.page = self._begin(kept.asked.shown, self._previewer.page)
            with_pages = [each for each in self._kept.values() if each.page is not None]
            for old in with_pages[:-PAGES_KEPT]:
                old.page = None
        return await asyncio.shield(kept.page)

    def _begin(
        self, shown: PreviewInput, show: Callable[[PreviewInput], _Shown]
    ) -> asyncio.Future[_Shown]:
        """Let the helper show it; whoever asks meanwhile waits for the same."""
        task = asyncio.ensure_future(self._ask(shown, show))
        task.add_done_callback(_told)
        return task

    async def _ask(self, shown: PreviewInput, show: Callable[[PreviewInput], _Shown]) -> _Shown:
        async with self._turn:
            if self._ends is not None:
                self._ends.cancel()
            # It ends with the thread that starts it: this one, which is the server's. The other
            # only waits for its answer, and knows of nothing else.
            self._previewer.make_ready()
            try:
                return await asyncio.to_thread(show, shown)
            finally:
                idle_s = IDLE_S if self._kept else 0.0  # its letter was forgotten meanwhile
                self._ends = asyncio.get_running_loop().call_later(idle_s, self._previewer.end)

    def forget(self) -> None:
        """All letters, those that the helper still has in its memory too."""
        self._kept.clear()
        if not self._turn.locked():
            self.end()

    def end(self) -> None:
        """Let go of the helper."""
        if self._ends is not None:
            self._ends.cancel()
        self._previewer.end()


def _told(task: asyncio.Future[_Shown]) -> None:
    """Its error is for those who asked; when they are gone, for nobody."""
    if not task.cancelled():
        task.exception()
