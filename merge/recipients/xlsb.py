"""The records of an .xlsb worksheet ([MS-XLSB] 2.1.4), for where its cells stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

_BLOCK_BYTES = 1_000_000

_ROW = 0  # BrtRowHdr
# BrtCellRk to BrtFmlaError: a number, an error, a truth, a text, or a formula that gives one. A
# blank cell (1) has a format alone.
_FILLED = frozenset(range(2, 12))


def filled_cells(content: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Row and column, from 0, of each cell that holds something, until a record that is cut."""
    row = 0
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        data = rest + block
        at, end = 0, len(data)
        while found := _body(data, at):
            kind, body, size = found
            if body + size > end:
                break
            if kind == _ROW:
                row = int.from_bytes(data[body : body + 4], "little")
            elif kind in _FILLED:
                yield row, int.from_bytes(data[body : body + 4], "little")
            at = body + size
        rest = data[at:]


def _body(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Of a record: its kind, where its body begins, of how many bytes it is. None where it is cut.

    Both numbers have seven bits a byte and go on where the eighth is set.
    """
    try:
        kind, at = data[at], at + 1
        if kind & 0x80:
            kind, at = kind & 0x7F | (data[at] & 0x7F) << 7, at + 1
        size = 0
        for shift in (0, 7, 14, 21):
            byte, at = data[at], at + 1
            size |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
    except IndexError:
        return None
    return kind, at, size
