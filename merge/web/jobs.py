"""Work that the server does not do itself: what imports, renders, sends, prints, reads a mailbox.

`call` waits for a result. `start` begins a job that outlives the tab, the server and the terminal;
`merge.app.following` shows it by its row in the ledger. Both take a function of a module of the
house with its arguments, and speak the language that is spoken here. A tab that is closed meanwhile
ends neither.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

from merge.campaign.ports import Watch
from merge.errors import Stopped
from merge.settings import held_passwords
from merge.web.child import APART, Request, WorkAnswer, alone, command, environment
from merge.words.language import code

P = ParamSpec("P")
R = TypeVar("R")

LIMIT_S = 900.0
"""What takes longer is no answer to a click: it is a job, and that has no limit."""

AT_ONCE = 4
"""Processes that are waited for; others wait their turn. A job takes none: it never waits behind
what looks or imports."""


class WorkFailed(Exception):
    """An error that nobody foresaw, in a process of its own: its kind, and what it said."""

    def __init__(self, kind: str, said: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.said = said


class Jobs:
    """The work that one server has begun."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Held until they end; the loop alone would not.
        self._at_work = set[asyncio.Task[WorkAnswer]]()
        self._looking = set[asyncio.Task[WorkAnswer]]()

    async def call(self, work: Callable[P, R], /, *args: P.args, **options: P.kwargs) -> R:
        """What the function returns, in a process of its own.

        Its Trouble and its OSError are raised here; WorkFailed for any other.
        Stopped("work-too-long").
        """
        answer = await self._asked(work, args, options, told=False)
        value: R = answer.value
        return value

    async def look(self, work: Callable[P, R], /, *args: P.args, **options: P.kwargs) -> R:
        """`call` for what only looks: it ends with whoever waits for it, and with the server."""
        answer = await self._asked(work, args, options, told=False, ends_with_us=True)
        value: R = answer.value
        return value

    async def start(
        self, work: Callable[Concatenate[Watch, P], R], /, *args: P.args, **options: P.kwargs
    ) -> int | R:
        """Begin a job: the number of its row, as soon as that is there, or what came of it before.

        `work` is handed a `Watch` first, which tells when to end. Errors as of `call`, until there
        is a row; after that the row tells what came of it. Never Stopped("work-too-long").
        """
        answer = await self._asked(work, args, options, told=True)
        value: int | R = answer.value
        return value

    async def finish(self) -> None:
        """Wait for what was called or started, which would end with the server; end the looks."""
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._at_work, *self._looking, return_exceptions=True)

    async def _asked(
        self,
        work: Callable[..., object],
        args: tuple[Any, ...],
        options: dict[str, Any],
        *,
        told: bool,
        ends_with_us: bool = False,
    ) -> WorkAnswer:
        request = Request(
            work=f"{work.__module__}:{work.__qualname__}",
            args=args,
            options=options,
            language=code(),
            told=told,
            passwords=held_passwords(),
        )
        task = asyncio.create_task(self._answer(request))
        held = self._looking if ends_with_us else self._at_work
        held.add(task)
        task.add_done_callback(held.discard)
        answer = await (task if ends_with_us else asyncio.shield(task))
        if answer.kind == "raised":
            raise answer.value
        if answer.kind == "failed":
            raise WorkFailed(*answer.value)
        return answer

    async def _answer(self, request: Request) -> WorkAnswer:
        async with nullcontext() if request.told else self._turns:
            process = await asyncio.create_subprocess_exec(
                *command(*([APART] if request.told else [])),
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=environment(),
                **alone(),
            )
            try:
                # A job goes on whether or not anybody waits: so it has no limit here.
                async with asyncio.timeout(None if request.told else LIMIT_S):
                    said, talk = await process.communicate(pickle.dumps(request))
            except asyncio.CancelledError:
                _kill(process)
                await process.wait()
                raise
            except TimeoutError:
                _kill(process)
                await process.wait()
                raise Stopped("work-too-long", minutes=round(LIMIT_S / 60)) from None
        if not said:
            return WorkAnswer(
                kind="failed", value=(f"exit {process.returncode}", talk.decode("utf-8"))
            )
        answer: WorkAnswer = pickle.loads(said)  # noqa: S301 - our own child's
        return answer


def _kill(process: Process) -> None:
    """It and its helpers."""
    with suppress(ProcessLookupError):
        if sys.platform != "win32":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
