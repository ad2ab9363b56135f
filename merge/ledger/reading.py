"""What the ledger says. Each function reads inside the caller's transaction.

Those who wait, which may be all of France, are read on SQLite's own handle (see `prepared`).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select

from merge.ledger import schema
from merge.ledger.database import Database, json_object
from merge.ledger.policy import is_kept_from_paper
from merge.ledger.prepared import LIST, Prepared, is_listed, is_one_of, listed
from merge.ledger.records import Candidate, refusal_in
from merge.ledger.rows import (
    ATTEMPT_COLUMNS,
    DELIVERY_COLUMNS,
    LOT_COLUMNS,
    RECIPIENT_COLUMNS,
    recipient_of,
)
from merge.model import (
    EMAIL_STATUSES,
    PAPER_STATUSES,
    Attempt,
    Channel,
    Counts,
    Delivery,
    Lot,
    Recipient,
    Status,
)
from merge.outcome import Phase

PARAMETERS_A_STATEMENT = 500
"""SQLite takes 32,766 at most, older ones 999; a few hundred are as fast."""

_PAGE = 1000
_T = TypeVar("_T")

_by_place = schema.recipients.c.position


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values in pieces that one statement can carry."""
    for start in range(0, len(values), PARAMETERS_A_STATEMENT):
        yield values[start : start + PARAMETERS_A_STATEMENT]


def is_latest_wave() -> ColumnElement[bool]:
    """The condition that a delivery is its recipient's latest: a reminder opens a new wave."""
    other = schema.deliveries.alias()
    latest = (
        select(func.max(other.c.wave))
        .where(other.c.recipient == schema.deliveries.c.recipient)
        .scalar_subquery()
    )
    return schema.deliveries.c.wave == latest


def recipients(tx: Connection) -> list[Recipient]:
    """All of them, in the order of the sheet, edits applied."""
    query = select(*RECIPIENT_COLUMNS).order_by(_by_place)
    return [recipient_of(row) for row in tx.execute(query)]


def recipient(tx: Connection, key: str) -> Recipient | None:
    """One of them."""
    query = select(*RECIPIENT_COLUMNS).where(schema.recipients.c.key == key)
    row = tx.execute(query).one_or_none()
    return recipient_of(row) if row is not None else None


def recipients_of(tx: Connection, keys: Sequence[str]) -> list[Recipient]:
    """Those with these keys, in any order."""
    query = select(*RECIPIENT_COLUMNS)
    return [
        recipient_of(row)
        for some in chunks(keys)
        for row in tx.execute(query.where(schema.recipients.c.key.in_(some)))
    ]


def communes_of(tx: Connection, keys: Sequence[str]) -> dict[str, str]:
    """The communes of those with these keys, by their keys."""
    recipient = schema.recipients.c
    query = select(recipient.key, recipient.commune)
    return {
        key: commune
        for some in chunks(keys)
        for key, commune in tx.execute(query.where(recipient.key.in_(some)))
    }


def headers(tx: Connection) -> frozenset[str]:
    """The headers under which recipients have cells that are no field of their own."""
    cells = schema.recipients.c.fields
    some = tx.execute(select(cells).where(cells != "{}").distinct()).scalars()
    return frozenset(header for row in some for header in json_object(row))


class Candidates:
    """Some of those whose letter could still leave, in the order of the sheet.

    They are read a page at a time, each time anew, so that a campaign of any size fits: one whose
    letter has left meanwhile is not among them.
    """

    def __init__(
        self, database: Database, keys: Sequence[str] | None, channels: Sequence[Channel]
    ) -> None:
        self._database = database
        self._channels = channels
        with database.reading() as tx:
            self._ids = _candidate_ids(tx, keys, channels)

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Candidate]:
        for some in chunks(self._ids):
            with self._database.glancing() as handle:
                page = list(_candidates_of(handle, some, self._channels))
            yield from page


def _candidate_ids(
    tx: Connection, keys: Sequence[str] | None, channels: Sequence[Channel]
) -> array[int]:
    """Their deliveries, in the order of the sheet: a few bytes each, however many they are."""
    delivery = schema.deliveries.c
    query = (
        select(delivery.id)
        .join(schema.recipients)
        .where(_could_leave(channels), is_latest_wave())
        .order_by(_by_place)
    )
    if keys is None:
        return array("q", tx.scalars(query))
    wanted = frozenset(keys)
    rows = tx.execute(query.add_columns(delivery.recipient))
    return array("q", (number for number, key in rows if key in wanted))


def _candidates_of(
    handle: sqlite3.Connection, ids: Sequence[int], channels: Sequence[Channel]
) -> Iterator[Candidate]:
    """Those of these deliveries whose letter still could leave, in this order."""
    rows = _candidates(tuple(channels)).records(handle, {LIST: listed(ids)})
    found = {row[0]: row for row in rows}
    for each in ids:
        if each in found:
            delivery_id, channel, status, detail, *facts = found[each]
            yield Candidate(
                recipient=recipient_of(facts),
                channel=channel if status.is_waiting else Channel.PAPER,
                delivery_id=delivery_id,
                is_held=status is Status.HELD,
                refusal=refusal_in(detail) if status is Status.HELD else "",
            )


@cache
def _candidates(channels: tuple[Channel, ...]) -> Prepared:
    delivery = schema.deliveries.c
    return Prepared(
        select(delivery.id, delivery.channel, delivery.status, delivery.detail, *RECIPIENT_COLUMNS)
        .join(schema.recipients, delivery.recipient == schema.recipients.c.key)
        .where(is_listed(delivery.id), _could_leave(channels))
    )


