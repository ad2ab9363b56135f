"""The last import taken back, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, delete, func, select, update

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.database import json_object
from merge.ledger.queueing import Plan, rewrite, stored, waiting
from merge.ledger.readdressing import put_back
from merge.ledger.reading import chunks
from merge.ledger.replies import proposed
from merge.ledger.rows import recipient_of, recipient_row, with_edits
from merge.ledger.states import channel_for


def undo(tx: Connection, at: datetime) -> int:
    """Take back the last import that still stands: the recipients it added go, the others are
    as they were, what edits decided about them on top, and their letters with them.

    Returns how many they are. LedgerError: "undo-nothing" (no import, or from before there was
    an undo), "undo-too-late" (since then something was sent, tried, printed or said of a letter).
    """
    imports, recipients = schema.imports, schema.recipients
    last = tx.execute(
        select(imports).where(imports.c.undone_at.is_(None)).order_by(imports.c.id.desc()).limit(1)
    ).one_or_none()
    if last is None or last.counter is None:
        raise LedgerError("undo-nothing")
    counter = tx.execute(select(schema.campaign.c.counter)).scalar_one()
    tried = select(schema.attempts.c.id).where(schema.attempts.c.at >= last.at).limit(1)
    added = select(recipients.c.key).where(recipients.c.position >= last.first_position)
    if counter != last.counter or tx.execute(tried).first() or _has_answered(tx, added):
        raise LedgerError("undo-too-late", at=last.at)
    n = tx.execute(select(func.count()).select_from(added.subquery())).scalar_one()
    for table in (schema.deliveries, schema.edits):
        tx.execute(delete(table).where(table.c.recipient.in_(added)))
    tx.execute(delete(recipients).where(recipients.c.position >= last.first_position))
    n += _restore(tx, last.id, at)
    tx.execute(update(imports).where(imports.c.id == last.id).values(undone_at=at))
    return n


def _has_answered(tx: Connection, some: Select[str]) -> bool:
    """Whether one of these has said something, or a mail may be from one of them."""
    answers, replies = schema.answers.c, schema.replies.c
    answered = select(answers.number).where(answers.recipient.in_(some))
    mails, key = proposed()
    wrote = select(replies.number).where(replies.recipient.in_(some))
    may_have = select(replies.number).select_from(mails).where(key.in_(some))
    return any(tx.execute(query.limit(1)).first() for query in (answered, wrote, may_have))


def _restore(tx: Connection, number: int, at: datetime) -> int:
    """Every recipient that the import changed as it was; its letter goes where it would have."""
    before = schema.import_before
    mine = before.c.import_id == number
    records = {
        key: json_object(record)
        for key, record in tx.execute(select(before.c.recipient, before.c.record).where(mine))
    }
    for keys in chunks(list(records)):
        plan, rows = Plan(at), []
        today, deliveries = stored(tx, keys), waiting(tx, keys)
        for key in keys:
            recipient = recipient_of(tuple(records[key].values()))
            delivery = deliveries.get(key)
            if today[key].edited:
                recipient = with_edits(recipient, today[key].edited)
            rows.append(recipient_row(recipient))
            if not put_back(tx, records[key], delivery, recipient):
                plan.settle(key, delivery, channel_for(recipient), renewed=True)
        rewrite(tx, rows)
        plan.carry_out(tx)
    tx.execute(delete(before).where(mine))
    return len(records)
