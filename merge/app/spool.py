"""What is gone through more than once and would be too large for memory."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import BinaryIO, Generic, TypeVar, cast

from merge.errors import SheetError

_AT_ONCE = 500
_T = TypeVar("_T")


class Again(Generic[_T]):
    """What `begin` gives, from its beginning each time that it is gone through."""

    def __init__(self, begin: Callable[[], Iterator[_T]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[_T]:
        return self._begin()


class Spool(Generic[_T]):
    """Values of one sheet, in their order, in a file without a name. It ends with this object.

    SheetError("file-unreadable") where there is no room for it.
    """

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 it lives as long as self
        weakref.finalize(self, self._file.close)

    def filled(self, values: Iterable[_T]) -> Iterator[_T]:
        """The values, kept on their way."""
        rest = iter(values)
        while some := list(islice(rest, _AT_ONCE)):
            try:
                pickle.dump(some, self._file)
                self._file.flush()
            except OSError as error:
                words = error.strerror
                raise SheetError("file-unreadable", path=self._sheet, words=words) from None
            yield from some

    def __iter__(self) -> Iterator[_T]:
        self._file.seek(0)
        with suppress(EOFError):
            while True:
                yield from pickle.load(self._file)  # noqa: S301 nobody else has the file
