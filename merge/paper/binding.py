"""Runs of pages → the PDF of one lot.

The lot shares nothing with the runs but their pages: order, blank pages, bookmarks and what a
print dialogue is told are made here, so that they are the same whoever set the pages.

Pictures are in a lot once, and fonts once for each run: all letters that a press has set, or 50 of
those that went the plain way. The cover sheet has its own, 9 of the 495 KB of a lot of 250; plainly
set, such a lot has six sets in all, 82 KB of 1.7 MB. To make one of several, glyphs, widths and
their Unicode would have to be put together again, and a mistake in it prints a wrong name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from merge.model import PaperName
from merge.paper.fonts import typewriter
from merge.paper.lots import LotSheet, Place, Stack
from merge.paper.press.layouts import FORM_CALL, FORM_NAME
from merge.paper.window import ADVANCE_EM, FORMATS, POINT_MM, Area, Window

if TYPE_CHECKING:
    from pikepdf import Object, Outline, OutlineItem, Page, Pdf


_DATE = "D:%Y%m%d%H%M%SZ"
_PROGRAM = "publipostage"
_VERSION = "1.7"  # of PDF


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What the PDF says about itself. `at` is aware; nothing else in it knows the time."""

    title: str
    at: datetime
    duplex: bool


class Bookmark(NamedTuple):
    """What finds a letter in a lot. One that shares the envelope of the letter before it stands
    below that letter's."""

    label: str
    shares_envelope: bool = False


def digests(run: Path, pages: Sequence[int]) -> tuple[str, ...]:
    """SHA-256 of each letter's pages in a run, in hex, from how many pages each letter has.

    Hashed are the drawing operators of its pages, uncompressed, one page after the other, and with
    them the names of fonts, pictures and forms. Anyone can work them out again from the lot's PDF,
    without the marks that its sheets got when it was bound.
    They tell the letters of a lot apart, and not whether two lots print the same: what a press
    draws as a form, whose name is a digest of what is in it, stands in place on a page that went
    the plain way, or that was the first to have it; and opacity and gradients are numbered through.
    The bytes of fonts, pictures and forms are not among them: the lot's own SHA-256 covers those.
    """
    from pikepdf import Pdf

    with Pdf.open(run) as pdf:
        queue = iter(list(pdf.pages))  # pikepdf's own iterator starts afresh in every islice
        return tuple(
            hashlib.sha256(b"".join(_operators(page) for page in islice(queue, count))).hexdigest()
            for count in pages
        )


def without_forms(
    pdf: bytes, pages: Iterable[int], may_go: Callable[[int, Sequence[str]], Iterable[bool]]
) -> bytes:
    """Some pages of a PDF, with nothing in some forms of the press that they draw.

    `may_go` gets the number of a page and the names of its forms, in their order, when one of them
    is new. A form is drawn at the same place of whatever page, so nobody is asked of it twice.
    """
    from pikepdf import Array, Pdf, StreamDecodeLevel

    known: set[str] = set()
    with Pdf.open(BytesIO(pdf)) as whole, BytesIO() as light:
        sheets = list(whole.pages)
        kept: list[Object] = []
        for number in pages:
            sheet = sheets[number]
            kept.append(sheet.obj)
            names = [name.decode() for name in FORM_CALL.findall(_operators(sheet))]
            if known >= set(names):
                continue
            for name, goes in zip(names, may_go(number, names), strict=True):
                if goes and name not in known:
                    sheet.resources.XObject[f"/{name}"].write(b"")
                known.add(name)
        whole.Root.Pages.Kids = Array(kept)
        whole.Root.Pages.Count = len(kept)
        whole.save(light, compress_streams=False, stream_decode_level=StreamDecodeLevel.none)
        return light.getvalue()


