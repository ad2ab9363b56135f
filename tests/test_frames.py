"""Frames have room: no depth of the program is a bad one for a loop to run at."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

from merge.frames import with_room

DEPTHS = 300  # frames, beyond a chunk of CPython's own
CALLS = 1_000


def nothing() -> None:
    """What a loop calls."""


def most_page_faults(depths: int) -> int:
    """Of CALLS at one depth, where it is worst: each chunk that is mapped anew is one at least."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        nothing()
    here = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return max(here, most_page_faults(depths - 1)) if depths else here


def test_a_loop_maps_no_memory_with_every_call_however_deep_it_runs() -> None:
    looks: dict[str, Callable[[int], int]] = {
        "without": most_page_faults,
        "with": with_room(most_page_faults),
    }
    faults = {name: look(DEPTHS) for name, look in looks.items()}
    assert faults["with"] < CALLS / 10
    if sys.version_info < (3, 14):  # a later CPython may keep its frames otherwise
        assert faults["without"] >= CALLS


def test_what_has_room_is_called_as_before() -> None:
    @with_room
    def divided(dividend: int, *, by: int) -> float:
        """Contract."""
        return dividend / by

    assert divided(3, by=2) == 1.5
    assert (divided.__name__, divided.__doc__) == ("divided", "Contract.")
