"""When Python looks for garbage: not at the end of a process, where it would look at everything."""

from __future__ import annotations

import gc
import subprocess
import sys

from merge.cli import main

ONE_COMMAND = """
import gc, sys
from merge.cli import main
sys.argv = ["publipostage", "--version"]
main()
print(gc.get_freeze_count() > 10_000)
"""


def test_what_a_process_of_its_own_leaves_is_not_looked_through() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ONE_COMMAND], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "True"


def test_a_command_inside_another_program_leaves_it_its_garbage() -> None:
    before = gc.get_freeze_count(), gc.get_threshold()
    main(["--version"])
    assert (gc.get_freeze_count(), gc.get_threshold()) == before
