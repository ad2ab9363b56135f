"""The disk, for all rooms: what its errors mean, and the one way into a campaign folder.

A campaign folder may come from a stranger. In it, a link or a pipe under a name that the program
uses would have it overwrite, send or wait for a file of its user. So all that is read or written
below the folder goes through these functions:

- a name stays below the folder, and nothing on its way is a link;
- only regular files are read, up to a size;
- what is written stands beside its place, under a random name, until it is whole.

The folder itself may lie behind a link, and so may all above it. Names are checked one step before
they are used: that is enough for a folder that was handed over, and whoever may write in it at the
same moment is kept out by its mode 0700.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from io import BufferedReader
from pathlib import Path, PurePath
from typing import BinaryIO

from merge.errors import Refused

NO_SPACE = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""`errno` of a full disk, and of a person's full share of one, which Windows does not know."""

NO_WRITING = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
"""`errno` of a place where nothing may be written."""

MOST_BYTES = 100_000_000
"""What is read whole from a campaign folder has no more: a good picture has a tenth of that."""

PARTIAL = f".{'[0-9a-f]' * 16}.partial"
"""What finds files that are not whole yet, and that a kill may have left."""

OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_HANDED_OVER = re.compile(r"/dev/(?:stdout|stderr|fd/\d+)|/proc/\w+/fd/\d+")

# Windows has neither of the first two, and nobody else has the third.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe opens at once, and is then seen to be one
_AS_IT_IS = getattr(os, "O_BINARY", 0)
_FILE_OR_FOLDER = (stat.S_IFREG, stat.S_IFDIR)  # which is no link, but for junctions
# Junctions of Windows lead elsewhere as links do; `stat.S_ISLNK` knows the first tag alone.
_LINK_TAGS = frozenset({0xA000000C, 0xA0000003})


def place(folder: Path, name: str | PurePath) -> Path:
    """Where `name` lies below `folder`, for what opens a file or a folder by its path.

    It may be absent. Refused: "folder-name-outside" (`value`) for a name that leads out,
    "folder-link" (`value` is where it leads) for a link, "folder-no-file" for a pipe, a device or
    a socket; `path` is what stands in the way.
    """
    pure = PurePath(name)
    leads_out = bool(pure.anchor) or ".." in pure.parts or "\0" in str(name)
    # "notes.txt:more" is a second file behind the first one there, and "C:x" another disk.
    if leads_out or (os.name == "nt" and ":" in str(name)):
        raise Refused("folder-name-outside", path=str(name), value=str(folder / name))
    at = folder
    for part in pure.parts:
        at = at / part
        try:
            found = os.lstat(at)
        except OSError:  # absent, or out of reach: whoever opens it is told
            continue
        _refuse_unless_plain(at, found)
    return at


def sole_place(folder: Path, name: str | PurePath) -> Path:
    """`place` of a file that is changed where it lies, as a database is.

    Refused as `place`, and "folder-second-name" for a file that has another name besides (a hard
    link): what is written here would be written there.
    """
    at = place(folder, name)
    try:
        found = os.lstat(at)
    except OSError:
        return at
    if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
        raise Refused("folder-second-name", path=str(at))
    return at


def opened(folder: Path, name: str | PurePath) -> BufferedReader:
    """A regular file below `folder`, to be read. Refused as `place`; OSError. Close it."""
    at = place(folder, name)
    handle = os.open(at, os.O_RDONLY | _NO_LINK | _NO_WAIT | _AS_IT_IS)
    try:
        _refuse_unless_plain(at, os.fstat(handle))
        return os.fdopen(handle, "rb")  # IsADirectoryError
    except BaseException:
        os.close(handle)
        raise


def read(folder: Path, name: str | PurePath, at_most: int = MOST_BYTES) -> bytes:
    """The bytes of a regular file below `folder`.

    Refused as `place`, and "folder-file-too-large" (`size_mb`, `limit_mb`) for more bytes than
    `at_most`; OSError.
    """
    with opened(folder, name) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(at_most + 1) if size <= at_most else b""
    if max(size, len(data)) > at_most:
        raise Refused(
            "folder-file-too-large",
            path=str(folder / name),
            size_mb=round(max(size, len(data)) / 1_000_000, 1),
            limit_mb=round(at_most / 1_000_000),
        )
    return data


def write(folder: Path, name: str | PurePath, data: bytes) -> Path:
    """Put a file of its owner's alone (0600) below `folder`, whole or not at all; where it lies.

    The folder that it lies in must be there. Refused as `place`; OSError.
    """
    at = place(folder, name)
    with replacing(at) as file:
        file.write(data)
    return at


def move(source: Path, folder: Path, name: str | PurePath) -> Path:
    """Take a finished file into `folder`, as `write` would have written it; where it lies."""
    at = place(folder, name)
    source.chmod(0o600)
    source.replace(at)
    return at


def folder_in(folder: Path, name: str | PurePath) -> Path:
    """A folder below `folder`, made with mode 0700 where it is missing. Refused as `place`."""
    at = place(folder, name)
    make_private_folder(at)
    return at


