"""Answers in the ledger: what towns said, by a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select

from merge.ledger import schema
from merge.ledger.database import Database, telling_damage
from merge.ledger.records import Answer, Meaning, Way

_answers = schema.answers


class AnswerBook:
    """The answers of one campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, answer: Answer) -> None:
        """Write it down beside those of before."""
        with self._database.writing() as tx:
            tx.execute(
                insert(_answers).values(
                    recipient=answer.key,
                    meaning=answer.meaning.value,
                    at=answer.at,
                    way=answer.way or "",
                    note=answer.note,
                    noted_at=answer.noted_at,
                    who=answer.who,
                )
            )

    def all(self, key: str | None = None) -> Sequence[Answer]:
        """All of them, or one recipient's; by the day they were given, then as they were noted."""
        query = select(_answers).order_by(_answers.c.at, _answers.c.number)
        if key is not None:
            query = query.where(_answers.c.recipient == key)
        with self._database.reading() as tx:
            return [_answer(row) for row in tx.execute(query)]


@telling_damage
def _answer(row: Row[*tuple[Any, ...]]) -> Answer:
    return Answer(
        key=row.recipient,
        meaning=Meaning(row.meaning),
        at=row.at,
        way=Way(row.way) if row.way else None,
        note=row.note,
        noted_at=row.noted_at,
        who=row.who,
    )
