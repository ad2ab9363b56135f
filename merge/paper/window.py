"""The sheet and its envelope's window: what that shows, and the look that follows. Pure.

All lengths are mm on the first page, from its upper left corner. A folded sheet has play in its
envelope, so there are two rectangles: what the window shows wherever the sheet slips, where the
address must lie; and what it shows of some sheet, where nothing else may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from merge.french.postal import CHARACTERS, LINES
from merge.model import PaperName

USUAL_PLAY_MM, MOST_PLAY_MM = 5, 30
"""How far a sheet slips to either side where nobody has measured it, and where it has no hold."""

_MARGIN_MM = 20  # of the page, on the left, the right and the top: letter.css
_LONGEST_LINE_MM = 150  # of text: at 12 pt, 85 to 90 characters

# A letter may overhang its advance width ("Ą"), and a PDF reader has seven digits for where it is.
_HAIR_MM = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle of the page."""

    left_mm: float
    top_mm: float
    right_mm: float
    bottom_mm: float

    def holds(self, other: Area) -> bool:
        """Whether all of the other lies in it, but for what nobody sees."""
        return (
            self.left_mm - _HAIR_MM <= other.left_mm
            and self.top_mm - _HAIR_MM <= other.top_mm
            and self.right_mm + _HAIR_MM >= other.right_mm
            and self.bottom_mm + _HAIR_MM >= other.bottom_mm
        )

    def touches(self, other: Area) -> bool:
        """Whether they have a point in common."""
        return (
            self.left_mm < other.right_mm
            and self.top_mm < other.bottom_mm
            and self.right_mm > other.left_mm
            and self.bottom_mm > other.top_mm
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFormat:
    """The paper of the letters, upright.

    `media` is its name for a printer (PWG 5101.1).
    """

    title: str  # for people
    width_mm: float
    height_mm: float
    media: str

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        return self.width_mm, self.height_mm

    @property
    def text_margin_mm(self) -> float:
        """How far from the page's margins text stands on both sides, so that its lines are no
        longer than a reader likes."""
        return max(self.width_mm - 2 * _MARGIN_MM - _LONGEST_LINE_MM, 0) / 2


A4 = SheetFormat(
    title="A4",
    width_mm=210,
    height_mm=297,
    media="iso_a4_210x297mm",
)
FORMATS: Mapping[PaperName, SheetFormat] = MappingProxyType(
    {
        "A4": A4,
        "A5": SheetFormat(
            title="A5",
            width_mm=148,
            height_mm=210,
            media="iso_a5_148x210mm",
        ),
        "letter": SheetFormat(
            title="US Letter",
            width_mm=215.9,
            height_mm=279.4,
            media="na_letter_8.5x11in",
        ),
    }
)
"""Sheets by the name that the setting `paper.format` gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one kind of envelope shows at every slip of the sheet, and how far that can be.

    `folds_mm` are where the sheet is folded, from its top; one or two, or () where it is not, or
    nobody knows.
    `return_address` is the sender's, in one small line above the address; "" for none.
    """

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float
    folds_mm: tuple[float, ...] = ()
    play_across_mm: float = USUAL_PLAY_MM
    play_down_mm: float = USUAL_PLAY_MM
    return_address: str = ""
    sheet: SheetFormat = A4

    @property
    def always(self) -> Area:
        """What it shows of every sheet."""
        return Area(
            left_mm=self.left_mm,
            top_mm=self.top_mm,
            right_mm=self.left_mm + self.width_mm,
            bottom_mm=self.top_mm + self.height_mm,
        )

    @property
    def sometimes(self) -> Area:
        """What it shows of one sheet or another."""
        return Area(
            left_mm=self.left_mm - self.play_across_mm,
            top_mm=self.top_mm - self.play_down_mm,
            right_mm=self.left_mm + self.width_mm + self.play_across_mm,
            bottom_mm=self.top_mm + self.height_mm + self.play_down_mm,
        )


ProfileName = Literal[
    "nf-right", "sn-left", "sn-right", "sn-left-c5", "sn-right-c5", "din", "din-c6", "us-10"
]

PROFILES: Mapping[str, Window] = MappingProxyType(
    {
        # DL, 110 x 220, a window of 35 x 100 mm 20 mm from the right and the bottom edge, the
        # sheet folded to 99 x 210: NF Z 11-001.
        "nf-right": Window(
            left_mm=100,
            top_mm=55,
            width_mm=90,
            height_mm=24,
            folds_mm=(99, 198),
            play_across_mm=10,
            play_down_mm=11,
        ),
        # The fields of the Swiss norm SN 010130, as KOMA-Script has them. How far the sheet slips
        # is assumed, no norm at hand says it: a sheet folded to 105 x 210 that lies in the middle
        # of a C6/5, 114 x 229 (ISO 269), can go no further.
        "sn-left": Window(
            left_mm=20,
            top_mm=35.5,
            width_mm=100,
            height_mm=45,
            folds_mm=(105, 210),
            play_across_mm=9.5,
            play_down_mm=4.5,
        ),
        "sn-right": Window(
            left_mm=112,
            top_mm=45,
            width_mm=90,
            height_mm=45,
            folds_mm=(105, 210),
            play_across_mm=9.5,
            play_down_mm=4.5,
        ),
        # C5, 162 x 229, a window of 45 x 100 mm 65 mm from the bottom edge and 12 or 109 mm from
        # the right, as a maker of envelopes gives SN 010130; the norm is not at hand. The sheet is
        # folded once: these are what the window shows of it in every corner of the envelope. Of
        # the German C5 (45 x 90 mm, 20 mm from the left, 60 mm from the bottom) that is 71 mm wide,
        # too little for a line; for the French C5 no source is at hand: own measures. In a C4,
        # 229 x 324, a sheet that is not folded slips 19 and 27 mm: what makers sell for it always
        # shows 71 x 28 mm (German, 55 x 90) or 81 x 18 (Swiss, 45 x 100), too little for six lines.
        "sn-left-c5": Window(
            left_mm=20,
            top_mm=52,
            width_mm=81,
            height_mm=31.5,
            folds_mm=(148.5,),
            play_across_mm=19,
            play_down_mm=13.5,
        ),
        "sn-right-c5": Window(
            left_mm=117,
            top_mm=52,
            width_mm=81,
            height_mm=31.5,
            folds_mm=(148.5,),
            play_across_mm=19,
            play_down_mm=13.5,
        ),
        # DL, a window of 45 x 90 mm 20 mm from the left and 15 mm from the bottom edge (DIN 680),
        # the sheet folded to 105 x 210: of the field of DIN 5008 (85 x 45) it always shows this.
        "din": Window(
            left_mm=20,
            top_mm=50,
            width_mm=80,
            height_mm=40,
            folds_mm=(105, 210),
            play_across_mm=10,
            play_down_mm=5,
        ),
        # C6, 114 x 162, the same window in the same place (DIN 680), with a sheet of A5 that is
        # folded once, to 105 x 148: what it shows of it in every corner of the envelope.
        "din-c6": Window(
            left_mm=20,
            top_mm=54,
            width_mm=76,
            height_mm=36,
            folds_mm=(105,),
            play_across_mm=14,
            play_down_mm=9,
            sheet=FORMATS["A5"],
        ),
        # The number 10 of the United States, 4 1/8 x 9 1/2 in, its usual window of 1 1/8 x 4 1/2 in
        # 7/8 in from the left and 1/2 in from the bottom edge, as makers give it; no norm has it.
        # The sheet is folded 4 and 8 in from its top: folded in three it slips so far that the
        # window always shows no more than 17 mm in height.
        "us-10": Window(
            left_mm=22.225,
            top_mm=63.5,
            width_mm=88.9,
            height_mm=25.4,
            folds_mm=(101.6, 203.2),
            play_across_mm=25.4,
            play_down_mm=3.175,
            sheet=FORMATS["letter"],
        ),
    }
)
"""Envelopes by the name that the setting `paper.window` gives them."""

POINT_MM = 25.4 / 72
ADVANCE_EM = 0.6
"""How wide each character of the typewriter face is, in which addresses and marks are set."""

LEAST_WIDTH_MM, LEAST_HEIGHT_MM = 78, 24
"""No smaller window shows six lines of 38 characters that a sorting machine still reads."""

_SIZES_PT = (10, 9.5, 9)
_PITCH_MM = 4.2  # of the lines, where the window is high enough
_INK_MM = 0.2  # how much higher than in its middle the ink of a line stands
_NEAR_MM = 2  # nothing stands nearer to the window
_SENDER_MM = 75
_SENDER_LEAST_MM = 45
RETURN_PT = 7
"""The size of the return address, in the face of the text."""
_RETURN_MM = 3.2  # how high it is, with the rule below it
_MARK_MM = (5, 4, 0.2)  # of a fold mark: from the edge of the sheet, how long, how thick
_MARK_BOXES = ("body::before", ".head::after")  # both begin on the first page


def rules(window: Window, *, fold_marks: bool) -> str:
    """CSS that puts address, sender and what follows them where the window wants them.

    It goes behind the look of the campaign, whose page has 20 mm of margin on three sides. How far
    text stands from these margins is the look's, which may say `var(--text-margin)`.
    """
    near = window.sometimes
    return "\n".join(
        (
            "",
            f"html {{ --text-margin: {_mm(window.sheet.text_margin_mm)} }}",
            *_address(window),
            *_sender(window),
            f".head {{ min-height: {_mm(near.bottom_mm + _NEAR_MM - _MARGIN_MM)} }}",
            *(_marks(window.folds_mm) if fold_marks else ()),
            "",
        )
    )


def line_mm(window: Window) -> float:
    """How long a line in the window may be."""
    return window.width_mm - _size_and_inset(window)[1]


def _size_and_inset(window: Window) -> tuple[float, float]:
    """The address's size in pt, and how far from the left edge of the window it begins, in mm: as
    far as the sheet may slip, where there is room.
    """
    size, text_mm = next(
        (size, width)
        for size in _SIZES_PT
        if (width := CHARACTERS * ADVANCE_EM * size * POINT_MM) <= window.width_mm - 2
    )
    return size, min(window.play_across_mm, (window.width_mm - text_mm) / 2)


def _address(window: Window) -> tuple[str, ...]:
    """The lines in the middle of the window, from top to bottom, however many there are; of what
    a return address leaves of it, where there is one.
    """
    size, inset_mm = _size_and_inset(window)
    pitch_mm = min(_PITCH_MM, (window.height_mm - 1) / LINES)
    above_mm = _RETURN_MM if window.return_address else 0
    height_mm = window.height_mm - above_mm
    tight_mm = min(pitch_mm, (height_mm - 0.5) / LINES)  # of as many lines as may be

    def padding_mm(lines: int) -> float:
        high_mm = lines * (tight_mm if lines == LINES else pitch_mm)
        return (height_mm - high_mm) / 2 + _INK_MM

    return (
        f".window {{ position: absolute; left: {_mm(window.left_mm + inset_mm - _MARGIN_MM)}; "
        f"top: {_mm(window.top_mm - _MARGIN_MM)}; width: {_mm(window.width_mm - inset_mm)}; "
        f'font: {size}pt/{_mm(pitch_mm)} "Publipostage Mono", monospace; white-space: nowrap }}',
        *(_return_address(window.return_address) if window.return_address else ()),
        *(
            # Smaller, or the accents of one line would touch the tails of the one above.
            (
                f".window:has(div:nth-child({LINES})) {{ font-size: {_SIZES_PT[-1]}pt; "
                f"line-height: {_mm(tight_mm)} }}",
            )
            if tight_mm < pitch_mm
            else ()
        ),
        *(
            f".window div:first-child:nth-last-child({lines}) "
            f"{{ padding-top: {_mm(padding_mm(lines))} }}"
            for lines in range(1, LINES + 1)
        ),
    )


def _return_address(line: str) -> tuple[str, ...]:
    """Above the address, with a thin rule below it: whoever sorts letters tells them apart."""
    written = "".join(each if each.isalnum() else f"\\{ord(each):x} " for each in line)
    return (
        f'.window::before {{ content: "{written}"; display: block; '
        f'font: {RETURN_PT}pt/{_mm(_RETURN_MM)} "Publipostage Serif", serif; '
        "text-decoration: underline; text-decoration-thickness: 0.3pt; "
        "text-underline-offset: 1.8pt }",
    )


def _sender(window: Window) -> tuple[str, ...]:
    """Beside the window, on the side that has room; above it where none has."""
    near, sheet_mm = window.sometimes, window.sheet.width_mm
    left_mm = near.left_mm - _NEAR_MM - _MARGIN_MM
    right_mm = sheet_mm - _MARGIN_MM - near.right_mm - _NEAR_MM
    if max(left_mm, right_mm) < _SENDER_LEAST_MM:
        room_mm = near.top_mm - _NEAR_MM - _MARGIN_MM
        # A logo stands beside the lines: above them it would push them into the window.
        return (
            ".sender::before { float: right; background-position: right top; max-width: 40%; "
            f"max-height: {_mm(room_mm)}; margin: 0 0 0 4mm }}",
        )
    width_mm = min(_SENDER_MM, max(left_mm, right_mm))
    margin_mm = 0 if left_mm >= right_mm else sheet_mm - 2 * _MARGIN_MM - width_mm
    return (f".sender {{ margin-left: {_mm(margin_mm)}; width: {_mm(width_mm)} }}",)


def _marks(folds_mm: tuple[float, ...]) -> Iterator[str]:
    """Short lines at the left edge of the first page, a box for each: of one box with two borders
    nobody could tell that there is nothing between them."""
    edge_mm, long_mm, thick_mm = _MARK_MM
    for box, fold_mm in zip(_MARK_BOXES, folds_mm, strict=False):
        yield (
            f'{box} {{ content: ""; position: absolute; left: {_mm(edge_mm - _MARGIN_MM)}; '
            f"top: {_mm(fold_mm - thick_mm / 2 - _MARGIN_MM)}; width: {_mm(long_mm)}; "
            f"border-top: {_mm(thick_mm)} solid #666 }}"
        )


def _mm(length: float) -> str:
    return f"{round(length, 2):g}mm"
