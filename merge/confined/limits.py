"""What a process may use that reads what a stranger wrote: in the process itself.

Processor and memory are limited on Linux, the processor alone on macOS, which does not hold a
process to its memory; on Windows the clock of `merge.confined` is all there is.
"""

from __future__ import annotations

import math
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1 << 20
_MADE_AT_ONCE = 64 * MEBIBYTE
_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT = 38, 1  # prctl(2)
_NEW_NETWORK, _NEW_USERS = 0x40000000, 0x10000000  # unshare(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one task may use.

    `cpu_s` is for each piece of it (`next_piece`), `memory` in bytes beyond what the process has
    loaded before, `wall_s` the time without a word from it: the last resort where the processor is
    limited, for a machine at work may let a good task wait. `answer` is one answer's bytes, `files`
    those of a file that it may write.
    """

    cpu_s: float
    memory: int
    wall_s: float
    answer: int = _MADE_AT_ONCE
    files: int = 0


A_MAIL = Limits(cpu_s=5, memory=512 * MEBIBYTE, wall_s=35 if os.name == "posix" else 10)
"""For what is read of one mail to see what it is."""

_current: Limits | None = None
_is_offline = False


def confine(limits: Limits) -> None:
    """Hold this process to these limits, until it is told others."""
    global _current
    _current = limits
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, _loaded() + limits.memory),
        (resource.RLIMIT_FSIZE, limits.files),
    ):
        _limit(what, most)
    next_piece()


def next_piece() -> None:
    """The task has come to its next piece, which may take all the time again.

    Nothing in a process that is not confined.
    """
    if _current is None or sys.platform == "win32":
        return
    import resource

    _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + _current.cpu_s))


def _limit(what: int, most: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    hard = resource.getrlimit(what)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(ValueError, OSError):  # macOS refuses less memory than there is
        resource.setrlimit(what, (most, hard))


def _loaded() -> int:
    """Bytes of address space in use now."""
    if sys.platform == "win32":
        return 0
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):  # no /proc, or of another form
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def is_offline() -> bool:
    """Whether nothing that this process starts has a network either."""
    return _is_offline


def shut_in() -> None:
    """No network from here on, no new rights, no picture of this process on the disk when it dies.

    The first holds on all systems, for all that is Python's; where Linux allows it the process has
    no network at all. What cannot be had is left: these are walls behind the limits.
    """
    global _is_offline
    sys.addaudithook(_refuse_network)
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(ImportError, OSError, AttributeError):
            import ctypes
            import signal

            system = ctypes.CDLL(None)
            system.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            # Root has a network of its own to give away, and would lose rights as another user.
            users = _NEW_USERS if os.geteuid() else 0
            _is_offline = system.unshare(_NEW_NETWORK | users) == 0


_NETWORK = frozenset(
    {
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"),
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
    }
)


def _refuse_network(event: str, _: object) -> None:
    if event in _NETWORK:
        raise PermissionError(f"a confined process has no network ({event})")
