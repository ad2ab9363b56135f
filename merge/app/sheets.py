"""Whom a command may write to."""

from __future__ import annotations

from collections.abc import Sequence

from merge.app.opening import Campaign
from merge.campaign.plan import Narrowing
from merge.settings import SelectSettings


def chosen(campaign: Campaign, narrowing: Narrowing) -> Sequence[str] | None:
    """The keys that a command may write to: `[select]`, narrowed by its options; None is all.

    `[select]` holds at every command, for who was imported before it was written, too.
    """
    if narrowing.is_everybody and campaign.settings.select == SelectSettings():
        return None
    recipients = campaign.ledger.recipients()
    keys = narrowing.keys(recipients, campaign.ledger.deliveries())
    if campaign.settings.select == SelectSettings():
        return keys
    from merge.recipients import choosing

    left = {r.key for r in choosing.chosen(recipients, campaign.settings.select)}
    return [key for key in ([r.key for r in recipients] if keys is None else keys) if key in left]
