"""The letter's first run, in a child process that cannot take the computer with it.

A letter may come from a stranger. Its language has neither loops nor calls, but what reads it
(Jinja, Markdown, regular expressions, Python's own compiler) can be made to work for hours. So
the letter is compiled and rendered once where time, memory and output are limited, before this
process does the same.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import merge
from merge.errors import LetterError, Refused
from merge.garbage import leave_it_all
from merge.letters.confined import try_once
from merge.letters.template import CompiledTemplate

CPU_S = 4
# Where the processor's time is limited, the clock is the last resort: a machine at work may let a
# good letter wait.
WALL_S = 30.0 if os.name == "posix" else 5.0
MEMORY = 1 << 30
FACT_AT_MOST = 200  # characters of what an error quotes


def try_out(
    compiling: Callable[[], CompiledTemplate], columns: Collection[str] = (), *, path: str = ""
) -> None:
    """Run `merge.letters.confined.try_once` in a child process with limits.

    `compiling` is pickled: a `functools.partial` of `compile_template`. `path` names the letter
    in an error that the child could not tell.

    LetterError or Refused: what the child met, with its code, row and facts (all text); or
    "letter-runaway", whose `words` name the limit: "time", "memory", "output", "depth", or
    "crash" where the child ended otherwise, with Python's last line in `detail`. On Windows only
    time is limited.
    """
    import subprocess

    # -P: no module of the folder that the user works in, which may be the stranger's too.
    command = [sys.executable, "-P", "-m", __name__]
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - this Python and this module
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment()
    ) as child:
        try:
            verdict, talk = child.communicate(pickle.dumps((compiling, tuple(columns))), WALL_S)
        except subprocess.TimeoutExpired:
            raise LetterError("letter-runaway", path=path, words="time") from None
        finally:
            child.kill()
    if child.returncode != 0:
        lines = talk.decode(errors="replace").splitlines()
        raise LetterError(
            "letter-runaway",
            path=path,
            words=_limit(child.returncode),
            detail=lines[-1][:FACT_AT_MOST] if lines else "",
        )
    if verdict:
        _raise(verdict, path)


def _environment() -> dict[str, str]:
    """What Python needs to start and to find this program: no password, no home."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    package = str(Path(merge.__file__).parents[1])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return kept | {"PYTHONPATH": path, "PYTHONUTF8": "1"}


def _limit(returncode: int) -> str:
    """The limit that a child without a verdict met."""
    import signal

    if os.name == "posix" and -returncode in (signal.SIGXCPU, signal.SIGKILL):
        return "time"
    if os.name == "posix" and -returncode == signal.SIGSEGV:
        return "depth"  # the stack of Python's own compiler is full
    return "crash"


def _raise(verdict: bytes, path: str) -> None:
    told = json.loads(verdict)
    kind = Refused if told["is_refused"] else LetterError
    raise kind(
        told["code"], path=told["path"] or path, row=told["row"], column=None, **told["facts"]
    )


# --- in the child ---------------------------------------------------------------------------------


def _confine() -> None:
    """Limits that this process cannot raise again."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _in_child() -> None:
    """Read what to try, and write what went wrong; nothing when all is right."""
    with open(0, "rb") as given:
        asked = given.read()
    _confine()
    compiling, columns = pickle.loads(asked)  # noqa: S301 - the parent's own
    try:
        try_once(compiling, columns)
    except (LetterError, Refused) as error:
        verdict = {
            "is_refused": isinstance(error, Refused),
            "code": error.code,
            "path": error.path,
            "row": error.row,
            "facts": {name: str(fact)[:FACT_AT_MOST] for name, fact in error.facts.items()},
        }
        os.write(1, json.dumps(verdict).encode())


if __name__ == "__main__":
    _in_child()
    leave_it_all()
