"""The guard around all tests: it must catch what leaves, and let loopback through."""

from __future__ import annotations

import socket
import subprocess
import sys

import loopback
import pytest

# TEST-NET-1 (RFC 5737): nobody's address, even if the guard failed.
NOBODY = "192.0.2.1"


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection((NOBODY, 25), timeout=0.01),
        lambda: socket.getaddrinfo("mairie.example.org", 25),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", (NOBODY, 53)),
    ],
    ids=["connect", "getaddrinfo", "sendto"],
)
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_what_leaves_this_machine_is_refused_and_remembered(reach):
    with pytest.raises(loopback.LeavesLoopbackError):
        reach()
    assert loopback.ATTEMPTS
    loopback.ATTEMPTS.clear()  # this time it was meant


def test_a_program_that_a_test_starts_is_watched_too():
    code = f"import socket; socket.create_connection(({NOBODY!r}, 25), timeout=0.01)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "LeavesLoopbackError" in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", None, b"localhost"])
def test_loopback_is_let_through(host):
    assert loopback.is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "::", "localhost.example.org"])
def test_a_neighbour_is_not_loopback(host):
    assert not loopback.is_loopback(host)
