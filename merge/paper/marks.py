"""What each sheet of a lot says of itself, for whoever holds it after a jam. Pure.

Marks are drawn when a lot is bound, where it is known at last which sheet is which: on the front of
each sheet behind the cover, as one artifact at the end of the page's content, so that the digest of
a letter can be worked out without them. Black alone, outside all that the window may show, and at
least `EDGE_MM` from each edge, where printers leave the sheet white.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from merge.paper.lots import LotSheet
from merge.paper.window import ADVANCE_EM, POINT_MM, Area, Window

EDGE_MM = 5
FONT = "PublipostageMarks"
"""The name by which a page knows the font of its marks; whatever page has it, has marks."""

ENCODING = "cp1252"  # of the text: WinAnsiEncoding in ISO 32000-1, annex D
_SIZE_PT = 6
_BASELINE_MM = 0.6  # above the lower edge of the line

_LINE = "lot {lot} · {place}/{letters}"
"""In French and in English. Its one number is that of the letter, which `print --from` takes."""

# Of the line: from the top or the foot of the sheet, and from its right edge.
_TOP_MM, _FOOT_MM, _RIGHT_MM = 6, 5.5, 20
_LONG_MM, _HIGH_MM = 60, 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the sheets of a campaign are marked with: a line for people."""

    window: Window

    @property
    def characters(self) -> str:
        """All that a line can have, for the font."""
        return "".join(sorted({*_LINE.format(lot="", place="", letters=""), *"0123456789"}))

    @property
    def area(self) -> Area:
        """Where the line stands: at the top right, where a thumb leafs through a stack; else at the
        foot, under what a page says in its margin. No window shows both."""
        sheet = self.window.sheet
        top, foot = (
            Area(
                left_mm=sheet.width_mm - _RIGHT_MM - _LONG_MM,
                top_mm=top_mm,
                right_mm=sheet.width_mm - _RIGHT_MM,
                bottom_mm=top_mm + _HIGH_MM,
            )
            for top_mm in (_TOP_MM, sheet.height_mm - _FOOT_MM - _HIGH_MM)
        )
        return foot if top.touches(self.window.sometimes) else top

    def drawn(self, sheet: LotSheet, height_pt: float) -> bytes:
        """The operators for one sheet, so high, behind those of its page."""
        line = _text(_LINE.format(**asdict(sheet)), self.area, height_pt)
        return b"\n".join((_BEGIN, line, b"Q", b"EMC"))


def _text(text: str, area: Area, height_pt: float) -> bytes:
    """One line of text that ends at the right edge of its area."""
    written = text.encode(ENCODING, "replace")
    left = area.right_mm / POINT_MM - len(written) * ADVANCE_EM * _SIZE_PT
    baseline = height_pt - (area.bottom_mm - _BASELINE_MM) / POINT_MM
    drawn = f"BT /{FONT} {_SIZE_PT} Tf {left:.3f} {baseline:.3f} Td <{written.hex()}> Tj ET"
    return drawn.encode("ascii")


OPEN = b"q"
"""What stands before the operators of a page with marks: what they change ends with them."""

_BEGIN = b"Q\n/Artifact <</Type /Pagination /By /publipostage>> BDC\nq\n0 g"


def without(operators: bytes) -> bytes:
    """The operators of a page as they were before it got marks; others as they are."""
    own, begin, _marks = operators.rpartition(b"\n" + _BEGIN)
    return own.removeprefix(OPEN + b"\n") if begin else operators
