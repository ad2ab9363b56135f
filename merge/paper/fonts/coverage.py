"""Text → the characters that none of a letter's fonts can print.

Those are the program's and what the look names, whatever else the machine has: so the same letters
are at fault on every machine. Where all of them lack a character, WeasyPrint prints an empty box or
nothing, and says so only in its log. Pango is asked for each character once, and only for those
beyond what every French text is made of: a campaign whose names are all like "L'Haÿ-les-Roses"
never loads it.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from merge.errors import LetterError, Misuse
from merge.paper.typesetting import Typesetter

# Any font that has Latin letters has these: no page could be set in one that has not.
_FRENCH = frozenset(
    string.digits
    + string.ascii_letters
    + string.punctuation
    + " \t\r\n"
    + "".join(map(chr, range(0xA0, 0x100)))
    + "ŒœŸ‘’“”–—…€"
    + "\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{NON-BREAKING HYPHEN}"
)


class FontCoverage:
    """What the fonts have: ours, and those that a look in this folder names. Remembers its answers.

    Fonts stand in for one another, so a character is only missing when none of them has it. The
    look is read when a character is in doubt: LetterError for a file of it, as in `Typesetter.run`.
    """

    def __init__(self, folder: Path, look: str = "") -> None:
        self._folder, self._look = folder, look
        self._printed = set(_FRENCH)
        self._missing: set[str] = set()

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters of the text that no font has, in order, each once.

        () where WeasyPrint or Pango is not installed: nothing can be known of fonts there, and
        `print` refuses for that reason.
        """
        unsure = set(text) - self._printed
        if not unsure:
            return ()
        for character in unsure - self._missing:
            (self._printed if self._has(character) else self._missing).add(character)
        return tuple(each for each in dict.fromkeys(text) if each in self._missing)

    def refuse_missing(self, source: str, path: str, *, has_rows: bool = True) -> None:
        """LetterError("letter-glyph-missing", path, row, `character`, `codepoint`) for the first.

        For text that stands in every letter, or that only its author can mend. `has_rows`: it is
        the whole of the file.
        """
        for character in self.missing(source)[:1]:
            raise LetterError(
                "letter-glyph-missing",
                path=path,
                row=source.count("\n", 0, source.index(character)) + 1 if has_rows else None,
                character=character,
                codepoint=f"U+{ord(character):04X}",
            )

    def _has(self, character: str) -> bool:
        return self._fonts is None or self._fonts.have(character)

    @cached_property
    def _fonts(self) -> _Pango | None:
        try:
            typesetter = Typesetter(self._folder)
        except Misuse:
            return None
        typesetter.read_look(self._look)
        return _Pango(typesetter.fonts)


class _Pango:
    """Pango with the fonts of a configuration, as WeasyPrint sets it up."""

    def __init__(self, configuration: Any) -> None:
        self._configuration = configuration  # owns the fonts for as long as this lives
        from weasyprint.text.ffi import ffi, gobject, pango

        self._ffi = ffi
        self._pango = pango
        self._context = ffi.gc(
            pango.pango_font_map_create_context(self._configuration.font_map),
            gobject.g_object_unref,
        )
        self._layout = ffi.gc(pango.pango_layout_new(self._context), gobject.g_object_unref)

    def have(self, character: str) -> bool:
        """Whether Pango finds a glyph for it in whatever font, or it needs none."""
        # Half a surrogate pair has no UTF-8, and no letter carries one: see letters/kinds.py.
        text = character.encode("utf-8", "replace")
        self._pango.pango_layout_set_text(self._layout, text, len(text))
        line = self._pango.pango_layout_get_line_readonly(self._layout, 0)
        return not any(glyph & self._pango.PANGO_GLYPH_UNKNOWN_FLAG for glyph in self._of(line))

    def _of(self, line: Any) -> Iterator[int]:
        run = line.runs
        while run != self._ffi.NULL:
            drawn = run.data.glyphs
            yield from (drawn.glyphs[i].glyph for i in range(drawn.num_glyphs))
            run = run.next
