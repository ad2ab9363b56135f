"""Time, and whether somebody asked to stop."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, so that a test can own it."""

    def now(self) -> datetime:
        """Aware, in UTC."""

    def wait_until(self, when: datetime) -> None:
        """Returns early when the command was interrupted."""


class Interruption(Protocol):
    """Whether the user asked to stop (first Ctrl-C or SIGTERM)."""

    @property
    def asked(self) -> bool:
        """True from the first time on."""


class Watch(Clock, Interruption, Protocol):
    """Both at once, so that waiting ends when someone asks to stop."""
