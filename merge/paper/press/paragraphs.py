"""A paragraph with blanks → its words in one letter, and their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from merge.paper.press import lines
from merge.paper.press.internals import Unsupported
from merge.paper.press.text_styles import TextStyle, Word, has_letters

MakeStyle = Callable[[Any, bool, frozenset[tuple[float, float]]], TextStyle]
"""From a style of WeasyPrint, whether the text has letters, and the heights of boxes around it."""

_ODD_SPACES = re.compile("^ |  | $")


@dataclass(frozen=True, slots=True)
class Span:
    """Texts and numbers of slots of one style. `styles` are for text without letters, and with."""

    bits: tuple[str | int, ...]
    styles: tuple[TextStyle, TextStyle]

    def words(self, texts: Sequence[str]) -> tuple[TextStyle, list[Word]]:
        """The words in one letter, where no space follows another, and the style that sets them."""
        bits = [texts[bit] if isinstance(bit, int) else bit for bit in self.bits]
        style = self.styles[any(map(has_letters, bits))]
        text = "".join(bits)
        if any(_ODD_SPACES.search(texts[bit]) for bit in self.bits if isinstance(bit, int)):
            text = re.sub(" +", " ", text)
        return style, style.words(text)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a box in the margin, with slots in it.

    `key` finds it among the boxes of any letter of this master: (place of its element in the
    document, its tag), or (page, place in the margin). A `running` one in the margin has lost the
    spaces at its ends.
    """

    key: tuple[int, str]
    setting: lines.Setting
    spans: tuple[Span | None, ...]  # None: a line ends here
    slots: tuple[int, ...]
    running: bool = False

    def set(self, texts: Sequence[str]) -> tuple[lines.Line, ...]:
        """Its lines in one letter. Unsupported when they are beyond `lines`."""
        if self.running and any(texts[slot] != texts[slot].strip() for slot in self.slots):
            raise Unsupported("lines")
        spans: list[tuple[TextStyle, tuple[Word, ...]]] = []
        spaced = True
        for span in self.spans:
            if span is None:
                if not spans:  # a space was all there was before it
                    raise Unsupported("lines")
                spans.append((spans[-1][0], lines.BREAK))
                spaced = True
                continue
            style, words = span.words(texts)
            if spaced and words and words[0].text == " ":
                del words[0]
            if words:
                if style.has_rules_across_spaces:
                    _require_same_in_context(style, words)
                spaced = words[-1].text == " "
                spans.append((style, tuple(words)))
        return lines.set_lines(self.setting, tuple(spans))


def _require_same_in_context(style: TextStyle, words: Sequence[Word]) -> None:
    """Unsupported when one of the words is set otherwise among the others than alone."""
    alone = [glyph for word in words for glyph in word.glyphs]
    if style.glyphs("".join(word.text for word in words)) != (alone, lines.measure(style, words)):
        raise Unsupported("font")
