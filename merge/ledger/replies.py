"""What came back from towns: each mail once, whose it is, and the answers that a person noted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    exists,
    func,
    insert,
    not_,
    select,
    true,
    update,
)

from merge.errors import Misuse
from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.deliveries import chunks
from merge.ledger.driver.database import Database, telling_damage
from merge.ledger.driver.expressions import each_in, first_in
from merge.ledger.records import Answer, Grade, Meaning, Proposal, Reply, Way, web_address
from merge.outcome import Sort

_replies = schema.replies
_answers = schema.answers
FORGOTTEN = {
    "recipient": None,
    "by": None,
    "proposals": "",
    "sender": "",
    "sender_name": "",
    "subject": "",
    "sha256": "",
    "wants_peace": "",
}
"""What is emptied in a dismissed mail: only the fact that it was read is kept."""
ERASED = {name: value for name, value in FORGOTTEN.items() if name != "recipient"}
"""What `purge` empties: the recipient stays, so that it still counts as an answer."""

_WAITING: Mapping[str, ColumnElement[bool]] = {
    "stop": and_(_replies.c.wants_peace != "", _replies.c.recipient.is_not(None)),
    "whose": _replies.c.recipient.is_(None),
    "answer": and_(
        _replies.c.sort == Sort.ANSWER.value,
        _replies.c.wants_peace == "",
        _replies.c.recipient.is_not(None),
        not_(
            exists().where(
                _answers.c.recipient == _replies.c.recipient, _answers.c.noted_at >= _replies.c.at
            )
        ),
    ),
    "mail": true(),
}
"""Seems to ask for no more letters; nobody knows whose it is; no meaning was noted since it came
(of those that `Reply.is_to_classify`); all.
"""


class Replies:
    """The mails that came back to one campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, identities: Sequence[str]) -> frozenset[str]:
        """Those of these mails that were read before."""
        with self._database.reading() as tx:
            return _known(tx, identities)

    def keep(self, replies: Sequence[Reply]) -> None:
        """Write these down; one that another reading was quicker with is there already."""
        if not replies:
            return
        with self._database.writing() as tx:
            known = _known(tx, [reply.identity for reply in replies])
            rows = [_row(reply) for reply in replies if reply.identity not in known]
            if rows:
                tx.execute(insert(_replies), rows)

    def all(self, key: str | None = None) -> Sequence[Reply]:
        """All of them, or one recipient's, oldest first; not those that were dismissed."""
        such = true() if key is None else _replies.c.recipient == key
        return self._found(such, None)[::-1]

    def waiting(self, such: str, at_most: int | None = None) -> Sequence[Reply]:
        """Those that wait for this word of a person, newest first."""
        return self._found(_WAITING[such], at_most)

    def undecided(self) -> Sequence[Reply]:
        """Those that no person has attached or dismissed yet, oldest first."""
        return self.waiting("whose")[::-1]

    def count(self, such: str) -> int:
        """How many wait for this word."""
        query = select(func.count()).where(_replies.c.dismissed.is_(False), _WAITING[such])
        with self._database.reading() as tx:
            return int(tx.execute(query).scalar_one())

    def count_since(self, at: datetime) -> int:
        """How many came since then."""
        query = select(func.count()).where(_replies.c.at >= at)
        with self._database.reading() as tx:
            return int(tx.execute(query).scalar_one())

    def reports(self, keys: Sequence[str]) -> Mapping[tuple[str, int], Reply]:
        """The last report that came of each letter to these, by recipient and wave."""
        is_report = _replies.c.sort == Sort.BOUNCE.value
        found = (
            each
            for some in chunks(keys)
            for each in self._found(and_(is_report, _replies.c.recipient.in_(some)), None)[::-1]
        )
        return {(each.key or "", each.wave): each for each in found}

    def _found(self, such: ColumnElement[bool], at_most: int | None) -> Sequence[Reply]:
        query = select(_replies).where(_replies.c.dismissed.is_(False), such)
        newest_first = query.order_by(_replies.c.at.desc(), _replies.c.number.desc())
        with self._database.reading() as tx:
            return [_reply(row) for row in tx.execute(newest_first.limit(at_most))]

    def erased(self) -> Sequence[Reply]:
        """Those of which a purge has left that the town wrote, and when."""
        query = select(_replies).where(_replies.c.dismissed, _replies.c.recipient.is_not(None))
        with self._database.reading() as tx:
            return [_reply(row) for row in tx.execute(query)]

    def attach(self, number: int, key: str, *, elsewhere: bool) -> None:
        """A person says whose it is. Misuse("reply-missing") for a number that is not there.

        What was decided can be decided anew.
        """
        with self._database.writing() as tx:
            _one(tx, number)
            tx.execute(
                update(_replies)
                .where(_replies.c.number == number)
                .values(recipient=key, by="person", proposals="", from_elsewhere=elsewhere)
            )

    def asks_for_nothing(self, number: int) -> None:
        """A person says that it does not ask for no more letters. Misuse("reply-missing")."""
        with self._database.writing() as tx:
            _one(tx, number)
            mine = update(_replies).where(_replies.c.number == number)
            tx.execute(mine.values(wants_peace=""))

    def dismiss(self, number: int) -> str:
        """Forget all but that it was read; its SHA-256 in the archive, "" where there is none."""
        with self._database.writing() as tx:
            sha256: str = _one(tx, number).sha256
            forgotten = update(_replies).where(_replies.c.number == number)
            tx.execute(forgotten.values(dismissed=True, **FORGOTTEN))
        return sha256


