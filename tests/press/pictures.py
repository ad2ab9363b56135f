"""A page as its reader has it: the same to the eye at 150 dpi, and the same text under it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageChops

DPI = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One page: its size in points, its text as one would copy it, the SHA-256 of its pixels."""

    size: tuple[float, float]
    text: str
    pixels: bytes


def seen(pdf: bytes) -> Iterator[Seen]:
    """Every page of a PDF."""
    with pdfium.PdfDocument(pdf) as document:
        for number in range(len(document)):
            page = document[number]
            pixels = page.render(scale=DPI / 72).buffer
            yield Seen(
                size=page.get_size(),
                text=page.get_textpage().get_text_range(),
                pixels=hashlib.sha256(pixels).digest(),
            )
            page.close()


def difference(expected: Seen, found: Seen) -> str:
    """The first thing in which a page is not the same, in words; "" when it is."""
    if expected.size != found.size:
        return f"{expected.size} points became {found.size}"
    if expected.text != found.text:
        before, after = expected.text, found.text
        at = next(
            (i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
            min(len(before), len(after)),
        )
        start = max(at - 20, 0)
        return f"the text {before[start : at + 20]!r} became {after[start : at + 20]!r}"
    return "" if expected.pixels == found.pixels else "pixels differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """A page of a PDF, counted from 1."""

    pdf: bytes
    number: int

    def picture(self) -> Image.Image:
        """What it looks like."""
        with pdfium.PdfDocument(self.pdf) as document:
            picture: Image.Image = document[self.number - 1].render(scale=DPI / 72).to_pil()
        return picture.convert("RGB")


def show(expected: PageOf, found: PageOf, path: Path) -> None:
    """Write three pictures side by side: what was expected, what was found, where they differ."""
    pictures = [expected.picture(), found.picture()]
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
    path.parent.mkdir(parents=True, exist_ok=True)
    wide.save(path)
