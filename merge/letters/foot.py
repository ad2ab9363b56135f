"""What every letter ends with: who writes, how to answer, where the address comes from, and how to
be left alone. Pure.

In French and English it is ours, and nobody's choice leaves it out. A campaign in another language
brings its own; it has to say the same.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping

from merge.errors import LetterError
from merge.letters.idiom import Idiom
from merge.letters.language import Tag, pieces

OWN = "foot.md"
"""In the campaign folder, for a language that has no foot of ours."""

_OURS: Mapping[str, str] = {"fr": "foot.md", "en": "foot.en.md"}
_ALWAYS = ("groupe", "repondre_a", "reference", "origine_adresse")
_STOP = re.compile(r"\bSTOP\b")


def source(idiom: Idiom, own: str | None) -> str:
    """The foot of a letter in this language; `own` is the campaign's, where it has one.

    LetterError("foot-missing") for a language that nobody has a foot for.
    """
    name = _OURS.get(idiom.language)
    if name is None:
        if own is None:
            raise LetterError("foot-missing", path=OWN, language=idiom.locale)
        return own
    content = pkgutil.get_data(__package__, name)
    if content is None:
        raise FileNotFoundError(name)
    return content.decode()


def refuse_lacking(source: str) -> None:
    """LetterError("foot-lacks", `words`) for one that does not say it all, in every letter.

    The source has passed `language.read`.
    """
    said: list[str] = []
    words = ""
    depth = 0
    for piece in pieces(source):
        if isinstance(piece, Tag):
            depth += (piece.keyword == "if") - (piece.keyword == "endif")
            said += [piece.expression] * (not depth)
        elif not depth:
            words += piece
    lacking = [f"{{{{ {name} }}}}" for name in _ALWAYS if name not in said]
    if not _STOP.search(words):
        lacking.append("STOP")
    if lacking:
        raise LetterError("foot-lacks", path=OWN, words=", ".join(lacking))
