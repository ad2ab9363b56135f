"""Every code that a room returns or raises: why, and what to do next.

A file for each room. `tests/test_words.py` holds that every code of the program stands here, and
finds the facts that its words name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from merge.words.language import _, decimal, translate
from merge.words.reasons.fields import field
from merge.words.reasons.form import Reason
from merge.words.reasons.ledger import LEDGER
from merge.words.reasons.letters import FAULTS, LETTER, LIMITS, REMARKS, SLIPS
from merge.words.reasons.mail import MAIL
from merge.words.reasons.paper import PAPER
from merge.words.reasons.settings import SETTINGS
from merge.words.reasons.sheets import KINDS, OF_A_SHEET, ROWS, SHEET
from merge.words.reasons.use import USE

__all__ = ["FAULTS", "KINDS", "OF_A_SHEET", "REASONS", "Reason", "reason", "typed"]

_BREAKING_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
REASONS: Mapping[str, Reason] = {
    code: words
    for group in (
        USE,
        SETTINGS,
        SHEET,
        ROWS,
        OF_A_SHEET,
        LETTER,
        LEDGER,
        MAIL,
        PAPER,
        FAULTS,
        SLIPS,
        REMARKS,
    )
    for code, words in group.items()
}


class _Facts(dict[str, object]):
    """A fact that is not known reads as nothing; None is never shown to a person."""

    def __missing__(self, name: str) -> str:
        return ""


_TYPED = {  # FIELD=COLUMN
    **dict.fromkeys(("close-header", "emails-not-taken", "postcodes-not-taken"), ("suggestion",)),
    "district-code": ("column",),
}


def reason(code: str, facts: Mapping[str, object]) -> Reason:
    """Why and what to do, with the facts in place.

    An empty suggestion or field leaves its sentence out. A code whose `reason` is known may have
    words of its own, as "code: reason".
    """
    known = _Facts({name: "" if value is None else value for name, value in facts.items()})
    why, remedy = map(translate, REASONS.get(f"{code}: {known['reason']}") or REASONS[code])
    if code == "letter-runaway":
        known["words"] = translate(LIMITS[str(known["words"])])
    if isinstance(known["size_mb"], float):  # others stand in campaign.toml, with a point
        known["size_mb"] = decimal(known["size_mb"])
    if any(f"{{{name}}}" in remedy and not known[name] for name in ("suggestion", "field")):
        remedy = ""
    if not known["suggestion"]:
        why = why.replace(_(" Close to it: {suggestion}."), "")
    told = _Facts(known, field=field(str(known["field"]))) if code in FAULTS else known
    why = _one_line(why.format_map(told))
    # In what to do they stand in a command.
    known |= {name: typed(str(known[name])) for name in ("key", "field", "path")}
    for named in _TYPED.get(code, ()):
        known[named] = typed(str(known[named]))
    return why, _one_line(remedy.format_map(known))


def name_of(code: str) -> str:
    """What the problems of a row with this code are called where they are counted."""
    return translate(KINDS[code])


def typed(word: str) -> str:
    """The word as a shell takes it for one: a column may be called "Nom de l'association"."""
    if re.fullmatch(r"[\w./@:+,%=-]*", word):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'


def _one_line(text: str) -> str:
    """A server's words may have lines of their own; French no-break spaces stay what they are."""
    return _BREAKING_SPACE.sub(" ", text).strip(" ")
