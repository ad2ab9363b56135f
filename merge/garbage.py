"""When Python looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_BETWEEN_COLLECTIONS = 50_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let Python look for garbage less often, where nearly all that is made stays in use."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def leave_it_all() -> None:
    """For the end of a process: what is left goes with it.

    Python would look through all of it for garbage as it shuts down, which takes longer than
    anything else of a small command.
    """
    gc.freeze()


@contextmanager
def no_collections() -> Iterator[None]:
    """Look for no garbage in work that may use up the stack, as reading a stranger's mail does.

    What a collection frees there, from anywhere in the process, cannot even be closed: Python says
    so on stderr, once an object.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
