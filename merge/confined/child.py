"""The process that does what `merge.confined` asks: one task after the other, each in its limits.

A task comes as a pickle, for the asker is believed; what it says goes back as JSON.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from struct import pack, unpack
from typing import IO, Any

from merge.confined.limits import confine, next_piece, shut_in
from merge.confined.plain import plain
from merge.errors import Trouble

FACT_AT_MOST = 4_000  # characters of what an error quotes
SAID, DONE, REFUSED, RAN_AWAY = b"s", b"d", b"r", b"x"
_SIZE = 8


def main() -> None:
    """Serve until nobody asks any more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C is for the command to judge
        signal.signal(number, signal.SIG_IGN)
    asked, said = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)  # what a library prints is no answer
    shut_in()
    for name in sys.argv[1:]:
        import_module(name)
    while size := asked.read(_SIZE):
        if not _serve(asked.read(*unpack(">Q", size)), said):
            break


def _serve(question: bytes, said: IO[bytes]) -> bool:
    """Do one task; False when another one had better have another process."""
    task, limits = pickle.loads(question)  # noqa: S301 - the parent's own
    try:
        Path.cwd()
    except FileNotFoundError:  # removed since: libraries cannot tell then where any file is
        os.chdir(os.sep)
    confine(limits)
    try:
        for answer in _answers(task):
            _say(said, SAID, answer)
            next_piece()
        _say(said, DONE, None)
    except Trouble as error:
        _say(said, REFUSED, _told(error))
    except (MemoryError, SystemError):  # C code that lost the first on its way raises the second
        _say(said, RAN_AWAY, ["memory", ""])
        return False
    except RecursionError:
        _say(said, RAN_AWAY, ["depth", ""])
        return False
    except BaseException as error:  # whatever it is, the asker has to hear of it
        _say(said, RAN_AWAY, ["crash", f"{type(error).__name__}: {error}"[:FACT_AT_MOST]])
        return False
    return True


def _answers(task: Any) -> Iterator[Any]:
    answer = task()
    if isinstance(answer, Iterator):
        yield from answer
    else:
        yield answer


def _told(error: Trouble) -> list[Any]:
    facts = {name: _fact(fact) for name, fact in error.facts.items()}
    return [type(error).__name__, error.code, error.path, error.row, _fact(error.column), facts]


def _fact(fact: object) -> object:
    if isinstance(fact, bool | int | float | None):
        return fact
    return str(fact)[:FACT_AT_MOST]


def _say(said: IO[bytes], kind: bytes, answer: object) -> None:
    """A letter, the size, and JSON; half of a surrogate pair may stand in a broken cell."""
    words = json.dumps(answer, default=plain, ensure_ascii=False, separators=(",", ":"))
    data = words.encode("utf-8", "surrogatepass")
    rest = memoryview(kind + pack(">Q", len(data)) + data)
    while rest:
        rest = rest[said.write(rest) :]


if __name__ == "__main__":
    main()
