"""What becomes of many deliveries at once, kept as an attempt of each.

Each message that leaves has its own (`sending.settle`); this is for moves that are no try: a lot,
a person's word, a sender that died.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, literal, null, select

from merge.ledger import schema
from merge.model import Status

_deliveries = schema.deliveries


def keep_story(
    tx: Connection,
    whom: ColumnElement[bool],
    status: Status | ColumnElement[Any] | None,
    at: datetime,
    sender: str,
    *,
    phase: str,
    words: str,
) -> None:
    """An attempt for each of these deliveries.

    `status` may be read from each; without one, it is the one that it has.
    """
    if status is None:
        status = _deliveries.c.status
    elif isinstance(status, Status):
        status = literal(status, _deliveries.c.status.type)
    story = select(
        _deliveries.c.recipient,
        _deliveries.c.wave,
        literal(at, schema.UtcTime()),
        _deliveries.c.channel,
        status,
        literal(phase),
        null(),
        literal(words),
        literal(0),
        literal(sender),
    ).where(whom)
    columns = ["recipient", "wave", "at", "channel", "status", "phase", "code", "words"]
    tx.execute(insert(schema.attempts).from_select([*columns, "duration_ms", "sender"], story))
