"""What a sending leaves for workers on other machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from merge.app.opening import Campaign
from merge.job import Consent, Facts
from merge.ledger.commands import as_json

HANDS = 8
"""Workers that a sending asks for. One more than there are machines costs a moment's look."""


def ask(campaign: Campaign, options: Facts, consents: Sequence[Consent]) -> None:
    """Whoever is free may send this campaign, too, by what was agreed to here. Nothing where it is
    not kept on a server.
    """
    if campaign.files is None:
        return
    from merge.ledger.work import MAIL, Work, make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    said = {"options": options, "consents": [asdict(each) for each in consents]}
    facts = json.loads(as_json(said))
    one = Work(kind="send", campaign_id=campaign.ledger.campaign_id, facts=facts)
    campaign.ledger.enqueue(MAIL, [one] * HANDS)
