"""What an inserter reads on a sheet: a Data Matrix, or lines for optical mark recognition (OMR).

The Data Matrix (ISO/IEC 16022) has the code of the sheet, see `lots.LotSheet.code`, in a square of
10 mm: a camera of 100 dots an inch reads it. The lines stand one below the other, 1/6 inch apart,
where a line says yes and its absence no:

    0      start: always there, and the others are found from it
    1      end of the set: this is the last sheet of its letter
    2 3 4  the number of the sheet in the lot, mod 8, its lowest bit first: a lost or doubled sheet
           breaks the sequence
    5      parity: with it, the lines of a sheet are even in number

Both are black ink alone, in the margin of the front. The door to pystrich, which an extra brings.
"""

from __future__ import annotations

from collections.abc import Iterator

from merge.errors import Misuse
from merge.paper.lots import LotSheet
from merge.paper.window import A4, POINT_MM, Area, Window

CODE_MM = 10.0
LINE_LENGTH_MM = 7.0
LINE_WIDTH_MM = 0.6
LINE_PITCH_MM = 25.4 / 6
LINES = 6
_QUIET_MM = 1.0  # a module of a Data Matrix is half as wide
_MARGIN_MM = 6.0  # from the edge of the sheet; the text begins at 20


def refuse_without_encoder() -> None:
    """Misuse("shop-extra-missing") before a page is made that would lack its code."""
    try:
        import pystrich.datamatrix  # noqa: F401 - to see whether it is there
    except ImportError:
        raise Misuse("shop-extra-missing") from None


def code_area(window: Window) -> Area:
    """Where the Data Matrix stands: in the lower third of the sheet, which is folded inside."""
    return _beside(window, _down(window, 225), CODE_MM, CODE_MM)


def lines_area(window: Window) -> Area:
    """Where the lines stand: in the middle of the sheet, on no fold."""
    height_mm = (LINES - 1) * LINE_PITCH_MM + LINE_WIDTH_MM
    tops_mm = [_down(window, top_mm) for top_mm in (140, 155)]
    off_folds_mm = (
        top_mm
        for top_mm in tops_mm
        if not any(-2 < fold - top_mm < height_mm + 2 for fold in window.folds_mm)
    )
    return _beside(window, next(off_folds_mm, tops_mm[0]), LINE_LENGTH_MM, height_mm)


def _down(window: Window, on_a4_mm: float) -> float:
    """As far down the sheet as this is on one of A4."""
    return on_a4_mm / A4.height_mm * window.sheet.height_mm


def clear(area: Area) -> Area:
    """What must be white around a code for a machine to read it."""
    return Area(
        left_mm=area.left_mm - _QUIET_MM,
        top_mm=area.top_mm - _QUIET_MM,
        right_mm=area.right_mm + _QUIET_MM,
        bottom_mm=area.bottom_mm + _QUIET_MM,
    )


def _beside(window: Window, top_mm: float, width_mm: float, height_mm: float) -> Area:
    """In the left margin; in the right one where a window of the sender's own could show it."""
    left, right = (
        Area(left_mm=x, top_mm=top_mm, right_mm=x + width_mm, bottom_mm=top_mm + height_mm)
        for x in (_MARGIN_MM, window.sheet.width_mm - _MARGIN_MM - width_mm)
    )
    return right if left.touches(window.sometimes) else left


def matrix(sheet: LotSheet, window: Window, height_pt: float) -> bytes:
    """The operators that draw the Data Matrix of a sheet, so high."""
    from pystrich.datamatrix import DataMatrixData, DataMatrixEncoder

    encoder = DataMatrixEncoder(DataMatrixData(sheet.code, encoding="ascii"), quiet_zone=0)
    rows = encoder.get_ascii().splitlines()  # two characters a module
    area, module_mm = code_area(window), CODE_MM / len(rows)
    squares = (
        Area(
            left_mm=area.left_mm + first * module_mm,
            top_mm=area.top_mm + number * module_mm,
            right_mm=area.left_mm + last * module_mm,
            bottom_mm=area.top_mm + (number + 1) * module_mm,
        )
        for number, row in enumerate(rows)
        for first, last in _runs(row)
    )
    return _filled(squares, height_pt)


def lines(sheet: LotSheet, window: Window, height_pt: float) -> bytes:
    """The operators that draw the OMR lines of a sheet, so high."""
    area = lines_area(window)
    squares = (
        Area(
            left_mm=area.left_mm,
            top_mm=area.top_mm + number * LINE_PITCH_MM,
            right_mm=area.right_mm,
            bottom_mm=area.top_mm + number * LINE_PITCH_MM + LINE_WIDTH_MM,
        )
        for number, is_there in enumerate(_said(sheet))
        if is_there
    )
    return _filled(squares, height_pt)


def _said(sheet: LotSheet) -> list[bool]:
    said = [True, sheet.leaf == sheet.leaves, *(bool(sheet.sheet >> bit & 1) for bit in range(3))]
    return [*said, sum(said) % 2 == 1]


def _runs(row: str) -> Iterator[tuple[int, int]]:
    """From where to where a row of modules is black."""
    first = None
    modules = [row[place : place + 2] == "XX" for place in range(0, len(row), 2)]
    for place, is_black in enumerate([*modules, False]):
        if is_black and first is None:
            first = place
        elif not is_black and first is not None:
            yield first, place
            first = None


def _filled(areas: Iterator[Area], height_pt: float) -> bytes:
    """One path: between squares that touch no reader shows a seam."""
    drawn = "\n".join(
        f"{area.left_mm / POINT_MM:.3f} {height_pt - area.bottom_mm / POINT_MM:.3f} "
        f"{(area.right_mm - area.left_mm) / POINT_MM:.3f} "
        f"{(area.bottom_mm - area.top_mm) / POINT_MM:.3f} re"
        for area in areas
    )
    return f"{drawn}\nf".encode("ascii")
