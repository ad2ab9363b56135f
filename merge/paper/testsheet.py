"""A sheet to try printer, folds and envelope with before a lot is printed, as HTML. Pure.

Address and fold marks are where the letters have them: the rules are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from merge.french.postal import CHARACTERS, LINES
from merge.paper.window import A4, Area, Window, rules

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
