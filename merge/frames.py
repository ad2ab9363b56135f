"""Room for the frames of Python functions.

CPython (3.11 and later) keeps the frames of a thread in chunks of 16 KiB. A call that needs the
next chunk maps it, and its return unmaps it: a loop that happens to run at the end of a chunk does
so with every turn. It cost 5 to 15 % of a page, by how deep in the program WeasyPrint was called.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")

_SLOTS = 65_536  # of 8 bytes: its chunk is 1 MiB, and half of that is left for the calls from here


def with_room(function: Callable[_Args, _Result]) -> Callable[_Args, _Result]:
    """The function, and all that it calls, in one large chunk. Memory is taken as it is used.

    The chunk is large because the frame says that it is, which reserves the first half of it.
    """

    def roomy(*args: _Args.args, **kwargs: _Args.kwargs) -> _Result:
        return function(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=_SLOTS)
    return wraps(function)(roomy)
