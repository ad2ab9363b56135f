"""How long a server is listened to, and how much of it: no server holds up a command for ever.

A limit for each read does not stop a server that sends a byte now and then. So each question
has a limit for its whole answer as well, and one for the octets.
"""

from __future__ import annotations

import errno
import io
import socket
import time
from typing import Any

LEAST_OCTETS_A_S = 20_000  # a slow line; what is slower has only what `in_all_s` gives
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


class TooSlowError(TimeoutError):
    """The server says something now and then, and has had its time for all of it."""


class TooMuchError(OSError):
    """The server says more than it was asked for."""


class Patience:
    """So many seconds for each read, and so many for all that was asked since `begin`.

    Long answers over slow lines have more: LEAST_OCTETS_A_S is fast enough. Beyond that, reading
    raises TimeoutError; beyond `octets`, TooMuchError.
    """

    def __init__(self, *, a_read_s: float, in_all_s: float, octets: int) -> None:
        self._a_read_s = a_read_s
        self._octets = octets
        self.met: OSError | None = None  # what the reading ended with
        self.begin(in_all_s)

    def begin(self, in_all_s: float) -> None:
        """Something new is asked. Of a server that was given up, nothing more is heard."""
        if self.met is None:
            self._until_s = time.monotonic() + in_all_s
            self._octets_left = self._octets

    def next_read_s(self) -> float:
        """How long the next read may take. TooSlowError when none may follow."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TooSlowError("timed out")
        return min(self._a_read_s, left_s)

    def expect(self, octets: int) -> None:
        """So much is announced. TooMuchError."""
        if octets > self._octets_left:
            raise TooMuchError("says too much")

    def took(self, octets: int) -> None:
        """So much has come. TooMuchError."""
        self.expect(octets)
        self._until_s += octets / LEAST_OCTETS_A_S
        self._octets_left -= octets

    def give_up(self, error: OSError) -> OSError:
        """Read no more, or late words would answer the next question. Returns what to raise."""
        is_over = time.monotonic() >= self._until_s
        is_late = isinstance(error, TimeoutError)
        self.met = TooSlowError("timed out") if is_late and is_over else error
        self._until_s = 0.0
        return self.met

    def reader(self, connection: socket.socket) -> io.BufferedReader:
        """What reads from it, within these bounds. Closing it leaves the connection open."""
        return io.BufferedReader(_Reads(connection, self))


class _Reads(io.RawIOBase):
    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        try:
            self._connection.settimeout(self._patience.next_read_s())
            octets = self._connection.recv_into(room)
            self._patience.took(octets)
        except OSError as error:
            raise self._patience.give_up(error) from None
        return octets


def connected(host: str, port: int, patience: Patience) -> socket.socket:
    """A connection to the first of its addresses that takes one, all of them within the limit.

    Else what the first of them met, but for those that this computer has no route to.
    """
    met: list[OSError] = []
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            return socket.create_connection((str(address[0]), port), patience.next_read_s())
        except OSError as error:
            met.append(error)
    raise next((error for error in met if not has_no_route(error)), met[0])


def has_no_route(error: Exception) -> bool:
    """Whether this computer knows no way to there: mostly, it has no network."""
    return isinstance(error, OSError) and error.errno in _NO_ROUTE
