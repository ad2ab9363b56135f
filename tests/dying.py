"""A command that is killed at one instant: `python -m tests.dying MODULE:NAME before|after WORDS…`.

Nothing of it gets to say a word: the process sends itself SIGKILL. With a number in place of a
function, when it has written that many times into a database.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from merge.app import purge
from merge.job import Result
from tests.desk import Desk


def dies(desk: Desk, point: str, when: str, *words: str) -> None:
    """Run a command that is killed before or after the function at `point` has run once; "delete"
    is what the page does."""
    command = [sys.executable, "-m", __name__, point, when, "-C", str(desk.folder), *words]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def dies_after_writing(desk: Desk, times: int, *words: str) -> bool:
    """Run a command that is killed after its write number `times`; False when it ends before."""
    command = [sys.executable, "-m", __name__, str(times), "after", "-C", str(desk.folder), *words]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr.decode()
    return ended.returncode != 0


def main(point: str, when: str, words: list[str]) -> None:
    """In the child."""
    if point.isdigit():
        _die_after_writing(int(point))
    else:
        _die_at(point, when)
    from merge.cli import main as run

    sys.exit(deleted(Path(words[1])).code if words[2:] == ["delete"] else run(words))


def deleted(place: Path) -> Result:
    """Delete the campaign as the page does, whose user agrees to what is shown."""
    erased = purge.deletion(place).erased
    return purge.delete(place, [want.agreed() for want in erased.wants] if erased else ())


def _die_after_writing(times: int) -> None:
    """Whichever database it is."""
    from merge.ledger.driver.sqlite import SqliteDatabase

    left = [times]

    def counted(writing: Callable[[SqliteDatabase], AbstractContextManager[Any]]) -> Any:
        @contextmanager
        def one(self: SqliteDatabase) -> Iterator[Any]:
            with writing(self) as transaction:
                yield transaction
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        return one

    for name in ("writing", "writing_fast"):
        setattr(SqliteDatabase, name, counted(getattr(SqliteDatabase, name)))


def _die_at(point: str, when: str) -> None:
    module, _, path = point.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    whole = getattr(owner, name)

    def cut(*args: Any, **options: Any) -> None:
        if when == "after":
            whole(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, cut)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
