"""The cover of a lot, as HTML: which lot this is, what to count, and who is where in it. Pure.

The index is one block of lines a column, for a table of 250 rows would take as long to set as half
the letters. A letter is one line, of which a long name is smaller: so the number of pages is
known beforehand (`lots.cover_pages`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from html import escape
from math import ceil, inf

from merge.model import Page
from merge.paper.lots import index_size
from merge.paper.window import A4, SheetFormat
from merge.post.countries import AT_HOME, HOME, country_of

Measured = Callable[[str, float], float]
"""How wide in mm a line is at a size in points, in the face of the text."""


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
    up_to: str = "up to"
    zones: tuple[str, str] = ("Europe", "world")
    too_heavy: str = "parcel"
    grammes: Callable[[float], str] = _weight
    count: str = "Count the sheets before you post them: a letter that jammed is in nobody's hands."
    date: Callable[[datetime], str] = _to_the_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One letter in the index: its place in the lot, whom it goes to, and the last line of its
    address.

    `grammes` are those of its envelope; None where it lies in another's, or where none is weighed.
    """

    place: int
    to: str
    last_line: str
    grammes: float | None = None

    @property
    def postcode(self) -> str:
        """That of an address at home."""
        first, _, rest = self.last_line.partition(" ")
        return first if rest and first.isdigit() else ""


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
dl div + div > * { padding-top: 1.5mm }
dt, dd { display: table-cell; vertical-align: top }
dt { width: 66mm }
dd { font-weight: bold; overflow-wrap: anywhere }
dd span { display: block; max-height: 3em }
.checksum { font: 10pt/1.65 "Publipostage Mono", monospace }
.index { page: index }
.index + .index { break-before: page }
h2 { font-size: 12pt; line-height: 10mm; margin: 0; bookmark-level: none }
.lines { position: relative }
pre { position: absolute; top: 0; margin: 0; font: 9pt/4mm "Publipostage Serif", serif }
"""
_SMALL_SHEET = """
@page { margin: 15mm 15mm 12mm }
html { font-size: 9.5pt }
h1 { font-size: 30pt }
.do-not-post { font-size: 12pt; margin-bottom: 6mm; padding-bottom: 3mm }
dl { margin-bottom: 5mm }
dl div + div > * { padding-top: 1mm }
dt { width: 50mm }
.checksum { font-size: 7.5pt }
"""
_INDEX_PT, _INDEX_LEAST_PT = 9, 4.5
_LINE_MM = 4
_AS_A_DIGIT, _SPACE = "\N{FIGURE SPACE}", "\N{EN SPACE}"
_POSTCODE = 5  # digits
_BETWEEN_MM = 1.2  # of the columns of the index
_MARGINS_MM = (22, 15)  # of the first page and of the others, on either side
_LONGEST = 84  # characters of a value above: two lines of it


def index(
    pages: Sequence[Page], bookmarks: Sequence[str], grammes: Sequence[float | None] = ()
) -> Sequence[IndexEntry]:
    """The index of these letters of a lot, by their bookmarks: the commune comes first."""
    found = []
    for page, label, weight in zip(pages, bookmarks, grammes or [None] * len(pages), strict=True):
        to, _, last_line = label.removeprefix(f"{page.key} · ").rpartition(" · ")
        found.append(
            IndexEntry(place=page.position, to=to or last_line, last_line=last_line, grammes=weight)
        )
    return found


def cover_html(
    cover: Cover, words: CoverWords, sheet: SheetFormat = A4, *, measured: Measured
) -> str:
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
        f"{_index(cover, words, title, sheet, measured)}</body></html>"
    )


def _weights(cover: Cover, words: CoverWords) -> Sequence[tuple[str, str, str]]:
    """What all envelopes weigh, and how many want which stamp; () where none is weighed."""
    weighed = [entry.grammes for entry in cover.index if entry.grammes is not None]
    if not weighed:
        return ()
    stamps = [stamp for entry in cover.index if (stamp := _stamp_of(entry))]
    return (
        (words.weight, words.grammes(sum(weighed)), ""),
        *(
            (
                f"{words.postage} · {words.zones[zone - 1]}" if zone else words.postage,
                _counted([most for its, most in stamps if its is zone], words),
                "",
            )
            for zone in sorted({zone for zone, _most in stamps})
        ),
    )


def _counted(steps: Sequence[int], words: CoverWords) -> str:
    by_step = sorted(Counter(steps).items(), key=lambda each: each[0] or inf)
    return " · ".join(f"{n} × {_weighing(most, words)}" for most, n in by_step)


def _weighing(most: int, words: CoverWords) -> str:
    return f"{words.up_to} {words.grammes(most)}" if most else words.too_heavy


def _stamp_of(entry: IndexEntry) -> tuple[Zone, int] | None:
    """What its envelope is charged by; None where it has none."""
    if entry.grammes is None:
        return None
    return zone_of(entry.last_line), step(entry.grammes)


def _stamp(stamp: tuple[Zone, int], words: CoverWords) -> str:
    zone, most = stamp
    weight = _weighing(most, words)
    return f"{words.zones[zone - 1]}, {weight}" if zone else weight


def _index(
    cover: Cover, words: CoverWords, title: str, sheet: SheetFormat, measured: Measured
) -> str:
    """As much as there is room for below what is said of the lot, and the rest on pages of its own.

    A letter with another stamp than most has it behind its name.
    """
    columns, on_top, on_a_page = index_size(sheet)
    stamps = Counter(map(_stamp_of, cover.index))
    usual = max(stamps, key=lambda each: stamps[each] if each else -1)
    lines = []
    for entry in cover.index:
        stamp = _stamp_of(entry)
        is_other = stamp is not None and stamp != usual
        more = f" · {_stamp(stamp, words)}" if is_other and stamp else ""
        lines.append((entry, f"{entry.to}{more}"))
    first_mm, other_mm = ((sheet.width_mm - 2 * each) / columns for each in _MARGINS_MM)
    pages = _parts(lines[columns * on_top :], columns * on_a_page)
    return _lines(lines[: columns * on_top], columns, first_mm, measured) + "".join(
        f"<section class=index><h2>{escape(title)} · {some[0][0].place}–{some[-1][0].place}</h2>"
        f"{_lines(some, columns, other_mm, measured)}</section>"
        for some in pages
    )


_Line = tuple[IndexEntry, str]


def _lines(lines: Sequence[_Line], columns: int, column_mm: float, measured: Measured) -> str:
    rows = ceil(len(lines) / columns)
    digits = len(str(lines[-1][0].place)) if lines else 0
    blocks = []
    for number, some in enumerate(_parts(lines, max(rows, 1))):
        texts = []
        for entry, name in some:
            before = f"{entry.place:{_AS_A_DIGIT}>{digits}}{_SPACE}"
            before += f"{entry.postcode:{_AS_A_DIGIT}<{_POSTCODE}}{_SPACE}"
            room_mm = column_mm - _BETWEEN_MM - measured(before, _INDEX_PT)
            texts.append(before + _fitted(name, room_mm, measured))
        style = f"left: {number * column_mm:.2f}mm; width: {column_mm:.2f}mm"
        blocks.append(f'<pre style="{style}">' + "\n".join(texts) + "</pre>")
    return f'<div class=lines style="height: {rows * _LINE_MM}mm">{"".join(blocks)}</div>'


def _parts(lines: Sequence[_Line], most: int) -> Iterator[Sequence[_Line]]:
    return (lines[start : start + most] for start in range(0, len(lines), most))


def _fitted(name: str, room_mm: float, measured: Measured) -> str:
    """The name as HTML, as small as it must be to be whole."""
    size = _INDEX_PT * min(1, room_mm / (measured(name, _INDEX_PT) or 1))
    if size == _INDEX_PT:
        return escape(name)
    if size < _INDEX_LEAST_PT:
        name = _cut(name, int(len(name) * size / _INDEX_LEAST_PT))
    size = max(int(size * 10) / 10, _INDEX_LEAST_PT)
    return f'<span style="font-size: {size}pt; line-height: 0">{escape(name)}</span>'


def _shown(value: str) -> str:
    return escape(_cut(value, _LONGEST))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


# --- what the envelopes weigh, and the steps by which the post charges that ---------------------

STEPS_G = (20, 100, 250, 500, 1000, 2000)
"""La Poste's, of a letter; what is heavier is a parcel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What paper and envelope weigh, in grammes: a square metre of the one, one of the other."""

    paper: int = 80
    envelope: int = 5
    sheet: SheetFormat = A4

    def of(self, sheets: int) -> float:
        """So many sheets in one envelope, in grammes."""
        width_mm, height_mm = self.sheet.size_mm
        square_metres = sheets * width_mm * height_mm / 1_000_000
        return round(square_metres * self.paper + self.envelope, 2)


