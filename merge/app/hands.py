"""What a sending leaves for workers on other machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from merge.app.opening import Campaign
from merge.job import Consent, Facts

HANDS = 8
"""Workers that a sending asks for. One more than there are machines costs a moment's look."""

SEND = "send"


def ask(campaign: Campaign, options: Facts, consents: Sequence[Consent]) -> None:
    """Whoever is free may send this campaign, too, by what was agreed to here. Nothing where it is
    not kept on a server.
    """
    if campaign.files is None:
        return
    from merge.ledger.work import Work, facts_as_json, make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    said = facts_as_json({"options": options, "consents": [asdict(each) for each in consents]})
    one = Work(kind=SEND, campaign_id=campaign.ledger.campaign_id, facts=said)
    campaign.ledger.enqueue([one] * HANDS)
