"""How far a campaign's ledger has come, where to note it costs next to nothing.

accounts.db knows it, too. But a transaction there costs a tenth of a letter, and near its server a
ledger has a commit for each two of them: what accounts.db learns only now and then stands here.

A file for each campaign, and in it eight bytes for each process that has ever noted something
(unsigned, big-endian). Each writes its own, so that none can put back what another has noted. The
file is mapped into memory, as SQLite does with the one beside its log: what is written there
outlives the process in the same instant, and only a power cut may lose the last of it.
"""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path

from merge.disks import make_private_file, make_private_folder

_BYTES = 8


class Tally:
    """One process's own eight bytes in the file at `path`, which is made where there is none.

    OSError when it cannot be.
    """

    def __init__(self, path: Path) -> None:
        make_private_folder(path.parent)
        with suppress(FileExistsError):
            make_private_file(path)
        with path.open("a+b", buffering=0) as file:
            file.write(bytes(_BYTES))  # behind those of others: to append is one step (POSIX)
            os.fsync(file.fileno())  # a power cut leaves a zero, and not what the disk held there
            end = file.tell()
            self._bytes = mmap.mmap(file.fileno(), end)
        self._own = slice(end - _BYTES, end)

    def note(self, counter: int) -> None:
        """The ledger has come this far; what this process noted before is forgotten."""
        self._bytes[self._own] = counter.to_bytes(_BYTES)

    def close(self) -> None:
        """Let go of the file. What was noted stays."""
        self._bytes.close()


def highest(path: Path) -> int:
    """The highest counter that any process has noted there; 0 where none has. OSError."""
    try:
        noted = path.read_bytes()
    except FileNotFoundError:
        return 0
    each = (noted[at : at + _BYTES] for at in range(0, len(noted), _BYTES))
    return max(map(int.from_bytes, each), default=0)
