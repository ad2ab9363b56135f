"""What is learned of templates, and whether learning is worth its price.

`Learned` keeps masters and layouts for as long as a process lives. Nothing in it depends on the
letter that it was learned from: it only saves learning it again, and a letter has the same pages
whether it knows everything or nothing.

`Training` decides within one lot. Learning costs as much as a few letters set plainly. The letters
that have gone the fast way pay for it, so that a template from which nothing can be learned costs
hardly more than without. It counts as if nothing were known when the lot begins: which way a letter
goes must not depend on what was set before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from merge.paper.press import layouts, lines, master, placeholders
from merge.paper.press.internals import Unsupported
from merge.paper.press.internals.boxes import Laid
from merge.paper.press.internals.drawing import FontCache
from merge.paper.press.internals.shaping import Shaper, style_key
from merge.paper.press.layouts import Layout
from merge.paper.press.master import Master
from merge.paper.press.text_styles import TextStyle

Parts = tuple[str, ...]
Texts = tuple[str, ...]
LineHeights = tuple[tuple[object, ...], ...]
"""Of each line of each paragraph: what makes it as high as it is."""
SetLines = Sequence[tuple[lines.Line, ...]]
"""The lines of each paragraph, then of each margin, of one letter."""

_ENDS_KEPT = 1_000  # of words, by two letters: of each text style
_LAYOUTS_KEPT = 1_000  # in all
_MASTERS_KEPT = 200

_FEWEST = 4  # letters of one master in a run, for it to be worth learning
_MASTERS_AHEAD = 6  # before any letter has earned one
_LAYOUTS_AHEAD = 40
_EARN_A_MASTER = 8  # letters that went the fast way
_EARN_A_LAYOUT = 4
_MOST_LAYOUTS = 500

_Found = TypeVar("_Found", Master, Layout)


class Learned:
    """Masters, layouts and text styles, with the fonts of one typesetter.

    `is_tested` when letters of our own were set with it, and `is_wrong` when something in here was
    found not to be as WeasyPrint has it.
    """

    def __init__(self) -> None:
        self.fonts = FontCache()
        self.is_tested = self.is_wrong = False
        self._text_styles: dict[object, TextStyle] = {}
        self._known_styles: set[str] = set()
        self._in_tags: dict[Parts, frozenset[int]] = {}
        self._masters: dict[object, Master | str] = {}  # or why there is none
        self._layouts: dict[tuple[Master, LineHeights], Layout] = {}

    def slots_in_tags(
        self, parts: Parts, texts: Texts, parse: Callable[[str], Iterable[Any]]
    ) -> frozenset[int]:
        """As in `master`."""
        placeholders.require_none(texts)
        found = self._in_tags.get(parts)
        if found is None:
            found = self._in_tags[parts] = master.slots_in_tags(parts, texts, parse)
        return found

    def master(
        self, parts: Parts, texts: Texts, fixed: frozenset[int], lay_out: Callable[[str], Laid]
    ) -> Master:
        """The master of a letter whose `fixed` slots are the template's. Unsupported if none."""
        key = parts, _fixed_texts(texts, fixed)
        found = self._masters.get(key)
        if found is None:
            try:
                found = master.read(
                    parts,
                    texts,
                    fixed,
                    lay_out=lay_out,
                    make_style=self._text_style,
                    know=self._know,
                )
            except Unsupported as unsupported:
                found = str(unsupported)
            self._masters[key] = found
        return _or_raise(found)

    def layout(
        self, of: Master, heights: LineHeights, own: SetLines, lay_out: Callable[[], Laid]
    ) -> Layout:
        """The layout of a letter with such lines. Unsupported when it has none."""
        found = self._layouts.get((of, heights))
        if found is None:
            found = self._layouts[of, heights] = self.learn(of, own, lay_out())
        return found

    def learn(self, of: Master, own: SetLines, laid: Laid) -> Layout:
        """The layout of a letter that was laid out, whatever is known."""
        return layouts.learn(of, laid, own, self.fonts)

    def forget(self) -> None:
        """Drop what would grow with the number of letters, and what templates left behind."""
        for style in self._text_styles.values():
            style.forget(_ENDS_KEPT)
        if len(self._masters) > _MASTERS_KEPT or len(self._layouts) > _LAYOUTS_KEPT:
            self._masters.clear()
            self._layouts.clear()
            self._in_tags.clear()

    def _know(self, style: Any) -> None:
        key = style_key(style)
        if key not in self._known_styles and style["font_size"]:
            self._known_styles.add(key)
            self.fonts.know(Shaper(style))

    def _text_style(
        self, style: Any, letters: bool, heights: frozenset[tuple[float, float]]
    ) -> TextStyle:
        key = (style_key(style), letters, heights)
        if key not in self._text_styles:
            self._text_styles[key] = TextStyle(
                style, letters=letters, heights=heights, fonts=self.fonts
            )
        return self._text_styles[key]


