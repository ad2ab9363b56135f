"""Figures of a campaign, counted by the database: in a moment, however many recipients."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select, union

from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.deliveries import is_anybody_reminded
from merge.ledger.driver.database import Database, json_object
from merge.ledger.driver.expressions import value_in
from merge.ledger.listing import TO_CLASSIFY, has_unread, last_answer
from merge.ledger.records import DepartmentFigures, Figures, TownOnMap
from merge.ledger.states import LEFT
from merge.outcome import Sort

_recipients, _deliveries = schema.recipients.c, schema.deliveries.c
_answers, _replies = schema.answers.c, schema.replies.c

_LATITUDE = {"latitude", "lat"}
_LONGITUDE = {"longitude", "lon", "lng", "long"}
_LOOKED_AT = 20  # recipients, for the names of the list's columns

_SAID = select(_answers.recipient)
# Without mails of unknown senders: with one NULL in a list nothing is `NOT IN` it.
_WROTE = select(_replies.recipient).where(
    _replies.sort == Sort.ANSWER.value, _replies.recipient.is_not(None)
)
_TO_READ = _recipients.key.in_(_WROTE.where(TO_CLASSIFY)) & _recipients.key.not_in(_SAID)
_HAS_ANSWERED = _recipients.key.in_(union(_SAID, _WROTE))


class CampaignFigures:
    """The figures of one campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def total(self) -> Figures:
        """Those of all."""
        n = func.count()
        meant = select(last_answer.c.meaning, n).group_by(last_answer.c.meaning)
        every = select(n).select_from(schema.recipients)
        with self._database.reading() as tx:
            # An index has the waves, and not the recipients.
            several = is_anybody_reminded(tx)
            letters = _deliveries.recipient.distinct() if several else _deliveries.wave
            written = select(func.count(letters)).where(_deliveries.status.in_(LEFT))
            return Figures(
                towns=tx.execute(every).scalar_one(),
                written=tx.execute(written).scalar_one(),
                answered=tx.execute(every.where(_HAS_ANSWERED)).scalar_one(),
                unread=tx.execute(every.where(_TO_READ)).scalar_one(),
                meanings=Counter({row[0]: row[1] for row in tx.execute(meant)}),
            )

    def count_answered(self) -> int:
        """How many have answered, or written."""
        query = select(func.count()).select_from(schema.recipients).where(_HAS_ANSWERED)
        with self._database.reading() as tx:
            return int(tx.execute(query).scalar_one())

    def by_department(self) -> Sequence[DepartmentFigures]:
        """Those of each département with a town in the campaign, by its code."""
        department = _recipients.department
        left = (
            select(department, func.count(_deliveries.recipient.distinct()))
            .select_from(schema.deliveries.join(schema.recipients))
            .where(_deliveries.status.in_(LEFT))
        )
        meant = select(department, last_answer.c.meaning, func.count()).select_from(
            schema.recipients.join(last_answer, last_answer.c.recipient == _recipients.key)
        )
        with self._database.reading() as tx:

            def counted(query: Select[Any]) -> Mapping[str, int]:
                return {row[0]: row[1] for row in tx.execute(query.group_by(department))}

            every = select(department, func.count())
            towns = counted(every)
            meanings: dict[str, Counter[str]] = defaultdict(Counter)
            for code, meaning, n in tx.execute(meant.group_by(department, last_answer.c.meaning)):
                meanings[code][meaning] = n
            written = counted(left)
            answered, to_read = counted(every.where(_HAS_ANSWERED)), counted(every.where(_TO_READ))
        return [
            DepartmentFigures(
                code=code,
                tally=Figures(
                    towns=towns[code],
                    written=written.get(code, 0),
                    answered=answered.get(code, 0),
                    unread=to_read.get(code, 0),
                    meanings=meanings[code],
                ),
            )
            for code in sorted(towns)
        ]

    def places(self, most: int) -> Sequence[TownOnMap]:
        """The coordinates of towns that have answered, at most `most`, then of those written to.

        The latter are left out where all would be more. () for a list without coordinates.
        """
        with self._database.reading() as tx:
            some = tx.execute(select(_recipients.fields).limit(_LOOKED_AT)).scalars()
            headers = {header for row in some for header in json_object(row)}
            latitude = next((each for each in headers if fold(each) in _LATITUDE), None)
            longitude = next((each for each in headers if fold(each) in _LONGITUDE), None)
            if latitude is None or longitude is None:
                return ()
            where = [value_in(_recipients.fields, each) for each in (latitude, longitude)]
            said = select(*where, last_answer.c.meaning, has_unread()).select_from(
                schema.recipients.outerjoin(last_answer, last_answer.c.recipient == _recipients.key)
            )
            found = [
                TownOnMap(row[0] or "", row[1] or "", row[2] or ("unread" if row[3] else None))
                for row in tx.execute(said.where(_HAS_ANSWERED).limit(most))
            ]
            left = select(_deliveries.recipient).where(_deliveries.status.in_(LEFT))
            written = (
                select(*where).where(_recipients.key.in_(left), ~_HAS_ANSWERED).limit(most + 1)
            )
            others = [TownOnMap(row[0] or "", row[1] or "", None) for row in tx.execute(written)]
        return [*found, *(others if len(found) + len(others) <= most else ())]
