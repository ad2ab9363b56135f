"""XLSB: the records of a binary workbook ([MS-XLSB] 2.1.4): where its cells stand, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO

_BLOCK_BYTES = 1_000_000

_ROW = 0  # BrtRowHdr
# BrtCellRk to BrtFmlaError: a number, an error, a truth, a text, or a formula that gives one. A
# blank cell (1) has a format alone.
_FILLED = frozenset(range(2, 12))
_FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES = 44, 47, 617, 618  # BrtFmt, BrtXF, Brt…CellXFs
_BUNDLED = 156  # BrtBundleSh


def filled_cells(content: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Row and column, from 0, of each cell that holds something, until a record that is cut."""
    for row, column, _ in styled_cells(content):
        yield row, column


def styled_cells(content: IO[bytes]) -> Iterator[tuple[int, int, int]]:
    """The same, and the number of its style."""
    row = 0
    for kind, data, body in _records(content):
        if kind == _ROW:
            row = int.from_bytes(data[body : body + 4], "little")
        elif kind in _FILLED:
            column = int.from_bytes(data[body : body + 4], "little")
            yield row, column, int.from_bytes(data[body + 4 : body + 7], "little")


def formats(content: IO[bytes]) -> tuple[Mapping[int, str], list[int]]:
    """The format codes of the part "styles", by their numbers, and the number of each style's."""
    codes: dict[int, str] = {}
    styles: list[int] = []
    is_inside = False
    for kind, data, body in _records(content):
        if kind == _FORMAT:
            codes[int.from_bytes(data[body : body + 2], "little")], _ = _text(data, body + 2)
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            is_inside = kind == _BEGIN_STYLES
        elif kind == _STYLE and is_inside:
            styles.append(int.from_bytes(data[body + 2 : body + 4], "little"))
    return codes, styles


def relation_of(content: IO[bytes], sheet: str) -> str:
    """The relation by which the part "workbook" names a worksheet, "" for none."""
    for kind, data, body in _records(content):
        if kind == _BUNDLED:
            relation, behind = _text(data, body + 8)
            if _text(data, behind)[0] == sheet:
                return relation
    return ""


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A text that says how long it is (2.5.168), and where it ends."""
    begin = at + 4
    end = begin + 2 * int.from_bytes(data[at:begin], "little")
    return data[begin:end].decode("utf-16-le", errors="replace"), end


def _records(content: IO[bytes]) -> Iterator[tuple[int, bytes, int]]:
    """The kind of each record, the bytes that it is in, and where it begins there."""
    rest = b""
    while block := content.read(_BLOCK_BYTES):
        data = rest + block
        at, end = 0, len(data)
        while found := _body(data, at):
            kind, body, size = found
            if body + size > end:
                break
            yield kind, data, body
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
