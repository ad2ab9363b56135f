"""The consents that a sending asks for: to the letter as it is, and to how many are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from merge.campaign.check import refuse_changed_letter, refuse_untested
from merge.campaign.ports import Template
from merge.campaign.reminders import versions
from merge.errors import Refused, Trouble
from merge.job import Consent, Give, Want
from merge.ledger.ledger import Ledger


def letter_wanted(
    ledger: Ledger, template: Template, consents: Sequence[Consent]
) -> tuple[Want, Trouble] | None:
    """The consent that the letter still needs, with the refusal that asks for it; None for none."""
    facts = {"versions": {str(wave): each for wave, each in versions(template).items()}}
    refusals: Sequence[tuple[str, Callable[[], None]]] = (
        ("--accept-edit", lambda: refuse_changed_letter(ledger, template, accept_edit=False)),
        ("--untested", lambda: refuse_untested(ledger, template, untested=False)),
    )
    for option, refuse in refusals:
        try:
            refuse()
        except Refused as trouble:
            want = Want(code=trouble.code, facts=facts, option=option)
            if want.agreed() not in consents:
                return want, trouble
    return None


def this_many(n: int) -> Want:
    """So many letters, which a person types."""
    return Want(code="letters", facts={"n": n}, give=Give.TYPED, option="--yes")
