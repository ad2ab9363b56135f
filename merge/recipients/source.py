"""The bytes of a sheet, read once."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import BinaryIO

from merge.errors import SheetError


class Source:
    """What stands in a file, in a pipe that has a name, or in a stream ("-").

    SheetError: "file-unreadable".
    """

    def __init__(self, given: Path | BinaryIO) -> None:
        self.name = str(given) if isinstance(given, Path) else "-"
        self.suffix = given.suffix.lower() if isinstance(given, Path) else ""
        try:
            self.data = given.read_bytes() if isinstance(given, Path) else given.read()
        except OSError as error:
            raise SheetError("file-unreadable", path=self.name, words=error.strerror) from None
        self.size = len(self.data)
        self.sha256 = hashlib.sha256(self.data).hexdigest()

    def open(self) -> BinaryIO:
        """The bytes from the first one on."""
        return io.BytesIO(self.data)
