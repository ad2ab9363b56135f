"""Two PDFs, page by page: the same to the eye at 150 dpi, and the same text under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageChops

DPI = 150


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How one page differs. `page` counts from 1 in the PDF, `of_letter` from 1 in its letter."""

    key: str
    page: int
    of_letter: int
    what: str

    def __str__(self) -> str:
        return f"{self.key}, page {self.of_letter} (page {self.page} of the run): {self.what}"


def differences(
    expected: bytes, found: bytes, owners: Sequence[tuple[str, int]]
) -> Iterator[Difference]:
    """Every page that is not the same, with the letter it belongs to.

    `owners` are the letters in the order of their pages: (key, how many pages it should have).
    Compared are the size, every pixel, and the text as a reader would copy it. Of a page with two
    faults only the first is told.
    """
    pages = [(key, number) for key, count in owners for number in range(1, count + 1)]
    with pdfium.PdfDocument(expected) as left, pdfium.PdfDocument(found) as right:
        pairs = zip_longest(_pages(left), _pages(right))
        for page, ((key, number), (one, other)) in enumerate(
            zip_longest(pages, pairs, fillvalue=("(nobody)", 0)), 1
        ):
            if what := _difference(one, other):
                yield Difference(key=key, page=page, of_letter=number, what=what)


def keep_pictures(folder: Path, expected: bytes, found: bytes, difference: Difference) -> Path:
    """Three pictures side by side: what was expected, what was found, and where they differ."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = [
        _picture(pdf, difference.page) or Image.new("RGB", (1, 1)) for pdf in (expected, found)
    ]
    width = max(picture.width for picture in pictures)
    height = max(picture.height for picture in pictures)
    sheets = [Image.new("RGB", (width, height), "white") for _ in pictures]
    for sheet, picture in zip(sheets, pictures, strict=True):
        sheet.paste(picture)
    # A single pixel must be seen: what differs is black, whatever the amount.
    changed = ImageChops.difference(*sheets).convert("L").point(lambda level: 0 if level else 255)
    wide = Image.new("RGB", (3 * width, height))
    for column, sheet in enumerate([*sheets, changed.convert("RGB")]):
        wide.paste(sheet, (column * width, 0))
    path = folder / f"{difference.key}-page-{difference.of_letter}.png"
    wide.save(path)
    return path


def text_of(pdf: bytes) -> list[str]:
    """The text of each page, as a reader would copy it."""
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def _pages(document: pdfium.PdfDocument) -> Iterator[pdfium.PdfPage]:
    for number in range(len(document)):
        page = document[number]
        yield page
        page.close()


def _difference(one: pdfium.PdfPage | None, other: pdfium.PdfPage | None) -> str:
    if one is None or other is None:
        return "a page too many" if one is None else "no such page"
    if one.get_size() != other.get_size():
        return f"{one.get_size()} points became {other.get_size()}"
    before, after = (page.get_textpage().get_text_range() for page in (one, other))
    if before != after:
        at = next(
            (i for i, (x, y) in enumerate(zip(before, after, strict=False)) if x != y),
            min(len(before), len(after)),
        )
        start = max(at - 20, 0)
        return f"the text {before[start : at + 20]!r} became {after[start : at + 20]!r}"
    pictures = [page.render(scale=DPI / 72) for page in (one, other)]
    if bytes(pictures[0].buffer) != bytes(pictures[1].buffer):
        changed = ImageChops.difference(*(each.to_pil().convert("RGB") for each in pictures))
        return f"pixels differ within {changed.getbbox()}"
    return ""


def _picture(pdf: bytes, page: int) -> Image.Image | None:
    with pdfium.PdfDocument(pdf) as document:
        if page > len(document):
            return None
        picture: Image.Image = document[page - 1].render(scale=DPI / 72).to_pil()
        return picture.convert("RGB")
