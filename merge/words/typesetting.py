"""Why the press set letters plainly, in the language of people: a few kinds of its many codes.

Whoever reads this wants to know whether it is the letters, the look or their own words; which
operator of which box it was, only the press's authors would ask, and they have the tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from merge.words.language import N_, translate

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("too few letters alike"),
        ("few-letters", "too-many-masters", "too-many-layouts"),
    ),
    (
        N_("too many blanks"),
        ("too-many-blanks",),
    ),
    (
        N_("letters of another script, or rare characters"),
        ("characters", "private-use", "part-of-value", "lang", "direction"),
    ),
    (
        N_("characters that the font lacks, or composes of several"),
        ("font", "glyph"),
    ),
    (
        N_("the font has no hyphen U+2010 (see hyphenate-character in the guide)"),
        ("hyphen",),
    ),
    (
        N_("the font changes characters by what stands beyond a space"),
        ("context",),
    ),
    (
        N_("the font's letters are not of one width in all sizes of the letter"),
        ("widths",),
    ),
    (
        N_("spaces and kerning"),
        (
            *("space", "spaces", "edge-space", "spacing", "word-space", "kerning"),
            *("letter_spacing", "word_spacing", "indent"),
        ),
    ),
    (
        N_("where a line ends"),
        (
            *("break", "edge", "overflow", "overlong", "words", "white_space", "word_break"),
            *("text_overflow", "block_ellipsis"),
        ),
    ),
    (
        N_("links within the letter, or forms"),
        ("links",),
    ),
    (
        N_("words in another style than those around them"),
        (
            *("inline", "style", "color", "visibility", "vertical_align", "text_transform"),
            *("text_decoration_line", "first-letter", "first-line"),
        ),
    ),
    (
        N_("boxes that the look places by itself"),
        (
            *("box", "float", "position", "column_width", "column_count", "nowhere"),
            *("margin", "height", "lines", "pages", "elements"),
        ),
    ),
    (
        N_("drawings"),
        ("drawing", "baseline", "pattern", "group", "state", "opacity"),
    ),
    (
        N_("the fast way does not come out right on this machine"),
        ("self-test", "differs"),
    ),
    (
        N_("an error of the fast way; tell the authors"),
        ("error",),
    ),
)
PLAIN_WORDS: Mapping[str, str] = {code: words for words, codes in _KINDS for code in codes}
"""Of each code of the press; “differs-…” and “error-…” go by what stands before the hyphen."""


def why(reasons: Mapping[str, int]) -> str:
    """The kinds of reasons, each with how many letters it held up, most of them first."""
    kinds: Counter[str] = Counter()
    for code, n in reasons.items():
        kinds[words(code)] += n
    return ", ".join(f"{kind} ({n})" for kind, n in kinds.most_common())


def words(code: str) -> str:
    """The kind that a reason of the press is of."""
    return translate(PLAIN_WORDS.get(code) or PLAIN_WORDS[code.partition("-")[0]])
