"""Who holds a campaign: for files, OS locks that die with their process, in `<campaign>/locks/`.

Every holder has a lock file of its own, named by its token and held for its life, and beside it
a side file that names it to people. A gate lock makes taking, sweeping and asking race-free.
Readers hold nothing. A killed process leaves files behind but no lock: they are swept.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from filelock import BaseFileLock, FileLock

from merge import disks
from merge.errors import Busy
from merge.ledger.driver.database import patience
from merge.ledger.driver.files import reaching

GATE_TIMEOUT_S = 30
"""The gate is held for milliseconds; longer means a process that is stopped in it."""

MOMENT_S = 2
"""A page that notes what was seen holds its campaign for milliseconds."""

MIGRATION_TIMEOUT_S = 600

REFRESH_TIMEOUT_S = 300
"""A provider that answers slowly answers each process slowly."""

_POLL_S = 0.01
_NAME = "locks"
_LOCK, _SIDE = ".lock", ".json"
_SIDE_AT_MOST = 1_000_000  # bytes


class Locks(ABC):
    """The locks of one campaign. Each holder has a token, which lives as long as it does."""

    @contextmanager
    def exclusive(self, command: str, *, wait_s: float = MOMENT_S) -> Iterator[str]:
        """Alone: import, purge, resolve, migrate. Yields the token. Busy names a holder that still
        holds it after `wait_s`.
        """
        give_up_at = monotonic() + patience(wait_s)
        with ExitStack() as stack:
            while True:
                try:
                    token = stack.enter_context(self._held(command, shared=False))
                    break
                except Busy:
                    if monotonic() >= give_up_at:
                        raise
                    sleep(_POLL_S)
            yield token

    @contextmanager
    def share(self, command: str) -> Iterator[str]:
        """Together with others that share: send, print. Yields the token. Busy names a holder."""
        with self._held(command, shared=True) as token:
            yield token

    @abstractmethod
    def one_migrator(self) -> AbstractContextManager[None]:
        """One process at a time; the others wait instead of being refused."""

    @abstractmethod
    def alive(self, token: str) -> bool:
        """Whether the holder of this token still lives."""

    @abstractmethod
    def _held(self, command: str, *, shared: bool) -> AbstractContextManager[str]:
        """Yields the token."""


class FileLocks(Locks):
    """The locks of one campaign folder. `now` dates the side files."""

    def __init__(
        self, folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._campaign = folder
        self._folder = folder / _NAME
        self._now = now

    @contextmanager
    def one_migrator(self) -> Iterator[None]:
        """One process at a time; the others wait instead of being refused."""
        with self._one_at_a_time("migrate", MIGRATION_TIMEOUT_S):
            yield

    @contextmanager
    def one_refresh(self, name: str) -> Iterator[None]:
        """One process at a time changes the secret of this name; the others wait for it."""
        with self._one_at_a_time(f"refresh-{name}", REFRESH_TIMEOUT_S):
            yield

    def alive(self, token: str) -> bool:
        """Whether the holder of this token still lives, by its OS lock."""
        path = self._place(f"{token}{_LOCK}")
        if not path.exists():
            return False
        with self._one_at_a_time("gate", GATE_TIMEOUT_S):
            return not self._is_free(path)

    @contextmanager
    def _held(self, command: str, *, shared: bool) -> Iterator[str]:
        token = f"{command}-{os.getpid()}-{secrets.token_hex(8)}"
        with self._one_at_a_time("gate", GATE_TIMEOUT_S):
            path, side = self._place(f"{token}{_LOCK}"), self._place(f"{token}{_SIDE}")
            lock = _os_lock(path)
            for holder in self._living():
                if not (shared and holder.get("shared")):
                    # `reason`: the page, and one that nobody can name, have words of their own.
                    reason = holder.get("command", "unnamed")
                    raise Busy("busy", path=str(self._folder.parent), reason=reason, **holder)
            with reaching(self._folder):
                lock.acquire(blocking=False)
                try:
                    about = {
                        "command": command,
                        "pid": os.getpid(),
                        "host": platform.node(),
                        "since": self._now().isoformat(timespec="seconds"),
                        "shared": shared,
                    }
                    disks.write(self._folder, side.name, json.dumps(about).encode())
                except OSError:
                    lock.release()
                    _remove(side, path)
                    raise
        try:
            yield token
        finally:
            lock.release()
            _remove(side, path)

    def _living(self) -> Iterator[dict[str, Any]]:
        """What the side files say of the holders that live; the dead are swept. In the gate."""
        for path in sorted(self._folder.glob(f"*{_LOCK}")):
            side = path.with_suffix(_SIDE)
            if self._is_free(path):
                _remove(side, path)
            else:
                yield self._read_side(side)

    def _is_free(self, path: Path) -> bool:
        """Whether nobody holds this lock. In the gate: two askers would take each other for one."""
        lock = _os_lock(self._place(path.name))
        try:
            with reaching(self._folder):
                lock.acquire(blocking=False)
        except Busy:
            return False
        lock.release()
        return True

    def _read_side(self, side: Path) -> dict[str, Any]:
        try:
            about = json.loads(disks.read(self._folder, side.name, _SIDE_AT_MOST))
            return {**about, "since": datetime.fromisoformat(about["since"]).astimezone()}
        except (OSError, ValueError, LookupError, TypeError):  # killed in between
            return {}

    def _place(self, name: str) -> Path:
        """Where a file of this name lies. A token may stand in a ledger from a stranger."""
        return disks.place(self._campaign, f"{_NAME}/{name}")

    @contextmanager
    def _one_at_a_time(self, name: str, timeout_s: float) -> Iterator[None]:
        lock = _os_lock(self._place(name))
        with reaching(self._folder):
            disks.folder_in(self._campaign, _NAME)
            lock.acquire(timeout=patience(timeout_s), poll_interval=_POLL_S)
        try:
            yield
        finally:
            lock.release()


def _os_lock(path: Path) -> BaseFileLock:
    return FileLock(
        path,
        mode=0o600,
        thread_local=False,  # a lock is the process's, whichever thread lets go of it
        fallback_to_soft=False,  # a soft lock outlives a killed process
    )


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):  # what stays is swept by the next who takes a lock
            path.unlink()
