"""What came of a campaign, counted by the database: in a moment, however many recipients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select, union

from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.driver.database import Database, json_object, telling_damage
from merge.ledger.driver.prepared import is_one_of, value_in
from merge.ledger.listing import has_unread, last_answer
from merge.ledger.records import DepartmentCount, Meaning, TownOnMap
from merge.ledger.states import LEFT
from merge.outcome import Sort

_recipients, _deliveries = schema.recipients.c, schema.deliveries.c
_answers, _replies = schema.answers.c, schema.replies.c

_LATITUDE = {"latitude", "lat"}
_LONGITUDE = {"longitude", "lon", "lng", "long"}
_LOOKED_AT = 20  # recipients, for the names of the list's columns

_SAID = select(_answers.recipient)
# Without the mails that are nobody's yet: with one NULL among them nobody is `NOT IN` them.
_WROTE = select(_replies.recipient).where(
    _replies.sort == Sort.ANSWER.value, _replies.recipient.is_not(None)
)
_IS_HEARD = _recipients.key.in_(union(_SAID, _WROTE))


class CampaignFigures:
    """The figures of one campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_department(self) -> Sequence[DepartmentCount]:
        """Of each département that has a town in the campaign, by its code."""
        code = _recipients.department
        left = (
            select(code, func.count(_deliveries.recipient.distinct()))
            .select_from(schema.deliveries.join(schema.recipients))
            .where(is_one_of(_deliveries.status, LEFT))
        )
        meant = select(code, last_answer.c.meaning, func.count()).select_from(
            schema.recipients.join(last_answer, last_answer.c.recipient == _recipients.key)
        )
        unread = _WROTE.where(_replies.dismissed.is_(False))
        waiting = _recipients.key.in_(unread) & _recipients.key.not_in(_SAID)
        with self._database.reading() as tx:

            def counted(query: Select[Any]) -> Mapping[str, int]:
                return {row[0]: row[1] for row in tx.execute(query.group_by(code))}

            every = select(code, func.count())
            towns = counted(every)
            meanings: dict[str, dict[Meaning, int]] = defaultdict(dict)
            for department, meaning, n in tx.execute(meant.group_by(code, last_answer.c.meaning)):
                meanings[department][_meaning(meaning)] = n
            written = counted(left)
            heard, to_read = counted(every.where(_IS_HEARD)), counted(every.where(waiting))
        return [
            DepartmentCount(
                code=each,
                towns=towns[each],
                written=written.get(each, 0),
                answered=heard.get(each, 0),
                unread=to_read.get(each, 0),
                meanings=meanings.get(each, {}),
            )
            for each in sorted(towns)
        ]

    def places(self, most: int) -> Sequence[TownOnMap]:
        """Where the towns lie that have answered or were written to; those come last, and are left
        out where they are too many. Nothing where the list has no coordinates.
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
                for row in tx.execute(said.where(_IS_HEARD).limit(most))
            ]
            left = select(_deliveries.recipient).where(is_one_of(_deliveries.status, LEFT))
            written = select(*where).where(_recipients.key.in_(left), ~_IS_HEARD).limit(most + 1)
            others = [TownOnMap(row[0] or "", row[1] or "", None) for row in tx.execute(written)]
        return [*found, *(others if len(found) + len(others) <= most else ())]


@telling_damage
def _meaning(value: str) -> Meaning:
    return Meaning(value)
