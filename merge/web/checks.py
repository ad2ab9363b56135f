"""Checks at work for the pages: each in a process of its own, and what came of the last one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from merge.app import readiness
from merge.app.check import CheckResult
from merge.errors import Trouble
from merge.web import jobs
from merge.web.recent import Recent

KEPT = 20
"""Campaigns of which both are known."""


@dataclass(slots=True)
class Check:
    """A check of one campaign: at work, or what it found, or why it could not be made."""

    result: CheckResult | None = None
    trouble: Exception | None = None
    is_at_work: bool = True


@dataclass(frozen=True, slots=True)
class Tested:
    """A letter to oneself that has left: where to, and whose it was."""

    address: str
    commune: str


class Checks:
    """The last check and the last test of each campaign, for as long as the server lives."""

    def __init__(self) -> None:
        self.tested = Recent[Path, Tested](KEPT)
        self._checks = Recent[Path, Check](KEPT)
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
        task = asyncio.create_task(_run(place, check))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _run(place: Path, check: Check) -> None:
    try:
        check.result = await jobs.look(readiness.check_all, place)
    except (Trouble, OSError, jobs.WorkFailed) as error:
        check.trouble = error
    finally:
        check.is_at_work = False
