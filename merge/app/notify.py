"""Tells systemd how a worker is (sd_notify(3)), by a datagram to the socket that it named.

Without a NOTIFY_SOCKET nobody listens, and nothing is said.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def tell(*states: str) -> None:
    """Say these: a state above, or `STATUS=` with a line for people."""
    name, unix = os.environ.get("NOTIFY_SOCKET", ""), getattr(socket, "AF_UNIX", None)
    if not name or unix is None:
        return
    address = "\0" + name[1:] if name.startswith("@") else name  # of Linux's abstract ones
    with suppress(OSError), socket.socket(unix, socket.SOCK_DGRAM) as to:
        to.sendto("\n".join(states).encode(), address)
