"""What a long command needs of the machine: its clock, and the wish to stop.

The first Ctrl-C or SIGTERM lets the command finish the message or lot in hand; the second aborts.
While a person is asked something nothing is in hand: the first aborts. A window that is closed, or
a logout, is a first one, however often the system says so: what is in hand would be in doubt
otherwise.
"""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

_WINDOW_CLOSED = getattr(signal, "SIGHUP", None)  # None on Windows
LOOK_AGAIN_S = 30.0  # after a night with the lid closed, the wall clock counts, not the sleep


class Signals:
    """Fills `Watch`: the system's clock, and whether a signal asked to stop.

    A handler runs between any two steps of what it interrupts, so it takes no lock: that of a
    `threading.Event` may be held by the very wait that it shall end, and then neither goes on.
    `acknowledge` is called in it, too. Without `aborts` each signal is a first one: for what
    somebody may ask to stop who has no keyboard, and more than once.
    """

    def __init__(
        self, acknowledge: Callable[[], object] = lambda: None, *, aborts: bool = True
    ) -> None:
        self._acknowledge = acknowledge
        self._aborts = aborts
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
        """Return then, or as soon as someone asks to stop; no later where the clock is set back."""
        ends_s = time.monotonic() + (when - self.now()).total_seconds()
        while not self.asked:
            left_s = min((when - self.now()).total_seconds(), ends_s - time.monotonic())
            if left_s <= 0:
                return
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
        insists = self._asked and self._aborts and signal_number != _WINDOW_CLOSED
        if self._has_nothing_in_hand or insists:
            raise KeyboardInterrupt
        self._asked = True
        self._waker.send(b"!")
        self._acknowledge()

    def close(self) -> None:
        """Nobody waits any more."""
        self._waker.close()
        self._woken.close()


@contextmanager
def listening(
    acknowledge: Callable[[], object] = lambda: None, *, aborts: bool = True
) -> Iterator[Signals]:
    """Listen for Ctrl-C, SIGTERM and a window that is closed while a long command runs."""
    signals = Signals(acknowledge, aborts=aborts)
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
