"""Another clock than the system's: set forward, or jumping to and fro.

What the program asks for the time is its Watch, so that is where it is lied to.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from sqlalchemy.ext.compiler import compiles

from merge.app.running import Signals
from merge.ledger.driver import expressions, postgres

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


@contextmanager
def own_clock() -> Iterator[None]:
    """In this process a server's clock says what the program's own does."""
    said = compiles(expressions._ServersClock, "postgresql")

    def go_by(clock: Callable[..., str]) -> None:
        said(clock)
        postgres.engine_of.cache_clear()  # with it, what was compiled

    go_by(expressions._own)
    try:
        yield
    finally:
        go_by(expressions._servers)
