"""Words and spaces of one text style, measured once and drawn as WeasyPrint draws them.

Pango shapes each word by itself, to whole numbers of its units (1/1024 px), and each space between
two words for the letters on either side of it. The width of a line is then a sum. That this adds up
is a property of fonts: it is compared with WeasyPrint wherever a page is learned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from merge.paper.press.internals import Unsupported
from merge.paper.press.internals.drawing import FontCache
from merge.paper.press.internals.shaping import UNITS, Glyph, Shaped, Shaper

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
SPACES = (" ", NO_BREAK_SPACE)
_ATOMS = re.compile(f"[^ {NO_BREAK_SPACE}]+|[ {NO_BREAK_SPACE}]")

_LETTER = re.compile(r"[^\W\d_]")
# What is certainly shaped and broken as this module thinks: Latin letters, digits, and what French
# puts between them. No mark of line breaking's odd classes, nothing invisible, no other script.
_PLAIN = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ʯ'’‘“”«»·.,;:!?()<>/@&%+*=°_~#€…–—\-\u2010\u202f\u00a0 ]*")
_SIMPLE = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ʯ'’·]*")
_JOIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ʯ0-9]")

_WORDS_KEPT = 300  # names of towns do not come back
_ENDS_KEPT = 2_000  # of words, by two letters


@dataclass(slots=True, eq=False)  # not frozen: many are made for each letter
class Word:
    """Text without spaces, or one space. `advance` in Pango's units.

    `closed` draws it as a run of its own, `opened` within a run; `last` is its last glyph, and
    `glyphs` are what it needs of its font.
    """

    text: str
    is_space: bool
    head: str
    tail: str
    advance: int
    closed: str
    opened: str
    last: Shaped
    glyphs: tuple[Glyph, ...]


class WordSpace(NamedTuple):
    """A space between two words, in a run: `advance` has the kerning of the word before in it.

    A line may end at a `breakable` one. `breaks_before`: it may end before it, where a no-break
    space follows a dash.
    """

    kerning: int
    advance: int
    opened: str
    breakable: bool
    breaks_before: bool


class TextStyle:
    """Font, size, language and hyphens of a text.

    Where it `has_rules_across_spaces`, words are to be compared with what they are among others.
    `limits` are those of automatic hyphenation: letters of a word, before and after the `hyphen`.

    Digits and signs are of no script by themselves. Where `letters` are in their text they take
    the script of those, and kern otherwise. `heights` are those of a line in this style and in
    those around it, with its baseline, where they are not those of the paragraph.
    """

    def __init__(
        self,
        style: Any,
        *,
        letters: bool = True,
        heights: frozenset[tuple[float, float]] = frozenset(),
        fonts: FontCache,
    ) -> None:
        self.heights = heights
        self._shaper = Shaper(style)
        self.name = fonts.name(self._shaper)
        self.has_rules_across_spaces = fonts.has_rules_across_spaces(self._shaper)
        self._letters = letters
        self.limits = style["hyphenate_limit_chars"] if style["hyphens"] == "auto" else None
        self.hyphen = style["hyphenate_character"]
        self.lang = style["lang"] or ""
        self.size = self._shaper.size
        self.font = self._shaper.font
        self.word = lru_cache(_WORDS_KEPT)(self._word)
        self.between = lru_cache(_ENDS_KEPT)(self._between)
        self._end = lru_cache(_ENDS_KEPT)(self._shaped)
        self.breaks = lru_cache(_ENDS_KEPT)(self._breaks)
        self.hyphenations = lru_cache(_ENDS_KEPT)(self._hyphenations)
        self._bare = {space: self._shaper.shape(space)[0] for space in SPACES}

    def words(self, text: str) -> list[Word]:
        """The words and single spaces of a text. Unsupported when there is more in it than that."""
        if not _PLAIN.fullmatch(text):
            raise Unsupported("characters")
        return list(map(self.word, _ATOMS.findall(text)))

    def _word(self, text: str) -> Word:
        """A word, as if letters stood before it."""
        is_space = text in SPACES
        glyphs = [self._bare[text]] if is_space else self._shaped(text)
        opened = "".join([glyph.drawn for glyph in glyphs])
        return Word(
            text=text,
            is_space=is_space,
            head=text[:2],
            tail=text[-2:],
            advance=sum([glyph.advance for glyph in glyphs]),
            closed=_closed("<" + opened),
            opened=opened,
            last=glyphs[-1],
            glyphs=tuple([glyph.glyph for glyph in glyphs]),
        )

    def glyphs(self, text: str) -> tuple[list[Glyph], int]:
        """Those of a whole text, set on one line, and how wide it is in units."""
        shaped = self._shaped(text)
        return [each.glyph for each in shaped], sum(each.advance for each in shaped)

    def word_space(self, before: Word | None, space: str, after: Word | None) -> WordSpace:
        """The space between two words of one run, or at an end of it."""
        return self.between(before.tail if before else "", space, after.head if after else "")

    def _between(self, tail: str, space: str, head: str) -> WordSpace:
        """The space between two words, of which these are the ends."""
        before, after = self._end(tail), self._end(head)
        together = self._shaped(tail + space + head)
        n = len(before)
        apart = [*before, self._bare[space], *after]
        alike = [one.glyph == other.glyph for one, other in zip(together, apart, strict=False)]
        kept = [i for i, one in enumerate(apart) if i not in (n - 1, n)]
        if (
            len(together) != len(apart)
            or not all(alike)
            or any(together[i].advance != apart[i].advance for i in kept)
        ):
            raise Unsupported("lines")
        kerning = together[n - 1].advance - apart[n - 1].advance if n else 0
        return WordSpace(
            kerning=kerning,
            advance=kerning + together[n].advance,
            opened=together[n].drawn,
            breakable=space == " " and self.breakable(tail, head),
            breaks_before=space != " " and len(tail) in self._shaper.breaks(tail + space + head),
        )

    def breakable(self, tail: str, head: str) -> bool:
        """Whether a line may end at a space between two words, of which these are the ends."""
        if _JOIN.fullmatch(tail[-1:]) and _JOIN.fullmatch(head[:1]):
            return True
        return len(tail) + 1 in self._shaper.breaks(f"{tail} {head}")

    def _breaks(self, text: str) -> tuple[int, ...]:
        """The places within a text without spaces where a line may end."""
        return () if _SIMPLE.fullmatch(text) else self._shaper.breaks(text)

    def spaced(self, space: str, spacing: int, *, first: bool = False, last: bool = False) -> str:
        """How a space is drawn that justification widens by `spacing` units, a run of its own.

        `first` or `last` in its box, Pango gives it half of what it is given, so that WeasyPrint
        gives twice as much.
        """
        bare = self._bare[space]
        given = 2 * spacing if first or last else spacing
        left = given // 2
        if given % UNITS == 0:
            left = (left + UNITS // 2) // UNITS * UNITS
        right = given - left
        if first:
            left = 0
        if last:
            right = 0
        advance = bare.advance + left + right
        return _closed("<" + self._shaper.drawn(bare.glyph, advance, left))

    def kerned(self, word: Word, kerning: int) -> str:
        """A word within a run whose last glyph is kerned with the space after it."""
        last = word.last
        begun = word.opened.removesuffix(last.drawn)
        return begun + self._shaper.drawn(last.glyph, last.advance + kerning, last.aside)

    def _hyphenations(self, token: str) -> tuple[str, ...]:
        """How a token may be cut at the end of a line, the longest first, without hyphens."""
        found = self._shaper.hyphenations(token, self.limits) if self.limits else ()
        if found and not self._has_hyphen:
            raise Unsupported("hyphen")
        return found

    @cached_property
    def _has_hyphen(self) -> bool:
        try:
            return bool(self._shaped("n" + self.hyphen))
        except Unsupported:  # another font draws it
            return False

    def _shaped(self, text: str) -> list[Shaped]:
        if not text:
            return []
        before = "n " if self._letters and not _LETTER.match(text) else ""
        return self._shaper.shape(before + text)[len(before) :]


def has_letters(text: str) -> bool:
    """Whether a text has a script."""
    return _LETTER.search(text) is not None


def _closed(run: str) -> str:
    return run[:-1] if run[-1] == "<" else run + ">"
