"""XLS: the records of an Excel 97 workbook that calamine does not report ([MS-XLS] 2.3, 2.4).

They are in a stream of an OLE2 file ([MS-CFB]); the door to olefile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import IO


class BadOleFile(Exception):
    """Cut or damaged."""


def streams(file: IO[bytes]) -> Mapping[str, bytes]:
    """The streams by their names; of one that is encrypted or of Word, at least the names.

    Those of an object that is embedded in the file, a Word document say, are not the file's own.
    """
    import olefile

    try:
        with olefile.OleFileIO(file, raise_defects=olefile.DEFECT_INCORRECT) as ole:
            own = [path[0] for path in ole.listdir() if len(path) == 1]
            return {name: ole.openstream([name]).read() for name in own}
    except (OSError, IndexError, ValueError) as error:  # what olefile raises for torn files
        raise BadOleFile from error


_BOF, _EOF = 0x0809, 0x000A
_FILE_PASS = 0x002F
_BOUND_SHEET = 0x0085
_TEXTS, _TEXT_BYTES_AT_LEAST = 0x00FC, 3
_EXTENT, _CELLS_AT_MOST = 0x0200, 30_000_000  # no sheet of Excel 97 has so many
_FORMULA, _BOOLEAN_OR_ERROR = 0x0006, 0x0205
_FORMAT, _STYLE = 0x041E, 0x00E0
_STYLED = frozenset({0x0006, 0x0203, 0x027E, 0x00FD, 0x0204})  # Formula, Number, RK, texts
_SEVERAL = 0x00BD
_ROW, _IS_HIDDEN = 0x0208, 0x20  # 2.4.221: fDyZero

_SHOWN = {  # 2.5.10 BErr
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def is_encrypted(workbook: bytes) -> bool:
    """Whether the stream "Workbook" (or "Book") wants a password."""
    return any(kind == _FILE_PASS for kind, _ in _substream(workbook, 0))


def promises_too_much(workbook: bytes) -> bool:
    """Whether it says that it has more texts or cells than there can be.

    calamine asks for memory for all of them, and when there is not so much it ends the process.
    """
    for kind, body in _substream(workbook, 0):
        if kind == _TEXTS and len(body) >= 8:  # 2.4.265 SST
            (texts,) = struct.unpack_from("<4xI", body)
            if texts * _TEXT_BYTES_AT_LEAST > len(workbook):
                return True
        elif kind == _BOUND_SHEET and len(body) >= 4:
            (begin,) = struct.unpack_from("<I", body)
            records = _substream(workbook, begin)
            if _is_endless(next((body for what, body in records if what == _EXTENT), b"")):
                return True
    return False


def _is_endless(extent: bytes) -> bool:
    """2.4.90 Dimensions: rows, then columns, from the first to behind the last."""
    if len(extent) < 12:  # before Excel 97
        return False
    extremes: tuple[int, ...] = struct.unpack_from("<IIHH", extent)
    top, bottom, left, right = extremes
    return bottom < top or right < left or (bottom - top) * (right - left) > _CELLS_AT_MOST


def errors(workbook: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row and column from 1, and the error that the cell shows. Excel 97 and later."""
    for what, cell in _of_sheet(workbook, sheet):
        code = None
        if what == _BOOLEAN_OR_ERROR and len(cell) >= 8 and cell[7]:
            code = cell[6]
        elif what == _FORMULA and cell[12:14] == b"\xff\xff" and cell[6] == 2:
            code = cell[8]
        if code in _SHOWN:
            row, column = struct.unpack_from("<HH", cell)
            yield row + 1, column + 1, _SHOWN[code]


def hidden_rows(workbook: bytes, sheet: str) -> Iterator[int]:
    """The numbers, from 1, of the rows that are not shown."""
    for what, row in _of_sheet(workbook, sheet):
        if what == _ROW and len(row) >= 13 and row[12] & _IS_HIDDEN:
            yield struct.unpack_from("<H", row)[0] + 1


def formats(workbook: bytes) -> tuple[Mapping[int, str], list[int]]:
    """The format codes that the workbook defines, by their numbers, and the number of each style's
    (2.4.126 Format, 2.4.353 XF).
    """
    codes: dict[int, str] = {}
    styles: list[int] = []
    for kind, body in _substream(workbook, 0):
        if kind == _FORMAT and len(body) >= 5:
            number, length, is_wide = struct.unpack_from("<HHB", body)
            letters = body[5 : 5 + length * (1 + (is_wide & 1))]
            codes[number] = letters.decode(
                "utf-16-le" if is_wide & 1 else "latin-1", errors="replace"
            )
        elif kind == _STYLE:
            styles.append(struct.unpack_from("<2xH", body)[0] if len(body) >= 4 else 0)
    return codes, styles


def styled_cells(workbook: bytes, sheet: str) -> Iterator[tuple[int, int, int]]:
    """Row and column from 1 of each cell with a number or a text, and the number of its style."""
    for what, body in _of_sheet(workbook, sheet):
        if what in _STYLED and len(body) >= 6:
            row, column, style = struct.unpack_from("<3H", body)
            yield row + 1, column + 1, style
        elif what == _SEVERAL and len(body) >= 6:  # 2.4.175 MulRk: a style and a number each
            row, column = struct.unpack_from("<2H", body)
            for at in range(4, len(body) - 7, 6):
                yield row + 1, column + 1, struct.unpack_from("<H", body, at)[0]
                column += 1


def _of_sheet(workbook: bytes, sheet: str) -> Iterator[tuple[int, bytes]]:
    """The records of one worksheet."""
    for kind, body in _substream(workbook, 0):
        if kind == _BOUND_SHEET and _name(body) == sheet:
            yield from _substream(workbook, struct.unpack_from("<I", body)[0])


def _name(bound_sheet: bytes) -> str:
    """2.4.28: after eight bytes a short string, of one or of two bytes a character; "" if cut."""
    if len(bound_sheet) < 8:
        return ""
    letters = bound_sheet[8:]
    return letters.decode("utf-16-le" if bound_sheet[7] & 1 else "latin-1", errors="replace")


def _substream(workbook: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """The records from a BOF to its EOF; charts lie between with a pair of their own."""
    depth, at = 0, begin
    while at + 4 <= len(workbook):
        kind, size = struct.unpack_from("<HH", workbook, at)
        if depth <= 1:
            yield kind, workbook[at + 4 : at + 4 + size]
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        at += 4 + size
