"""What a person is asked to agree to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from merge.job import Want
from merge.words.language import _, ngettext

_QUESTIONS: Mapping[str, Callable[..., str]] = {
    "erase": lambda recipients, messages: _("This cannot be undone. Erase it?"),
    "whole-domain": lambda name, n: ngettext(
        "{name} and all below it: that is {n} recipient of this campaign. Go on?",
        "{name} and all below it: that is {n} recipients of this campaign. Go on?",
        n,
    ).format(name=name, n=n),
}


def question(want: Want) -> str:
    """The question that a yes answers."""
    return _QUESTIONS[want.code](**want.facts)
