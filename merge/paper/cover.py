"""The cover of a lot, as HTML: which lot this is, what to count, and who is where in it. Pure.

The index is lines of a typewriter face, cut to their columns: a table of 250 rows would take as
long to set as half the letters. So the number of pages is known beforehand (`lots.cover_pages`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from math import ceil

from merge.model import Page
from merge.paper.lots import index_size
from merge.paper.postage import step
from merge.paper.window import A4, SheetFormat


def _to_the_minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"


def _weight(grammes: float) -> str:
    return f"{grammes / 1000:.2f} kg" if grammes >= 1000 else f"{ceil(grammes)} g"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverWords:
    """The words of the cover sheet, which the caller translates. English by default."""

    lang: str = "en"
    lot: str = "Lot {number}"
    do_not_post: str = "Cover sheet: do not post"
    letters: str = "Letters"
    campaign: str = "Campaign"
    sheets: str = "Sheets, the cover included"
    first: str = "First letter"
    last: str = "Last letter"
    sides: str = "Printing"
    duplex: str = "both sides, long edge, actual size (100 %)"
    simplex: str = "one side, actual size (100 %)"
    made: str = "Made"
    checksum: str = "Checksum of the recipients"
    envelopes: str = "Envelopes (letters to one household share one)"
    weight: str = "Weight, with envelopes"
    postage: str = "Envelopes by weight"
    columns: tuple[str, str, str, str, str] = ("no.", "to", "sheets", "weight", "up to")
    too_heavy: str = "parcel"
    grammes: Callable[[float], str] = _weight
    count: str = "Count the sheets before you post them: a letter that jammed is in nobody's hands."
    date: Callable[[datetime], str] = _to_the_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One letter in the index: its place in the lot, and whom it goes to.

    `grammes` are those of its envelope; None where it lies in another's, or where none is weighed.
    """

    place: int
    to: str
    sheets: int
    grammes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What stands on the cover. `first` and `last` are the bookmarks of those letters."""

    number: int
    letters: int
    sheets: int
    first: str
    last: str
    duplex: bool
    at: datetime
    checksum: str
    index: Sequence[IndexEntry]
    envelopes: int = 0  # where there are fewer than letters
    campaign: str = ""


_STYLE = """
@page { margin: 25mm 22mm 15mm }
@page index { margin: 15mm }
html { font: 12pt/1.5 "Publipostage Serif", serif }
body { margin: 0 }
h1 { font-size: 44pt; line-height: 1.2; margin: 0; bookmark-level: none }
.do-not-post { font-size: 15pt; margin: 0 0 10mm; padding-bottom: 5mm; border-bottom: 1mm solid }
/* A table: WeasyPrint takes twice as long for a grid. */
dl { display: table; table-layout: fixed; width: 100%; margin: 0 0 8mm }
dl div { display: table-row }
dl div + div > * { padding-top: 2.5mm }
dt, dd { display: table-cell; vertical-align: top }
dt { width: 66mm }
dd { font-weight: bold; overflow-wrap: anywhere }
dd span { display: block; max-height: 3em }
.checksum { font: 10pt/1.65 "Publipostage Mono", monospace }
.index { page: index }
.index + .index { break-before: page }
h2 { font-size: 12pt; line-height: 10mm; margin: 0; bookmark-level: none }
.lines { position: relative }
pre { margin: 0; font: 6.2pt/4mm "Publipostage Mono", monospace }
pre + pre { position: absolute; top: 0; left: 87mm }
.index pre { font-size: 6.8pt }
.index pre + pre { left: 93mm }
pre b { font-weight: normal; color: #666 }
"""
_SMALL_SHEET = """
@page { margin: 15mm 15mm 12mm }
html { font-size: 9.5pt }
h1 { font-size: 30pt }
.do-not-post { font-size: 12pt; margin-bottom: 6mm; padding-bottom: 3mm }
dl { margin-bottom: 5mm }
dl div + div > * { padding-top: 1.5mm }
dt { width: 50mm }
.checksum { font-size: 7.5pt }
pre, .index pre { font-size: 8pt }
"""
_WIDTHS = (4, 33, 6, 6, 7)  # of the columns of the index, in characters; one is between them
_LONGEST = 84  # characters of a value above: two lines of it


def index(
    pages: Sequence[Page], bookmarks: Sequence[str], grammes: Sequence[float | None] = ()
) -> Sequence[IndexEntry]:
    """The index of these letters of a lot, by their bookmarks: the commune comes first."""
    return [
        IndexEntry(
            place=page.position,
            to=label.removeprefix(f"{page.key} · "),
            sheets=page.sheets,
            grammes=weight,
        )
        for page, label, weight in zip(
            pages, bookmarks, grammes or [None] * len(pages), strict=True
        )
    ]


def cover_html(cover: Cover, words: CoverWords, sheet: SheetFormat = A4) -> str:
    """The cover as a complete document, to be set like a letter, on that paper."""
    title = words.lot.format(number=cover.number)
    # Groups of four: two people can read the checksum to each other over the telephone.
    checksum = " ".join(cover.checksum[i : i + 4] for i in range(0, len(cover.checksum), 4))
    rows = [
        *([(words.campaign, cover.campaign, "")] if cover.campaign else []),
        (words.letters, str(cover.letters), ""),
        *([(words.envelopes, str(cover.envelopes), "")] if cover.envelopes else []),
        (words.sheets, str(cover.sheets), ""),
        *_weights(cover, words),
        (words.first, cover.first, ""),
        (words.last, cover.last, ""),
        (words.sides, words.duplex if cover.duplex else words.simplex, ""),
        (words.made, words.date(cover.at), ""),
        (words.checksum, checksum, " class=checksum"),
    ]
    listed = "".join(
        f"<div><dt>{escape(label)}</dt><dd{kind}><span>{_shown(value)}</span></dd></div>"
        for label, value, kind in rows
    )
    small = _SMALL_SHEET if sheet.width_mm < A4.width_mm else ""
    return (
        f'<!DOCTYPE html><html lang="{escape(words.lang)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}{small}</style></head><body>"
        f"<h1>{escape(title)}</h1><p class=do-not-post>{escape(words.do_not_post)}</p>"
        f"<dl>{listed}</dl><p>{escape(words.count)}</p>"
        f"{_index(cover, words, title, sheet)}</body></html>"
    )


def _weights(cover: Cover, words: CoverWords) -> Sequence[tuple[str, str, str]]:
    """What all envelopes weigh, and how many want which stamp; () where none is weighed."""
    weighed = [entry.grammes for entry in cover.index if entry.grammes is not None]
    if not weighed:
        return ()
    counts = Counter(map(step, weighed))
    by_step = sorted(counts.items(), key=lambda each: each[0] or max(counts) + 1)
    stamps = " · ".join(f"{n} × {_stamp(most, words)}" for most, n in by_step)
    return (
        (words.weight, words.grammes(sum(weighed)), ""),
        (words.postage, stamps, ""),
    )


def _stamp(most: int, words: CoverWords) -> str:
    return f"{words.columns[-1]} {words.grammes(most)}" if most else words.too_heavy


def _index(cover: Cover, words: CoverWords, title: str, sheet: SheetFormat) -> str:
    columns, on_top, on_a_page = index_size(sheet)
    if len(cover.index) <= columns * on_top:
        return _lines(cover.index, words, on_top)
    return "".join(
        f"<section class=index><h2>{escape(title)} · {some[0].place}–{some[-1].place}</h2>"
        f"{_lines(some, words, on_a_page)}</section>"
        for some in _parts(cover.index, columns * on_a_page)
    )


def _lines(entries: Sequence[IndexEntry], words: CoverWords, most: int) -> str:
    head = f"<b>{_line(words.columns)}</b>"
    columns = (
        "\n".join([head, *(_entry(each, words) for each in some)]) for some in _parts(entries, most)
    )
    return "<div class=lines><pre>" + "</pre><pre>".join(columns) + "</pre></div>"


def _parts(entries: Sequence[IndexEntry], most: int) -> Iterator[Sequence[IndexEntry]]:
    return (entries[start : start + most] for start in range(0, len(entries), most))


def _entry(entry: IndexEntry, words: CoverWords) -> str:
    weight = stamp = ""
    if entry.grammes is not None:
        weight, most = words.grammes(entry.grammes), step(entry.grammes)
        stamp = words.grammes(most) if most else words.too_heavy
    return _line((str(entry.place), entry.to, str(entry.sheets), weight, stamp))


def _line(cells: Sequence[str]) -> str:
    cut = [_cut(cell, width) for cell, width in zip(cells, _WIDTHS, strict=True)]
    return escape(
        " ".join(
            cell.ljust(width) if number == 1 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cut, _WIDTHS, strict=True))
        )
    )


def _shown(value: str) -> str:
    return escape(_cut(value, _LONGEST))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
