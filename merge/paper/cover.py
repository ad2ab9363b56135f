"""The sheet on top of a lot, as HTML: which lot this is, and what to count. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape


def _to_the_minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverWords:
    """The words of the cover sheet, which the caller translates. English by default."""

    lang: str = "en"
    lot: str = "Lot {number}"
    do_not_post: str = "Cover sheet: do not post"
    letters: str = "Letters"
    sheets: str = "Sheets, this one included"
    first: str = "First letter"
    last: str = "Last letter"
    sides: str = "Printing"
    duplex: str = "both sides, long edge, actual size (100 %)"
    simplex: str = "one side, actual size (100 %)"
    made: str = "Made"
    checksum: str = "Checksum of the recipients"
    envelopes: str = "Envelopes (letters to one household share one)"
    count: str = "Count the sheets before you post them: a letter that jammed is in nobody's hands."
    date: Callable[[datetime], str] = _to_the_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What stands on the cover sheet. `first` and `last` are the bookmarks of those letters."""

    number: int
    letters: int
    sheets: int
    first: str
    last: str
    duplex: bool
    at: datetime
    checksum: str
    envelopes: int = 0  # where there are fewer than letters


_STYLE = """
@page { size: A4; margin: 25mm 22mm }
html { font: 12pt/1.5 "Publipostage Serif", serif }
h1 { font-size: 44pt; line-height: 1.2; margin: 0; bookmark-level: none }
.do-not-post { font-size: 15pt; margin: 0 0 12mm; padding-bottom: 5mm; border-bottom: 1mm solid }
/* A table: WeasyPrint takes twice as long for a grid. */
dl { display: table; table-layout: fixed; width: 100%; margin: 0 0 12mm }
dl div { display: table-row }
dl div + div > * { padding-top: 3.5mm }
dt, dd { display: table-cell; vertical-align: top }
dt { width: 66mm }
dd { font-weight: bold; overflow-wrap: anywhere }
.checksum { font: 10pt/1.65 "Publipostage Mono", monospace }
"""


def cover_html(cover: Cover, words: CoverWords) -> str:
    """The cover sheet as a complete document, to be set like a letter."""
    title = words.lot.format(number=cover.number)
    # Groups of four: two people can read the checksum to each other over the telephone.
    checksum = " ".join(cover.checksum[i : i + 4] for i in range(0, len(cover.checksum), 4))
    rows = [
        (words.letters, str(cover.letters), ""),
        *([(words.envelopes, str(cover.envelopes), "")] if cover.envelopes else []),
        (words.sheets, str(cover.sheets), ""),
        (words.first, cover.first, ""),
        (words.last, cover.last, ""),
        (words.sides, words.duplex if cover.duplex else words.simplex, ""),
        (words.made, words.date(cover.at), ""),
        (words.checksum, checksum, " class=checksum"),
    ]
    listed = "".join(
        f"<div><dt>{escape(label)}</dt><dd{kind}>{escape(value)}</dd></div>"
        for label, value, kind in rows
    )
    return (
        f'<!DOCTYPE html><html lang="{escape(words.lang)}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p class=do-not-post>{escape(words.do_not_post)}</p>"
        f"<dl>{listed}</dl><p>{escape(words.count)}</p></body></html>"
    )
