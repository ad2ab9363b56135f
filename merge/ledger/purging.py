"""Erasing what is personal from the ledger, so that no byte of it is left in their files.

What can be counted stays: the commune by its INSEE code, statuses and times, that it wrote, what
was answered. A recipient without an INSEE code loses its key and its name, which may be a
person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from merge.ledger import schema
from merge.ledger.deliveries import chunks
from merge.ledger.reading import Reader
from merge.ledger.records import Erasure
from merge.ledger.replies import ERASED, FORGOTTEN, proposals_of
from merge.ledger.requeueing import Requeueing, waiting
from merge.ledger.schema import recipient_of, searched

_recipients = schema.recipients
_NO_EVIDENCE: dict[str, Any] = {"evidence": "", "published": False}
_OF_A_RECIPIENT: dict[Table, dict[str, Any]] = {
    schema.deliveries: {
        "address": "",
        "message_id": "",
        "detail": "",
        "sha256": "",
        "fingerprint": "",
        "copied": "",
    },
    schema.attempts: {"words": ""},
    schema.replies: {**ERASED, "dismissed": True},
    schema.answers: {"note": "", "who": "", "address": "", **_NO_EVIDENCE},
}
_NOTHING_PERSONAL: dict[str, Any] = {
    "sex": None,
    "first_name": "",
    "surname": "",
    "email": None,
    "alternates": "[]",
    "street": "[]",
    "postcode": "",
    "locality": "",
    "fields": "{}",
    "source": "",
    "row": 0,
    "edited": "",
    "organisation": "",
    "civility": "",
    "country": "",
    "number": "",
    "lines": "",
    "rows": "",
    "fault": "",
    "is_person": False,
    "search": "",
}
_KEYED = (schema.deliveries, schema.attempts, schema.answers, schema.replies)


class Purging(Reader):
    """Erases what is personal."""

    def erase(self, erasure: Erasure, at: datetime, *, everybody: bool) -> None:
        """All of it or nothing, and then no free page and no log that still holds it."""
        with self._database.erasing() as tx:
            for keys in chunks(erasure.keys):
                _give_up(tx, keys, at)
                _erase(tx, keys)
            # Whom a job is about is in no column, and an import that was undone took its rows.
            tx.execute(delete(schema.events))
            # Whom a mended cell is about stands in no column either; how a sheet was read may name
            # its people in its headers.
            tx.execute(delete(schema.mended_cells))
            tx.execute(delete(schema.readings))
            tx.execute(update(schema.commands).values(options="", consents="", result=""))
            # An import that was undone now would bring the names back.
            tx.execute(
                update(schema.imports)
                .where(schema.imports.c.undone_at.is_(None))
                .values(undone_at=at)
            )
            if everybody:
                _erase_of_all(tx)
            else:
                _forget_bytes(tx, erasure.messages)
        self._database.compact()


def _give_up(tx: Connection, keys: Sequence[str], at: datetime) -> None:
    """Letters that wait go, as where an import takes the last address."""
    plan = Requeueing(tx, at)
    for key, delivery in waiting(tx, keys).items():
        plan.settle(key, delivery, None, renewed=True)
    plan.carry_out()


def _erase(tx: Connection, keys: Sequence[str]) -> None:
    for table in (schema.edits, schema.import_before):
        tx.execute(delete(table).where(table.c.recipient.in_(keys)))
    for table, values in _OF_A_RECIPIENT.items():
        tx.execute(update(table).where(table.c.recipient.in_(keys)).values(**values))
    _forget_proposed(tx, keys)
    these = _recipients.c.key.in_(keys)
    tx.execute(update(_recipients).where(these).values(**_NOTHING_PERSONAL))
    _find_towns_again(tx, keys)
    nameless = select(_recipients.c.key, _recipients.c.position)
    named = [
        {"which": key, "to_key": f"~{position}"}
        for key, position in tx.execute(nameless.where(these, _recipients.c.insee.is_(None)))
    ]
    if not named:
        return
    for table in _KEYED:
        moved = update(table).where(table.c.recipient == bindparam("which"))
        tx.execute(moved.values(recipient=bindparam("to_key")), named)
    moved = update(_recipients).where(_recipients.c.key == bindparam("which"))
    tx.execute(moved.values(key=bindparam("to_key"), commune=""), named)


def _find_towns_again(tx: Connection, keys: Sequence[str]) -> None:
    """A commune keeps its name, and is searched for by that alone."""
    kept = select(*schema.RECIPIENT_COLUMNS).where(
        _recipients.c.key.in_(keys), _recipients.c.insee.is_not(None)
    )
    towns = [recipient_of(row) for row in tx.execute(kept)]
    if towns:
        found = update(_recipients).where(_recipients.c.key == bindparam("which"))
        rows = [{"which": each.key, "to_search": searched(each)} for each in towns]
        tx.execute(found.values(search=bindparam("to_search")), rows)


def _forget_proposed(tx: Connection, keys: Sequence[str]) -> None:
    """Forget undecided mails that are proposed to one of these recipients."""
    replies = schema.replies.c
    undecided = select(replies.number, replies.proposals).where(replies.recipient.is_(None))
    proposed = [
        number
        for number, proposals in tx.execute(undecided.where(replies.proposals != ""))
        if {each.key for each in proposals_of(proposals)} & set(keys)
    ]
    for some in chunks(proposed):
        forgotten = update(schema.replies).where(replies.number.in_(some))
        tx.execute(forgotten.values(**FORGOTTEN, dismissed=True))


def _forget_bytes(tx: Connection, messages: Sequence[str]) -> None:
    """What was theirs may prove another's answer, too, or be another's mail by now."""
    replies, answers = schema.replies, schema.answers
    for some in chunks(messages):
        tx.execute(update(replies).where(replies.c.sha256.in_(some)).values(sha256=""))
        tx.execute(update(answers).where(answers.c.evidence.in_(some)).values(**_NO_EVIDENCE))


def _erase_of_all(tx: Connection) -> None:
    """Erase what may name people without being a row of one recipient."""
    tx.execute(update(schema.replies).values(**ERASED, dismissed=True))
    tx.execute(update(schema.import_sources).values(file=""))
    tx.execute(delete(schema.files))
    facts = schema.facts.c.name
    tx.execute(delete(schema.facts).where(facts == "agreed_to"))
