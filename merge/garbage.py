"""When Python looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_A_FEW_PAGES = 50_000  # objects: the boxes of a page are garbage in cycles

_YOUNG = 1  # generations 0 and 1: what no look at everything has seen yet

MORE_THAN_IS_LOADED = 150_000
"""Objects: more than a command makes before its work begins, all of which stays in use."""


@contextmanager
def rare_collections(objects: int = _A_FEW_PAGES) -> Iterator[None]:
    """Let Python look for garbage only when there are so many more objects."""
    before = gc.get_threshold()
    gc.set_threshold(objects, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def collected_at_the_end() -> Iterator[None]:
    """Look for garbage as `rare_collections` does, and at the end among what was made meanwhile.

    For a decorator: what a function still names is no garbage. Without it the boxes of ten lots
    would be in memory at once.
    """
    with rare_collections():
        yield
    collect_young()


def collect_young() -> None:
    """Look for garbage, but not in what the last look found to be in use."""
    gc.collect(_YOUNG)


@contextmanager
def without_what_is_there() -> Iterator[None]:
    """Look for garbage as `rare_collections` does, but not in what a command has loaded by now."""
    gc.freeze()
    try:
        with rare_collections():
            yield
    finally:
        gc.unfreeze()


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
