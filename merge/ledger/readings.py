"""Options by which sheets were read, and cells corrected in them, kept for the next one like it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, and_, cast, delete, func, select

from merge.ledger import schema
from merge.ledger.driver.database import Database, json_object, put, telling_damage
from merge.ledger.records import ImportRecord, KeptReading
from merge.ledger.replies import proposed
from merge.model import MendedCell, Status

_readings, _mended = schema.readings.c, schema.mended_cells.c
_CELL = (_mended.row, _mended.header, _mended.before, _mended.after, _mended.anchor)


class Readings:
    """The readings, corrections and imports of one campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> Sequence[KeptReading]:
        """The last reading of each shape, newest first, without imports that were undone."""
        imports = schema.imports.c
        query = (
            select(_readings.shape, imports.at, _readings.reading)
            .join(schema.imports, imports.id == _readings.import_id)
            .where(imports.undone_at.is_(None))
            .order_by(imports.id.desc(), _readings.place.desc())
        )
        found: dict[str, KeptReading] = {}
        with self._database.reading() as tx:
            for shape, at, reading in tx.execute(query):
                kept = KeptReading(shape=shape, at=at, reading=json_object(reading))
                found.setdefault(shape, kept)
        return tuple(found.values())

    def imports(self, at_most: int) -> Sequence[ImportRecord]:
        """The last imports, the newest first."""
        imports, sources = schema.imports.c, schema.import_sources.c
        with self._database.reading() as tx:
            query = select(schema.imports).order_by(imports.id.desc()).limit(at_most)
            rows = tx.execute(query).all()
            files = select(sources.import_id, sources.file).where(
                sources.import_id.in_([row.id for row in rows])
            )
            named: dict[int, list[str]] = {}
            for number, file in tx.execute(files.order_by(sources.place)):
                named.setdefault(number, []).append(file)
            standing = next((row for row in rows if row.undone_at is None), None)
            overtaken = standing is not None and is_overtaken(tx, standing)
        return [
            ImportRecord(
                at=row.at,
                files=tuple(named.get(row.id, ())),
                added=row.added,
                changed=row.changed,
                unchanged=row.unchanged,
                undone_at=row.undone_at,
                can_be_undone=row is standing,
                is_overtaken=row is standing and overtaken,
            )
            for row in rows
        ]

    def last_at(self) -> datetime | None:
        """When the last import was kept, also one that was undone since."""
        imports = schema.imports.c
        with self._database.reading() as tx:
            return tx.execute(select(imports.at).order_by(imports.id.desc()).limit(1)).scalar()

    def mended(self, shape: str) -> Sequence[MendedCell]:
        """The corrected cells of sheets of this shape, also of imports undone since."""
        query = select(*_CELL).where(_mended.shape == shape).order_by(_mended.number)
        with self._database.reading() as tx:
            return [_cell(row) for row in tx.execute(query)]


@telling_damage
def _cell(row: Row[*tuple[Any, ...]]) -> MendedCell:
    number, header, before, after, anchor = row
    return MendedCell(number, header, before, after, tuple(json.loads(anchor)))


def keep_mended(tx: Connection, shape: str, cells: Sequence[MendedCell], at: datetime) -> None:
    """Replace the corrected cells of sheets of this shape."""
    tx.execute(delete(schema.mended_cells).where(_mended.shape == shape))
    rows = [(shape, *each[:-1], json.dumps(each.anchor, ensure_ascii=False), at) for each in cells]
    columns = ("shape", "row", "header", "before", "after", "anchor", "at")
    put(tx, schema.mended_cells, columns, rows)


def is_overtaken(tx: Connection, last: Row[Any]) -> bool:
    """Whether something was sent, tried, printed or said of a letter since this import.

    A lot that was given back has left nothing: its moves are counted out of the ledger's steps.
    """
    attempts, lots, recipients = schema.attempts.c, schema.lots.c, schema.recipients.c
    counter = tx.execute(select(schema.campaign.c.counter)).scalar_one()
    given_back = select(cast(lots.number, Text)).where(lots.status == Status.QUEUED)
    of_those = and_(attempts.phase == "lot", attempts.words.in_(given_back))
    since = attempts.at >= last.at
    moves = select(attempts.words, attempts.at).where(since, of_those).distinct()
    steps = tx.execute(select(func.count()).select_from(moves.subquery())).scalar_one()
    is_tried = tx.execute(select(attempts.id).where(since, ~of_those).limit(1)).first() is not None
    added = select(recipients.key).where(recipients.position >= last.first_position)
    return counter != last.counter + steps or is_tried or _has_answered(tx, added)


def _has_answered(tx: Connection, some: Select[str]) -> bool:
    """Whether one of these has said something, or a mail may be from one of them."""
    answers, replies, their = schema.answers.c, schema.replies.c, schema.recipients.c.key
    answered = select(answers.number).where(some.where(their == answers.recipient).exists())
    mails, key = proposed()
    wrote = select(replies.number).where(some.where(their == replies.recipient).exists())
    may_have = select(replies.number).select_from(mails).where(some.where(their == key).exists())
    return any(tx.execute(query.limit(1)).first() for query in (answered, wrote, may_have))