def proposed() -> tuple[FromClause, ColumnElement[str]]:
    """Join of replies and proposed senders: the FROM clause, and the column of the sender's key."""
    # "" is no JSON, and stands where nothing is proposed.
    each = each_in(func.nullif(_replies.c.proposals, ""))
    return _replies.join(each, true()), first_in(each.c.value)


def _known(tx: Connection, identities: Sequence[str]) -> frozenset[str]:
    identity = _replies.c.identity
    return frozenset(
        found
        for some in chunks(identities)
        for found in tx.execute(select(identity).where(identity.in_(some))).scalars()
    )


def _one(tx: Connection, number: int) -> Row[*tuple[Any, ...]]:
    query = select(_replies).where(_replies.c.number == number, _replies.c.dismissed.is_(False))
    row = tx.execute(query).one_or_none()
    if row is None:
        raise Misuse("reply-missing", number=number)
    return row


def _row(reply: Reply) -> dict[str, Any]:
    return {
        "identity": reply.identity,
        "sort": reply.sort.value,
        "at": reply.at,
        "recipient": reply.key,
        "wave": reply.wave,
        "by": reply.by,
        "proposals": json.dumps(reply.proposals) if reply.proposals else "",
        "sender": reply.sender,
        "sender_name": reply.sender_name,
        "subject": reply.subject,
        "sha256": reply.sha256,
        "size": reply.size,
        "is_cut": reply.is_cut,
        "from_elsewhere": reply.from_elsewhere,
        "wants_peace": reply.wants_peace,
        "dismissed": False,
    }


@telling_damage
def proposals_of(stored: str) -> tuple[Proposal, ...]:
    """Whom a mail may be from; "" is nobody."""
    return tuple(Proposal(*each) for each in json.loads(stored or "[]"))


@telling_damage
def _reply(row: Row[*tuple[Any, ...]]) -> Reply:
    return Reply(
        identity=row.identity,
        sort=Sort(row.sort),
        at=row.at,
        key=row.recipient,
        wave=row.wave,
        by=row.by,
        proposals=proposals_of(row.proposals),
        sender=row.sender,
        sender_name=row.sender_name,
        subject=row.subject,
        sha256=row.sha256,
        size=row.size,
        is_cut=row.is_cut,
        from_elsewhere=row.from_elsewhere,
        wants_peace=row.wants_peace,
        number=row.number,
    )


# What towns said


class TownAnswers:
    """The answers of one campaign."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, answer: Answer) -> None:
        """Write it down beside those of before."""
        with self._database.writing() as tx:
            tx.execute(
                insert(_answers).values(
                    recipient=answer.key,
                    meaning=answer.meaning,
                    at=answer.at,
                    way=answer.way or "",
                    note=answer.note,
                    noted_at=answer.noted_at,
                    who=answer.who,
                    grade=answer.grade or "",
                    address=answer.address,
                    evidence=answer.evidence,
                    published=answer.published,
                )
            )

    def all(self, key: str | None = None) -> Sequence[Answer]:
        """All of them, or one recipient's; by the day they were given, then as they were noted."""
        query = select(_answers).order_by(_answers.c.at, _answers.c.number)
        if key is not None:
            query = query.where(_answers.c.recipient == key)
        with self._database.reading() as tx:
            return [_answer(row) for row in tx.execute(query)]

    def wordings(self) -> Sequence[str]:
        """What was ever answered in a wording of the campaign's own, by the alphabet."""
        others = select(_answers.c.meaning).where(_answers.c.meaning.not_in(list(Meaning)))
        with self._database.reading() as tx:
            return sorted(tx.execute(others.distinct()).scalars(), key=fold)


@telling_damage
def _answer(row: Row[*tuple[Any, ...]]) -> Answer:
    return Answer(
        key=row.recipient,
        meaning=row.meaning,
        at=row.at,
        way=Way(row.way) if row.way else None,
        note=row.note,
        noted_at=row.noted_at,
        who=row.who,
        grade=Grade(row.grade) if row.grade else None,
        address=web_address(row.address),
        evidence=row.evidence,
        published=row.published,
    )