def bind(
    target: Path,
    *,
    cover: Path,
    runs: Sequence[Path],
    places: Sequence[Place],
    bookmarks: Sequence[Bookmark],
    stack: Stack,
    marks: Marks | None,
    title: Title,
) -> None:
    """Write the lot: the cover, then each letter at its place with its bookmark.

    The same input gives the same bytes. Letters keep the order of `runs`.
    """
    from pikepdf import ObjectStreamMode, OutlineItem, Pdf

    with ExitStack() as open_files:
        front, lot, *others = (open_files.enter_context(Pdf.open(path)) for path in (cover, *runs))
        # Most lots are one run, which becomes the lot: copied, its pages would take more memory
        # than all that set them.
        for name in lot.Root.keys() - {"/Type", "/Pages"}:
            del lot.Root[name]
        queue = (page for source in others for page in source.pages)
        sides = 2 if title.duplex else 1
        if -(-len(front.pages) // sides) != stack.cover:
            raise ValueError(f"a cover of {len(front.pages)} pages")
        for number, page in enumerate(front.pages):
            lot.pages.insert(number, page)
        _leave_blank(lot, len(front.pages), stack.cover * sides - len(front.pages))
        with lot.open_outline() as outline:
            for place, each in zip(places, bookmarks, strict=True):
                if len(lot.pages) < place.first_page:
                    lot.pages.extend(islice(queue, place.pages))
                _leave_blank(lot, place.first_page - 1 + place.pages, place.blanks)
                _append(outline, OutlineItem(each.label, place.first_page - 1), each)
        _share_pictures(lot)
        if marks is not None:
            _mark(lot, lot.pages[stack.cover * sides :], stack.of(1, len(places)), marks)
        _describe(lot, title)
        target.write_bytes(_saved(lot, object_stream_mode=ObjectStreamMode.generate))


def bookmarks(lot: Path) -> list[Bookmark]:
    """The bookmark of each letter of a lot, as `bind` wrote it."""
    from pikepdf import Pdf

    with Pdf.open(lot) as whole, whole.open_outline() as outline:
        return [bookmark for _item, bookmark in _listed(outline)]


def _append(outline: Outline, item: OutlineItem, bookmark: Bookmark) -> None:
    below = outline.root[-1:] if bookmark.shares_envelope else []
    (below[0].children if below else outline.root).append(item)


def _listed(outline: Outline) -> Iterator[tuple[OutlineItem, Bookmark]]:
    for item in outline.root:
        yield item, Bookmark(item.title)
        yield from ((each, Bookmark(each.title, shares_envelope=True)) for each in item.children)


def split(lot: Path, stack: Stack, marks: Marks | None, targets: Sequence[Path]) -> None:
    """Write each letter of a lot to a PDF of its own, with the blank pages of its last sheet.

    Whether they are printed on both sides the lot itself says. Sheets of a lot that has no `marks`
    get them.
    """
    from pikepdf import Pdf

    with Pdf.open(lot) as whole:
        for place, target in enumerate(targets, start=1):
            target.write_bytes(_cut(whole, stack, marks, place))


def letter(lot: Path, stack: Stack, marks: Marks | None, place: int) -> bytes:
    """One letter of a lot, as `split` writes it. Places count from 1."""
    from pikepdf import Pdf

    with Pdf.open(lot) as whole:
        return _cut(whole, stack, marks, place)


def _cut(whole: Pdf, stack: Stack, marks: Marks | None, place: int) -> bytes:
    from pikepdf import Pdf

    with Pdf.new() as own:
        for page in whole.pages[stack.pages(place, place, len(whole.pages))]:
            _drop_forms_of_others(page)
            own.pages.append(page)
        _mark_once(own, list(own.pages), stack.of(place, place), marks)
        return _saved(own)


def count_pages(file: Path) -> int:
    """How many pages a PDF has."""
    from pikepdf import Pdf

    with Pdf.open(file) as pdf:
        return len(pdf.pages)


def is_duplex(lot: Path, sheets: int) -> bool:
    """Whether a lot on so many sheets, its cover's included, is printed on both sides."""
    return count_pages(lot) > sheets


def paper(lot: Path) -> PaperName:
    """The paper that a lot is made for, from the size of its pages."""
    from pikepdf import Pdf

    with Pdf.open(lot) as pdf:
        left, bottom, right, top = (float(length) for length in pdf.pages[0].mediabox)
    size_mm = (right - left) * POINT_MM, (top - bottom) * POINT_MM

    def off_mm(name: PaperName) -> float:
        return sum(abs(a - b) for a, b in zip(size_mm, FORMATS[name].size_mm, strict=True))

    return min(FORMATS, key=off_mm)


def excerpt(
    target: Path,
    *,
    cover: Path,
    lot: Path,
    stack: Stack,
    letters: tuple[int, int],
    marks: Marks | None,
    title: Title,
) -> None:
    """Write some letters of a lot, the first to the last, under a cover of their own, each with its
    bookmark. Sheets of a lot that has no `marks` get them.
    """
    from pikepdf import OutlineItem, Pdf

    with Pdf.new() as part, Pdf.open(cover) as cover_pdf, Pdf.open(lot) as whole:
        wanted = whole.pages[stack.pages(*letters, len(whole.pages))]
        part.pages.extend(cover_pdf.pages)
        _leave_blank(part, len(part.pages), len(part.pages) % 2 if title.duplex else 0)
        first = len(part.pages)
        starts = {page.obj.objgen: n for n, page in enumerate(wanted, start=first)}
        part.pages.extend(wanted)
        with whole.open_outline() as outline, part.open_outline() as own:
            for item, bookmark in _listed(outline):
                leads_to: Any = item.destination  # [page /Fit], as `bind` wrote it
                if (at := starts.get(leads_to[0].objgen)) is not None:
                    _append(own, OutlineItem(item.title, at), bookmark)
        _mark_once(part, part.pages[first:], stack.of(*letters), marks)
        _describe(part, title)
        target.write_bytes(_saved(part))


def _mark_once(
    pdf: Pdf, pages: Sequence[Page], sheets: Sequence[LotSheet], marks: Marks | None
) -> None:
    """`_mark`, unless these sheets were marked when their lot was bound."""
    from pikepdf import Dictionary

    fonts = pages[0].resources.get("/Font", Dictionary())
    if marks is not None and f"/{_MARKS_FONT}" not in fonts:
        _mark(pdf, pages, sheets, marks)


def _mark(pdf: Pdf, pages: Sequence[Page], sheets: Sequence[LotSheet], marks: Marks) -> None:
    """Draw the marks of these sheets, which have these pages, on the front of each."""
    from pikepdf import Dictionary

    font, opened = _font(pdf, marks.characters), pdf.make_stream(_OPEN)
    for page, sheet in zip(pages[:: len(pages) // len(sheets)], sheets, strict=True):
        _left, bottom, _right, top = (float(length) for length in page.mediabox)
        page.contents_add(opened, prepend=True)
        page.contents_add(pdf.make_stream(marks.drawn(sheet, top - bottom)))
        resources = page.resources
        if "/Font" not in resources:
            resources.Font = Dictionary()
        resources.Font[f"/{_MARKS_FONT}"] = font


def _font(pdf: Pdf, characters: str) -> Object:
    """The font of the marks, whose characters are all as wide (ISO 32000-1, 9.6.3 and 9.8)."""
    from pikepdf import Array, Dictionary, Name

    data = typewriter(characters)
    width = round(ADVANCE_EM * 1000)
    codes = characters.encode(_ENCODING)
    name = Name(f"/PBMARK+{_MARKS_FONT}")
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=name,
            FirstChar=min(codes),
            LastChar=max(codes),
            Widths=Array([width] * (max(codes) - min(codes) + 1)),
            Encoding=Name.WinAnsiEncoding,
            FontDescriptor=pdf.make_indirect(
                Dictionary(
                    Type=Name.FontDescriptor,
                    FontName=name,
                    Flags=_FIXED_PITCH | _LATIN,
                    FontBBox=[0, -300, width, 833],
                    ItalicAngle=0,
                    Ascent=833,
                    Descent=-300,
                    CapHeight=660,
                    StemV=84,
                    FontFile2=pdf.make_stream(data, Length1=len(data)),
                )
            ),
        )
    )


_FIXED_PITCH, _LATIN = 1 << 0, 1 << 5  # flags of a font; the second says "nonsymbolic"


def _saved(pdf: Pdf, **options: Any) -> bytes:
    """In memory: on a full disk, pikepdf itself would end the process, from within C++."""
    content = BytesIO()
    pdf.save(content, deterministic_id=True, force_version=_VERSION, **options)
    return content.getvalue()


def _leave_blank(pdf: Pdf, at: int, pages: int) -> None:
    """Put so many blank pages at this place, counted from 0, as large as the one before them."""
    from pikepdf import Dictionary, Name, Page

    if not pages:
        return
    model = pdf.pages[at - 1]
    left, bottom, right, top = (float(length) for length in model.mediabox)
    for _ in range(pages):
        blank = Dictionary(
            Type=Name.Page,
            MediaBox=[0, 0, right - left, top - bottom],
            Resources=Dictionary(),
            Contents=pdf.make_stream(b""),
        )
        pdf.pages.insert(at, Page(pdf.make_indirect(blank)))


def _drop_forms_of_others(page: Page) -> None:
    """Let a page know only those forms of the press that it draws itself."""
    from pikepdf import Dictionary

    known = page.obj.get("/Resources", Dictionary())
    called = {f"/{name.decode()}" for name in FORM_CALL.findall(_operators(page))}
    kept = {
        name: drawn
        for name, drawn in known.get("/XObject", Dictionary()).items()
        if name in called or not FORM_NAME.fullmatch(name)
    }
    page.obj.Resources = Dictionary({**dict(known.items()), "/XObject": Dictionary(kept)})


def _share_pictures(lot: Pdf) -> None:
    """One copy of each picture in the lot, although every run brought its own."""
    from pikepdf import Dictionary

    kept: dict[bytes, Object] = {}
    known: dict[tuple[int, int], bytes] = {}
    for page in lot.pages:
        drawn = page.resources.get("/XObject", Dictionary())
        for name in sorted(drawn.keys()):
            if FORM_NAME.fullmatch(name):
                continue
            picture = drawn[name]
            if picture.get("/Subtype") == "/Image":
                if picture.objgen not in known:
                    known[picture.objgen] = _picture_digest(picture)
                drawn[name] = kept.setdefault(known[picture.objgen], picture)


def _picture_digest(picture: Object) -> bytes:
    """Equal for pictures that look the same: how they are stored, and what is transparent."""
    from pikepdf import Dictionary

    digest = hashlib.sha256()
    for stream in (picture, picture.get("/SMask")):
        if stream is not None:
            plain = {key: value for key, value in stream.items() if key != "/SMask"}
            digest.update(Dictionary(plain).unparse(resolved=True) + stream.read_raw_bytes())
    return digest.digest()


def _describe(lot: Pdf, title: Title) -> None:
    from pikepdf import Dictionary, Name, String

    information = Dictionary(
        Title=String(title.title),
        Creator=String(_PROGRAM),
        CreationDate=String(f"{title.at.astimezone(UTC):{_DATE}}"),
    )
    lot.docinfo = lot.make_indirect(information)
    # A dialogue that "fits" the page shrinks it, and the address leaves the window.
    lot.Root.ViewerPreferences = Dictionary(
        PrintScaling=Name("/None"),
        Duplex=Name.DuplexFlipLongEdge if title.duplex else Name.Simplex,
        PickTrayByPDFSize=True,
        DisplayDocTitle=True,
    )
    lot.Root.PageMode = Name.UseOutlines


def _operators(page: Page) -> bytes:
    page.contents_coalesce()
    return without_marks(page.obj.Contents.read_bytes())


def joined(pdfs: Sequence[bytes]) -> bytes:
    """The pages of these, one behind the other. Same input, same bytes."""
    from pikepdf import Pdf

    written = BytesIO()
    with Pdf.new() as whole, ExitStack() as opened:
        for pdf in pdfs:
            whole.pages.extend(opened.enter_context(Pdf.open(BytesIO(pdf))).pages)
        whole.save(written, deterministic_id=True)
    return written.getvalue()


# --- what each sheet of a lot says of itself, for whoever holds it after a jam --------------------

# Marks are drawn when a lot is bound, where it is known at last which sheet is which: on the front
# of each sheet behind the cover, as one artifact at the end of the page's content, so that the
# digest of a letter can be worked out without them. Black alone, outside all that the window may
# show, and at least `EDGE_MM` from each edge, where printers leave the sheet white.
EDGE_MM = 5
_MARKS_FONT = "PublipostageMarks"
"""The name by which a page knows the font of its marks; whatever page has it, has marks."""

_ENCODING = "cp1252"  # of the text: WinAnsiEncoding in ISO 32000-1, annex D
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
    written = text.encode(_ENCODING, "replace")
    left = area.right_mm / POINT_MM - len(written) * ADVANCE_EM * _SIZE_PT
    baseline = height_pt - (area.bottom_mm - _BASELINE_MM) / POINT_MM
    drawn = f"BT /{_MARKS_FONT} {_SIZE_PT} Tf {left:.3f} {baseline:.3f} Td <{written.hex()}> Tj ET"
    return drawn.encode("ascii")


_OPEN = b"q"
"""What stands before the operators of a page with marks: what they change ends with them."""

_BEGIN = b"Q\n/Artifact <</Type /Pagination /By /publipostage>> BDC\nq\n0 g"


def without_marks(operators: bytes) -> bytes:
    """The operators of a page as they were before it got marks; others as they are."""
    own, begin, _marks = operators.rpartition(b"\n" + _BEGIN)
    return own.removeprefix(_OPEN + b"\n") if begin else operators
