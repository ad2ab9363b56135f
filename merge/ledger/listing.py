"""Queries of the log: search, filters, order, pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    not_,
    null,
    or_,
    select,
)

from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.deliveries import is_latest_in, is_latest_wave
from merge.ledger.driver.database import Database, telling_damage
from merge.ledger.records import LogFilter, LogLine, LogOrder, NotedEdit
from merge.ledger.schema import DELIVERY_COLUMNS, RECIPIENT_COLUMNS, recipient_of
from merge.ledger.states import LEFT
from merge.model import Delivery, Recipient, Status
from merge.outcome import Sort

_recipients, _deliveries = schema.recipients.c, schema.deliveries.c
_answers, _replies, _lots = schema.answers, schema.replies.c, schema.lots.c


# The answer of a town that counts: the latest, and of one day the one noted last.
_newer = _answers.alias()
last_answer = (
    select(_answers.c.recipient, _answers.c.meaning, _answers.c.at, _answers.c.noted_at)
    .where(
        not_(
            exists().where(
                _newer.c.recipient == _answers.c.recipient,
                or_(
                    _newer.c.at > _answers.c.at,
                    and_(_newer.c.at == _answers.c.at, _newer.c.number > _answers.c.number),
                ),
            )
        )
    )
    .subquery("last_answer")
)


TO_CLASSIFY = and_(_replies.dismissed.is_(False), _replies.wants_peace == "")
"""Of answers by mail: as `Reply.is_to_classify`."""


def _has_mail(*such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether this town has sent a mail such as these conditions say, also one purged since."""
    theirs = (_replies.recipient == _recipients.key, _replies.sort == Sort.ANSWER.value)
    return exists().where(*theirs, *such)


def has_unread() -> ColumnElement[bool]:
    """Whether a mail of this town came after its answer was noted last."""
    is_later = or_(last_answer.c.noted_at.is_(None), _replies.at > last_answer.c.noted_at)
    return _has_mail(TO_CLASSIFY, is_later)


_ITS_LETTERS = _deliveries.recipient == _recipients.key
_SAID = last_answer.c.recipient == _recipients.key


_PLACES_AT_ONCE = 1000


class Listing:
    """The recipients of one campaign, each with its latest letter and what it has answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, chosen: LogFilter, order: LogOrder, *, start: int, size: int
    ) -> tuple[int, Sequence[LogLine]]:
        """The total, and `size` lines from `start` on, in one transaction.

        Equal lines keep the order of the sheet, so that no line is on two pages.
        """
        with self._database.reading() as tx:
            every = _all_of(tx, _recipients.position, chosen, order)
            places = every[start : start + size]
            rows = tx.execute(
                select(
                    *RECIPIENT_COLUMNS,
                    *DELIVERY_COLUMNS,
                    _recipients.position.label("place"),
                    last_answer.c.meaning,
                    last_answer.c.at.label("answered_at"),
                    has_unread().label("unread"),
                )
                .select_from(
                    schema.recipients.outerjoin(
                        schema.deliveries, and_(_ITS_LETTERS, is_latest_wave())
                    ).outerjoin(last_answer, _SAID)
                )
                .where(_recipients.position.in_(places))
            )
            by_place = {row.place: _line_of(row) for row in rows}
        return len(every), [by_place[place] for place in places]

    def keys(self, chosen: LogFilter, order: LogOrder) -> Sequence[str]:
        """All keys, in this order."""
        with self._database.reading() as tx:
            return _all_of(tx, _recipients.key, chosen, order)

    def known_as(self, word: str) -> Recipient | None:
        """The only recipient with this key, whatever its case; None for a key beyond ASCII, whose
        case the database does not know."""
        if not word.isascii():
            return None
        same = func.lower(_recipients.key) == word.lower()
        with self._database.reading() as tx:
            rows = tx.execute(select(*RECIPIENT_COLUMNS).where(same).limit(2)).all()
            return recipient_of(rows[0]) if len(rows) == 1 else None

    def recipients(self) -> Iterator[Recipient]:
        """All of them, in the order of the sheet, a page at a time."""
        return map(recipient_of, self._by_page(select(*RECIPIENT_COLUMNS)))

    def letters(self) -> Iterator[tuple[Recipient, Delivery]]:
        """Every delivery with its recipient, in that order and wave after wave, likewise."""
        query = select(*RECIPIENT_COLUMNS, *DELIVERY_COLUMNS)
        query = query.join_from(schema.recipients, schema.deliveries, _ITS_LETTERS)
        start, end = len(RECIPIENT_COLUMNS), len(RECIPIENT_COLUMNS) + len(DELIVERY_COLUMNS)
        for row in self._by_page(query, _deliveries.wave):
            yield recipient_of(row), Delivery._make(row[start:end])

    def _by_page(self, query: Select[Any], *then: Column[Any]) -> Iterator[Row[Any]]:
        """The rows, so many places of the sheet at a time: a slow reader holds up nobody."""
        place = _recipients.position
        for first in itertools.count(0, _PLACES_AT_ONCE):
            here = and_(place >= first, place < first + _PLACES_AT_ONCE)
            with self._database.reading() as tx:
                page = tx.execute(query.where(here).order_by(place, *then)).all()
                if not page and first > (tx.scalar(select(func.max(place))) or 0):
                    return
            yield from page

    def edits(self, key: str) -> Sequence[NotedEdit]:
        """The edits of one recipient, oldest first."""
        edits = schema.edits.c
        query = select(edits.at, edits.field, edits.value).where(edits.recipient == key)
        with self._database.reading() as tx:
            return [NotedEdit(*row) for row in tx.execute(query.order_by(edits.id))]

    def departments(self) -> Sequence[str]:
        """The codes of all recipients' départements."""
        with self._database.reading() as tx:
            code = _recipients.department
            every = select(code).where(code != "").distinct()
            return tx.execute(every.order_by(code)).scalars().all()


