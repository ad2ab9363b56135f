"""What was learned of templates: skeletons by their pages, shapes by their lines.

Nothing in here depends on the letter that it was learned from: it only saves learning it again, and
a letter has the same pages from a library that knows everything as from an empty one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from merge.paper.press import inner, lines, marks, shapes, skeletons
from merge.paper.press.faces import Face
from merge.paper.press.inner import Unlike
from merge.paper.press.paragraphs import Paragraph

Parts = tuple[str, ...]
Texts = tuple[str, ...]
SetParagraph = tuple[lines.Line, ...]
Statures = tuple[tuple[object, ...], ...]
"""Of each line of each paragraph: what makes it as high as it is."""

# What names a town does not come back: more would only grow with the letters.
_SETTINGS_KEPT = 50  # of each paragraph
_ENDS_KEPT = 1_000  # of words, by two letters: of each face
_SHAPES_KEPT = 1_000  # in all
_SKELETONS_KEPT = 200


@dataclass(slots=True, eq=False)
class _Kept:
    """The lines of one paragraph by its values, and by what is left of it at a line's end."""

    whole: dict[Texts, SetParagraph] = field(default_factory=dict)
    tails: lines.Tails = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Known:
    """A skeleton with the shapes that were learned of its letters."""

    skeleton: skeletons.Skeleton
    shapes: dict[Statures, shapes.Shape] = field(default_factory=dict)
    _own: list[tuple[Paragraph, _Kept]] = field(init=False)

    def __post_init__(self) -> None:
        alike: dict[object, _Kept] = {}  # the same words may stand on every page
        self._own = [
            (each, alike.setdefault((each.setting, each.spans), _Kept()))
            for each in (*self.skeleton.paragraphs, *self.skeleton.margins)
        ]

    def set(self, texts: Texts) -> list[SetParagraph]:
        """The paragraphs and margins of one letter, in order. Unlike as in `lines`."""
        words = [marks.as_text(text) for text in texts]
        found: list[SetParagraph] = []
        for paragraph, kept in self._own:
            values = tuple([words[slot] for slot in paragraph.slots])
            one = kept.whole.get(values)
            if one is None:
                for memory in (kept.whole, kept.tails):
                    if len(memory) >= _SETTINGS_KEPT:
                        memory.clear()
                one = kept.whole[values] = paragraph.set(words, kept.tails)
            found.append(one)
        return found


class Library:
    """Finds what was learned with the fonts of one typesetter, or learns it.

    `is_tried` when letters of our own were set with it, and `is_wrong` when something in here was
    found not to be as WeasyPrint has it.
    """

    def __init__(self) -> None:
        self.shelf = inner.Shelf()
        self.is_tried = self.is_wrong = False
        self._faces: dict[object, Face] = {}
        self._styles: set[str] = set()
        self._in_tags: dict[Parts, frozenset[int]] = {}
        self._known: dict[object, Known | str] = {}

    def in_tags(
        self, parts: Parts, texts: Texts, parse: Callable[[str], Iterable[Any]]
    ) -> frozenset[int]:
        """As in `skeletons`."""
        marks.hold_no_marks(texts)
        found = self._in_tags.get(parts)
        if found is None:
            found = self._in_tags[parts] = skeletons.in_tags(parts, texts, parse)
        return found

    def known(
        self,
        parts: Parts,
        texts: Texts,
        frozen: frozenset[int],
        lay_out: Callable[[str], inner.Laid],
    ) -> Known:
        """The skeleton of a letter whose `frozen` slots are the template's. Unlike: it has none."""
        own = tuple(text if slot in frozen else None for slot, text in enumerate(texts))
        key = (parts, own)
        found = self._known.get(key)
        if found is None:
            try:
                found = Known(
                    skeletons.read(
                        parts, texts, frozen, lay_out=lay_out, face=self._face, know=self._know
                    )
                )
            except Unlike as unlike:
                found = str(unlike)
            self._known[key] = found
        if isinstance(found, str):
            raise Unlike(found)
        return found

    def shape(
        self,
        known: Known,
        statures: Statures,
        own: list[SetParagraph],
        lay_out: Callable[[], inner.Laid],
    ) -> shapes.Shape:
        """The shape of a letter with such lines. Unlike when it has none."""
        shape = known.shapes.get(statures)
        if shape is None:
            shape = known.shapes[statures] = self.learned(known, own, lay_out())
        return shape

    def learned(self, known: Known, own: list[SetParagraph], laid: inner.Laid) -> shapes.Shape:
        """The shape of a letter that was laid out, whatever is known."""
        return shapes.learn(known.skeleton, laid, own, self.shelf)

    def forget(self) -> None:
        """Drop what would grow with the number of letters, and what templates left behind."""
        for face in self._faces.values():
            face.forget(_ENDS_KEPT)
        kept = [known for known in self._known.values() if isinstance(known, Known)]
        if len(self._known) > _SKELETONS_KEPT or sum(len(k.shapes) for k in kept) > _SHAPES_KEPT:
            self._known.clear()
            self._in_tags.clear()

    def _know(self, style: Any) -> None:
        key = inner.face_key(style)
        if key not in self._styles and style["font_size"]:
            self._styles.add(key)
            self.shelf.know(inner.Shaper(style))

    def _face(self, style: Any, letters: bool, heights: frozenset[tuple[float, float]]) -> Face:
        key = (inner.face_key(style), letters, heights)
        if key not in self._faces:
            self._faces[key] = Face(style, letters=letters, heights=heights, shelf=self.shelf)
        return self._faces[key]
