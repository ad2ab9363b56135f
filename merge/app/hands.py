"""Work that a sending puts into the queue for workers on other machines, while it lives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

from merge.app.opening import Campaign
from merge.campaign.plan import are_among
from merge.errors import Refused, Trouble

HANDS = 8
"""Workers that each asks for. One more than there are machines costs a moment's look."""

_AGREED = "agreed_to"  # the fact: a run, and the hashes of those that it was agreed to for


def ask(campaign: Campaign, run: int, agreed: Sequence[int]) -> None:
    """Whoever is free may send this campaign, too, to those of these hashes. Nothing where it is
    not kept on a server.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    campaign.ledger.set_fact(_AGREED, json.dumps([run, [*agreed]]))
    campaign.ledger.ask_for_hands(run, HANDS)


def refuse_others(campaign: Campaign, run: int, waiting: Sequence[int]) -> None:
    """Refused("agreed-to-others") where somebody waits whom that run was not agreed to for."""
    asked_by, agreed = campaign.ledger.fact_as(_AGREED, json.loads) or (0, ())
    if asked_by != run or not are_among(waiting, agreed):
        raise Refused("agreed-to-others")


def dismiss(campaign: Campaign, run: int) -> None:
    """This run has ended, or waits: what nobody took of its work is gone. Where the server is away
    whoever takes it finds that out.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import take_out  # no file needs a queue

    with suppress(Trouble):
        take_out(campaign.accounts.server, campaign.ledger.campaign_id, run)
