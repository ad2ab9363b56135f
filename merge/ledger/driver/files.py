"""Where a file of SQLite lies: which file it is, whether it may lie there, and what goes wrong.

Every error of SQLite, SQLAlchemy or the file system that the ledger meets is turned into a
`LedgerError` by `trouble_of` and nowhere else.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from merge import disks
from merge.disks import NO_SPACE, NO_WRITING
from merge.errors import Busy, LedgerError, Refused
from merge.ledger.driver.database import UNREADABLE

NEIGHBOURS = ("-wal", "-shm", "-journal")  # endings of the files that SQLite keeps beside one

_MAGIC = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html, 1.3.1
_HEAD = 20  # bytes, of which the last two say whether the file is one with a log (2) or not (1)
_WITHOUT_LOG = b"\1\1"

_MOUNTS = Path("/proc/mounts")  # Linux; elsewhere nothing is said

_OVER_THE_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "ncpfs", "lustre"}
    | {"fuse.sshfs", "fuse.davfs", "davfs", "fuse.rclone", "fuse.glusterfs", "fuse.gvfsd-fuse"}
)


_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
_SPACE_TO_WORK_BYTES = 64 * 1024  # SQLite's shared memory takes 32 KiB at once

_CODES = {
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_CORRUPT: "ledger-damaged",
    sqlite3.SQLITE_NOTADB: "ledger-damaged",
    sqlite3.SQLITE_READONLY: "folder-read-only",
    sqlite3.SQLITE_PERM: "folder-read-only",
    sqlite3.SQLITE_CANTOPEN: "ledger-unreachable",
    sqlite3.SQLITE_IOERR: "ledger-unreachable",
}


def trouble_of(error: BaseException, path: Path) -> Refused:
    """The `LedgerError` (or `Busy`) that says what SQLite or the file system meant.

    The one place where their errors are read. `path` is the file or folder concerned.
    """
    if isinstance(error, TimeoutError):  # filelock's own is one
        return Busy("ledger-busy", path=str(path))
    if isinstance(error, UNREADABLE):
        return LedgerError("ledger-damaged", path=str(path), words=str(error), reason=path.name)
    if isinstance(error, OSError):
        if error.errno in NO_SPACE:
            return LedgerError("disk-full", path=str(path))
        if error.errno in NO_WRITING and not _keeps_out(path):
            return LedgerError("folder-read-only", path=str(path), reason=path.name)
        if error.errno in _NO_LOCKS:
            return LedgerError("locks-unsupported", path=str(path))
        return LedgerError("ledger-unreachable", path=str(path), words=error.strerror)
    number = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if number in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy("ledger-busy", path=str(path))
    code = _CODES.get(number, "ledger-error")
    if code == "ledger-unreachable" and _is_full(path):
        code = "disk-full"  # SQLite says "I/O error" when its shared memory finds no room
    if code == "ledger-unreachable" and _keeps_out(path):  # nor has it one for a file's rights
        return LedgerError(code, path=str(path), words=os.strerror(errno.EACCES))
    # `reason`: the ledger's words would send a person with a damaged accounts.db after a backup of
    # the ledger, and that is how towns are written to twice.
    return LedgerError(code, path=str(path), words=str(error), reason=path.name)


def _keeps_out(path: Path) -> bool:
    """Whether the file is there, and its rights keep this user from reading it."""
    try:
        return path.is_file() and not os.access(path, os.R_OK)
    except OSError:  # in a folder that keeps this user out
        return False


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _SPACE_TO_WORK_BYTES
    except OSError:
        return False


@contextmanager
def reaching(path: Path) -> Iterator[None]:
    """Work on files or a raw SQLite handle; its errors leave as `trouble_of` them."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise trouble_of(error, path) from error


def file_id(path: Path) -> str:
    """What tells this file from every other, and stays when it is moved: its inode.

    A file that was replaced in place has another. OSError.
    """
    return str(path.stat().st_ino)


def is_writable(path: Path) -> bool:
    """Whether SQLite may write this file and make its neighbours (-wal, -shm)."""
    return os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)


def neighbours(path: Path) -> Iterator[Path]:
    """What SQLite keeps beside a file while it is open, where it is at all."""
    return (path.with_name(path.name + ending) for ending in NEIGHBOURS)


def unlink_neighbours(path: Path) -> None:
    """Delete what SQLite keeps beside a file that nobody has open."""
    for each in neighbours(path):
        each.unlink(missing_ok=True)


def refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Refuse databases that lie elsewhere, or have a second name. Refused as `disks.sole_place`.

    SQLite follows links, also under the names that it gives to what it keeps beside a database.
    """
    for name in names:
        for ending in ("", *NEIGHBOURS):
            disks.sole_place(folder, f"{name}{ending}")


def refuse_no_database(folder: Path, name: str) -> None:
    """LedgerError("ledger-damaged"), also for one beside the log of another."""
    path = folder / name
    with reaching(path), disks.opened(folder, name) as file:
        head = file.read(_HEAD)
    if not head.startswith(_MAGIC) or (head.endswith(_WITHOUT_LOG) and _has_log(path)):
        raise LedgerError("ledger-damaged", path=str(path), reason=name)


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
