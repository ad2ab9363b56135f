"""Letters → pages, each the fastest way that is sure to give the pages of plain WeasyPrint."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from merge.errors import LetterError
from merge.model import Slotted, Ways
from merge.paper import loading
from merge.paper.loading import Laid
from merge.paper.press import layouts, lines, master
from merge.paper.press.internals import FontCache, Shaper, Unsupported, Why, style_key
from merge.paper.press.layouts import Assembly, Layout
from merge.paper.press.lines import TextStyle
from merge.paper.press.master import Master
from merge.paper.typesetting import Typeset, Typesetter

Tier = Literal["auto", "plain"]
Distrust = Literal["wrong", "error"]

_log = logging.getLogger(__name__)

COMPARED_AT_LEAST = 20
COMPARED_EVERY = 500  # letters


def comparisons(n: int) -> int:
    """How many of `n` letters that are set fast are set plainly as well, and compared."""
    return min(n, max(COMPARED_AT_LEAST, n // COMPARED_EVERY))


@dataclass(slots=True)
class Tally:
    """How many letters went which way, and why some did not go the fast one.

    Of the fast ones, a layout was `learned` from some, which were compared for that. `checked` of
    them were set plainly too and compared. `reasons` are those of `Unsupported` and of distrust.
    """

    fast: int = 0
    plain: int = 0
    learned: int = 0
    checked: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def ways(self) -> Ways:
        """As a record of the program."""
        return Ways(
            fast=self.fast, plain=self.plain, checked=self.checked, reasons=dict(self.reasons)
        )


class Press:
    """Sets the letters of a campaign as `Typesetter` does, whose errors and warnings it shares.

    A `typesetter` of the folder is used when there is one. `tally` is of all runs.
    """

    def __init__(self, folder: Path, *, typesetter: Typesetter | None = None) -> None:
        self._typesetter = typesetter or Typesetter(folder)
        self._learned = Learned()
        self._pictures: dict[str, object] = {}  # of a run
        self.tally = Tally()

    def anew(self) -> Press:
        """Another with a tally of its own, which knows what this one has learned."""
        other = copy(self)
        other.tally = Tally()
        return other

    def run(
        self,
        letters: Iterable[tuple[str, Slotted]],
        *,
        tier: Tier = "auto",
        most_laid_out: int | None = None,
        compared: int | None = None,
    ) -> Typeset:
        """The pages of letters in one PDF, as `Typesetter.run` makes them, and with its errors.

        A run has the same bytes whatever was set before it. Only where something was found to be
        wrong, all runs from then on are set plainly, as those of `tier` "plain" are.

        It ends behind so many letters that went the plain way, whose boxes are in memory until
        they are written: `Typeset.pages` tells how many letters are in it. `compared` of the fast
        ones are set plainly as well: by default as many as `comparisons` says.
        """
        batch = list(letters)
        if tier == "auto" and loading.is_known() and not self._learned.is_wrong:
            n = comparisons(len(batch)) if compared is None else compared
            try:
                return self._made(batch, most_laid_out, n)
            except _Distrusted as distrusted:
                # Whatever it is, it may be in every letter that went the fast way.
                _log.debug("all go the plain way", exc_info=distrusted)
                self.tally.reasons[distrusted.why] += 1
                self._learned.is_wrong = True
        return self._made(batch, most_laid_out)

    def _made(
        self,
        letters: Sequence[tuple[str, Slotted]],
        most_laid_out: int | None,
        compared: int | None = None,
    ) -> Typeset:
        assembly = self._set(letters, most_laid_out, compared)
        self._learned.forget()
        pages, counts, like = assembly.pages, tuple(assembly.counts), assembly.like
        del assembly  # writing the pages takes memory of its own
        try:
            return Typeset(pdf=self._typesetter.write(pages, like), pages=counts)
        except Unsupported as unsupported:
            raise _Distrusted from unsupported

    def _set(
        self,
        letters: Sequence[tuple[str, Slotted]],
        most_laid_out: int | None = None,
        compared: int | None = None,
    ) -> Assembly:
        """The pages of letters: plainly where it is None how many are to be compared."""
        self._pictures = {}
        assembly = Assembly(self._learned.fonts)
        flat = [master.flat(page) for _key, page in letters]
        training = Training(self._learned, flat)
        if compared is not None and training.is_worth_while and not self._is_right(letters[0][1]):
            raise _Distrusted
        fast: list[_Fast] = []
        for (key, page), (parts, texts) in zip(letters, flat, strict=True):
            letter = _Letter(key, page, parts, texts)
            if compared is None or not self._set_fast(letter, training, assembly, fast):
                assembly.add(self._typesetter.lay_out(key, page.html, self._pictures))
                self.tally.plain += 1
                if assembly.laid_out == most_laid_out:
                    break
        for one in _sample(fast, compared or 0):
            self._compare(one)
        return assembly

    def _is_right(self, page: Slotted) -> bool:
        """Whether letters of our own come out as WeasyPrint sets them on this machine.

        In the program's fonts, and in those of this page where it has others.
        """
        if self._learned.is_tested:
            return True
        self._learned.is_tested = True
        other = self.anew()
        try:
            other._set(own_letters(), compared=1)
            if other.tally.plain or not other.tally.checked:
                return False
            parsed = self._typesetter.parsed(page.html)
            if self._typesetter.fonts.has_others:
                styles = [each.text or "" for each in parsed.etree_element.iter("style")]
                others = own_letters_in("".join(styles))
                other._made(others, None, len(others))
        except _Distrusted:
            return False
        except LetterError:  # the letter will say so itself
            return True
        return True

    def _set_fast(
        self, letter: _Letter, training: Training, assembly: Assembly, fast: list[_Fast]
    ) -> bool:
        """Whether a letter went the fast way: it is in the assembly then, and in `fast`."""
        learned = False

        def lay_out() -> Laid:
            nonlocal learned
            learned = True
            return self._laid(letter.key, letter.page.html)

        try:
            master = training.master(
                letter.parts,
                letter.texts,
                lay_out=lambda html: self._laid(letter.key, html),
                parse=lambda html: loading.elements(self._typesetter.parsed(html)),
            )
            own = master.set(letter.texts)
            layout = training.layout(master, own, lay_out)
            assembly.compose(layout, own)
        except Unsupported as unsupported:
            _log.debug("a letter goes the plain way", exc_info=unsupported)
            self.tally.reasons[unsupported.why] += 1
            return False
        except LetterError:
            raise
        except Exception as error:
            raise _Distrusted("error") from error
        self.tally.fast += 1
        self.tally.learned += learned
        training.fast += 1
        fast.append(_Fast(letter, master, layout, learned))
        return True

    def _compare(self, one: _Fast) -> None:
        """Set a letter plainly as well. The same layout must be learned from it again."""
        self.tally.checked += 1
        if one.learned:  # it was compared for that
            return
        letter = one.letter
        try:
            own = one.master.set(letter.texts)
            laid = self._laid(letter.key, letter.page.html)
            again = layouts.learn(one.master, laid, own, self._learned.fonts)
        except Unsupported as unsupported:
            raise _Distrusted from unsupported
        if not again.is_like(one.layout):
            raise _Distrusted

    def _laid(self, key: str, html: str) -> Laid:
        parsed = self._typesetter.parsed(html)
        return loading.lay_out(lambda: self._typesetter.render(key, parsed, self._pictures), parsed)


class _Letter(NamedTuple):
    key: str
    page: Slotted
    parts: Parts
    texts: Texts


class _Fast(NamedTuple):
    """How a letter went the fast way; `learned`: its layout was learned from it."""

    letter: _Letter
    master: Master
    layout: Layout
    learned: bool


class _Distrusted(Exception):
    """Something that cannot be: nothing of the fast way is to be trusted any more."""

    def __init__(self, why: Distrust = "wrong") -> None:
        super().__init__(why)
        self.why = why


def _sample(fast: Sequence[_Fast], n: int) -> Sequence[_Fast]:
    """`n` of them by chance, which is the same each time, of each layout its share."""
    numbers: dict[Layout, int] = {}

    def order(one: _Fast) -> tuple[int, bytes]:
        said = "\0".join((one.letter.key, *one.letter.texts))
        return numbers.setdefault(one.layout, len(numbers)), sha256(said.encode()).digest()

    ordered = sorted(fast, key=order)
    n = min(n, len(fast))
    return [ordered[(2 * i + 1) * len(fast) // (2 * n)] for i in range(n)]


# --- what is learned of templates, and which letters are worth learning from ----------------------

Parts = tuple[str, ...]
Texts = tuple[str, ...]
SetLines = Sequence[tuple[lines.Line, ...]]
"""The lines of each paragraph, then of each margin, of one letter."""

_KEPT = 1_000  # masters and layouts

_FEWEST = 4  # letters of a run that share a master
_AHEAD = 40  # masters and layouts that a run may need,
_EARN = 4  # and one more for so many letters that went the fast way

_Found = TypeVar("_Found")


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
        found: _Found | Unsupported | None = self._found.get(key)
        if found is None:
            try:
                found = learn()
            except Unsupported as unsupported:
                found = Unsupported(unsupported.why)  # without what it holds on to
            self._found[key] = found
        if isinstance(found, Unsupported):
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
        self._fixed: dict[Parts, tuple[frozenset[int], Why]] = {}
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
        fixed, why = self._fixed_in_all(parts, parse)
        while True:
            key = parts, fixed, _fixed_texts(texts, fixed)
            if key not in self._needed:
                self._require_shared(key, why)
                self._need(key)
            read = partial(
                master.master_of,
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
            fixed = fixed.union(found)
            why = next(iter(found.values()))

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

    def _fixed_in_all(
        self, parts: Parts, parse: Callable[[str], Iterable[Any]]
    ) -> tuple[frozenset[int], Why]:
        """The slots that are no words in a place, or say the same in all letters of the run; and
        why letters that do not share them have no master.
        """
        if parts not in self._fixed:
            in_tags = self._learned.find(parts, lambda: master.slots_in_tags(parts, parse))
            columns = enumerate(zip(*self._texts[parts], strict=True))
            same = frozenset(i for i, texts in columns if len(set(texts)) == 1)
            self._fixed[parts] = in_tags | same, "look" if in_tags - same else "few-letters"
        return self._fixed[parts]

    def _require_shared(self, key: tuple[Parts, frozenset[int], object], why: Why) -> None:
        parts, fixed, fixed_texts = key
        if (parts, fixed) not in self._counts:
            self._counts[parts, fixed] = Counter(
                _fixed_texts(texts, fixed) for texts in self._texts[parts]
            )
        if self._counts[parts, fixed][fixed_texts] < _FEWEST:
            raise Unsupported(why)

    def _need(self, key: object) -> None:
        if key in self._needed:
            return
        if len(self._needed) >= _AHEAD + self.fast / _EARN:
            raise Unsupported("few-letters")
        self._needed.add(key)


def _fixed_texts(texts: Texts, fixed: frozenset[int]) -> tuple[str | None, ...]:
    """The same for letters of one master."""
    return tuple([text if slot in fixed else None for slot, text in enumerate(texts)])


# --- letters of our own --------------------------------------------------------------------------

# A press sets them before any other, to see whether it is right here: the versions of WeasyPrint,
# Pango and HarfBuzz are those of this machine, and so may the fonts be. The letters try what is
# likely to differ: line breaks, hyphens, kerning, ligatures, spaces, and signs that a font may move
# for what stands beyond a space.

_LOOK = (
    "@page { size: A4; margin: 20mm 120mm 20mm 20mm; @bottom-right { content: string(name) } }"
    'html { font: 11pt/1.4 "Publipostage Serif" } p { text-align: justify; hyphens: auto }'
    "h1 { font-size: 12pt; string-set: name content() }"
)
_BEGINNING = '<!DOCTYPE html><html lang="fr"><title>Essai</title><style>'
_PARTS = (
    "</style><h1>Objet\xa0: ",
    "</h1><p>Nous, habitant·es de <b>",
    "</b>, AVONS l'honneur, l'œuvre et l'effroi d'une vidéosurveillance officielle. À ",
    ", «\xa0Tout\xa0» a coûté 1\u202f234,50\xa0€.<p style='text-align: right'>",
    "",
)
_NAMES = ("Auffay", "Le Haÿ", "Le Fief", "Fez", "Y Val")
_IN_ONE_SIZE = ("</style><p>Nous, habitant·es de ", ", demandons ceci.<p>", "<p>Et ", ".")
_SIGNS = ("12 - 14", "A : B", "1 + 1", "AB – YZ", "7 x 7", "a @ B", "(4) / 5", "L'A . T")


def own_letters() -> Sequence[tuple[str, Slotted]]:
    """Letters that all have one layout. One is to be compared: by chance, it is not the first."""
    return [(name, _letter(_LOOK, _PARTS, name)) for name in _NAMES]


def own_letters_in(look: str) -> Sequence[tuple[str, Slotted]]:
    """Letters in the look of those that are to follow. All are to be compared."""
    return [(sign, _letter(look, _IN_ONE_SIZE, sign)) for sign in (*_NAMES, *_SIGNS)]


def _letter(look: str, parts: Sequence[str], value: str) -> Slotted:
    return Slotted((_BEGINNING + look + parts[0], *parts[1:]), (value,) * (len(parts) - 1))
