"""Work that a sending or a printing puts into the queue for workers on other machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta

from merge.app.opening import Campaign, now
from merge.errors import ExitCode, Refused, Trouble
from merge.job import Consent, Facts
from merge.ledger.commands import as_json

HANDS = 8
"""Workers that each asks for. One more than there are machines costs a moment's look."""

READ_EVERY = timedelta(hours=1)
READ_FOR = timedelta(days=30)
"""How often a worker reads the mailbox of a campaign, and how long after its last sending."""


def ask(campaign: Campaign, options: Facts, consents: Sequence[Consent]) -> None:
    """Whoever is free may send this campaign, too, by what was agreed to here. Nothing where it is
    not kept on a server.
    """
    if campaign.files is None:
        return
    from merge.ledger.work import MAIL  # no file needs a queue

    _enqueue(campaign, MAIL, "send", facts_of_sending(options, consents))


def facts_of_sending(options: Facts, consents: Sequence[Consent], **more: object) -> Facts:
    """The facts of a work of the kind "send", as plain JSON values."""
    said = {"options": options, "consents": [asdict(each) for each in consents], **more}
    facts: Facts = json.loads(as_json(said))
    return facts


def ask_for_lots(campaign: Campaign, facts: Facts) -> None:
    """Whoever is free may make lots of this campaign, which is kept on a server."""
    from merge.ledger.work import PAPER  # no file needs a queue

    _enqueue(campaign, PAPER, "print", facts)


def ask_to_read(campaign: Campaign) -> None:
    """A worker reads the mailbox in an hour, if there is one, and somebody may still answer."""
    last = next(campaign.ledger.commands.latest("send"), None)
    has_mailbox = campaign.files is not None and campaign.settings.account.imap.host
    if not has_mailbox or last is None or now() - last.at > READ_FOR:
        return
    from merge.ledger.work import MAIL  # no file needs a queue

    one_of = f"replies {campaign.ledger.campaign_id}"
    _enqueue(campaign, MAIL, "replies", {}, hands=1, at=now() + READ_EVERY, one_of=one_of)


def call_off(campaign: Campaign, *, everything: bool) -> None:
    """Nothing that was asked for this campaign of a server waits any more, or nothing whose words
    may name somebody. Refused("purge-worker") while a worker has such work in hand.
    """
    from merge.ledger.work import take_out  # no file needs a queue

    def is_meant(facts: Facts) -> bool:
        return everything or bool(facts)  # to read the mailbox takes none

    if take_out(campaign.accounts.server, campaign.ledger.campaign_id, is_meant):
        raise Refused("purge-worker")


def dismiss(campaign: Campaign, number: int, code: ExitCode, keys: Sequence[str] | None) -> None:
    """Nobody need come any more for this run, where it came to its end: what nobody took of its
    work is taken out of the queue. That is no more than tidiness.

    Not while e-mails to these wait, which a worker may have given back for another.
    """
    if campaign.files is None or code not in (ExitCode.DONE, ExitCode.PARTLY):
        return
    from merge.ledger.work import take_out  # no file needs a queue

    def is_its(facts: Facts) -> bool:
        return number in (facts.get("printing"), facts.get("options", {}).get("helps"))

    with suppress(Trouble):
        waits = campaign.ledger.outlook(keys, now())
        if not (waits.now or waits.next_at):
            take_out(campaign.accounts.server, campaign.ledger.campaign_id, is_its)


def _enqueue(
    campaign: Campaign,
    queue: str,
    kind: str,
    facts: Facts,
    *,
    hands: int = HANDS,
    at: datetime | None = None,
    one_of: str | None = None,
) -> None:
    from merge.ledger.work import Work, make_queue  # no file needs a queue

    make_queue(campaign.accounts.server)
    one = Work(kind=kind, campaign_id=campaign.ledger.campaign_id, facts=facts)
    campaign.ledger.enqueue(queue, [one] * hands, at=at, one_of=one_of)
