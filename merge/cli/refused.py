"""Letters that came back because of their sender or their content: one decision for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from merge.cli import output
from merge.errors import Misuse
from merge.words import returns
from merge.words.replies import because_of_us_listed

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.ledger.records import Decision
    from merge.model import Delivery

_TYPED: dict[str, Decision] = {"1": "later", "2": "paper", "3": "leave"}


def decide(campaign: Campaign, decision: Decision, key: str | None) -> None:
    """By an option, about all that wait or about one. Misuse("resolve-no-policy") for none."""
    from merge.app import doubt

    decided = doubt.decide_refused(campaign, decision, None if key is None else [key])
    if not decided:
        raise Misuse("resolve-no-policy")
    _tell(campaign, decision, decided)


def ask(campaign: Campaign) -> int:
    """Ask once about all of them; how many still wait."""
    from merge.app import doubt

    keys = campaign.ledger.refused_as_senders()
    if not keys:
        return 0
    output.say()
    output.say(because_of_us_listed(campaign.ledger.recipients_of(keys)))
    output.say_each(returns.reasons_of([campaign.ledger.delivery(key) for key in keys]))
    try:
        typed = output.ask(
            returns.which_decision(),
            type=click.Choice([*_TYPED, ""]),
            default="",
            show_choices=False,
            show_default=False,
        )
    except click.Abort:  # nobody there to answer
        output.say()  # below the question
        return len(keys)
    if typed:
        decision = _TYPED[typed]
        _tell(campaign, decision, doubt.decide_refused(campaign, decision, keys))
    return len(campaign.ledger.refused_as_senders())


def _tell(campaign: Campaign, decision: Decision, decided: Sequence[Delivery]) -> None:
    recipients = campaign.ledger.recipients_of([delivery.key for delivery in decided])
    output.say_each(returns.decided(decision, len(decided), recipients))
