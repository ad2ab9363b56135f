"""One piece of work in a process of its own, `python -P -m merge.web.child`; for `jobs`.

stdin brings a `Request`, stdout takes a `WorkAnswer`, both pickled: at both ends of these pipes is
this program, of this user, and nobody else holds them; so the records of `app` need no second form.

With "apart" it only starts the same again, apart from the server, its terminal and whoever waits
for it, and ends: what the server waits for is no child that it could take along.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Concatenate, Literal, ParamSpec, TypeVar

import merge
from merge.errors import Trouble
from merge.ledger.records import Destination

Opened = TypeVar("Opened")
P = ParamSpec("P")
R = TypeVar("R")

APART = "apart"
ABOUT_US = "merge."  # no other code is ever run by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to do. `work` is module:qualname. One that is `told` has a row in the ledger: it is
    answered as soon as the row is there, goes on alone, and is handed a `Watch` first of all.
    `passwords` reach it in no other way.
    """

    work: str
    args: Sequence[Any] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    language: str
    told: bool = False
    passwords: Mapping[Destination, str] = field(default_factory=dict)  # the server's own


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkAnswer:
    """What it returned or raised, the number of its row, or what nobody foresaw."""

    kind: Literal["returned", "raised", "begun", "failed"]
    value: Any = None


def command(*words: str) -> list[str]:
    """The line that starts one. -P: no module of the folder that somebody works in."""
    return [sys.executable, "-P", "-m", __spec__.name, *words]


def environment() -> dict[str, str]:
    """This process's, passwords included, with where to find this very program."""
    package = str(Path(merge.__file__).parents[1])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1"}


def alone() -> dict[str, Any]:
    """How a process is started that no terminal ends, and that opens no window on Windows.

    Not DETACHED_PROCESS: what such a process starts would have a black window each.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def main() -> None:
    """Do what stdin asks, or hand it on."""
    if APART in sys.argv[1:]:
        # stdin, stdout and stderr go along: nothing has been read yet.
        subprocess.Popen(command(), **alone())  # noqa: S603 - this Python and this module
        return
    with os.fdopen(os.dup(0), "rb") as asked:
        request: Request = pickle.load(asked)  # noqa: S301 - the server's own
    answers = os.fdopen(os.dup(1), "wb")
    _let_go(0)
    os.dup2(2, 1)  # what a library prints is no answer
    with answers:
        _say(answers, _answer(request, answers))


def function_at(work: str) -> Callable[..., Any]:
    """The house's function of that name."""
    module, _, path = work.partition(":")
    if not module.startswith(ABOUT_US):
        raise LookupError(work)
    found: Any = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    function: Callable[..., Any] = found
    return function


def within(
    opening: Callable[[], AbstractContextManager[Opened]],
    act: Callable[Concatenate[Opened, P], R],
    /,
    *args: P.args,
    **options: P.kwargs,
) -> R:
    """What `app` does with a campaign, or a job, while it is open."""
    with opening() as opened:
        return act(opened, *args, **options)


def _answer(request: Request, answers: IO[bytes]) -> WorkAnswer:
    # Late: whoever only hands on needs none of it.
    from merge.app.running import listening, telling_number
    from merge.settings import hold_passwords
    from merge.words import speaking

    hold_passwords(request.passwords)

    def begun(number: int) -> None:
        """From now on it is followed by its row, and nobody hears it any more."""
        if not answers.closed:
            _say(answers, WorkAnswer(kind="begun", value=number))
            answers.close()
            _let_go(1, 2)

    try:
        with speaking(request.language, on_page=True):
            work = function_at(request.work)
            if not request.told:
                return WorkAnswer(kind="returned", value=work(*request.args, **request.options))
            with listening() as watch, telling_number(begun):
                value = work(watch, *request.args, **request.options)
            return WorkAnswer(kind="returned", value=value)
    except (Trouble, OSError) as error:
        return WorkAnswer(kind="raised", value=error)
    except Exception as error:
        return WorkAnswer(kind="failed", value=(type(error).__name__, traceback.format_exc()))


def _say(answers: IO[bytes], answer: WorkAnswer) -> None:
    if answers.closed:  # it has its row
        return
    try:
        said = pickle.dumps(answer)
    except Exception as error:  # whatever it is, the asker has to hear of it
        said = pickle.dumps(WorkAnswer(kind="failed", value=(type(error).__name__, repr(answer))))
    try:
        answers.write(said)
        answers.flush()
    except OSError:  # the server has gone: what was asked is done all the same
        _let_go(answers.fileno())


def _let_go(*numbers: int) -> None:
    """Whoever was at the other end may go."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in numbers:
        os.dup2(nowhere, number)
    os.close(nowhere)


if __name__ == "__main__":
    import_module(__spec__.name).main()  # what is pickled names this module, and not "__main__"
