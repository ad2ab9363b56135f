"""Where a database lies: which file it is, and whether it may lie there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from merge import disks
from merge.errors import LedgerError
from merge.ledger.driver.sqlite import NEIGHBOURS, reaching

_MAGIC = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html, 1.3.1
_HEAD = 20  # bytes, of which the last two say whether the file is one with a log (2) or not (1)
_WITHOUT_LOG = b"\1\1"

_MOUNTS = Path("/proc/mounts")  # Linux; elsewhere nothing is said

_OVER_THE_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "ncpfs", "lustre"}
    | {"fuse.sshfs", "fuse.davfs", "davfs", "fuse.rclone", "fuse.glusterfs", "fuse.gvfsd-fuse"}
)


def refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Refuse databases that lie elsewhere, or have a second name. Refused as `disks.sole_place`.

    SQLite follows links, also under the names that it gives to what it keeps beside a database.
    """
    for name in names:
        for ending in ("", *NEIGHBOURS):
            disks.sole_place(folder, f"{name}{ending}")


def refuse_no_database(folder: Path, name: str) -> None:
    """LedgerError("ledger-not-a-database"), or ("ledger-mixed") beside the log of another one."""
    path = folder / name
    with reaching(path), disks.opened(folder, name) as file:
        head = file.read(_HEAD)
    if not head.startswith(_MAGIC):
        raise LedgerError("ledger-not-a-database", path=str(path))
    if head.endswith(_WITHOUT_LOG) and _has_log(path):
        raise LedgerError("ledger-mixed", path=str(path))


def _has_log(path: Path) -> bool:
    """Whether a log lies beside it that is not its own, for a ledger at work says that it has one.

    A backup was put over a ledger whose sender was killed: SQLite would play the pages of the
    later one into the older one, the counter's among them, and all looked well.
    """
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def network_file_system(folder: Path, mounts: Path = _MOUNTS) -> str | None:
    """The type of the network file system that `folder` lies on ("nfs4"), else None.

    Neither WAL nor locks can be trusted there. `mounts` has the form of /proc/mounts (fstab(5));
    where there is none, nothing is known.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    here = folder.resolve()
    kind, deepest = "", -1
    for line in lines:
        _, place, this_kind, *_ = line.split(" ")
        # fstab(5): what would break its columns is written in octal, "\040" for a space
        mount = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place))
        # the later of two mounts on one place hides the earlier
        if here.is_relative_to(mount) and len(mount.parts) >= deepest:
            kind, deepest = this_kind, len(mount.parts)
    return kind if kind in _OVER_THE_NETWORK else None
