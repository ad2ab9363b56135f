"""Labels and envelopes with the addresses of a lot, and the test sheet, as HTML. Pure.

An address stands where a `Window` of its own always shows it: on a label that is what a printer
hits that draws the sheet in a little askew, on an envelope what the post reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from merge.french.postal import CHARACTERS, LINES, fitted_name, wrapped
from merge.model import LetterFault
from merge.paper.window import A4, ADVANCE_EM, POINT_MM, Area, Window, rules

_ASKEW_MM = 2.5  # how far a printer may be off
_EDGE_MM = 5  # of the sheet, where many print nothing
_PITCH_MM = 4.2
_SIZES_PT = (10, 9.5, 9, 8.5, 8)
_INK_MM = 0.2


@dataclass(frozen=True, slots=True)
class Labels:
    """A sheet of A4 with labels of one size; between its rows is no room."""

    columns: int
    rows: int
    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    across_mm: float
    """From the left edge of a label to that of the next."""

    @property
    def on_a_sheet(self) -> int:
        """How many there are."""
        return self.columns * self.rows

    def places(self) -> Iterator[Window]:
        """Each label, row by row: where its address lies, and as its play all of the label."""
        across_mm = max(_ASKEW_MM, _EDGE_MM - self.left_mm)
        down_mm = max(_ASKEW_MM, _EDGE_MM - self.top_mm)
        for row in range(self.rows):
            for column in range(self.columns):
                yield Window(
                    left_mm=self.left_mm + column * self.across_mm + across_mm,
                    top_mm=self.top_mm + row * self.height_mm + down_mm,
                    width_mm=self.width_mm - 2 * across_mm,
                    height_mm=self.height_mm - 2 * down_mm,
                    play_across_mm=across_mm,
                    play_down_mm=down_mm,
                )


LABELS: Mapping[str, Labels] = MappingProxyType(
    {
        # The measures that the makers give: Avery L7159, L7160 and L7163, Avery Zweckform 3474.
        "L7159": Labels(3, 8, 63.5, 33.9, 7.2, 12.9, 66.0),
        "L7160": Labels(3, 7, 63.5, 38.1, 7.2, 15.1, 66.0),
        "L7163": Labels(2, 7, 99.1, 38.1, 4.65, 15.1, 101.6),
        "3474": Labels(3, 8, 70, 37, 0, 0, 70),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeFormat:
    """An envelope as it lies before who addresses it."""

    width_mm: float
    height_mm: float

    @property
    def place(self) -> Window:
        """Where the address lies: the place of the French window (NF Z 11-001), 35 x 100 mm and
        20 mm from the right and the bottom edge.

        It keeps free what the posts of Switzerland and Belgium print on (74 x 40 mm above on the
        right, 15 mm below); no norm of another country is at hand.
        """
        return Window(
            left_mm=self.width_mm - 120,
            top_mm=self.height_mm - 55,
            width_mm=100,
            height_mm=35,
            play_across_mm=0,
            play_down_mm=0,
        )


ENVELOPES: Mapping[str, EnvelopeFormat] = MappingProxyType(
    {
        "DL": EnvelopeFormat(width_mm=220, height_mm=110),  # ISO 269
        "C5": EnvelopeFormat(width_mm=229, height_mm=162),
    }
)

_SENDER_MM = 85
PAGES_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFile:
    """A file with addresses, `n` of them; "" where each has a fault."""

    path: str
    n: int
    faults: Sequence[LetterFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """Pages with the addresses on each: its lines, and where they stand."""

    title: str
    width_mm: float
    height_mm: float
    pages: Sequence[Sequence[tuple[Sequence[str], Window]]]
    sender: Sequence[str] = ()
    outlines: Sequence[Window] = ()

    def documents(self) -> Iterator[str]:
        """The pages as complete documents, some in each."""
        for start in range(0, len(self.pages), PAGES_AT_ONCE):
            yield self._document(self.pages[start : start + PAGES_AT_ONCE])

    def _document(self, pages: Sequence[Sequence[tuple[Sequence[str], Window]]]) -> str:
        return (
            '<!DOCTYPE html><html><head><meta charset="utf-8">'
            f"<title>{escape(self.title)}</title><style>"
            f"@page {{ size: {self.width_mm:g}mm {self.height_mm:g}mm; margin: 0 }} "
            "body { margin: 0 } "
            ".page { position: relative; break-after: page; "
            f"height: {self.height_mm - 0.1:g}mm }} .page:last-child {{ break-after: auto }}"
            ".address, .sender, .label { position: absolute; box-sizing: border-box } "
            f'.address {{ font: 10pt/{_PITCH_MM}mm "Publipostage Mono", monospace; '
            "white-space: nowrap } "
            f".sender {{ left: 10mm; top: 10mm; width: {_SENDER_MM}mm; "
            'font: 9pt/1.3 "Publipostage Serif", serif } '
            ".label { border: 0.2mm solid #000 }"
            f"</style></head><body>{''.join(map(self._page, pages))}</body></html>"
        )

    def _page(self, addresses: Sequence[tuple[Sequence[str], Window]]) -> str:
        sender = "<br>".join(map(escape, self.sender))
        outlines = "".join(
            f'<div class="label" style="left: {area.left_mm:g}mm; top: {area.top_mm:g}mm; '
            f"width: {area.right_mm - area.left_mm:g}mm; "
            f'height: {area.bottom_mm - area.top_mm:g}mm"></div>'
            for area in (place.sometimes for place in self.outlines)
        )
        return (
            '<div class="page">'
            + (f'<div class="sender">{sender}</div>' if sender else "")
            + outlines
            + "".join(_address(lines, place) for lines, place in addresses)
            + "</div>"
        )


def fitted(lines: Sequence[str], place: Window) -> Sequence[str]:
    """The lines for what has less room than the window of a letter: names shortened, and each line
    above the town parted between words, where there are not too many then.
    """
    room = _room(place)
    short = [line if line.isupper() else fitted_name(line, room) for line in lines]
    parted = [part for line in short[:-1] for part in wrapped(line, room)] + short[-1:]
    return parted if len(parted) <= LINES else short


def too_long(lines: Sequence[str], place: Window) -> str:
    """The line that does not fit there in the smallest letters, "" where all do."""
    longest = max(lines, key=len)
    return "" if len(longest) <= _room(place) else longest


def _room(place: Window) -> int:
    """How many of the smallest letters a line has there."""
    return int(place.width_mm / _width_mm("M", _SIZES_PT[-1]))


def on_labels(name: str, addresses: Sequence[Sequence[str]], skipped: int = 0) -> Sheets:
    """Label after label, row by row; so many of the first sheet are gone."""
    places, n = list(LABELS[name].places()), LABELS[name].on_a_sheet
    placed = [(lines, places[number % n]) for number, lines in enumerate(addresses, start=skipped)]
    first = n - skipped
    starts = [0, *range(first, len(placed), n)]
    return Sheets(
        title=name,
        width_mm=A4.width_mm,
        height_mm=A4.height_mm,
        pages=[placed[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)],
    )


def outlines(name: str, sender: Sequence[str]) -> Sheets:
    """Labels of a sheet, or the place of the address on an envelope, as frames: in each the longest
    line that fits, six times.
    """
    envelope = ENVELOPES.get(name)
    places = [envelope.place] if envelope else list(LABELS[name].places())
    lines = ("M" * min(_room(places[0]), CHARACTERS),) * LINES
    return Sheets(
        title=name,
        width_mm=(envelope or A4).width_mm,
        height_mm=(envelope or A4).height_mm,
        pages=[[(lines, place) for place in places]],
        sender=sender if envelope else (),
        outlines=places,
    )


def on_envelopes(name: str, addresses: Sequence[Sequence[str]], sender: Sequence[str]) -> Sheets:
    """A page for each envelope."""
    envelope = ENVELOPES[name]
    return Sheets(
        title=name,
        width_mm=envelope.width_mm,
        height_mm=envelope.height_mm,
        pages=[[(lines, envelope.place)] for lines in addresses],
        sender=sender,
    )


def _width_mm(line: str, size_pt: float) -> float:
    return len(line) * ADVANCE_EM * size_pt * POINT_MM


def _address(lines: Sequence[str], place: Window) -> str:
    longest = max(lines, key=len)
    size = next(
        (size for size in _SIZES_PT if _width_mm(longest, size) <= place.width_mm), _SIZES_PT[-1]
    )
    top_mm = place.top_mm + (place.height_mm - len(lines) * _PITCH_MM) / 2 + _INK_MM
    text = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return (
        f'<div class="address" style="left: {place.left_mm:.2f}mm; top: {top_mm:.2f}mm; '
        f'font-size: {size}pt">{text}</div>'
    )


# --- a sheet to try printer, folds and envelope with, before a lot is printed ---------------------

# Address and fold marks are where the letters have them: the rules are the same.
_MARGIN_MM = 20
_STYLE = """
@page { margin: 20mm 20mm 22mm }
html { font: 11pt/1.4 "Publipostage Serif", serif }
body { margin: 0 }
h1 { font-size: 16pt; margin: 0 0 3mm }
address { font-style: normal }
li { margin-bottom: 1.5mm }
.area { position: absolute; box-sizing: border-box; border: 0.2mm solid #000 }
.sometimes { border: 0.2mm dashed #999 }
.fold { position: absolute; left: -20mm; right: -20mm; border-top: 0.2mm dotted #999 }
.ruler { width: 100mm; height: 4mm; border: 0.3mm solid #000; border-top: none; margin: 4mm 0 1mm;
  box-sizing: border-box }
.back { break-before: page }
"""
_SMALL_SHEET = "html { font-size: 9pt } h1 { font-size: 13pt; margin: 7mm 0 1.5mm }"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetWords:
    """The words of the sheet, which the caller translates. English by default."""

    lang: str = "en"
    title: str = "Test sheet"
    steps: tuple[str, ...] = (
        "Print this sheet as you will print the letters: actual size (100 %), without “fit to "
        "page”.",
        "Measure the line below. If it is not 100 mm long, the printer changed the size.",
        "Fold at the marks on the left edge, put the sheet into the envelope and shake it.",
        "Whichever way it slips, the window must show all of the address. The dashed frame is what "
        "it may show: nothing else is printed there.",
        "Another envelope? Change window in campaign.toml, [paper].",
    )
    ruler: str = "100 mm"
    back: str = (
        "This is the back. Its top is at the top of the front: if not, choose “long edge” for both "
        "sides."
    )


def sheet_html(window: Window, words: SheetWords, *, duplex: bool) -> str:
    """The sheet as a complete document, with a back where letters have one."""
    title = escape(f"{words.title} · {window.sheet.title}")
    small = _SMALL_SHEET if window.sheet.width_mm < A4.width_mm else ""
    lines = "".join(f"<div>{'M' * CHARACTERS}</div>" for _ in range(LINES))
    folds = "".join(
        f'<div class="fold" style="top: {fold - _MARGIN_MM:g}mm"></div>' for fold in window.folds_mm
    )
    steps = "".join(f"<li>{escape(step)}</li>" for step in words.steps)
    back = f'<div class="back"><h1>{title}</h1><p>{escape(words.back)}</p></div>' if duplex else ""
    return (
        f'<!DOCTYPE html><html lang="{escape(words.lang)}"><head><meta charset="utf-8">'
        f"<title>{title}</title>"
        f"<style>{_STYLE}{small}{rules(window, fold_marks=True)}</style></head><body>"
        f"{_frame('area sometimes', window.sometimes, window)}"
        f"{_frame('area', window.always, window)}{folds}"
        f'<div class="head"><address class="window">{lines}</address></div>'
        f"<h1>{title}</h1><ol>{steps}</ol>"
        f'<div class="ruler"></div>{escape(words.ruler)}{back}</body></html>'
    )


def _frame(name: str, area: Area, window: Window) -> str:
    left_mm, right_mm = max(area.left_mm, 0), min(area.right_mm, window.sheet.width_mm)
    return (
        f'<div class="{name}" style="left: {left_mm - _MARGIN_MM:g}mm; '
        f"top: {area.top_mm - _MARGIN_MM:g}mm; width: {right_mm - left_mm:g}mm; "
        f'height: {area.bottom_mm - area.top_mm:g}mm"></div>'
    )
