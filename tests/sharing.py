"""A campaign on a server: its number, and what workers fetch."""

from __future__ import annotations

from merge.app import letters
from merge.app.opening import open_campaign
from tests.desk import Desk


def campaign_id(desk: Desk) -> str:
    return (desk.folder / "ledger.id").read_text().strip()


def agree(desk: Desk) -> None:
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        letters.fix(campaign, letters.template(campaign), mailed=True)
