"""What is learned of templates, and which letters are worth learning from.

`Learned` keeps masters and layouts for as long as a process lives, each under all that decided it:
it is the same whichever letter it was learned from, and a letter has the same pages whether
everything is known or nothing.

`Training` decides for one run. Learning costs as much as a few letters set plainly, so a master
must serve several letters of the run, and what a run may need that it has not had before is
limited: a template from which nothing can be learned costs hardly more than without. It counts as
if nothing were known when the run begins, for which way a letter goes must not depend on what was
set before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

from merge.paper.press import layouts, lines, master
from merge.paper.press.internals import Unsupported, Why
from merge.paper.press.internals.boxes import Laid
from merge.paper.press.internals.drawing import FontCache
from merge.paper.press.internals.shaping import Shaper, style_key
from merge.paper.press.layouts import Layout
from merge.paper.press.master import Master
from merge.paper.press.text_styles import TextStyle

Parts = tuple[str, ...]
Texts = tuple[str, ...]
SetLines = Sequence[tuple[lines.Line, ...]]
"""The lines of each paragraph, then of each margin, of one letter."""

_KEPT = 1_000  # masters and layouts

_FEWEST = 4  # letters of a run that share a master
_AHEAD = 40  # masters and layouts that a run may need,
_EARN = 4  # and one more for so many letters that went the fast way

_Found = TypeVar("_Found")


class _Lacking(NamedTuple):
    why: Why


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
        self._found: dict[object, Any] = {}  # or why there is none

    def find(self, key: object, learn: Callable[[], _Found]) -> _Found:
        """What was learned under a key. Unsupported where it cannot be learned."""
        found: _Found | _Lacking | None = self._found.get(key)
        if found is None:
            try:
                found = learn()
            except Unsupported as unsupported:
                found = _Lacking(unsupported.why)
            self._found[key] = found
        if isinstance(found, _Lacking):
            raise Unsupported(found.why)
        return found

    def forget(self) -> None:
        """Drop what would grow with the number of letters, and what templates left behind."""
        if len(self._found) > _KEPT:
            self._found.clear()

    def know(self, style: Any) -> None:
        """A style that letters are set in."""
        key = style_key(style)
        if key not in self._known_styles and style["font_size"]:
            self._known_styles.add(key)
            self.fonts.know(Shaper(style))

    def text_style(
        self, style: Any, letters: bool, heights: frozenset[tuple[float, float]]
    ) -> TextStyle:
        """See `TextStyle`."""
        key = (style_key(style), letters, heights)
        if key not in self._text_styles:
            self._text_styles[key] = TextStyle(
                style, letters=letters, heights=heights, fonts=self.fonts
            )
        return self._text_styles[key]


class Training:
    """Goes from letter to letter of a run. `fast` counts those that have gone the fast way."""

    def __init__(self, learned: Learned, letters: Iterable[tuple[Parts, Texts]]) -> None:
        self._learned = learned
        self._texts: dict[Parts, list[Texts]] = {}
        for parts, texts in letters:
            self._texts.setdefault(parts, []).append(texts)
        self._fixed: dict[Parts, frozenset[int]] = {}
        self._counts: dict[object, Counter[object]] = {}
        self._needed: set[object] = set()
        self.fast = 0

    @property
    def is_worth_while(self) -> bool:
        """Whether any of the letters can have a master."""
        return any(len(group) >= _FEWEST for group in self._texts.values())

    def master(
        self,
        parts: Parts,
        texts: Texts,
        *,
        lay_out: Callable[[str], Laid],
        parse: Callable[[str], Iterable[Any]],
    ) -> Master:
        """The master of a letter. Unsupported when it has none, or is not worth learning."""
        if len(self._texts[parts]) < _FEWEST:
            raise Unsupported("few-letters")
        fixed = self._fixed_in_all(parts, parse)
        while True:
            key = parts, fixed, _fixed_texts(texts, fixed)
            if key not in self._needed:
                self._require_shared(key)
                self._need(key)
            read = partial(
                master.read,
                parts,
                texts,
                fixed,
                lay_out=lay_out,
                make_style=self._learned.text_style,
                know=self._learned.know,
            )
            found = self._learned.find(key, read)
            if isinstance(found, Master):
                return found
            fixed |= found

    def layout(self, of: Master, own: SetLines, lay_out: Callable[[], Laid]) -> Layout:
        """The layout of a letter with these lines. Unsupported when it has none, or too many.

        `lay_out` is called when the layout is a new one.
        """
        laid = cache(lay_out)
        # Of each line of each paragraph: what makes it as high as it is.
        key = of, tuple([tuple([line.height_key for line in paragraph]) for paragraph in own])
        self._need(key)
        gone: tuple[int, ...] = ()  # lines to the next page, from one page after the other
        while True:
            ends = self._learned.find((key, "ends", gone), lambda: layouts.page_ends(of, laid()))
            if len(ends) == len(gone):
                break
            gone += (ends[len(gone)].gone(own),)
        if any(gone):
            self._need((key, gone))
        return self._learned.find(
            (key, gone), lambda: layouts.learn(of, laid(), own, self._learned.fonts)
        )

    def _fixed_in_all(self, parts: Parts, parse: Callable[[str], Iterable[Any]]) -> frozenset[int]:
        """The slots that are no words in a place, or say the same in all letters of the run."""
        if parts not in self._fixed:
            in_tags = self._learned.find(parts, lambda: master.slots_in_tags(parts, parse))
            columns = enumerate(zip(*self._texts[parts], strict=True))
            self._fixed[parts] = in_tags.union(i for i, texts in columns if len(set(texts)) == 1)
        return self._fixed[parts]

    def _require_shared(self, key: tuple[Parts, frozenset[int], object]) -> None:
        parts, fixed, fixed_texts = key
        if (parts, fixed) not in self._counts:
            self._counts[parts, fixed] = Counter(
                _fixed_texts(texts, fixed) for texts in self._texts[parts]
            )
        if self._counts[parts, fixed][fixed_texts] < _FEWEST:
            raise Unsupported("few-letters")

    def _need(self, key: object) -> None:
        if key in self._needed:
            return
        if len(self._needed) >= _AHEAD + self.fast / _EARN:
            raise Unsupported("few-letters")
        self._needed.add(key)


def _fixed_texts(texts: Texts, fixed: frozenset[int]) -> tuple[str | None, ...]:
    """The same for letters of one master."""
    return tuple([text if slot in fixed else None for slot, text in enumerate(texts)])
