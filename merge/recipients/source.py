"""The bytes of a sheet, from a file or a stream, to be read as often as need be."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from merge import disks
from merge.errors import SheetError


class Source:
    """A file, or a private copy of a stream (mode 0600) that is gone when this object is.

    SheetError: "file-unreadable".
    """

    def __init__(self, given: Path | BinaryIO) -> None:
        self.name = str(given) if isinstance(given, Path) else "-"
        self.suffix = given.suffix.lower() if isinstance(given, Path) else ""
        self._path: Path | None = None
        self._copy: BinaryIO | None = None
        try:
            if not isinstance(given, Path):
                self._keep(given)
            elif _is_regular(given):
                self._path = given
                self._state = _state(given)
            else:  # a pipe that has a name gives its bytes once
                with given.open("rb") as pipe:
                    self._keep(pipe)
            with self.open() as file:
                self.size = file.seek(0, os.SEEK_END)
        except OSError as error:
            raise SheetError("file-unreadable", path=self.name, words=error.strerror) from None

    def _keep(self, stream: BinaryIO) -> None:
        copy = disks.nameless_file(self)
        shutil.copyfileobj(stream, copy, 1 << 20)
        self._copy = copy

    def open(self) -> BinaryIO:
        """The bytes from the first one on. SheetError("sheet-changed") when they are others now."""
        if self._path is None:
            return io.BufferedReader(_View(cast(BinaryIO, self._copy)), 1 << 16)
        if _state(self._path) != self._state:
            raise SheetError("sheet-changed", path=self.name)
        return self._path.open("rb")

    def blocks(self, size: int) -> Iterator[bytes]:
        """All bytes, that many at a time."""
        with self.open() as file:
            while block := file.read(size):
                yield block

    def sha256(self) -> str:
        """The sum of all bytes, in hexadecimal digits."""
        found = hashlib.sha256()
        for block in self.blocks(1 << 20):
            found.update(block)
        return found.hexdigest()


class _View(io.RawIOBase):
    """A file that others read too, with a place of its own in it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._file.seek(self._at)
        self._at = self._file.seek(offset, whence)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed wants any buffer
        self._file.seek(self._at)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _is_regular(path: Path) -> bool:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return stat.S_ISREG(mode)


def _state(path: Path) -> tuple[int, int]:
    """What changes when somebody saves the file in the middle of being read."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns
