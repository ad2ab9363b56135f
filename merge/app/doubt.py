"""Letters in doubt: what the mailbox and a provider's log prove, and a person's word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from merge.app.confined import read_sheet
from merge.app.mailbox import mailroom
from merge.app.opening import Campaign, now, who
from merge.campaign import proof, providerlog, returns
from merge.campaign.proof import Evidence
from merge.ledger.records import Decision
from merge.model import Delivery, RowProblem, Status


def look_in_mailbox(campaign: Campaign) -> Evidence | None:
    """What the mailbox proves, written down; None where the campaign has none."""
    room = mailroom(campaign)
    if room is None:
        return None
    return proof.look_in_mailbox(campaign.ledger, campaign.archive, room, now=now(), who=who())


def read_log(campaign: Campaign, file: Path) -> Evidence:
    """What a provider's log proves, written down.

    Every error of reading a sheet (see `read_sheet`); SheetError("log-columns"), ("log-bad-date").
    """
    table = read_sheet(file, header_row=1)

    def rows() -> Iterator[tuple[int, Sequence[str]]]:
        for row in table.rows:
            if not isinstance(row, RowProblem):  # a row that cannot be taken proves nothing
                yield row.number, row.cells

    provable = {delivery.message_id: delivery for delivery in proof.provable(campaign.ledger)}
    written = proof.written_at(campaign.archive, provable.values())
    wanted = {message_id: (provable[message_id], at) for message_id, at in written.items()}
    entries = providerlog.read_log(
        table.headers,
        rows(),
        wanted,
        others=proof.sent_beside(campaign.ledger, provable.values()),
        path=str(file),
        zone=campaign.zone,
    )
    return proof.apply_log(
        campaign.ledger,
        entries,
        campaign.account,
        path=file.name,
        now=now(),
        who=who(),
    )


def decide_refused(
    campaign: Campaign, decision: Decision, keys: Sequence[str] | None
) -> Sequence[Delivery]:
    """What becomes of letters that came back because of us: see `returns.decide`."""
    account = campaign.account
    return returns.decide(campaign.ledger, account, decision, keys, now(), who())


def take_over_refused(campaign: Campaign) -> None:
    """See `returns.take_over`."""
    returns.take_over(campaign.ledger)


def resolve(campaign: Campaign, key: str, status: Status) -> Delivery:
    """Settle a delivery in doubt by the word of the person at the keyboard."""
    return campaign.ledger.resolve(key, status, now(), who())
