"""Text → lines, where WeasyPrint would break them, and drawn as it would draw them.

What weasyprint/layout/inline.py and text/line_break.py do is done again here for the plain case,
on whole numbers: words are put on a line while they fit, the last one is hyphenated, what is left
of the line goes to its spaces. Whatever is not the plain case raises Unsupported.

Pango shapes each word by itself, to whole numbers of its units (1/1024 px), and each space between
two words for the letters on either side of it. The width of a line is then a sum. That this adds up
is a property of fonts: it is compared with WeasyPrint wherever a page is learned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from merge.paper import hyphenation
from merge.paper.press.internals import UNITS, FontCache, Glyph, Shaped, Shaper, Unsupported

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
SPACES = (" ", NO_BREAK_SPACE)
_ATOMS = re.compile(f"[^ {NO_BREAK_SPACE}]+|[ {NO_BREAK_SPACE}]")

_LETTER = re.compile(r"[^\W\d_]")
# What is certainly shaped and broken as this module thinks: Latin letters, digits, and what French
# puts between them. No mark of line breaking's odd classes, nothing invisible, no other script.
_PLAIN = re.compile(
    r"[A-Za-z0-9À-ÖØ-öø-ʯ'’‘“”«»·.,;:!?()<>/@&%+*=°²§_~#€…–—\-\u2010\u202f\u00a0 ]*"
)
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


# --- lines ---------------------------------------------------------------------------------------

_ROUNDING = 1 + 1e-9  # as WeasyPrint stretches a line against errors of its sums

BREAK: tuple[Word, ...] = ()
"""A span of these words ends its line, whatever its style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a paragraph is set. Lengths in CSS pixels.

    `align` is for lines that another one follows, `align_last` for those that end a paragraph. The
    first begins `indent` behind `x`.
    """

    x: float
    width: float
    align: Literal["start", "center", "end", "justify"]
    align_last: Literal["start", "center", "end", "justify"]
    indent: float = 0
    wraps: bool = True


@dataclass(slots=True, eq=False)  # not frozen, as words are not
class Drawn:
    """One text box of a line: where it begins, in which style, and its drawing."""

    x: float
    style: TextStyle
    text: str
    words: Sequence[Word]


HEIGHT = b"\0"
"""Stands for the height of the baseline in the operators of a line."""


@dataclass(slots=True, eq=False)
class Line:
    """A line of text, and the text object that draws it.

    `has_lone_glyph`: as in `form_xobjects`. `height_key` is the same for lines of one paragraph
    that are equally high: which other heights stand on it, and whether it ends where another style
    begins. Of these lines some have a `hyphen` at their end.
    """

    boxes: tuple[Drawn, ...]
    operators: bytes
    has_lone_glyph: bool
    height_key: object = None
    hyphen: bool = False


@dataclass(slots=True)
class _Box:
    """A part of one span that stands on one line."""

    style: TextStyle
    words: Sequence[Word]
    units: int


Spans = tuple[tuple[TextStyle, tuple[Word, ...]], ...]


def set_lines(setting: Setting, spans: Spans) -> tuple[Line, ...]:
    """The lines of a paragraph. `spans` are not empty, and a space never follows a space.

    Unsupported when this is not the plain case.
    """
    found: list[Line] = []
    in_a_row = 0  # lines that end on a hyphen
    x = setting.x + setting.indent
    while spans:
        boxes, left, forced = _fill(setting, x, spans, in_a_row)
        line = _placed(setting, x, boxes, last=forced or not left)
        x = setting.x
        line.hyphen = _is_hyphened(boxes)
        in_a_row = in_a_row + 1 if line.hyphen else 0
        if any(style.heights for style, _words in spans):
            heights = frozenset[object]().union(*(box.style.heights for box in boxes))
            line.height_key = (heights, left == spans[len(spans) - len(left) :])
        found.append(line)
        spans = left
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _End:
    """What a line may end on depends on it: what follows its span, and what the lines before do."""

    more: Spans
    in_a_row: int
    begins_line: bool

    def wrong_hyphen(self, box: _Box, span: Sequence[Word], left: Sequence[Word]) -> bool | None:
        """Whether the hyphen on which a box of this span ends is the word's own.

        None: it may be there, or there is none.
        """
        begun = box.words[-1].text
        if not box.style.limits or not hyphenation.is_hyphened(begun, box.style.hyphen):
            return None
        word = span[len(box.words) - 1].text
        if begun == word:  # the line ends at a space
            return None
        own = word.startswith(begun)
        allowed = hyphenation.may_end_within(
            word, box.style.lang, is_last=self._is_last(left), in_a_row=self.in_a_row, own=own
        )
        return None if allowed else own

    def _is_last(self, left: Sequence[Word]) -> bool:
        """Whether no word follows the first of these, before the author ends the line."""
        spaced = False
        for words in (left, *[span for _style, span in self.more]):
            if words == BREAK:
                break
            for word in words:
                if word.text == " ":
                    spaced = True
                elif spaced:
                    return False
        return True


def _is_hyphened(boxes: Sequence[_Box]) -> bool:
    """Whether a line ends on a hyphen."""
    words = (word for box in reversed(boxes) for word in reversed(box.words) if word.text != " ")
    last = next(words, None)
    return last is not None and hyphenation.is_hyphened(last.text, boxes[-1].style.hyphen)


# --- where a line ends ----------------------------------------------------------------------------


def _fill(
    setting: Setting, x: float, spans: Spans, in_a_row: int
) -> tuple[list[_Box], Spans, bool]:
    """As much as one line holds, what is left for the next, and whether the author broke it.

    `in_a_row` lines before it end on a hyphen.
    """
    boxes: list[_Box] = []
    right = (setting.x + setting.width) * _ROUNDING
    for i, (style, span) in enumerate(spans):
        if span == BREAK:
            if not boxes or boxes[-1].words[-1].is_space:
                raise Unsupported("lines")
            return boxes, spans[i + 1 :], True
        if not boxes and span[0].text == " ":
            span = span[1:]
            if not span:
                raise Unsupported("lines")
        room = int((right - x) * UNITS)
        if setting.wraps:
            end = _End(spans[i + 1 :], in_a_row, begins_line=not boxes)
            box, left = _cut(style, span, room, end)
        else:
            box, left = _Box(style, span, measure(style, span)), ()
            if box.units > room:
                raise Unsupported("lines")
        if box is None:
            if not boxes:
                raise Unsupported("lines")
            if left:
                return boxes, ((style, left), *spans[i + 1 :]), False
            return _without(boxes, (style, span), end)
        boxes.append(box)
        if left:
            return boxes, ((style, left), *spans[i + 1 :]), False
        x += box.units / UNITS
    return boxes, (), False


def _without(
    boxes: list[_Box], unfit: tuple[TextStyle, tuple[Word, ...]], end: _End
) -> tuple[list[_Box], Spans, bool]:
    """A line on which nothing of a span has room: it ends before it, or within what went before."""
    style, span = unfit
    rest = (unfit, *end.more)
    if boxes[-1].words[-1].text == " ":
        if not style.breakable("", span[0].text):
            raise Unsupported("lines")
        return boxes, rest, False
    # No line ends between the two: what the last box holds on to goes down with this one.
    before = boxes.pop()
    if style.breaks(before.words[-1].text[-1] + span[0].text[0]):
        raise Unsupported("lines")
    if not _can_be_cut(before.style, before.words):
        if not (boxes and boxes[-1].words[-1].text == " "):
            raise Unsupported("lines")
        return boxes, ((before.style, tuple(before.words)), *rest), False
    end = _End(rest, end.in_a_row, begins_line=not boxes)
    box, left = _cut(before.style, before.words, before.units - UNITS, end)
    if box is None or not left:
        raise Unsupported("lines")
    return [*boxes, box], ((before.style, left), *rest), False


def _can_be_cut(style: TextStyle, span: Sequence[Word]) -> bool:
    """Whether a line may end within these words."""
    if any(style.breaks(word.text) for word in span):
        return True
    triples = zip(span, span[1:], [*span[2:], None], strict=False)
    return any(
        between.breakable or between.breaks_before
        for before, space, after in triples
        if space.is_space and not before.is_space and not (after and after.is_space)
        for between in [style.word_space(before, space.text, after)]
    )


def measure(style: TextStyle, span: Sequence[Word], before: Word | None = None) -> int:
    """The natural width of words and spaces, in units. `before` is a word that they follow."""
    total = 0
    space = ""
    for word in span:
        if word.is_space:
            if space:
                raise Unsupported("lines")
            space = word.text
            continue
        if space:
            total += style.word_space(before, space, word).advance
            space = ""
        total += word.advance
        before = word
    if space:
        total += style.word_space(before, space, None).advance
    return total


def _cut(
    style: TextStyle, span: Sequence[Word], room: int, end: _End
) -> tuple[_Box | None, tuple[Word, ...]]:
    """As much of a span as has room on the line, and what is left. (None, ()): nothing has.

    (None, …): nothing but the space that it begins with, at which the line ends. Where that would
    end on a hyphen that may not be there, `internals.hyphens` does the same.
    """
    first = found = _broken(style, span, room, hyphenates=True)
    while found[0] and (own := end.wrong_hyphen(found[0], span, found[1])) is not None:
        found = _broken(style, span, found[0].units - UNITS if own else room, hyphenates=False)
    # A word that is longer than the line is cut all the same.
    return first if found[0] is None and end.begins_line else found


def _broken(
    style: TextStyle, span: Sequence[Word], room: int, *, hyphenates: bool
) -> tuple[_Box | None, tuple[Word, ...]]:
    used = 0
    best: tuple[int, int] | None = None  # words, and characters of the next one
    best_units = behind = 0  # up to there, and up to where the next word begins
    before_space = 0  # the last word with a break before its no-break space
    before: Word | None = None
    space = ""
    word_space = style.between
    for i, word in enumerate(span):
        if word.is_space:
            if space:
                raise Unsupported("lines")
            space = word.text
            continue
        if space:
            between = word_space(before.tail if before else "", space, word.head)
            if between.breakable:
                if used + between.kerning > room:
                    raise Unsupported("lines")
                best, best_units, behind = (i, 0), used, used + between.advance
            elif between.breaks_before:
                before_space = i
            used += between.advance
            space = ""
        used += word.advance
        before = word
        if used > room:
            if i + 2 < len(span):
                follows = style.word_space(word, span[i + 1].text, span[i + 2])
                if used + follows.kerning <= room:
                    raise Unsupported("lines")
            break
    else:
        if space:
            used += style.word_space(before, space, None).advance
        if used > room:
            raise Unsupported("lines")  # all but the last space has room
        return _Box(style, span, used), ()
    if before_space > (best[0] if best else 0):
        raise Unsupported("lines")
    if within := _break_within(style, span, range(best[0] if best else 0, i + 1), behind, room):
        best, best_units = within
    if hyphenates and style.limits and best_units != room:
        start = best or (0, 0)
        whole = span[: start[0]]
        begun = span[start[0]].text[: start[1]]
        # What ends with a space has been measured up to there.
        measured = start[0] - 1 if best_units and not begun else 0
        width = best_units if measured else 0
        before = span[measured - 1] if measured else None
        for part in style.hyphenations(_token(style, span, start)):
            taken = [*whole, *style.words(begun + part + style.hyphen)]
            units = width + measure(style, taken[measured:], before)
            if units <= room:
                return _Box(style, taken, units), _left(style, span, start, len(part))
    if best is None:
        return None, ()
    head = list(span[: best[0]])
    if best[1]:
        head.append(style.word(span[best[0]].text[: best[1]]))
    if head[-1].text == " ":
        head.pop()
    if not head:
        if style.heights:  # its element stands on the line, empty, and may make it higher
            raise Unsupported("lines")
        return None, tuple(span[1:])
    return _Box(style, head, best_units), _left(style, span, best, 0)


def _break_within(
    style: TextStyle, span: Sequence[Word], stuck: Iterable[int], used: int, room: int
) -> tuple[tuple[int, int], int] | None:
    """The last place with room at which a line may end within words that stick together.

    `stuck` are their places in the span, and `used` is the room up to the first of them.
    """
    found: tuple[tuple[int, int], int] | None = None
    before: Word | None = None
    space = ""
    for i in stuck:
        word = span[i]
        if word.is_space:
            space = word.text
            continue
        if space:
            used += style.word_space(before, space, word).advance
            space = ""
        for end in style.breaks(word.text):
            units = used + style.word(word.text[:end]).advance
            if units > room:
                break
            found = (i, end), units
        used += word.advance
        before = word
    return found


def _left(
    style: TextStyle, span: Sequence[Word], place: tuple[int, int], beyond: int
) -> tuple[Word, ...]:
    """What stands behind a place, but for some characters."""
    whole, characters = place
    characters += beyond
    while characters and characters >= len(span[whole].text):
        characters -= len(span[whole].text)
        whole += 1
    if not characters:
        return tuple(span[whole:])
    return (style.word(span[whole].text[characters:]), *span[whole + 1 :])


def _token(style: TextStyle, span: Sequence[Word], start: tuple[int, int]) -> str:
    """What stands between a place where the line may end and the next one.

    Without the character before the next one, which is a space as a rule: so WeasyPrint has it.
    """
    whole, characters = start
    found = ""
    before: Word | None = None
    space = ""
    for i, word in enumerate(span[whole:], whole):
        if word.is_space:
            space = word.text
            continue
        if space and found:
            between = style.word_space(before, space, word)
            if between.breakable:
                return found
            if between.breaks_before:
                raise Unsupported("lines")
            found += space
        skip = characters if i == whole else 0
        for end in style.breaks(word.text):
            if end > skip:
                return found + word.text[skip : end - 1]
        found += word.text[skip:]
        before, space = word, ""
    return found


# --- where its words stand ------------------------------------------------------------------------


def _placed(setting: Setting, x: float, boxes: list[_Box], *, last: bool) -> Line:
    """The boxes of a line that begins at `x` where `text-align` puts them."""
    whole = boxes[-1]
    if whole.words[-1].text == " ":
        stripped = whole.words[:-1]
        boxes[-1] = _Box(whole.style, stripped, measure(whole.style, stripped))
    xs: list[float] = []
    for box in boxes:
        xs.append(x)
        x += box.units / UNITS
    left = setting.width - (x - setting.x)
    align = setting.align_last if last else setting.align
    # A space at the end is not measured. It is drawn all the same, unless the line is justified.
    natural = [*boxes[:-1], whole]
    counts = [len([word for word in box.words if word.is_space]) for box in boxes]
    if left <= 0 or align != "justify" or not sum(counts):
        share = {"center": 0.5, "end": 1.0}.get(align, 0.0) if left > 0 else 0.0
        return _line([_drawn(box, at + left * share) for box, at in zip(natural, xs, strict=True)])
    spacing = left / sum(counts)
    units = int(spacing * UNITS)
    if not units:
        raise Unsupported("lines")
    line: list[Drawn] = []
    shift = 0.0
    for box, same, at, count in zip(boxes, natural, xs, counts, strict=True):
        line.append(_justified(box, at + shift, units) if count else _drawn(same, at + shift))
        shift += spacing * count
    return _line(line)


def _line(boxes: Sequence[Drawn]) -> Line:
    # What has nothing but spaces, between two words of other styles, is not drawn.
    boxes = [box for box in boxes if any(word.text.strip() for word in box.words)]
    operators = ["BT"]
    font = ""
    for box in boxes:
        operators.append(f"1 0 0 -1 {number(box.x)} \0 Tm")
        named = f"/{box.style.name} {number(box.style.size)} Tf"
        if named != font:
            operators.append(named)
            font = named
        operators.append(f"[{box.text}] TJ")
    operators.append("ET")
    has_lone_glyph = any(len(box.words) == 1 and len(box.words[0].glyphs) == 1 for box in boxes)
    return Line(tuple(boxes), "\n".join(operators).encode(), has_lone_glyph)


def number(value: float) -> str:
    """As pydyf writes it."""
    return str(int(value)) if value.is_integer() else f"{value:f}".rstrip("0")


def _drawn(box: _Box, x: float) -> Drawn:
    """In one run, as Pango sets what nobody stretches."""
    style = box.style
    run = "<"
    before: Word | None = None
    space = ""
    for word in box.words:
        if word.is_space:
            space = word.text
            continue
        if space:
            run += _joined(style, before, space, word)
            space = ""
        elif before:
            raise Unsupported("lines")
        before = word
    run += _joined(style, before, space, None) if space else before.opened if before else ""
    return Drawn(x, style, run[:-1] if run[-1] == "<" else run + ">", box.words)


def _joined(style: TextStyle, before: Word | None, space: str, after: Word | None) -> str:
    """The word before a space, and the space."""
    between = style.word_space(before, space, after)
    if before is None:
        return between.opened
    return (
        style.kerned(before, between.kerning) if between.kerning else before.opened
    ) + between.opened


def _justified(box: _Box, x: float, spacing: int) -> Drawn:
    """In a run for each word and each space, as Pango sets what has a spacing of its own."""
    style, span = box.style, box.words
    end = len(span) - 1
    if span[end].is_space and span[end].text != " ":
        raise Unsupported("lines")
    between = {space: style.spaced(space, spacing) for space in SPACES}
    drawn = [between[word.text] if word.is_space else word.closed for word in span]
    for i in (0, end):
        if span[i].is_space:
            drawn[i] = style.spaced(span[i].text, spacing, first=i == 0, last=i == end)
    return Drawn(x, style, "".join(drawn), span)
