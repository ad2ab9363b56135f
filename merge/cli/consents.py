"""Consents at the terminal: what a job wants agreed is asked for, or was given by an option."""

from __future__ import annotations

from collections.abc import Sequence

from merge.cli import output
from merge.job import Consent, Give, Want
from merge.words.events import question


def agree(wants: Sequence[Want], *, yes: bool) -> Sequence[Consent]:
    """A consent for each; click.Abort where the person says no.

    What can only be given by an option of its own is no question: the job refuses, and says so.
    """
    given = []
    for want in wants:
        if want.give is Give.YES and not yes:
            output.confirm(question(want), abort=True)
        if want.give is not Give.OPTION:
            given.append(want.agreed())
    return given
