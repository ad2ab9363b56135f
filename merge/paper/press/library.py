"""What a press has learned: skeletons by their pages, shapes by their lines.

Learning costs as much as a few letters set plainly. It is paid for by the letters that have gone
the fast way, so that a template from which nothing can be learned costs hardly more than without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from merge.paper.press import inner, lines, shapes, skeletons
from merge.paper.press.faces import Face
from merge.paper.press.inner import Unlike

Parts = tuple[str, ...]
Texts = tuple[str, ...]

_FEWEST = 4  # letters of one skeleton in a run, for it to be worth a look
_SETTINGS_KEPT = 2_000  # of each paragraph, in memory
_WORDS_KEPT = 20_000  # of each face
_SHAPES_KEPT = 500  # in all


SetParagraph = tuple[lines.Line, ...]


@dataclass(slots=True, eq=False)
class _Kept:
    """The lines of one paragraph by its values, and by what is left of it at a line's end."""

    whole: dict[Texts, SetParagraph] = field(default_factory=dict)
    tails: lines.Tails = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Known:
    """A skeleton with what was learned of its letters. A shape that failed is the reason why."""

    skeleton: skeletons.Skeleton
    shapes: dict[tuple[int, ...], shapes.Shape | str] = field(default_factory=dict)
    _kept: list[_Kept] = field(default_factory=list)

    def set(self, texts: Texts) -> list[SetParagraph]:
        """The paragraphs and margins of one letter, in order. Unlike as in `lines`."""
        own = (*self.skeleton.paragraphs, *self.skeleton.margins)
        self._kept = self._kept or [_Kept() for _ in own]
        words = [skeletons.as_text(text) for text in texts]
        found: list[SetParagraph] = []
        for paragraph, kept in zip(own, self._kept, strict=True):
            values = tuple([words[slot] for slot in paragraph.slots])
            one = kept.whole.get(values)
            if one is None:
                for memory in (kept.whole, kept.tails):
                    if len(memory) >= _SETTINGS_KEPT:
                        memory.clear()
                one = kept.whole[values] = paragraph.set(words, kept.tails)
            found.append(one)
        return found


@dataclass(slots=True)
class Frame:
    """What is known of all letters that took the same branches.

    `frozen` are the slots that are no words in a fixed place, and `alike` those in which all
    letters said the same so far: they are taken for the template's own until one says otherwise.
    """

    frozen: frozenset[int]
    alike: dict[int, str]

    def key(self, texts: Texts) -> tuple[object, ...]:
        """The same for letters of one skeleton."""
        for slot, text in list(self.alike.items()):
            if texts[slot] != text:
                del self.alike[slot]
        own = self.frozen.union(self.alike)
        return tuple(text if slot in own else None for slot, text in enumerate(texts))


class Library:
    """Finds the skeleton of a letter, or learns it."""

    def __init__(self) -> None:
        self.shelf = inner.Shelf()
        self._faces: dict[tuple[str, bool], Face] = {}
        self._frames: dict[Parts, Frame] = {}
        self._known: dict[tuple[Parts, object], Known | str] = {}
        self._looks = 0
        self._shapes = 0

    def find(
        self,
        parts: Parts,
        texts: Texts,
        expected: Expected,
        earned: int,
        *,
        lay_out: Callable[[str], inner.Laid],
        parse: Callable[[str], Iterable[Any]],
    ) -> Known:
        """The skeleton of a letter. Unlike when it has none, or is not worth a look.

        `earned` is how many letters have gone the fast way.
        """
        frame = self._frames.get(parts)
        if frame is None:
            if expected.alike(parts)[0] < _FEWEST:
                raise Unlike("few-letters")
            frame = self._frames[parts] = Frame(
                skeletons.in_tags(parts, texts, parse), dict(expected.alike(parts)[1])
            )
        key = (parts, frame.key(texts))
        known = self._known.get(key)
        if known is None:
            if expected.count(parts, frame, key[1]) < _FEWEST:
                raise Unlike("few-letters")
            if 2 * self._looks > 12 + earned / 4:
                raise Unlike("too-many-skeletons")
            self._looks += 1
            known = self._known[key] = self._learned(parts, texts, frame, lay_out)
            # Slots may have been found to be frozen only now: the next letter's key has them.
            self._known[(parts, frame.key(texts))] = known
        if isinstance(known, str):
            raise Unlike(known)
        return known

    def _learned(
        self, parts: Parts, texts: Texts, frame: Frame, lay_out: Callable[[str], inner.Laid]
    ) -> Known | str:
        own = frame.frozen.union(frame.alike)
        try:
            skeleton = skeletons.read(parts, texts, own, lay_out=lay_out, face=self._face)
        except Unlike as unlike:
            return str(unlike)
        frame.frozen |= skeleton.frozen - own
        return Known(skeleton)

    def may_learn(self, earned: int) -> bool:
        """Whether another shape may be learned."""
        return self._shapes < min(_SHAPES_KEPT, 40 + earned / 4)

    def learn(
        self, known: Known, laid: inner.Laid, counts: tuple[int, ...], own: list[SetParagraph]
    ) -> shapes.Shape:
        """The shape of a letter that was laid out, kept for others. Unlike when it has none."""
        self._shapes += 1
        try:
            shape = self.shape(known, laid, own)
        except Unlike as unlike:
            known.shapes[counts] = str(unlike)
            raise
        known.shapes[counts] = shape
        return shape

    def shape(self, known: Known, laid: inner.Laid, own: list[SetParagraph]) -> shapes.Shape:
        """The shape of a letter that was laid out."""
        return shapes.learn(known.skeleton, laid, own, self.shelf)

    def forget(self) -> None:
        """Drop what would grow with the number of letters."""
        for face in self._faces.values():
            face.forget(_WORDS_KEPT)

    def _face(self, style: Any, letters: bool) -> Face:
        key = (inner.face_key(style), letters)
        if key not in self._faces:
            self._faces[key] = Face(style, letters=letters, shelf=self.shelf)
        return self._faces[key]


class Expected:
    """The letters of a run, to see beforehand what they have in common."""

    def __init__(self, letters: Sequence[tuple[Parts, Texts]]) -> None:
        self._texts: dict[Parts, list[Texts]] = {}
        for parts, texts in letters:
            self._texts.setdefault(parts, []).append(texts)
        self._counts: dict[tuple[Parts, frozenset[int]], Counter[tuple[object, ...]]] = {}

    def alike(self, parts: Parts) -> tuple[int, dict[int, str]]:
        """How many letters have these parts, and what they all say in some slots."""
        group = self._texts[parts]
        columns = enumerate(zip(*group, strict=True))
        return len(group), {i: texts[0] for i, texts in columns if len(set(texts)) == 1}

    def count(self, parts: Parts, frame: Frame, key: object) -> int:
        """How many letters have this key."""
        own = frame.frozen.union(frame.alike)
        counts = self._counts.get((parts, own))
        if counts is None:
            counts = self._counts[(parts, own)] = Counter(
                tuple(text if slot in own else None for slot, text in enumerate(texts))
                for texts in self._texts[parts]
            )
        return counts[key]  # type: ignore[index]  # it is one of those
