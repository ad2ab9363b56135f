"""When Python looks for garbage: not where it would look at everything and find nothing."""

from __future__ import annotations

import gc
import subprocess
import sys

from merge.cli import main
from merge.garbage import without_what_is_there

ONE_COMMAND = """
import gc, sys
from merge.cli import main
sys.argv = ["publipostage", "--version"]
main()
print(gc.get_freeze_count() > 10_000)
"""

WHAT_A_SENDING_LOADS = """
import gc
from merge.garbage import MORE_THAN_IS_LOADED, rare_collections
looks = []
gc.callbacks.append(lambda phase, _details: looks.append(phase))
with rare_collections(MORE_THAN_IS_LOADED):
    import merge.cli.mail, merge.app.letters, merge.app.mail
    print(looks)
"""


def test_what_a_sending_loads_is_not_looked_through() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WHAT_A_SENDING_LOADS], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines() == ["[]"]


def test_what_a_process_of_its_own_leaves_is_not_looked_through() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ONE_COMMAND], capture_output=True, text=True, check=True
    )
    assert ended.stdout.splitlines()[-1] == "True"


def test_a_command_inside_another_program_leaves_it_its_garbage() -> None:
    before = gc.get_freeze_count(), gc.get_threshold()
    main(["--version"])
    assert (gc.get_freeze_count(), gc.get_threshold()) == before


def test_what_a_campaign_needs_is_set_aside_while_it_is_open() -> None:
    frozen, threshold = gc.get_freeze_count(), gc.get_threshold()
    with without_what_is_there():
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() <= frozen  # some Pythons begin with a few hundred
    assert gc.get_threshold() == threshold
