"""A command that is killed at one instant: `python -m tests.dying MODULE:NAME before|after WORDS…`.

Nothing of it gets to say a word: the process sends itself SIGKILL.
"""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from typing import Any

from tests.desk import Desk


def dies(desk: Desk, point: str, when: str, *words: str) -> None:
    """Run a command that is killed before or after the function at `point` has run once."""
    command = [sys.executable, "-m", __name__, point, when, "-C", str(desk.folder), *words]
    ended = subprocess.run(command, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def main(point: str, when: str, words: list[str]) -> None:
    """In the child."""
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
    from merge.cli import main as run

    run(words)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
