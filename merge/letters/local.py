"""Local paragraphs: what only one recipient's letter says, where the letter has `{{ local }}`.

They come from a column of the sheet: plain text, a paragraph a line, never template or markup.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Self

from markupsafe import escape

from merge.letters import punctuation
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import Unwritable, text, variable_name
from merge.model import Recipient

NAME = "local"
"""What the letter calls it: a paragraph of its own, `{{ local }}`."""

_CALLED = frozenset({NAME, "paragraphe_local", "paragraphes_locaux", "texte_local"})


class Passage(str):
    """A recipient's own paragraphs: as a string their plain text, and they know their HTML.

    Without any it is false in an `if` and prints nothing. The HTML is whole
    elements, so that a paragraph cannot be put around it.
    """

    html: str

    def __new__(cls, plain: str, html: str) -> Self:
        self = super().__new__(cls, plain)
        self.html = html
        return self

    def __html__(self) -> str:
        return self.html


NOTHING = Passage("", "")


def columns(headers: Collection[str]) -> Sequence[str]:
    """Those of the sheet's columns that hold local paragraphs."""
    return sorted(each for each in headers if variable_name(each) in _CALLED)


def paragraphs(recipient: Recipient, columns: Sequence[str], idiom: Idiom = FRENCH) -> Passage:
    """The recipient's, of these columns; false when there are none.

    Unwritable when a cell has a sign that no letter can carry.
    """
    lines = [idiom.typeset(line) for line in _lines(recipient, columns)]
    html = "".join(f"<p>{escape(punctuation.of_line(line, idiom))}</p>\n" for line in lines)
    return Passage("\n\n".join(lines), html) if lines else NOTHING


def has_some(recipient: Recipient, columns: Sequence[str]) -> bool:
    """Whether a cell says something, be it what no letter can carry."""
    try:
        return bool(_lines(recipient, columns))
    except Unwritable:
        return True


def _lines(recipient: Recipient, columns: Sequence[str]) -> Sequence[str]:
    return [
        line
        for header in columns
        for typed in recipient.fields.get(header, "").splitlines()
        if isinstance(line := text(typed, header), str)
    ]
