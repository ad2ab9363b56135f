"""What a long command needs of the machine: its clock, and the wish to stop.

The first Ctrl-C or SIGTERM lets the command finish the message or lot in hand; the second aborts.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

LOOK_AGAIN_S = 30.0  # after a night with the lid closed, the wall clock counts, not the sleep


class Signals:
    """Fills `Watch`: the system's clock, and whether a signal asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether someone asked to stop."""
        return self._asked.is_set()

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def wait_until(self, when: datetime) -> None:
        """Return then, or as soon as someone asks to stop."""
        while not self.asked and (left_s := (when - self.now()).total_seconds()) > 0:
            self._asked.wait(min(left_s, LOOK_AGAIN_S))

    def receive(self, signal_number: int, frame: FrameType | None) -> None:
        """The handler of both signals."""
        if self.asked:
            raise KeyboardInterrupt
        self._asked.set()


@contextmanager
def listening() -> Iterator[Signals]:
    """Listen for Ctrl-C and SIGTERM while a long command runs."""
    signals = Signals()
    before = {
        number: signal.signal(number, signals.receive) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
