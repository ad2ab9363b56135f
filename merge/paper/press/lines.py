"""Text → lines, where WeasyPrint would break them, and drawn as it would draw them.

What weasyprint/layout/inline.py and text/line_break.py do is done again here for the plain case,
on whole numbers: words are put on a line while they fit, the last one is hyphenated, what is left
of the line goes to its spaces. Whatever is not the plain case raises Unlike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from merge.paper.press.faces import SPACES, Face, Word
from merge.paper.press.inner import UNITS, Unlike

_ROUNDING = 1 + 1e-9  # as WeasyPrint stretches a line against errors of its sums

BREAK: tuple[Word, ...] = ()
"""A span of these words ends its line, whatever its face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a paragraph is set. Lengths in CSS pixels.

    `align` is for lines that another one follows, `align_last` for those that end a paragraph.
    """

    x: float
    width: float
    align: Literal["start", "center", "end", "justify"]
    align_last: Literal["start", "center", "end", "justify"]
    wraps: bool = True


@dataclass(slots=True, eq=False)  # not frozen, as words are not
class Drawn:
    """One text box of a line: where it begins, in which face, and its drawing."""

    x: float
    face: Face
    text: str
    words: Sequence[Word]


HEIGHT = b"\0"
"""Stands for the height of the baseline in the operators of a line."""


@dataclass(slots=True, eq=False)
class Line:
    """A line of text, and the text object that draws it. `is_lonely`: as in `forms`.

    `stature` is the same for lines of one paragraph that are equally high: which other heights
    stand on it, and whether it ends where another style begins.
    """

    boxes: tuple[Drawn, ...]
    operators: bytes
    is_lonely: bool
    stature: object = None


@dataclass(slots=True)
class _Box:
    """A part of one span that stands on one line."""

    face: Face
    words: Sequence[Word]
    units: int


Spans = tuple[tuple[Face, tuple[Word, ...]], ...]
Tails = dict[Spans, tuple[Line, ...]]


def set_lines(setting: Setting, spans: Spans, tails: Tails) -> tuple[Line, ...]:
    """The lines of a paragraph. `spans` are not empty, and a space never follows a space.

    `tails` remembers the lines of what was left behind a line end: behind the last name in it, a
    paragraph comes out in a few ways only. Unlike when this is not the plain case.
    """
    found: list[Line] = []
    starts: list[Spans] = []
    while spans:
        known = tails.get(spans) if starts else None
        if known is not None:
            found += known
            break
        starts.append(spans)
        boxes, left, forced = _fill(setting, spans)
        line = _placed(setting, boxes, last=forced or not left)
        if any(face.heights for face, _words in spans):
            heights = frozenset[object]().union(*(box.face.heights for box in boxes))
            line.stature = (heights, left == spans[len(spans) - len(left) :])
        found.append(line)
        spans = left
    for i, start in enumerate(starts[1:], 1):
        tails[start] = tuple(found[i:])
    return tuple(found)


# --- where a line ends ----------------------------------------------------------------------------


def _fill(setting: Setting, spans: Spans) -> tuple[list[_Box], Spans, bool]:
    """As much as one line holds, what is left for the next, and whether the author broke it."""
    boxes: list[_Box] = []
    right = (setting.x + setting.width) * _ROUNDING
    x = setting.x
    for i, (face, span) in enumerate(spans):
        if span == BREAK:
            if not boxes or boxes[-1].words[-1].is_space:
                raise Unlike("break")
            return boxes, spans[i + 1 :], True
        if not boxes and span[0].text == " ":
            span = span[1:]
            if not span:
                raise Unlike("space")
        room = int((right - x) * UNITS)
        if setting.wraps:
            box, left = _cut(face, span, room)
        else:
            box, left = _Box(face, span, measure(face, span)), ()
            if box.units > room:
                raise Unlike("overflow")
        if box is None:
            if not boxes:
                raise Unlike("overlong")
            return _without(setting, boxes, (face, span), spans[i + 1 :])
        boxes.append(box)
        if left:
            return boxes, ((face, left), *spans[i + 1 :]), False
        x += box.units / UNITS
    return boxes, (), False


def _without(
    setting: Setting, boxes: list[_Box], unfit: tuple[Face, tuple[Word, ...]], more: Spans
) -> tuple[list[_Box], Spans, bool]:
    """A line on which nothing of a span has room: it ends before it, or within what went before."""
    face, span = unfit
    rest = (unfit, *more)
    if boxes[-1].words[-1].text == " ":
        if not face.breakable("", span[0].text):
            raise Unlike("edge")
        return boxes, rest, False
    # No line ends between the two: what the last box holds on to goes down with this one.
    before = boxes.pop()
    if face.breaks(before.words[-1].text[-1] + span[0].text[0]):
        raise Unlike("edge")
    if not _can_be_cut(before.face, before.words):
        if not (boxes and boxes[-1].words[-1].text == " "):
            raise Unlike("edge")
        return boxes, ((before.face, tuple(before.words)), *rest), False
    box, left = _cut(before.face, before.words, before.units - UNITS)
    if box is None or not left:
        raise Unlike("edge")
    return [*boxes, box], ((before.face, left), *rest), False


def _can_be_cut(face: Face, span: Sequence[Word]) -> bool:
    """Whether a line may end within these words."""
    if any(face.breaks(word.text) for word in span):
        return True
    triples = zip(span, span[1:], [*span[2:], None], strict=False)
    return any(
        joint.breakable or joint.loose
        for before, space, after in triples
        if space.is_space and not before.is_space and not (after and after.is_space)
        for joint in [face.joint(before, space.text, after)]
    )


def measure(face: Face, span: Sequence[Word], before: Word | None = None) -> int:
    """The natural width of words and spaces, in units. `before` is a word that they follow."""
    total = 0
    space = ""
    for word in span:
        if word.is_space:
            if space:
                raise Unlike("spaces")
            space = word.text
            continue
        if space:
            total += face.joint(before, space, word).advance
            space = ""
        total += word.advance
        before = word
    if space:
        total += face.joint(before, space, None).advance
    return total


def _cut(face: Face, span: Sequence[Word], room: int) -> tuple[_Box | None, tuple[Word, ...]]:
    """As much of a span as has room on the line, and what is left. (None, …): nothing has."""
    used = 0
    best: tuple[int, int] | None = None  # words, and characters of the next one
    best_units = behind = 0  # up to there, and up to where the next word begins
    loose = 0  # the last word behind a hard space that does not hold
    before: Word | None = None
    space = ""
    joints = face.joints
    for i, word in enumerate(span):
        if word.is_space:
            if space:
                raise Unlike("spaces")
            space = word.text
            continue
        if space:
            known = joints.get((before.tail, space, word.head)) if before else None
            joint = known or face.joint(before, space, word)
            if joint.breakable:
                if used + joint.kerning > room:
                    raise Unlike("kerning")
                best, best_units, behind = (i, 0), used, used + joint.advance
            elif joint.loose:
                loose = i
            used += joint.advance
            space = ""
        used += word.advance
        before = word
        if used > room:
            if i + 2 < len(span):
                follows = face.joint(word, span[i + 1].text, span[i + 2])
                if used + follows.kerning <= room:
                    raise Unlike("kerning")
            break
    else:
        if space:
            used += face.joint(before, space, None).advance
        if used > room:
            raise Unlike("edge-space")  # all but the last space has room
        return _Box(face, span, used), ()
    if loose > (best[0] if best else 0):
        raise Unlike("joint")
    if within := _break_within(face, span, range(best[0] if best else 0, i + 1), behind, room):
        best, best_units = within
    if best and best[0] == 1 and span[0].text == " ":
        raise Unlike("edge")
    if face.limits and best_units != room:
        start = best or (0, 0)
        whole = span[: start[0]]
        begun = span[start[0]].text[: start[1]]
        # What ends with a space has been measured up to there.
        measured = start[0] - 1 if best_units and not begun else 0
        width = best_units if measured else 0
        before = span[measured - 1] if measured else None
        for part in face.hyphenations(_token(face, span, start)):
            taken = [*whole, *face.words(begun + part + face.hyphen)]
            units = width + measure(face, taken[measured:], before)
            if units <= room:
                return _Box(face, taken, units), _left(face, span, start, len(part))
    if best is None:
        return None, ()
    head = list(span[: best[0]])
    if best[1]:
        head.append(face.word(span[best[0]].text[: best[1]]))
    if head[-1].text == " ":
        head.pop()
    return _Box(face, head, best_units), _left(face, span, best, 0)


def _break_within(
    face: Face, span: Sequence[Word], stuck: Iterable[int], used: int, room: int
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
            used += face.joint(before, space, word).advance
            space = ""
        for end in face.breaks(word.text):
            units = used + face.word(word.text[:end]).advance
            if units > room:
                break
            found = (i, end), units
        used += word.advance
        before = word
    return found


def _left(
    face: Face, span: Sequence[Word], place: tuple[int, int], beyond: int
) -> tuple[Word, ...]:
    """What stands behind a place, but for some characters."""
    whole, characters = place
    characters += beyond
    while characters and characters >= len(span[whole].text):
        characters -= len(span[whole].text)
        whole += 1
    if not characters:
        return tuple(span[whole:])
    return (face.word(span[whole].text[characters:]), *span[whole + 1 :])


def _token(face: Face, span: Sequence[Word], start: tuple[int, int]) -> str:
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
            joint = face.joint(before, space, word)
            if joint.breakable:
                return found
            if joint.loose:
                raise Unlike("joint")
            found += space
        skip = characters if i == whole else 0
        for end in face.breaks(word.text):
            if end > skip:
                return found + word.text[skip : end - 1]
        found += word.text[skip:]
        before, space = word, ""
    return found


# --- where its words stand ------------------------------------------------------------------------


def _placed(setting: Setting, boxes: list[_Box], *, last: bool) -> Line:
    """The boxes of a line where `text-align` puts them."""
    whole = boxes[-1]
    if whole.words[-1].text == " ":
        stripped = whole.words[:-1]
        boxes[-1] = _Box(whole.face, stripped, measure(whole.face, stripped))
    xs: list[float] = []
    x = setting.x
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
        raise Unlike("spacing")
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
        named = f"/{box.face.name} {number(box.face.size)} Tf"
        if named != font:
            operators.append(named)
            font = named
        operators.append(f"[{box.text}] TJ")
    operators.append("ET")
    is_lonely = any(len(box.words) == 1 and len(box.words[0].glyphs) == 1 for box in boxes)
    return Line(tuple(boxes), "\n".join(operators).encode(), is_lonely)


def number(value: float) -> str:
    """As pydyf writes it."""
    return str(int(value)) if value.is_integer() else f"{value:f}".rstrip("0")


def _drawn(box: _Box, x: float) -> Drawn:
    """In one run, as Pango sets what nobody stretches."""
    face = box.face
    run = "<"
    before: Word | None = None
    space = ""
    for word in box.words:
        if word.is_space:
            space = word.text
            continue
        if space:
            run += _joined(face, before, space, word)
            space = ""
        elif before:
            raise Unlike("words")
        before = word
    run += _joined(face, before, space, None) if space else before.opened if before else ""
    return Drawn(x, face, run[:-1] if run[-1] == "<" else run + ">", box.words)


def _joined(face: Face, before: Word | None, space: str, after: Word | None) -> str:
    """The word before a space, and the space."""
    joint = face.joint(before, space, after)
    if before is None:
        return joint.opened
    return (face.kerned(before, joint.kerning) if joint.kerning else before.opened) + joint.opened


def _justified(box: _Box, x: float, spacing: int) -> Drawn:
    """In a run for each word and each space, as Pango sets what has a spacing of its own."""
    face, span = box.face, box.words
    end = len(span) - 1
    if span[end].is_space and span[end].text != " ":
        raise Unlike("edge-space")
    between = {space: face.spaced(space, spacing) for space in SPACES}
    drawn = [between[word.text] if word.is_space else word.closed for word in span]
    for i in (0, end):
        if span[i].is_space:
            drawn[i] = face.spaced(span[i].text, spacing, first=i == 0, last=i == end)
    return Drawn(x, face, "".join(drawn), span)
