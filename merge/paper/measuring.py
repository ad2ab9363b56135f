"""Finished pages → what stands in the window. The one door to pypdfium2.

What a person will see through the envelope is read from the PDF, with another library than the
one that made it, and not from what anybody meant to print.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Literal

from merge.paper import binding
from merge.paper.window import POINT_MM, Area, Window

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage


FlawCode = Literal[
    "address-not-in-window",
    "return-address-not-in-window",
    "text-in-window",
    "drawing-in-window",
    "marks-covered",
]

_RULE_MM = 0.3  # the thickest below a return address
_NEAR_MM = 1  # it is no farther from the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong in one window. `words` is the text, "" of a drawing or a picture."""

    code: FlawCode
    words: str = ""


def flaws(
    pdf: bytes,
    pages: Sequence[int],
    addresses: Sequence[Sequence[str]],
    window: Window,
    clear: Area | None = None,
    *,
    sides: int = 2,
) -> tuple[Flaw | None, ...]:
    """The first thing wrong in the window of each letter of a run; None where all is well.

    `pages` are how many each letter has, one letter behind the other; `addresses` are the lines
    that should be read. They must lie where the window shows them however the sheet slips, and
    whatever it may show must be theirs, but for the window's return address above them and one
    thin rule below that. Nothing may stand where the front of a sheet with so many `sides` is to be
    `clear`.

    What many pages have in common is measured once: a form of the press that is nowhere near the
    window is empty in the pages that are read.
    """
    from pypdfium2 import PdfDocument

    fronts = [
        range(first, first + (count if clear else 1), sides)
        for first, count in zip(accumulate(pages[:-1], initial=0), pages, strict=True)
    ]
    with PdfDocument(pdf) as document:

        def may_go(number: int, names: Sequence[str]) -> Iterable[bool]:
            with closing(document[number]) as page:
                drawn = list(_forms(page))
            if len(drawn) != len(names):  # there are others among them
                return [False] * len(names)
            wanted = (window.sometimes, *([clear] if clear else []))
            return [not any(each.touches(area) for each in wanted) for area in drawn]

        light = binding.without_forms(pdf, [n for each in fronts for n in each], may_go)
    with PdfDocument(light) as document:
        numbers = iter(range(len(document)))
        return tuple(
            _first_flaw(document, islice(numbers, len(each)), lines, window, clear)
            for each, lines in zip(fronts, addresses, strict=True)
        )


def _first_flaw(
    document: PdfDocument,
    fronts: Iterable[int],
    lines: Sequence[str],
    window: Window,
    clear: Area | None,
) -> Flaw | None:
    """Of one letter, whose address is on the first of these pages. Reads all of them."""
    flaw: Flaw | None = None
    for place, number in enumerate(fronts):
        with closing(document[number]) as page:  # or the document keeps what it holds
            text, drawn = page.get_textpage(), list(_drawings(page))
            if place == 0:
                flaw = _flaw(page, text, drawn, lines, window)
            if clear is not None:
                flaw = flaw or _covered(page, text, drawn, clear)
    return flaw


def misplaced(
    pdf: bytes, pages: Sequence[Sequence[tuple[Sequence[str], Window]]]
) -> Iterator[Flaw | None]:
    """The first thing wrong with each address of each page, None where all is well.

    `pages` has the lines of each and where they should stand, as in `flaws`.
    """
    from pypdfium2 import PdfDocument

    with PdfDocument(pdf) as document:
        for number, addresses in zip(range(len(document)), pages, strict=True):
            with closing(document[number]) as page:
                text, drawn = page.get_textpage(), list(_drawings(page))
                for lines, window in addresses:
                    yield _flaw(page, text, drawn, lines, window)


def _flaw(
    page: PdfPage,
    text: PdfTextPage,
    drawings: Sequence[Area],
    lines: Sequence[str],
    window: Window,
) -> Flaw | None:
    shown = list(_texts(page, text, window.sometimes))
    drawn = [area for area in drawings if window.sometimes.touches(area)]
    if window.return_address:
        unread = _plain(window.return_address)
        of_it = [area for _words, area in _taken(shown, unread)]
        rules = [rule for rule in drawn if any(_underlines(rule, area) for area in of_it)]
        read = "".join(_plain(words) for words, _area in shown[: len(of_it)])
        is_whole = all(window.always.holds(area) for area in (*of_it, *rules))
        if read != unread or len(rules) != 1 or not is_whole:
            return Flaw(code="return-address-not-in-window", words=window.return_address)
        drawn.remove(rules[0])
        shown = shown[len(of_it) :]
    unread = _plain("".join(lines))
    for words, area in shown:
        if not unread.startswith(_plain(words)):
            return Flaw(code="text-in-window", words=words)
        if not window.always.holds(area):
            return Flaw(code="address-not-in-window", words=words)
        unread = unread.removeprefix(_plain(words))
    if unread:
        return Flaw(code="address-not-in-window", words=next(iter(lines), ""))
    return Flaw(code="drawing-in-window") if drawn else None


