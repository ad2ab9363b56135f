"""Work that a sending or a printing puts into the queue for workers on other machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from merge.app.opening import Campaign, now
from merge.errors import ExitCode, Refused, Trouble
from merge.job import Consent, Facts
from merge.ledger.commands import as_json

HANDS = 8
"""Workers that each asks for. One more than there are machines costs a moment's look."""


def ask(campaign: Campaign, options: Facts, consents: Sequence[Consent]) -> None:
    """Whoever is free may send this campaign, too, by what was agreed to here. Nothing where it is
    not kept on a server.
    """
    if not campaign.is_on_server:
        return
    from merge.ledger.work import Work, make_queue  # no file needs a queue

    said = {"options": options, "consents": [asdict(each) for each in consents]}
    make_queue(campaign.accounts.server)
    campaign_id, facts = campaign.ledger.campaign_id, json.loads(as_json(said))
    campaign.ledger.enqueue([Work(kind="send", campaign_id=campaign_id, facts=facts)] * HANDS)


def call_off(campaign: Campaign) -> None:
    """Nothing that was asked for this campaign of a server waits any more: its words may name
    somebody. Refused("purge-worker") while a worker has such work in hand.
    """
    from merge.ledger.work import take_out  # no file needs a queue

    server = campaign.accounts.server
    if take_out(server, campaign.ledger.campaign_id, lambda facts: True):
        raise Refused("purge-worker")


def dismiss(campaign: Campaign, number: int, code: ExitCode, keys: Sequence[str] | None) -> None:
    """Nobody need come any more for this run, where it came to its end: what nobody took of its
    work is taken out of the queue. That is no more than tidiness.

    Not while e-mails to these wait, which a worker may have given back for another.
    """
    if not campaign.is_on_server or code not in (ExitCode.DONE, ExitCode.PARTLY):
        return
    from merge.ledger.work import take_out  # no file needs a queue

    def is_its(facts: Facts) -> bool:
        return bool(number == facts.get("options", {}).get("helps"))

    with suppress(Trouble):
        waits = campaign.ledger.outlook(keys, now())
        if not (waits.now or waits.next_at):
            take_out(campaign.accounts.server, campaign.ledger.campaign_id, is_its)