def _could_leave(channels: Sequence[Channel]) -> ColumnElement[bool]:
    """Nothing has left and something still may; or an e-mail came to nothing, and paper may go."""
    status, channel = schema.deliveries.c.status, schema.deliveries.c.channel
    waits = and_(
        is_one_of(status, (each for each in Status if each.is_waiting)),
        is_one_of(channel, channels),
    )
    if Channel.PAPER not in channels:
        return waits
    has_address = and_(schema.recipients.c.postcode != "", schema.recipients.c.locality != "")
    came_to_nothing = is_one_of(status, (Status.FAILED, Status.BOUNCED))
    return or_(waits, and_(came_to_nothing, has_address, not_(is_kept_from_paper())))


def deliveries(tx: Connection, statuses: Collection[Status] | None) -> list[Delivery]:
    """All of them, or those that stand there, in the order of the sheet, wave after wave."""
    query = (
        select(*DELIVERY_COLUMNS)
        .join(schema.recipients)
        .order_by(_by_place, schema.deliveries.c.wave)
    )
    if statuses is not None:
        query = query.where(schema.deliveries.c.status.in_(statuses))
    return [Delivery._make(row) for row in tx.execute(query)]


def delivery(tx: Connection, key: str, wave: int | None) -> Delivery | None:
    """One recipient's outcome in one wave; without one, in its latest."""
    in_wave = is_latest_wave() if wave is None else schema.deliveries.c.wave == wave
    query = select(*DELIVERY_COLUMNS).where(schema.deliveries.c.recipient == key, in_wave)
    row = tx.execute(query).one_or_none()
    return Delivery._make(row) if row is not None else None


def deliveries_by_id(tx: Connection, ids: Sequence[int]) -> list[Delivery]:
    """These deliveries, in this order, without those that are gone."""
    found = {
        row.id: Delivery._make(row)
        for some in chunks(ids)
        for row in tx.execute(select(*DELIVERY_COLUMNS).where(schema.deliveries.c.id.in_(some)))
    }
    return [found[number] for number in ids if number in found]


def others_sent(tx: Connection, key: str, after: datetime, before: datetime) -> bool:
    """Whether the server took an e-mail to somebody else after the one and until the other."""
    attempts = schema.attempts.c
    query = select(attempts.id).where(
        attempts.recipient != key,
        attempts.status == Status.SENT,
        attempts.phase == Phase.BODY.value,
        attempts.at > after,
        attempts.at <= before,
    )
    return tx.execute(query.limit(1)).first() is not None


def attempts_after(tx: Connection, last: int, key: str | None) -> list[tuple[int, Attempt]]:
    """A page of attempts after the one numbered `last`, oldest first, each with its number."""
    number = schema.attempts.c.id
    query = select(number, *ATTEMPT_COLUMNS).where(number > last).order_by(number).limit(_PAGE)
    if key is not None:
        query = query.where(schema.attempts.c.recipient == key)
    return [(row[0], Attempt._make(row[1:])) for row in tx.execute(query)]


def readdressed_at(tx: Connection, key: str) -> datetime | None:
    """When an edit or an import last gave this recipient another e-mail address."""
    edits, imports, before = schema.edits.c, schema.imports, schema.import_before
    query = select(func.max(edits.at)).where(edits.recipient == key, edits.field == "email")
    found = [tx.execute(query).scalar_one()]
    now = select(schema.recipients.c.email).where(schema.recipients.c.key == key)
    mailbox = _mailbox(tx.execute(now).scalar_one())
    changes = select(imports.c.at, before.c.record).join(before)
    changes = changes.where(before.c.recipient == key).order_by(imports.c.id.desc())
    for at, record in tx.execute(changes):
        earlier = _mailbox(json_object(record).get("email"))
        if earlier != mailbox:
            found.append(at)
            break
    return max(filter(None, found), default=None)


def _mailbox(email: str | None) -> str:
    return (email or "").casefold()


def lots(tx: Connection) -> list[Lot]:
    """All of them, by number, the discarded ones too."""
    query = select(*LOT_COLUMNS).order_by(schema.lots.c.number)
    return [Lot._make(row) for row in tx.execute(query)]


def count_recipients(tx: Connection) -> int:
    """How many recipients there are."""
    return int(tx.execute(select(func.count()).select_from(schema.recipients)).scalar_one())


def counts(tx: Connection) -> Counts:
    """Each recipient once, in its present channel; zeros included."""
    total = count_recipients(tx)
    email = dict.fromkeys(EMAIL_STATUSES, 0)
    paper = dict.fromkeys(PAPER_STATUSES, 0)
    place = (schema.deliveries.c.channel, schema.deliveries.c.status)
    query = select(*place, func.count()).where(is_latest_wave()).group_by(*place)
    for channel, status, n in tx.execute(query):
        (email if channel is Channel.EMAIL else paper)[status] = n
    reached = sum(email.values()) + sum(paper.values())
    return Counts(recipients=total, email=email, paper=paper, unreachable=total - reached)


def fact(tx: Connection, name: str) -> str | None:
    """A fact about the campaign."""
    query = select(schema.facts.c.value).where(schema.facts.c.name == name)
    return tx.execute(query).scalar_one_or_none()