def _all_of(tx: Connection, column: Column[Any], chosen: LogFilter, order: LogOrder) -> list[Any]:
    """This column of the chosen recipients, sorted."""
    asked: FromClause = schema.recipients
    of_letters = chosen.statuses or chosen.channels or chosen.left_before
    if of_letters or order.by in ("status", "at"):
        asked = asked.outerjoin(schema.deliveries, and_(_ITS_LETTERS, is_latest_in(tx)))
    query = select(column).select_from(asked).where(*_conditions(chosen))
    return list(tx.execute(query.order_by(*_sorted_by(order))).scalars())


def _conditions(chosen: LogFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.departments:
        conditions.append(_recipients.department.in_(chosen.departments))
    if chosen.statuses:
        conditions.append(_deliveries.status.in_(chosen.statuses))
    if chosen.channels:
        ways = (
            _deliveries.id.is_(None) if way is None else _deliveries.channel == way
            for way in chosen.channels
        )
        conditions.append(or_(*ways))
    if chosen.left_before is not None:
        posted = select(_lots.posted_at).where(_lots.number == _deliveries.lot).scalar_subquery()
        conditions.append(_deliveries.status.in_(LEFT))
        conditions.append(func.coalesce(posted, _deliveries.at) <= chosen.left_before)
    if chosen.answers:
        conditions.append(or_(*(_has_answered(each) for each in chosen.answers)))
    if chosen.find:  # last, for it takes longest
        words = fold(chosen.find).split()
        conditions += [_recipients.search.contains(word, autoescape=True) for word in words]
    return conditions


def _has_answered(answer: str) -> ColumnElement[bool]:
    said = exists().where(_answers.c.recipient == _recipients.key)
    if answer == "some":
        return or_(said, _has_mail())
    if answer == "none":
        return and_(not_(said), not_(_has_mail()))
    if answer == "unread":
        return and_(not_(said), _has_mail(TO_CLASSIFY))
    return _recipients.key.in_(
        select(last_answer.c.recipient).where(last_answer.c.meaning == answer)
    )


def _sorted_by(order: LogOrder) -> Sequence[ColumnElement[Any]]:
    """Recipients without a value come last in either direction."""
    happened = case((_deliveries.status == Status.QUEUED, null()), else_=_deliveries.at)
    by: dict[str, ColumnElement[Any]] = {
        "name": _recipients.search,
        "status": case(
            {status.value: place for place, status in enumerate(Status)}, value=_deliveries.status
        ),
        "at": happened,
        "department": func.nullif(_recipients.department, ""),
    }
    if order.by == "sheet":
        return [_recipients.position.desc() if order.descending else _recipients.position]
    first = by[order.by]
    directed = first.desc() if order.descending else first.asc()
    return [directed.nulls_last(), _recipients.position]


@telling_damage
def _line_of(row: Row[*tuple[Any, ...]]) -> LogLine:
    facts = row[len(RECIPIENT_COLUMNS) : len(RECIPIENT_COLUMNS) + len(DELIVERY_COLUMNS)]
    return LogLine(
        number=row.place + 1,
        recipient=recipient_of(row),
        delivery=Delivery._make(facts) if facts[0] is not None else None,
        meaning=row.meaning,
        answered_at=row.answered_at,
        unread=bool(row.unread),
    )
