"""Which files and functions of merge/ a command passes through, in order.

`python -m tests.walk import` takes a campaign of one recipient through that command twice, in this
process: the first time caches are filled, the second time the walk is written down. Functions that
have a name count; bodies of modules and classes, lambdas and comprehensions do not, nor does what a
child process does.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import merge
from tests.desk import HAVRE, NICE, Desk
from tests.servers.faults import FaultServer

ROOM = str(Path(merge.__file__).parent) + os.sep


@dataclass
class Walk:
    """What was passed through, each once, in the order in which it was first reached."""

    functions: dict[tuple[str, str], None] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        return list(dict.fromkeys(file for file, _name in self.functions))

    def note(self, frame: FrameType, event: str, argument: Any) -> None:
        """For `sys.setprofile`."""
        code = frame.f_code
        # A class's body is called by its own name; only a function has CO_OPTIMIZED.
        is_function = code.co_name[0] != "<" and code.co_flags & inspect.CO_OPTIMIZED
        if event == "call" and is_function and code.co_filename.startswith(ROOM):
            self.functions[code.co_filename.removeprefix(ROOM), code.co_qualname] = None


def walked(command: Callable[[], object]) -> Walk:
    """The walk of one call."""
    walk = Walk()
    threading.setprofile(walk.note)
    sys.setprofile(walk.note)
    try:
        command()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return walk


def campaign(folder: Path, server: FaultServer) -> Desk:
    """A campaign that has an account and nobody to write to yet."""
    desk = Desk(folder)
    desk.make()
    desk.ok("account", "set", "--host", "localhost", "--port", str(server.port), "--tls", "none",
            "--no-test")  # fmt: skip
    return desk


def walk_of(name: str, folder: Path, server: FaultServer) -> Walk:
    """The walk of `import`, `send`, `print`, `status` or `open` (what every reader does first)."""
    walk = Walk()
    for attempt in ("cold", "warm"):
        desk = campaign(folder / attempt, server)
        sheet = str(desk.sheet(HAVRE if name == "print" else NICE))
        if name != "import":
            desk.ok("import", sheet)
        walk = walked(partial(_command, name, desk, sheet))
    return walk


def _command(name: str, desk: Desk, sheet: str) -> None:
    if name == "open":
        from merge.app.opening import open_campaign

        with open_campaign(desk.folder, access="read", command="walk"):
            return
    words = {"import": [sheet], "send": ["--really", "--yes", "--untested"]}.get(name, [])
    desk.ok(name, *words)


def main() -> None:
    """Print the walk of a command: a line a file, with its functions."""
    name = sys.argv[1] if len(sys.argv) > 1 else "import"
    with tempfile.TemporaryDirectory() as folder, FaultServer().running() as server:
        os.environ |= {
            "PUBLIPOSTAGE_HOME": folder,
            "PUBLIPOSTAGE_DNS": "off",
            "PUBLIPOSTAGE_PASSWORD": "secret",
            "PUBLIPOSTAGE_LANG": "en",
        }
        walk = walk_of(name, Path(folder), server)
    for file in walk.files:
        print(f"{file}: {', '.join(f for where, f in walk.functions if where == file)}")
    print(f"{name}: {len(walk.files)} files, {len(walk.functions)} functions")


if __name__ == "__main__":
    main()