WEIGHTS = Weights()
"""Of usual paper in A4, and of a DL envelope."""


_EUROPE = (
    "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO GB GG GI GR HR HU IE IM IS IT JE LI LT LU "
    "LV MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"
)


class Zone(IntEnum):
    """Where an envelope goes, as the post charges it."""

    INLAND = 0
    EUROPE = 1
    WORLD = 2


def zone_of(last_line: str) -> Zone:
    """That of an address with this last line, which is a country or has a postcode of home."""
    country = None if any(map(str.isdigit, last_line)) else country_of(last_line)
    if country is None or country in {HOME, "MC", *AT_HOME}:
        return Zone.INLAND
    return Zone.EUROPE if country in _EUROPE else Zone.WORLD


def step(grammes: float) -> int:
    """The step that an envelope is charged by; 0 where it is too heavy for a letter."""
    return next((most for most in STEPS_G if grammes <= most), 0)


def weighed(
    sheets: Sequence[int], shares: Sequence[bool], weights: Weights
) -> tuple[float | None, ...]:
    """The weight of each letter's envelope, in grammes; None of a letter that `shares` that of the
    one before it, which is weighed with it."""
    together: list[int | None] = []
    first = 0
    for place, (count, is_inside) in enumerate(zip(sheets, shares, strict=True)):
        if is_inside:
            together[first] = (together[first] or 0) + count
            together.append(None)
        else:
            first = place
            together.append(count)
    return tuple(None if count is None else weights.of(count) for count in together)
