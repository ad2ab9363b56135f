"""The ledger as rows: a row for each delivery, each attempt, or each town that has answered.

Cells are text; nothing here makes words for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from merge.app.opening import open_campaign
from merge.campaign.answers import ANSWER_COLUMNS, Row, answer_rows, every_town
from merge.campaign.plan import Narrowing
from merge.ledger.ledger import Ledger
from merge.model import Channel, Delivery, Lot, Recipient

LOG_COLUMNS = (
    "key",
    "commune",
    "channel",
    "status",
    "at",
    "address",
    "message_id",
    "code",
    "detail",
    "sha256",
    "department",
    "wave",
    "enhanced",
    "lot",
    "position",
    "sheets",
    "attempts",
    "lot_sha256",
    "made_at",
    "printed_at",
    "posted_at",
    "cause",
)
ATTEMPT_COLUMNS = (
    "key",
    "commune",
    "wave",
    "at",
    "channel",
    "status",
    "phase",
    "code",
    "enhanced",
    "words",
    "duration_ms",
    "sender",
)
Of = Literal["deliveries", "attempts", "answers"]
"""What has a row each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Rows that have these columns."""

    columns: Sequence[str]
    rows: Sequence[Row]


def rows(place: Path, narrowing: Narrowing, of: Of = "deliveries") -> Log:
    """Those of the recipients that are chosen. Misuse: see `Narrowing.keys`."""
    with open_campaign(place, access="read", command="log") as campaign:
        ledger, zone = campaign.ledger, campaign.zone
        keys = narrowing.keys(ledger.recipients(), ledger.deliveries())
        if of == "attempts":
            return Log(columns=ATTEMPT_COLUMNS, rows=attempt_rows(ledger, keys, zone))
        if of == "answers":
            wanted = [t for t in every_town(ledger) if keys is None or t.recipient.key in keys]
            return Log(columns=ANSWER_COLUMNS, rows=answer_rows(wanted, zone))
        return Log(columns=LOG_COLUMNS, rows=log_rows(ledger, keys, zone))


def log_rows(ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo) -> list[Row]:
    """One row a delivery, in the order of the sheet; times in `zone`, ISO 8601 with offset.

    The cause is "policy" of what came back because of its sender or its content.
    """
    recipients = {r.key: r for r in ledger.recipients()}
    refused = ledger.stands_of_refused()
    lots = {lot.number: lot for lot in ledger.lots()}
    wanted = None if keys is None else set(keys)
    return [
        _log_row(
            recipients[delivery.key],
            delivery,
            lots.get(delivery.lot or 0),
            zone,
            cause="policy" if delivery.id in refused else "",
        )
        for delivery in ledger.deliveries()
        if wanted is None or delivery.key in wanted
    ]


def _log_row(
    recipient: Recipient, delivery: Delivery, lot: Lot | None, zone: ZoneInfo, *, cause: str
) -> Row:
    is_on_paper = delivery.channel is Channel.PAPER
    at_present = recipient.town_line if is_on_paper else recipient.email
    facts = delivery._asdict() | {
        "cause": cause,
        "commune": recipient.commune,
        "department": recipient.department,
        "address": delivery.address or at_present or "",
        "at": _local(delivery.at, zone),
        "lot_sha256": lot.sha256 if lot else "",
        "made_at": _local(lot.at if lot else None, zone),
        "printed_at": _local(lot.printed_at if lot else None, zone),
        "posted_at": _local(lot.posted_at if lot else None, zone),
    }
    return {column: _text(facts[column]) for column in LOG_COLUMNS}


def attempt_rows(ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo) -> list[Row]:
    """One row an attempt, oldest first."""
    if keys is not None and len(keys) == 1:
        recipients, attempts = ledger.recipients_of(keys), ledger.attempts(keys[0])
    else:
        recipients, attempts = ledger.recipients(), ledger.attempts()
    communes = {r.key: r.commune for r in recipients}
    wanted = None if keys is None else set(keys)
    return [
        {
            column: _text(value)
            for column, value in (
                attempt._asdict()
                | {"commune": communes[attempt.key], "at": _local(attempt.at, zone)}
            ).items()
        }
        for attempt in attempts
        if wanted is None or attempt.key in wanted
    ]


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _text(value: object) -> str:
    return "" if value is None else str(value)
