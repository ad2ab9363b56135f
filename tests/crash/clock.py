"""Another clock than the system's: set forward, or jumping to and fro.

What the program asks for the time is its Watch, so that is where it is lied to.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from merge.app.signals import Signals

LOOKS_BETWEEN_JUMPS = 20
_NEVER = timedelta()


@contextmanager
def lying_clock(ahead: timedelta = _NEVER, jump: timedelta = _NEVER) -> Iterator[None]:
    """In this process the Watch shows `ahead` of the time; with `jump`, now more and now less."""
    looks = itertools.count()
    truth = Signals.now

    def now(watch: Signals) -> datetime:
        to_and_fro = (next(looks) // LOOKS_BETWEEN_JUMPS) % 3 - 1
        return truth(watch) + ahead + to_and_fro * jump

    with patch.object(Signals, "now", now):
        yield
