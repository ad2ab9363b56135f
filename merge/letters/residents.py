""" "Nous, habitant·es de X": untrue where nobody who signs lives there."""

from __future__ import annotations

import re

_INHABITANTS = (
    r"(?:les\s+)?habitante?(?:[·.(-]?e?[·.)-]?s?\)?|s)?"
    r"(?:\s+et\s+(?:les\s+)?habitante?s)?"
)
_CLAIM = re.compile(
    rf"(?P<we>\bnous),?\s+{_INHABITANTS}"
    r"(?:\s+de\s+la\s+(?:ville|commune))?\s+\{\{\s*commune\s*\|\s*de\b[^{}]*\}\}\s*,?(?=\s)",
    re.IGNORECASE,
)


def claims_residence(source: str) -> bool:
    """Whether a letter says that those who write live where its reader is mayor."""
    return _CLAIM.search(source) is not None


def without_residents(source: str) -> str:
    """The letter, in which the group says its name where it said that it lived there."""
    return _CLAIM.sub(lambda found: f"{found['we']}, {{{{ groupe }}}},", source)
