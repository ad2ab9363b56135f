"""A letter as it came: what fills its blanks, and what of it could not be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from merge.letters.blanks import column_of
from merge.words.language import N_, _, translate
from merge.words.reasons import reason

if TYPE_CHECKING:
    from merge.letters.draft import Draft
    from merge.letters.leftovers import Leftover

UNPLACED_WORDS: Mapping[str, str] = {
    "field": N_("A blank of the Word file stands where the letter has no words: {words}"),
    "margin": N_("The header or footer of the Word file is not in the letter: “{words}”"),
    "struck": N_("Words that the Word file has struck out are not in the letter: “{words}”"),
    "picture": N_("This picture cannot be shown; save it as PNG: {words}"),
}


def made_of(draft: Draft, meanings: Mapping[str, str], left: Sequence[Leftover]) -> Iterator[str]:
    """What became of the letter's file, where it is more than copying; `left` is still to fill."""
    for words in draft.joined:
        yield _("A broken line was joined: “{words}”.").format(words=words)
    for name, expression in meanings.items():
        if column := column_of(expression):
            yield _("[{name}] will come from the column “{column}” of your sheet.").format(
                name=name, column=column
            )
    for each in draft.unplaced:
        yield translate(UNPLACED_WORDS[each.kind]).format(words=each.words)
    for place in left:
        if place.code == "leftover":
            yield _(
                "letter.md:{row}: nothing fills {found} yet. Write a blank there, or words."
            ).format(row=place.row, found=place.found)
        else:
            yield f"letter.md:{place.row}: {reason(place.code, {'words': place.found})}"
