"""What a person is asked to agree to."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Want
from merge.words.language import N_, translate

_QUESTIONS: Mapping[str, str] = {
    "erase": N_("This cannot be undone. Erase it?"),
}


def question(want: Want) -> str:
    """The question that a yes answers."""
    return translate(_QUESTIONS[want.code]).format(**want.facts)
