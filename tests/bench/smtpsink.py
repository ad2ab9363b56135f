"""Postfix's own `smtp-sink`: takes mail on loopback as fast as it comes, or fails as its flags say.

    with smtp_sink("-f", "RCPT", "-B", "550 5.1.1 User unknown") as port:

It is another program than ours and than Python's, so it shows how a real server's failure looks
on the wire. It keeps nothing, passes nothing on, and is stopped by its process id.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import answers, free_ports, until

APT_PACKAGES = ("postfix",)
PROGRAM = Path("/usr/sbin/smtp-sink")
_BACKLOG = "1000"


def missing() -> str:
    """What keeps it from running here; "" when nothing does."""
    return "" if PROGRAM.exists() else "smtp-sink"


@contextmanager
def smtp_sink(*flags: str) -> Iterator[int]:
    """Run it with these flags (smtp-sink(1)) until the block ends; the port that it listens on."""
    (port,) = free_ports(1)
    # Started by root, it wants to be told whose rights to run with.
    privileges = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [str(PROGRAM), *privileges, *flags, f"inet:127.0.0.1:{port}", _BACKLOG]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            until(lambda: answers(port) or process.poll() is not None, 30)
            if process.poll() is not None:
                assert process.stderr is not None
                raise AssertionError(process.stderr.read().decode())
            yield port
            assert process.poll() is None, f"smtp-sink ended by itself: {process.returncode}"
        finally:
            process.terminate()