def _taken(shown: Sequence[tuple[str, Area]], unread: str) -> Iterator[tuple[str, Area]]:
    """The first of these that are what is to be read."""
    for words, area in shown:
        if not unread or not unread.startswith(_plain(words)):
            return
        unread = unread.removeprefix(_plain(words))
        yield words, area


def _underlines(rule: Area, text: Area) -> bool:
    return (
        rule.bottom_mm - rule.top_mm <= _RULE_MM
        and text.top_mm < rule.top_mm <= text.bottom_mm + _NEAR_MM
        and rule.left_mm >= text.left_mm - _NEAR_MM
        and rule.right_mm <= text.right_mm + _NEAR_MM
    )


def _covered(
    page: PdfPage, text: PdfTextPage, drawings: Sequence[Area], clear: Area
) -> Flaw | None:
    words = next((words for words, _area in _texts(page, text, clear)), "")
    if words or any(clear.touches(each) for each in drawings):
        return Flaw(code="marks-covered", words=words)
    return None


def _plain(words: str) -> str:
    """Spaces left out: a PDF has none that can be relied on."""
    return "".join(words.split())


def _texts(page: PdfPage, text: PdfTextPage, within: Area) -> Iterator[tuple[str, Area]]:
    """Each run of the page's text that has a point in the area, as it is drawn, with its ink."""
    height = page.get_height()
    for i in range(text.count_rects()):
        box = text.get_rect(i)
        area = _area(height, *box)
        if within.touches(area):
            yield " ".join(text.get_text_bounded(*box).split()), area


def _forms(page: PdfPage) -> Iterator[Area]:
    """What the page draws by their names, as large as all that is in each."""
    from pypdfium2 import raw

    height = page.get_height()
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_FORM], max_depth=1):
        yield _area(height, *drawn.get_bounds())


def _drawings(page: PdfPage) -> Iterator[Area]:
    """The pictures and lines of the page; what is behind all of it is its colour."""
    from pypdfium2 import raw

    kinds = [raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING]
    width, height = page.get_size()
    whole = _area(height, 0, 0, width, height)
    for drawn in page.get_objects(filter=kinds):
        box, form = drawn.get_bounds(), drawn.container
        while form:  # what a form holds is told as the form sees it
            box, form = form.get_matrix().on_rect(*box), form.container
        area = _area(height, *box)
        if not area.holds(whole):
            yield area


def _area(height: float, left: float, bottom: float, right: float, top: float) -> Area:
    """In the window's measure, of what a page so many points high says of itself."""
    return Area(
        left_mm=left * POINT_MM,
        top_mm=(height - top) * POINT_MM,
        right_mm=right * POINT_MM,
        bottom_mm=(height - bottom) * POINT_MM,
    )


# --- pictures of pages, for a screen --------------------------------------------------------------

_POINTS = 72  # to an inch


def pages_in(pdf: bytes) -> int:
    """How many pages there are."""
    from pypdfium2 import PdfDocument

    with PdfDocument(pdf) as document:
        return len(document)


def pictures(pdf: bytes, *, dots_per_inch: int, at_most: int) -> tuple[bytes, ...]:
    """A PNG of each of the first pages."""
    return tuple(_drawn(pdf, dots_per_inch / _POINTS, at_most))


def _drawn(pdf: bytes, scale: float, at_most: int) -> Iterator[bytes]:
    from pypdfium2 import PdfDocument

    with PdfDocument(pdf) as document:
        for number in range(min(at_most, len(document))):
            with closing(document[number]) as page, closing(page.render(scale=scale)) as bitmap:
                written = BytesIO()
                # It goes no farther than this machine: time is dearer than bytes.
                bitmap.to_pil().save(written, "PNG", compress_level=1)
                yield written.getvalue()
