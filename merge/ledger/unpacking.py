"""Unpack a campaign's .zip, a backup, which may come from a stranger.

`look` reads and checks the table of contents; it runs in a confined process, as that may exhaust
the memory. `unpack` writes into a new folder, and never more bytes than announced.
"""

from __future__ import annotations

import shutil
import stat
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from merge import disks
from merge.errors import Misuse, Refused

LEDGER, SETTINGS = "ledger.db", "campaign.toml"
MOST_FILES = 200_000  # each letter of a lot as a file of its own, for all communes, five times
MOST_BYTES = 20_000_000_000
_MOST_RATIO = 100  # beyond a size that does no harm: deflate can do 1,000
_HARMLESS_BYTES = 200_000_000
_ENCRYPTED = 0x1
_BLOCK = 1 << 20

BROKEN_ZIP = (
    BadZipFile,  # no .zip, or other bytes than it has noted
    *(EOFError, zlib.error),  # cut off, or torn
    *(ValueError, OverflowError),  # a name in no encoding, a place that no file has
    RuntimeError,  # with a password; NotImplementedError: packed by another method
)
"""What zipfile raises for a file that is none of ours, or is damaged; and OSError, KeyError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One file of the .zip; `size` is unpacked, in bytes."""

    name: str
    size: int


def look(path: Path) -> Sequence[Packed]:
    """The files in it, if all of them are plain ones.

    Misuse("zip-no-campaign") for a file that is no .zip or has no campaign in it,
    Refused("zip-refused") for what is none. OSError.
    """
    try:
        with ZipFile(path) as zip_file:
            infos = zip_file.infolist()
            found = tuple(_checked(infos, path))
    except BROKEN_ZIP:
        raise Misuse("zip-no-campaign", path=str(path)) from None
    names = {each.name for each in found}
    if not {LEDGER, SETTINGS} <= names:
        raise Misuse("zip-no-campaign", path=str(path))
    return found


def _checked(infos: Sequence[ZipInfo], path: Path) -> Iterator[Packed]:
    size, packed = sum(info.file_size for info in infos), path.stat().st_size
    is_bomb = size > _HARMLESS_BYTES and size > packed * _MOST_RATIO
    overlaps = sum(info.compress_size for info in infos) > packed
    if len(infos) > MOST_FILES or size > MOST_BYTES or is_bomb or overlaps:
        raise Refused("zip-refused", path=str(path), value=f"{size // 1_000_000} MB")
    seen: set[str] = set()
    for info in infos:
        if info.is_dir():
            continue
        folded = info.filename.casefold()
        if not _could_be_ours(info) or folded in seen:
            raise Refused("zip-refused", path=str(path), value=info.filename[:200])
        seen.add(folded)
        yield Packed(name=info.filename, size=info.file_size)


def _could_be_ours(info: ZipInfo) -> bool:
    """Whether it is a plain file, with a name valid on every system."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    return (
        kind in (0, stat.S_IFREG)
        and info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
        and not info.flag_bits & _ENCRYPTED
        and info.orig_filename == info.filename
        and disks.is_portable(info.filename)
    )


def refuse_no_room(files: Sequence[Packed], folder: Path) -> None:
    """Refused("disk-full") where the files would not fit."""
    if sum(each.size for each in files) > shutil.disk_usage(folder).free:
        raise Refused("disk-full", path=str(folder))


def unpack(path: Path, files: Sequence[Packed], folder: Path) -> None:
    """Write them below `folder`, which is new.

    Refused("zip-refused") for what is not as announced; Refused as `disks.place`; OSError.
    """
    with ZipFile(path) as zip_file:
        for each in files:
            try:
                with zip_file.open(each.name) as packed:
                    _write(packed, each, folder)
            except (*BROKEN_ZIP, KeyError):  # KeyError: it is another file by now
                raise Refused("zip-refused", path=str(path), value=each.name) from None


def _write(packed: IO[bytes], each: Packed, folder: Path) -> None:
    name = PurePosixPath(each.name)
    disks.folder_in(folder, name.parent)
    left = each.size
    with disks.replacing(disks.place(folder, name)) as file:
        while block := packed.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                raise BadZipFile(each.name)
            file.write(block)
        if left:
            raise BadZipFile(each.name)
