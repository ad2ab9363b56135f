"""Letters one by one, as PDF for screen readers: plain WeasyPrint that breaks no line twice.

A tag for each paragraph is beyond the press. But most of a letter says what the one before it said,
and where the lines of a text end follows from it, its style and its width alone. To remember that
saves an eighth of the time and changes no byte. (To remember the drawing too would save as much
again; but what is drawn depends on which size of a font came first in a file.)
"""

from __future__ import annotations

from hashlib import sha256

from merge.paper.press import inner
from merge.paper.typesetting import Typesetter, rare_collections

COMPARED_EVERY = 100  # letters: one by chance is set without the memory as well
_LINES_KEPT = 5_000


class Tagged:
    """Sets letters as `Typesetter.alone` does, with its errors and to the byte."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._lines: inner.Broken = {}
        self.is_trusted = inner.is_known()

    def alone(self, key: str, html: str) -> bytes:
        """One letter."""
        with rare_collections():
            if not self.is_trusted:
                return self._typesetter.alone(key, html)
            if len(self._lines) > _LINES_KEPT:
                self._lines.clear()
            with inner.remembering_lines(self._lines):
                pdf = self._typesetter.alone(key, html)
            if int.from_bytes(sha256(html.encode()).digest()[:4]) % COMPARED_EVERY == 0:
                plain = self._typesetter.alone(key, html)
                self.is_trusted = pdf == plain
                return plain
            return pdf
