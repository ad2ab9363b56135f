"""What one server remembers: forms that were posted, answers that take a while, the last few things
of a kind, checks, files of lists that wait to be taken, and sign-ins under way. Nothing of it
outlives the server.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import staging, uploads
from merge.app.check import CheckResult, check_all
from merge.app.importing import Import, Undone
from merge.app.staging import Staged
from merge.app.uploads import Upload
from merge.errors import Trouble
from merge.ledger.records import Destination
from merge.web.jobs import Jobs, WorkFailed

if TYPE_CHECKING:
    from merge.mail.signin import Grant, Pending

ANSWERS_KEPT = 50
"""A double click comes at once. Of older forms it is known that they were posted, and no more."""
CHECKS_KEPT = 20
FILES_KEPT = 4

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """A dictionary of the `at_most` keys that were set last."""

    def __init__(self, at_most: int) -> None:
        super().__init__()
        self._at_most = at_most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._at_most:
            self.popitem(last=False)


@dataclass(slots=True)
class Awaited:
    """An answer of this route that takes a while; a file is announced before it is handed over."""

    task: asyncio.Task[Response]
    route: str
    is_announced: bool = False


class Once:
    """One-time ids of forms: one that is posted twice is done once, and so is one that asks the
    same as another at work."""

    def __init__(self) -> None:
        self._server = secrets.token_urlsafe(
            12
        )  # an id of another one, as after a restart, is refused
        self._answers: dict[str, asyncio.Task[Response] | None] = {}
        self._at_work: dict[Hashable, asyncio.Task[Response]] = {}

    def give(self) -> str:
        """An id for a form."""
        return f"{self._server}.{secrets.token_urlsafe(12)}"

    def answer(self, form: str) -> asyncio.Task[Response]:
        """What was begun by that form. 400 for no id of ours, 410 for one whose answer is gone."""
        if not form.startswith(f"{self._server}."):
            raise HTTPException(400)
        if (known := self._answers.get(form)) is None:
            raise HTTPException(410)
        return known

    def begin(
        self, form: str, act: Callable[[], Coroutine[Any, Any, Response]], asks: Hashable
    ) -> asyncio.Task[Response]:
        """Act, or hand out the first answer to that form, or to one at work that `asks` the same; a
        form that came to nothing may be posted again. Errors as of `answer`."""
        if form in self._answers or not form.startswith(f"{self._server}."):
            known = self.answer(form)
            if not _came_to_nothing(known):
                return known
        if asks not in self._at_work:
            self._at_work[asks] = task = asyncio.create_task(act())
            task.add_done_callback(lambda _done: self._at_work.pop(asks))
        self._answers[form] = begun = self._at_work[asks]
        self.forget(all_but=ANSWERS_KEPT)
        return begun

    def forget(self, *, all_but: int = 0) -> None:
        """That a form was posted stays known, and nothing of what it was answered."""
        done = [form for form, answer in self._answers.items() if answer and answer.done()]
        for form in done[: -all_but or None]:
            if _came_to_nothing(self._answers[form]):
                del self._answers[form]
            else:
                self._answers[form] = None

    async def finish(self) -> None:
        """Wait for what is at work."""
        await asyncio.gather(*self._at_work.values(), return_exceptions=True)


def _came_to_nothing(answer: asyncio.Task[Response] | None) -> bool:
    if answer is None or not answer.done():
        return False
    return answer.cancelled() or bool(answer.exception()) or answer.result().status_code >= 400


@dataclass(slots=True)
class Check:
    """A check of one campaign: at work, or what it found, or why it could not be made."""

    result: CheckResult | None = None
    trouble: Exception | None = None
    is_at_work: bool = True


class Checks:
    """The last check and the last test of each campaign."""

    def __init__(self, jobs: Jobs) -> None:
        self.tested = Recent[Path, tuple[str, str]](CHECKS_KEPT)  # the address, and whose it was
        self._checks = Recent[Path, Check](CHECKS_KEPT)
        self._jobs = jobs
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, place: Path) -> Check | None:
        """The last one; None since the server began."""
        return self._checks.get(place)

    def begin(self, place: Path) -> None:
        """Check all letters of this campaign, unless that is under way."""
        last = self._checks.get(place)
        if last is not None and last.is_at_work:
            return
        check = self._checks[place] = Check()
        task = asyncio.create_task(self._run(place, check))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Both, of all campaigns."""
        self.tested.clear()
        self._checks.clear()

    async def _run(self, place: Path, check: Check) -> None:
        try:
            check.result = await self._jobs.look(check_all, place)
        except (Trouble, OSError, WorkFailed) as error:
            check.trouble = error
        finally:
            check.is_at_work = False


class StagedFiles:
    """Files of lists as they were read, and what was done last. One is read again only where
    something else was said of it."""

    def __init__(self, jobs: Jobs) -> None:
        self._kept = Recent[tuple[str, str], Staged](FILES_KEPT)
        self._ended = Recent[Path, Import | Undone](FILES_KEPT)
        self._jobs = jobs

    async def of(self, place: Path, upload: Upload) -> Staged:
        """The file as it would be taken now."""
        key = (upload.token, uploads.version(upload))
        if key not in self._kept:
            self._kept[key] = await self._jobs.call(staging.stage, place, upload)
        return self._kept[key]

    def forget_one(self, upload: Upload) -> None:
        """The campaign has changed: what was read is to be read again."""
        for key in [each for each in self._kept if each[0] == upload.token]:
            del self._kept[key]

    def end(self, place: Path, done: Import | Undone) -> None:
        """What was done, to be told once; the recipients have changed."""
        self._ended[place] = done
        self._kept.clear()

    def ended(self, place: Path) -> Import | Undone | None:
        """What was done last and not told yet."""
        return self._ended.pop(place, None)

    def forget(self) -> None:
        """All of it."""
        self._kept.clear()
        self._ended.clear()


class SignInUnderWay:
    """A person is at their provider; a thread waits for what comes of it."""

    def __init__(self, pending: Pending, to: Destination, typed: Mapping[str, str]) -> None:
        self.pending = pending
        self.to = to
        self.typed = typed  # as it is shown again, where it comes to nothing
        self.grant: Future[Grant] = Future()
        self._is_stopped = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    @property
    def address(self) -> str:
        """Where to go on."""
        return self.pending.address

    @property
    def user_code(self) -> str:
        """What to type there; "" in the browser of this computer."""
        return self.pending.user_code

    def stop(self) -> None:
        """Wait no more."""
        self._is_stopped.set()

    def _wait(self) -> None:
        try:
            self.grant.set_result(self.pending.wait(self._is_stopped.is_set))
        except Exception as error:  # told by whoever asks for the grant
            self.grant.set_exception(error)
        finally:
            self.pending.close()
