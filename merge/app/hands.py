"""What a sending or a printing leaves for workers on other machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from merge.app.opening import Campaign
from merge.job import Consent, Facts
from merge.ledger.commands import as_json

HANDS = 8
"""Workers that each asks for. One more than there are machines costs a moment's look."""


def ask(campaign: Campaign, options: Facts, consents: Sequence[Consent]) -> None:
    """Whoever is free may send this campaign, too, by what was agreed to here. Nothing where it is
    not kept on a server.
    """
    if campaign.files is None:
        return
    from merge.ledger.work import MAIL  # no file needs a queue

    said = {"options": options, "consents": [asdict(each) for each in consents]}
    _enqueue(campaign, MAIL, "send", json.loads(as_json(said)))


def ask_for_lots(campaign: Campaign, facts: Facts) -> None:
    """Whoever is free may make lots of this campaign, which is kept on a server."""
    from merge.ledger.work import PAPER  # no file needs a queue

    _enqueue(campaign, PAPER, "print", facts)


def _enqueue(campaign: Campaign, queue: str, kind: str, facts: Facts) -> None:
    from merge.ledger.work import Work, make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    one = Work(kind=kind, campaign_id=campaign.ledger.campaign_id, facts=facts)
    campaign.ledger.enqueue(queue, [one] * HANDS)
