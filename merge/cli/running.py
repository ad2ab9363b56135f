"""What a long command needs of the machine: its clock, and the wish to stop.

The first Ctrl-C or SIGTERM lets the command finish the message or lot in hand; the second aborts.
While a person is asked something nothing is in hand: the first aborts. A window that is closed is a
first one, however often the system says so: what is in hand would be in doubt otherwise.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType

from merge.words.language import _

_WINDOW_CLOSED = getattr(signal, "SIGHUP", None)  # None on Windows
LOOK_AGAIN_S = 30.0  # after a night with the lid closed, the wall clock counts, not the sleep


class Signals:
    """Fills `Watch`: the system's clock, and whether a signal asked to stop.

    A handler runs between any two steps of what it interrupts, so it takes no lock: that of a
    `threading.Event` may be held by the very wait that it shall end, and then neither goes on.
    """

    def __init__(self) -> None:
        self._asked = False
        self._has_nothing_in_hand = False
        self._waker, self._woken = socket.socketpair()

    @property
    def asked(self) -> bool:
        """Whether someone asked to stop."""
        return self._asked

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def wait_until(self, when: datetime) -> None:
        """Return then, or as soon as someone asks to stop."""
        while not self.asked and (left_s := (when - self.now()).total_seconds()) > 0:
            select.select([self._woken], [], [], min(left_s, LOOK_AGAIN_S))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A person is asked: what wishes to stop aborts, before the question or at it."""
        if self._asked:
            raise KeyboardInterrupt
        self._has_nothing_in_hand = True
        try:
            yield
        finally:
            self._has_nothing_in_hand = False

    def receive(self, signal_number: int, frame: FrameType | None) -> None:
        """The handler of all these signals."""
        if self._has_nothing_in_hand or (self._asked and signal_number != _WINDOW_CLOSED):
            raise KeyboardInterrupt
        self._asked = True
        self._waker.send(b"!")
        _acknowledge()

    def close(self) -> None:
        """Nobody waits any more."""
        self._waker.close()
        self._woken.close()


def _acknowledge() -> None:
    """Tell whoever sits at the terminal: a silent server is waited for up to ten minutes.

    Straight to the terminal, for a handler may have interrupted a write to the stream.
    """
    words = _("Stopping after what is in hand; Ctrl-C once more ends it at once.")
    with suppress(OSError, ValueError):  # closed, or no file
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), f"\n{words}\n".encode(errors="replace"))


@contextmanager
def listening() -> Iterator[Signals]:
    """Listen for Ctrl-C, SIGTERM and a window that is closed while a long command runs."""
    signals = Signals()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if _WINDOW_CLOSED and signal.getsignal(_WINDOW_CLOSED) is not signal.SIG_IGN:  # not by nohup
        numbers.append(_WINDOW_CLOSED)
    before = {number: signal.signal(number, signals.receive) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signals.close()
