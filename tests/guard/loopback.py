"""No test reaches an address outside loopback, and no program that a test starts.

The guard is an audit hook (PEP 578): it sees every connection, whichever library makes it, and
cannot be taken off. conftest imports it for pytest's own process; sitecustomize.py beside it
imports it into every Python that a test starts.
"""

from __future__ import annotations

import ipaddress
import sys

ATTEMPTS: list[str] = []
"""What was refused in this process. A program may swallow the refusal; conftest does not."""


class LeavesLoopbackError(Exception):
    """Something tried to reach an address outside this machine."""


def is_loopback(host: object) -> bool:
    """Whether a host, as given to `connect` or `getaddrinfo`, is this machine.

    None and "" are what a server binds or looks up for itself. A name is not looked up: only
    `localhost` is known to be here.
    """
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """The audit hook: raises on a connection, a datagram or a look-up that leaves."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        # A path is a Unix socket, which cannot leave; another family's address is not ours.
        host = address[0] if isinstance(address, tuple) and len(address) in (2, 4) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not is_loopback(host):
        ATTEMPTS.append(f"{event} {host!r}")
        raise LeavesLoopbackError(f"a test must not reach {host!r} ({event})")


sys.addaudithook(watch)
