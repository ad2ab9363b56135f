"""What the letters of one lot teach, and whether learning is worth its price.

Learning costs as much as a few letters set plainly. It is paid for by the letters that have gone
the fast way, so that a template from which nothing can be learned costs hardly more than without.
All of it is reckoned within one lot, as if nothing were known at its beginning: which way a letter
goes must not depend on what was set before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from merge.paper.press import inner, shapes
from merge.paper.press.inner import Unlike
from merge.paper.press.library import Known, Library, Parts, SetParagraph, Statures, Texts

_FEWEST = 4  # letters of one skeleton in a run, for it to be worth a look
_LOOKS_AHEAD = 6  # before any letter has earned one
_SHAPES_AHEAD = 40
_EARN_A_LOOK = 8  # letters that went the fast way
_EARN_A_SHAPE = 4
_MOST_SHAPES = 500


@dataclass(slots=True)
class _Frame:
    """What is known of all letters that took the same branches.

    `frozen` are the slots that are no words in a fixed place, and `alike` those in which all
    letters said the same so far: they are taken for the template's own until one says otherwise.
    """

    frozen: frozenset[int]
    alike: dict[int, str]

    @property
    def own(self) -> frozenset[int]:
        """The slots whose text is the template's own."""
        return self.frozen.union(self.alike)

    def key(self, texts: Texts) -> tuple[object, ...]:
        """The same for letters of one skeleton."""
        for slot, text in list(self.alike.items()):
            if texts[slot] != text:
                del self.alike[slot]
        own = self.own
        return tuple([text if slot in own else None for slot, text in enumerate(texts)])


class Lesson:
    """Goes from letter to letter of a lot. `earned` are those that have gone the fast way."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._frames: dict[Parts, _Frame] = {}
        self._known: dict[tuple[Parts, object], Known | str] = {}
        self._shapes: dict[tuple[Known, Statures], shapes.Shape | str] = {}
        self._looks = 0
        self.earned = 0

    def known(
        self,
        parts: Parts,
        texts: Texts,
        expected: Expected,
        *,
        lay_out: Callable[[str], inner.Laid],
        parse: Callable[[str], Iterable[Any]],
    ) -> Known:
        """The skeleton of a letter. Unlike when it has none, or is not worth a look."""
        frame = self._frames.get(parts)
        if frame is None:
            count, alike = expected.alike(parts)
            if count < _FEWEST:
                raise Unlike("few-letters")
            frame = _Frame(self._library.in_tags(parts, texts, parse), alike)
            self._frames[parts] = frame
        key = (parts, frame.key(texts))
        known = self._known.get(key)
        if known is None:
            if expected.count(parts, frame.own, key[1]) < _FEWEST:
                raise Unlike("few-letters")
            if self._looks >= _LOOKS_AHEAD + self.earned / _EARN_A_LOOK:
                raise Unlike("too-many-skeletons")
            self._looks += 1
            own = frame.own
            try:
                known = self._library.known(parts, texts, own, lay_out)
            except Unlike as unlike:
                known = str(unlike)
            else:
                frame.frozen |= known.skeleton.frozen - own
            self._known[key] = known
            # Slots may have been found to be frozen only now: the next letter's key has them.
            self._known[(parts, frame.key(texts))] = known
        if isinstance(known, str):
            raise Unlike(known)
        return known

    def shape(
        self,
        known: Known,
        own: list[SetParagraph],
        lay_out: Callable[[], inner.Laid],
    ) -> shapes.Shape:
        """The shape of a letter with these lines. Unlike when it has none, or there are too many.

        `lay_out` is called when the shape is a new one.
        """
        statures = tuple([tuple([line.stature for line in paragraph]) for paragraph in own])
        shape = self._shapes.get((known, statures))
        if shape is None:
            if len(self._shapes) >= min(_MOST_SHAPES, _SHAPES_AHEAD + self.earned / _EARN_A_SHAPE):
                raise Unlike("too-many-shapes")
            try:
                shape = self._library.shape(known, statures, own, lay_out)
            except Unlike as unlike:
                shape = str(unlike)
            self._shapes[(known, statures)] = shape
        if isinstance(shape, str):
            raise Unlike(shape)
        return shape


class Expected:
    """The letters of a run, to see beforehand what they have in common."""

    def __init__(self, letters: Sequence[tuple[Parts, Texts]]) -> None:
        self._texts: dict[Parts, list[Texts]] = {}
        for parts, texts in letters:
            self._texts.setdefault(parts, []).append(texts)
        self._counts: dict[tuple[Parts, frozenset[int]], Counter[tuple[object, ...]]] = {}

    @property
    def are_worth_a_look(self) -> bool:
        """Whether any of them can have a skeleton."""
        return any(len(group) >= _FEWEST for group in self._texts.values())

    def alike(self, parts: Parts) -> tuple[int, dict[int, str]]:
        """How many letters have these parts, and what they all say in some slots."""
        group = self._texts[parts]
        columns = enumerate(zip(*group, strict=True))
        return len(group), {i: texts[0] for i, texts in columns if len(set(texts)) == 1}

    def count(self, parts: Parts, own: frozenset[int], key: object) -> int:
        """How many letters have this key, where some slots are the template's own."""
        counts = self._counts.get((parts, own))
        if counts is None:
            counts = self._counts[(parts, own)] = Counter(
                tuple(text if slot in own else None for slot, text in enumerate(texts))
                for texts in self._texts[parts]
            )
        return counts[key]  # type: ignore[index]  # it is one of those
