"""Reads what an inserter reads of a sheet, from a picture of it and with no code of the program's.

The lines are read as `merge/paper/codes.py` documents them: 1/6 inch apart, from the first one on.
"""

from __future__ import annotations

from dataclasses import dataclass

import zxingcpp
from PIL import Image

_DARK = 128


def matrices(picture: Image.Image) -> list[str]:
    """The Data Matrix codes of a page."""
    wanted = zxingcpp.BarcodeFormat.DataMatrix
    return [code.text for code in zxingcpp.read_barcodes(picture) if code.format == wanted]


@dataclass(frozen=True)
class Lines:
    """What the lines of a sheet say."""

    is_last: bool
    sequence: int
    parity_holds: bool


def lines(picture: Image.Image, dpi: int, *, left_mm: float, right_mm: float) -> Lines | None:
    """The lines in this strip of a page; None where there is none, or what is no set of lines."""
    strip = picture.convert("L").crop((_px(left_mm, dpi), 0, _px(right_mm, dpi), picture.height))
    dark = [_is_line(strip, y) for y in range(strip.height)]
    if True not in dark:
        return None
    start, pitch = dark.index(True), dpi / 6
    said = []
    for number in range(6):
        at = start + number * pitch
        near = range(max(round(at) - 1, 0), round(at + 0.6 / 25.4 * dpi) + 1)
        said.append(any(dark[y] for y in near))
    beyond = start + round(5.5 * pitch)
    if any(dark[beyond : beyond + round(3 * pitch)]):
        return None
    return Lines(
        is_last=said[1],
        sequence=said[2] + 2 * said[3] + 4 * said[4],
        parity_holds=sum(said) % 2 == 0,
    )


def _is_line(strip: Image.Image, y: int) -> bool:
    row = strip.crop((0, y, strip.width, y + 1)).tobytes()
    return sum(value < _DARK for value in row) > 0.9 * len(row)


def _px(mm: float, dpi: int) -> int:
    return round(mm / 25.4 * dpi)
