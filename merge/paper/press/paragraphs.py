"""A paragraph with blanks → its words in one letter, and their lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from merge.paper.press import lines, marks
from merge.paper.press.faces import Face, Word, has_letters
from merge.paper.press.inner import Unlike


class Phrase(str):
    """Whole words of a template, from a space to a space: they are the same in all letters."""

    __slots__ = ()


MakeFace = Callable[[Any, bool, frozenset[tuple[float, float]]], Face]
"""The face of a style, for texts with or without letters, where boxes have other heights."""

Template = tuple[Phrase | str | int, ...]
"""Text, and the numbers of slots in it."""

_PHRASE = re.compile("([^ ]*)( .* )([^ ]*)")
_ODD_SPACES = re.compile("^ |  | $")


@dataclass(frozen=True, slots=True)
class Span:
    """Text of one style. `faces` are for texts without letters, and with."""

    template: Template
    faces: tuple[Face, Face]

    def words(self, texts: Sequence[str]) -> tuple[Face, list[Word]]:
        """Those of one letter, where no space follows another, in the face that sets them."""
        bits = [texts[bit] if isinstance(bit, int) else bit for bit in self.template]
        face = self.faces[any(map(has_letters, bits))]
        if any(_ODD_SPACES.search(texts[bit]) for bit in self.template if isinstance(bit, int)):
            return face, face.words(re.sub(" +", " ", "".join(bits)))
        found: list[Word] = []
        loose = ""
        for bit in bits:
            if isinstance(bit, Phrase):
                if loose:
                    found += face.words(loose)
                    loose = ""
                found += face.phrase(bit)
            else:
                loose += bit
        if loose:
            found += face.words(loose)
        return face, found


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a box in the margin, with slots in it.

    `key` finds it among the boxes of any letter with this skeleton: (place of its element in the
    document, its tag), or (page, place in the margin). What is `running` in the margin has lost the
    spaces at its ends.
    """

    key: tuple[int, str]
    setting: lines.Setting
    spans: tuple[Span | None, ...]  # None: a line ends here
    slots: tuple[int, ...]
    running: bool = False

    def set(self, texts: Sequence[str], tails: lines.Tails) -> tuple[lines.Line, ...]:
        """Its lines in one letter. Unlike when they are beyond `lines`."""
        if self.running and any(texts[slot] != texts[slot].strip() for slot in self.slots):
            raise Unlike("edge-space")
        spans: list[tuple[Face, tuple[Word, ...]]] = []
        spaced = True
        for span in self.spans:
            if span is None:
                if not spans:  # a space was all there was before it
                    raise Unlike("break")
                spans.append((spans[-1][0], lines.BREAK))
                spaced = True
                continue
            face, words = span.words(texts)
            if spaced and words and words[0].text == " ":
                del words[0]
            if words:
                if face.looks_across:
                    _hold_alone(face, words)
                spaced = words[-1].text == " "
                spans.append((face, tuple(words)))
        return lines.set_lines(self.setting, tuple(spans), tails)


def _hold_alone(face: Face, words: Sequence[Word]) -> None:
    """Unlike when one of the words is set otherwise among the others than alone."""
    alone = [glyph for word in words for glyph in word.glyphs]
    if face.glyphs("".join(word.text for word in words)) != (alone, lines.measure(face, words)):
        raise Unlike("context")


def template(text: str) -> Template:
    """The text of a box that was laid out with marks. Unlike when a mark in it is not whole."""
    found: list[Phrase | str | int] = []
    for piece in marks.pieces(text):
        if isinstance(piece, str) and (phrase := _PHRASE.fullmatch(piece)):
            found += (phrase[1], Phrase(phrase[2]), phrase[3])
        else:
            found.append(piece)
    return tuple(piece for piece in found if piece != "")