class Batch:
    """The letters of a run, to see beforehand what they have in common."""

    def __init__(self, letters: Iterable[tuple[Parts, Texts]]) -> None:
        self._texts: dict[Parts, list[Texts]] = {}
        for parts, texts in letters:
            self._texts.setdefault(parts, []).append(texts)
        self._counts: dict[tuple[Parts, frozenset[int]], Counter[tuple[object, ...]]] = {}

    @property
    def is_worth_learning(self) -> bool:
        """Whether any of them can have a master."""
        return any(len(group) >= _FEWEST for group in self._texts.values())

    def alike(self, parts: Parts) -> dict[int, str]:
        """The slots in which all letters with these parts say the same, and what they say."""
        columns = enumerate(zip(*self._texts[parts], strict=True))
        return {i: texts[0] for i, texts in columns if len(set(texts)) == 1}

    def has_enough(self, parts: Parts, slots: frozenset[int], like: Texts) -> bool:
        """Whether enough letters have these parts, and in these slots the texts of a letter."""
        key = parts, slots
        if key not in self._counts:
            self._counts[key] = Counter(_fixed_texts(texts, slots) for texts in self._texts[parts])
        return self._counts[key][_fixed_texts(like, slots)] >= _FEWEST


@dataclass(slots=True)
class _Branch:
    """What is known of all letters that took the same branches of the template.

    `fixed` are the slots that are no words in a fixed place, and `alike` those in which all letters
    said the same so far: they are taken for the template's own until one says otherwise.
    """

    fixed: frozenset[int]
    alike: dict[int, str]

    def slots(self, texts: Texts) -> frozenset[int]:
        """The slots whose text is the template's own, for a letter with these texts and others."""
        for slot, text in list(self.alike.items()):
            if texts[slot] != text:
                del self.alike[slot]
        return self.fixed.union(self.alike)


class Training:
    """Goes from letter to letter of a lot. `paid` counts those that have gone the fast way."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned
        self._branches: dict[Parts, _Branch] = {}
        self._masters: dict[object, Master | str] = {}
        self._layouts: dict[tuple[Master, LineHeights], Layout | str] = {}
        self._masters_read = 0
        self.paid = 0

    def master(
        self,
        parts: Parts,
        texts: Texts,
        batch: Batch,
        *,
        lay_out: Callable[[str], Laid],
        parse: Callable[[str], Iterable[Any]],
    ) -> Master:
        """The master of a letter. Unsupported when it has none, or is not worth learning."""
        branch = self._branches.get(parts)
        if branch is None:
            if not batch.has_enough(parts, frozenset(), texts):
                raise Unsupported("few-letters")
            in_tags = self._learned.slots_in_tags(parts, texts, parse)
            branch = self._branches[parts] = _Branch(in_tags, batch.alike(parts))
        slots = branch.slots(texts)
        fixed = _fixed_texts(texts, slots)
        found = self._masters.get((parts, fixed))
        if found is None:
            if not batch.has_enough(parts, slots, texts):
                raise Unsupported("few-letters")
            if self._masters_read >= _MASTERS_AHEAD + self.paid / _EARN_A_MASTER:
                raise Unsupported("too-many-masters")
            self._masters_read += 1
            try:
                found = self._learned.master(parts, texts, slots, lay_out)
            except Unsupported as unsupported:
                found = str(unsupported)
            else:
                branch.fixed |= found.fixed - slots
            self._masters[parts, fixed] = found
            # Slots may have been found to be fixed only now: the next letter's key has them.
            self._masters[parts, _fixed_texts(texts, branch.slots(texts))] = found
        return _or_raise(found)

    def layout(self, of: Master, own: SetLines, lay_out: Callable[[], Laid]) -> Layout:
        """The layout of a letter with these lines. Unsupported when it has none, or too many.

        `lay_out` is called when the layout is a new one.
        """
        heights = tuple([tuple([line.height_key for line in paragraph]) for paragraph in own])
        found = self._layouts.get((of, heights))
        if found is None:
            most = min(_MOST_LAYOUTS, _LAYOUTS_AHEAD + self.paid / _EARN_A_LAYOUT)
            if len(self._layouts) >= most:
                raise Unsupported("too-many-layouts")
            try:
                found = self._learned.layout(of, heights, own, lay_out)
            except Unsupported as unsupported:
                found = str(unsupported)
            self._layouts[of, heights] = found
        return _or_raise(found)


def _fixed_texts(texts: Texts, fixed: frozenset[int]) -> tuple[str | None, ...]:
    """The same for letters of one master."""
    return tuple([text if slot in fixed else None for slot, text in enumerate(texts)])


def _or_raise(found: _Found | str) -> _Found:
    """What was found. Unsupported where that is why there is none."""
    if isinstance(found, str):
        raise Unsupported(found)
    return found