def found(folder: Path, pattern: str) -> list[Path]:
    """What there is below `folder` by this pattern of `Path.glob`. Refused as `place`."""
    if "\0" in pattern:  # no file is called so, and Python 3.13 would not even look
        return []
    return [place(folder, each.relative_to(folder)) for each in sorted(folder.glob(pattern))]


def name_below(folder: Path, path: Path) -> PurePath | None:
    """The name below `folder` of what `path` calls; None where that lies elsewhere.

    As it is spelled: a link in the folder is a name in it, wherever it leads.
    """
    spelled = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow the link
    for above in spelled.parents:
        try:
            if above.samefile(folder):
                return spelled.relative_to(above)
        except OSError:
            continue
    return None


def place_of_result(path: Path, folder: Path) -> Path | None:
    """Where a new file takes the place of `path`, which a person named; None for a device or pipe.

    A link of their own leads to the file that is meant. Below `folder` it may be another's: Refused
    as `place`. PermissionError for a file that they may not write.
    """
    at = meant(path, folder)
    if at.exists() and not os.access(at, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    is_special = at.exists() and not at.is_file()
    return None if is_special or _is_handed_over(path) else at


def meant(path: Path, folder: Path) -> Path:
    """What `path`, which a person named, leads to. Below `folder` Refused as `place`."""
    name = name_below(folder, path)
    return Path(os.path.realpath(path)) if name is None else place(folder, name)


def _is_handed_over(path: Path) -> bool:
    """What a shell opened for us (/dev/stdout, /dev/fd/63), even where a file is behind it."""
    return bool(_HANDED_OVER.fullmatch(os.path.abspath(path)))  # noqa: PTH100 - as it is spelled


@contextmanager
def replacing(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when all went well, and else was never there."""
    beside = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        with _made(beside, mode) as file:
            yield file
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):  # where it was never made
            beside.unlink()
        if isinstance(error, OSError) and error.filename == str(beside):
            error.filename, error.filename2 = str(path), None  # the name that a person knows
        raise


def is_partial(name: str) -> bool:
    """Whether a file of this name is one that is not whole yet."""
    return fnmatch(name, PARTIAL)


def make_private_file(path: Path) -> None:
    """An empty file that only its owner reads; FileExistsError when there is one."""
    _made(path, 0o600).close()


def make_private_folder(path: Path) -> None:
    """The folder, with mode 0700, and those above it where they are missing."""
    if not path.parent.exists():
        make_private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)


def is_open_to_others(path: Path) -> bool:
    """Whether other users of this machine have a right to it. Windows keeps no such rights."""
    return os.name != "nt" and bool(path.stat().st_mode & OF_OTHERS)


def close_to_others(folder: Path) -> None:
    """Take from others the right to the folder and to all in it; what is a link stays as it is.

    OSError where this user may not. Some disks (FAT) keep no rights: ask `is_open_to_others`.
    """
    folder.chmod(0o700)
    for path, found in walk(folder):
        has_one_name = found.st_nlink == 1 or stat.S_ISDIR(found.st_mode)
        if found.st_mode & OF_OTHERS and has_one_name and is_plain(found):
            path.chmod(stat.S_IMODE(found.st_mode) & ~OF_OTHERS)


def walk(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that is below a folder, as `os.lstat` has it, sorted by name; nothing behind a link."""
    for path in sorted(folder.iterdir()):
        try:
            found = os.lstat(path)
            yield path, found
            if stat.S_ISDIR(found.st_mode) and is_plain(found):
                yield from walk(path)
        except FileNotFoundError:  # a command at work moves things
            continue


_NO_NAME = re.compile(r"[\x00-\x1f\x7f\\:]")
_LONGEST_NAME = 400


def is_portable(name: str) -> bool:
    """Whether this can be the name of a file below a folder on every system, parted by "/"."""
    return (
        0 < len(name) <= _LONGEST_NAME
        and not _NO_NAME.search(name)
        and all(part.strip(" .") and len(part.encode()) <= 255 for part in name.split("/"))
    )


def is_plain(found: os.stat_result) -> bool:
    """Whether it is a file or a folder, and nothing that leads elsewhere or waits."""
    leads_elsewhere = getattr(found, "st_reparse_tag", 0) in _LINK_TAGS
    return stat.S_IFMT(found.st_mode) in _FILE_OR_FOLDER and not leads_elsewhere


def _made(path: Path, mode: int) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _AS_IT_IS
    return os.fdopen(os.open(path, flags, mode), "wb")


def _refuse_unless_plain(path: Path, found: os.stat_result) -> None:
    if is_plain(found):
        return
    # A file or folder that is not plain is a junction.
    if stat.S_IFMT(found.st_mode) in (stat.S_IFLNK, *_FILE_OR_FOLDER):
        raise Refused("folder-link", path=str(path), value=os.path.realpath(path))
    raise Refused("folder-no-file", path=str(path))


@contextmanager
def disk_full_told() -> Iterator[None]:
    """Refused("disk-full"), as from a ledger that finds no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        raise Refused("disk-full", path=str(error.filename or "")) from None
