"""Pictures of pages as they should be, in tests/golden."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageFilter, ImageStat

from tests.house import ROOT

GOLDEN = ROOT / "tests/golden"
TOLERANCE = 2.0
"""A page that moved by one millimetre is beyond it."""

MM = 72 / 25.4  # PDF points

Glyph = tuple[str, float, float, float, float]


def picture_of(document: pdfium.PdfDocument, page: int, dpi: int = 60) -> Image.Image:
    image: Image.Image = document[page - 1].render(scale=dpi / 72, grayscale=True).to_pil()
    return image.convert("L")


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pages are apart, 0 to 255, once blurred: hinting differs between machines."""
    if one.size != other.size:
        return 255.0
    blurred = [image.filter(ImageFilter.GaussianBlur(3)) for image in (one, other)]
    return float(ImageStat.Stat(ImageChops.difference(*blurred)).rms[0])


def unlike(
    pdf: bytes | Path,
    pages: Mapping[str, int],
    *,
    dpi: int = 60,
    crop: tuple[int, int, int, int] | None = None,
) -> list[str]:
    """Of these pages, by the names of their pictures, those that look otherwise than they should.

    UPDATE_GOLDEN=1 takes today's after you have looked at them.
    """
    found = []
    with pdfium.PdfDocument(pdf) as document:
        for name, number in pages.items():
            path, picture = GOLDEN / f"{name}.png", picture_of(document, number, dpi).crop(crop)
            if os.environ.get("UPDATE_GOLDEN") == "1":
                picture.save(path, optimize=True)
            if difference(picture, Image.open(path).convert("L")) >= TOLERANCE:
                found.append(name)
    return found


def glyphs(page: pdfium.PdfPage) -> Iterator[Glyph]:
    """Each visible character of a page and its box: left, top, right, bottom in mm."""
    height = page.get_height()
    text = page.get_textpage()
    for i in range(text.count_chars()):
        character = text.get_text_range(i, 1)
        if character.strip():
            left, bottom, right, top = text.get_charbox(i)
            yield character, left / MM, (height - top) / MM, right / MM, (height - bottom) / MM
