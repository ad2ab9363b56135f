"""Ports on loopback for servers of a test's own, and the patience to wait for them."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Callable


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, below those that systems give to whoever connects: nobody
    takes them before their server does.
    """
    with contextlib.ExitStack() as held:
        found = set[int]()
        while len(found) < count:
            port = 15_000 + secrets.randbelow(15_000)
            with contextlib.suppress(OSError):  # somebody's
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
                found.add(port)
        return [*found]


def answers(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


PATIENCE_S = 120


def until(
    is_so: Callable[[], object],
    timeout_s: float = PATIENCE_S,
    why_not: Callable[[], str] = lambda: "",
) -> None:
    """Look again and again: another process tells nobody when it has got so far."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, f"waited {timeout_s} s in vain\n{why_not()}"
        time.sleep(0.02)
