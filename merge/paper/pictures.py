"""Pages → pictures of them, for a screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from io import BytesIO

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
