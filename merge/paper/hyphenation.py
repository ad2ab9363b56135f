"""Where a printed word may be cut, and whether a line may end there.

WeasyPrint's own line breaking (`press.internals.hyphens`) and the press's (`press.lines`) ask the
same functions, so that the plain pages and the fast ones have the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from merge.paper.loading import is_known, kind

MOST_IN_A_ROW = 2

_NOUNS_HAVE_CAPITALS = ("de", "lb")
_HYPHENS = ("-", "\N{HYPHEN}")
# A word behind an elided one ("l'avenir"), and each half of "habitant·es", by itself.
_PARTS = re.compile("[^'’·]+")
# A word that begins so is cut behind that and nowhere else, where the dictionary ends a syllable
# there too ("visionner": it does not), or a vowel follows, which hides its end ("té-léa-larme").
# Where that is a mere likeness all the same ("autoriser"), it is left out.
_FRENCH_SEAM = re.compile(
    "(?:aéro|anti(?!enn)|audio|auto(?!ris|rit)|bio|contre|crypto|cyber|électro|entre|géo(?!ï)|hydro"
    "|hyper|infra|inter|macro(?!ur)|micro|multi|néo|photo|psycho|radio|rétro|socio|super|techno"
    "|t[ée]l[ée]|thermo|ultra|vid[ée]o|visio)",
    re.IGNORECASE,
)
# "15 jan-vier" is no date at a glance. Shorter ones have no place for a hyphen.
_MONTH = re.compile(
    "janvier|février|juillet|septembre|octobre|novembre|décembre|januar|februar|september|oktober"
    "|november|dezember|gennaio|febbraio|settembre|ottobre|dicembre|febrero|septiembre|octubre"
    "|noviembre|diciembre|januari|februari|janeiro|fevereiro|setembro|outubro|dezembro",
    re.IGNORECASE,
)
_VOWELS = frozenset("aâàeéèêëiîïoôuûùœæ")
# Signs that words have not before a letter or digit, and addresses of the web and e-mail have.
_ADDRESS = re.compile(r"[@/.:_=?&#]\w")


def cuts(
    word: str, lang: str, positions: Callable[[str], Iterable[int]], left: int, right: int
) -> Iterator[int]:
    """Where a word may be cut, the last place first.

    `positions` are those of a dictionary, at least `left` letters from the beginning of what it is
    asked, and `right` from the end.
    """
    for part in reversed(list(_PARTS.finditer(word))):
        text = part[0]
        if _MONTH.fullmatch(text):
            continue
        places = set(positions(text))
        seam = _FRENCH_SEAM.match(text) if lang.startswith("fr") else None
        end = seam.end() if seam else 0
        in_limits = seam and left <= end <= len(text) - right
        if end in places or (in_limits and text[end : end + 1].casefold() in _VOWELS):
            places = {end}
        yield from sorted((part.start() + place for place in places), reverse=True)


def is_hyphened(text: str, hyphen: str) -> bool:
    """Whether a line with this text at its end ends within a word, by the style's hyphen or its
    own.
    """
    return text.endswith((*_HYPHENS, hyphen or "-")) and text not in _HYPHENS


def may_end_within(word: str, lang: str, *, is_last: bool, in_a_row: int, own: bool) -> bool:
    """Whether a line may end on a hyphen within a word, which its `own` one is or one put there.

    `is_last`: no other word follows in its paragraph. `in_a_row` lines before it end on a hyphen.
    None is put into an address, nor into a word with a capital, which may be a name. Where all
    nouns have capitals, that says nothing: there what fills a blank is marked, by its style, as
    what is not cut (`merge.letters.addresses`), and a name that the template itself says may be.
    """
    if is_last or in_a_row >= MOST_IN_A_ROW:
        return False
    may_be_name = word != word.lower() and not lang.startswith(_NOUNS_HAVE_CAPITALS)
    return own or not (may_be_name or _ADDRESS.search(word))


# --- in WeasyPrint's own line breaking -----------------------------------------------------------

# For good: whatever this process lays out, fast or plain.

_ROUNDED_PX = 0.1


@dataclass(slots=True)
class _OpenLine:
    """The line that is being filled: its box, and how many before it end on a hyphen, in a row.

    `is_free` to end on any; `gave_way` when it was to end on another.
    """

    box: Any
    in_a_row: int
    is_free: bool = False
    gave_way: bool = False


class _Hyphenator:
    """Stands for `pyphen.Pyphen`."""

    def __init__(self, dictionary: Any, lang: str, left: int, right: int) -> None:
        self._dictionary, self._lang = dictionary, lang
        self._left, self._right = left, right

    def iterate(self, word: str) -> Iterator[tuple[str, str]]:
        """How a word may be cut, the longest first."""
        ends = cuts(word, self._lang, self._positions, self._left, self._right)
        return ((word[:end], word[end:]) for end in ends)

    def _positions(self, text: str) -> list[int]:
        # Without those at which letters would change.
        return [place for place in self._dictionary.positions(text) if not place.data]


class _Hyphenators:
    """Stands for the module `pyphen`."""

    def __init__(self, pyphen: Any) -> None:
        self._pyphen = pyphen
        self.language_fallback = pyphen.language_fallback

    def Pyphen(self, lang: str, left: int, right: int) -> _Hyphenator:
        """A dictionary, as pyphen makes it."""
        dictionary = self._pyphen.Pyphen(lang=lang, left=left, right=right)
        return _Hyphenator(dictionary, lang, left, right)


@cache
def install() -> None:
    """Change how WeasyPrint hyphenates, once in the life of a process; another one is left alone.

    A paragraph is broken line by line. Where a line would end on a hyphen that may not be there,
    its text is split again: without hyphens of ours, or before the one that is its own. A page that
    would end on a hyphen ends a line or two before, as far as orphans let it.
    """
    if not is_known():
        return
    from weasyprint.layout import block, inline
    from weasyprint.text import line_break

    get_next_linebox, split_text_box = inline.get_next_linebox, inline.split_text_box
    lay_lines = block._linebox_layout

    def get_next_linebox_hyphened(context: Any, linebox: Any, *rest: Any) -> Any:
        _position_y, _bottom_space, skip_stack, container, *_more = rest
        around = getattr(context, "publipostage_line", None)
        # A paragraph that goes on over the page is taken up at its box again.
        in_a_row = linebox.__dict__.setdefault("publipostage_in_a_row", {})
        line = context.publipostage_line = _OpenLine(linebox, in_a_row.get(str(skip_stack), 0))
        try:
            found, resume_at = get_next_linebox(context, linebox, *rest)
            if line.gave_way and found.width > container.width + _ROUNDED_PX:  # a word is longer
                line.is_free = True
                found, resume_at = get_next_linebox(context, linebox, *rest)
        finally:
            context.publipostage_line = around
        in_a_row[str(resume_at)] = line.in_a_row + 1 if found and _is_hyphened(found) else 0
        return found, resume_at

    def split_text_box_hyphened(
        context: Any, box: Any, width: Any, skip: int, is_line_start: bool = True
    ) -> Any:
        found = split_text_box(context, box, width, skip, is_line_start)
        line = getattr(context, "publipostage_line", None)
        if line is None or line.is_free or box.style["hyphens"] != "auto":
            return found
        tries = 0
        while (own := _wrong_hyphen(line, box, skip, *found[:2])) is not None and (
            own or not tries
        ):
            tries += 1
            line.gave_way = True
            room = found[0].width - 1 if own else width
            with _styled(box, "hyphens", "manual"):
                found = split_text_box(context, box, room, skip, is_line_start)
            if found[0] and found[0].width > room:
                if own:  # it had room, and has to go down
                    with _styled(box, "white_space", "nowrap"):
                        found = split_text_box(context, box, width, skip, is_line_start)
                break
        return found

    def lay_lines_hyphened(context: Any, box: Any, index: int, child: Any, *rest: Any) -> Any:
        abort, stop, resume_at, position_y, *more = lay_lines(context, box, index, child, *rest)
        kept, _page_is_empty, absolute, fixed, *_more = rest
        if stop and not abort and kept and not context.in_column:
            went, most = 0, max(len(kept) - max(box.style["orphans"], 1), 0)
            while went < most and _is_hyphened(kept[-1]) and not _has_note(kept[-1]):
                line = kept.pop()
                block.remove_placeholders(context, line.children, absolute, fixed)
                position_y -= line.height
                went += 1
            kept[-1].publipostage_end = went, most
            resume_at = {index: kept[-1].resume_at}
        return abort, stop, resume_at, position_y, *more

    block._linebox_layout = lay_lines_hyphened
    inline.get_next_linebox = get_next_linebox_hyphened
    inline.split_text_box = split_text_box_hyphened
    line_break.pyphen = _Hyphenators(line_break.pyphen)


def page_end(line: Any) -> tuple[int, int] | None:
    """For a line with which a page ends within its paragraph: how many lines behind it went over to
    the next page, for the last of them ends on a hyphen, and how many could.
    """
    found: tuple[int, int] | None = getattr(line, "publipostage_end", None)
    return found


@contextmanager
def _styled(box: Any, name: str, value: str) -> Iterator[None]:
    """Have another style for a moment."""
    kept = box.style[name]
    box.style[name] = value
    try:
        yield
    finally:
        box.style[name] = kept


def _has_note(line: Any) -> bool:
    return any(getattr(box, "footnote", None) for box in line.descendants())


def _is_hyphened(line: Any) -> bool:
    texts = [box for box in line.descendants() if kind(box) == "TextBox" and box.text]
    if not texts:
        return False
    *_, word = _words(texts[-1].text)
    return is_hyphened(word, texts[-1].style["hyphenate_character"])


def _wrong_hyphen(line: _OpenLine, box: Any, skip: int, found: Any, end: int | None) -> bool | None:
    """Whether the hyphen on which a text box was split is the word's own. None: it may be there."""
    if found is None or end is None:
        return None
    text = box.text.encode()
    before, after = text[skip:end].decode(), text[end:].decode()
    *_, begun = _words(before)
    *_, drawn = _words(found.text)
    if before[-1:].isspace() or after[:1] in ("", " ", "\N{NO-BREAK SPACE}"):
        return None
    if not is_hyphened(drawn, box.style["hyphenate_character"]):
        return None
    own = drawn == begun or begun.endswith("\N{SOFT HYPHEN}")
    allowed = may_end_within(
        begun + _words(after)[0],
        box.style["lang"] or "",
        is_last=_is_last(line, box, after),
        in_a_row=line.in_a_row,
        own=own,
    )
    return None if allowed else own


def _words(text: str) -> list[str]:
    return text.replace("\N{NO-BREAK SPACE}", " ").split(" ")


def _is_last(line: _OpenLine, box: Any, after: str) -> bool:
    """Whether no word follows the one that ends `after`, before the author ends the line."""
    boxes = [each for each in line.box.descendants() if kind(each) == "TextBox"]
    places = [i for i, each in enumerate(boxes) if each is box]
    more = [each.text for each in boxes[places[0] + 1 :]] if places else ["", " …"]
    left, *_ = (after + "".join(more)).split("\n")
    return " " not in left.rstrip(" ")
