"""Letters one by one, as PDF for screen readers: plain WeasyPrint that sets no words twice.

A tag for each paragraph is beyond the press. But most of a letter says what the one before it said.
Where the lines of a text end follows from it, its style and its width alone; how it is drawn, from
it, its style and the widths that its file gives the glyphs. To remember that changes no byte.
"""

from __future__ import annotations

from hashlib import sha256

from merge.garbage import rare_collections
from merge.paper.press import inner
from merge.paper.typesetting import Typesetter

COMPARED_EVERY = 100  # letters: one by chance is set without the memory as well
_TEXTS_KEPT = 5_000


class Tagged:
    """Sets letters as `Typesetter.alone` does, with its errors and to the byte."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._memory = inner.Memory()
        self.is_trusted = inner.is_known()

    def alone(self, key: str, html: str) -> bytes:
        """One letter."""
        with rare_collections():
            if not self.is_trusted:
                return self._typesetter.alone(key, html)
            self._memory.forget(_TEXTS_KEPT)
            with inner.remembering(self._memory):
                pdf = self._typesetter.alone(key, html)
            if int.from_bytes(sha256(html.encode()).digest()[:4]) % COMPARED_EVERY == 0:
                plain = self._typesetter.alone(key, html)
                self.is_trusted = pdf == plain
                return plain
            return pdf
