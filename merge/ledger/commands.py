"""Jobs in the ledger: each run of a command has a row, so that every process sees the same.

The page and the command line follow a job by its row and its events, and end it by `ask_to_stop`;
progress is read from the counts of deliveries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, func, insert, or_, select, update

from merge.errors import ExitCode
from merge.job import Consent, Event, Facts, JobRecord, JobState
from merge.ledger import schema
from merge.ledger.driver.database import (
    DamagedValueError,
    Database,
    json_object,
    telling_damage,
)
from merge.ledger.driver.expressions import by_its_clock, value_in

EVENTS_KEPT_OF = 20
"""Of so many jobs, the last ones, the events are kept, and of those that go on or died: they name
recipients."""

_LOOKED_THROUGH = 50

_commands, _events = schema.commands, schema.events


class Commands:
    """The jobs of one campaign. `sender` is the token of this process.

    `alive` asks for another that holds the campaign, `waits` for one that waits and holds nothing.
    """

    def __init__(
        self,
        database: Database,
        sender: str,
        alive: Callable[[str], bool],
        waits: Callable[[str], bool],
    ) -> None:
        self._database = database
        self._sender = sender
        self._alive = alive
        self._waits = waits

    def begin(
        self, command: str, options: Facts, consents: Sequence[Consent], at: datetime, who: str
    ) -> int:
        """A job starts; its number."""
        row = _row(command, options, consents, at, who) | {"sender": self._sender}
        with self._database.writing() as tx:
            made = tx.execute(insert(_commands).values(row).returning(_commands.c.number))
            number = int(made.scalar_one())
            ended = select(_commands.c.number).where(_commands.c.state == JobState.ENDED)
            old = _events.c.command <= number - EVENTS_KEPT_OF
            tx.execute(delete(_events).where(old, _events.c.command.in_(ended)))
        return number

    def tell(self, number: int, event: Event, at: datetime) -> None:
        """Keep an event."""
        row = {"command": number, "at": at, "code": event.code, "facts": as_json(event.facts)}
        with self._database.writing() as tx:
            tx.execute(insert(_events).values(row))

    def wait(self, number: int, until: datetime, at: datetime, token: str) -> None:
        """running → waiting: its process lets go of the campaign, and lives by `token`."""
        self._change(number, state=JobState.WAITING, next_at=until, at=at, sender=token)

    def go_on(self, number: int, until: datetime, at: datetime) -> bool:
        """waiting → running, in a process that holds the campaign again.

        False where the row does not wait until then: another ledger has taken the place of the one
        that was let go of.
        """
        row = (_commands.c.number == number, _commands.c.state == JobState.WAITING)
        running = {"state": JobState.RUNNING, "next_at": None, "at": at, "sender": self._sender}
        with self._database.writing() as tx:
            waits = update(_commands).where(*row, _commands.c.next_at == until)
            return tx.execute(waits.values(**running)).rowcount == 1

    def end(self, number: int, code: ExitCode, result: Facts, at: datetime) -> None:
        """→ ended."""
        state = JobState.ENDED
        self._change(
            number, state=state, next_at=None, at=at, exit_code=int(code), result=as_json(result)
        )

    def ask_to_stop(self, number: int, at: datetime) -> None:
        """The job ends after what it has in hand; one that waits, at once: its process holds
        nothing, and finds in `go_on` that it has ended. From any process, which needs no lock.
        """
        one = _commands.c.number == number
        stopped = {"stopped_by": "interrupted"}
        ended = {"state": JobState.ENDED, "next_at": None, "at": at, "result": as_json(stopped)}
        with self._database.writing() as tx:
            tx.execute(update(_commands).where(one).values(stop_requested=True))
            waits = update(_commands).where(one, _commands.c.state == JobState.WAITING)
            tx.execute(waits.values(**ended, exit_code=int(ExitCode.INTERRUPTED)))

    def look(self, number: int, now: datetime) -> tuple[bool, timedelta]:
        """Whether somebody asked for that, and how far this clock is behind that of the ledger's
        server; each second of a job asks for it."""
        with self._database.glancing() as tx:
            found = tx.execute(_looked_at(), {"number": number, "now": now}).one_or_none()
        if found is None:  # an older ledger was put in its place: `go_on` finds that out
            return False, timedelta()
        requested, at = found
        return bool(requested), at - now

    def was_called_off(self, number: int) -> bool:
        """Whether a person has stopped it, or it ended before its work was done, or died."""
        job = self.one(number)
        if job is None or job.stop_requested or job.state is JobState.KILLED:
            return True
        return job.exit_code not in (None, ExitCode.DONE, ExitCode.PARTLY)

    def all(self) -> Sequence[JobRecord]:
        """Every job, oldest first."""
        with self._database.reading() as tx:
            rows = tx.execute(select(_commands).order_by(_commands.c.number)).all()
        return [self._record(row) for row in rows]

    def one(self, number: int) -> JobRecord | None:
        """The job with that number."""
        query = select(_commands).where(_commands.c.number == number)
        with self._database.reading() as tx:
            row = tx.execute(query).one_or_none()
        return self._record(row) if row else None

    def count_ended(self, command: str) -> int:
        """How many runs of a command have ended."""
        query = select(func.count()).select_from(_commands)
        query = query.where(_commands.c.command == command, _commands.c.state == JobState.ENDED)
        with self._database.reading() as tx:
            return int(tx.execute(query).scalar_one())

    def latest(self, command: str) -> Iterator[JobRecord]:
        """The last runs of a command, the latest first."""
        query = select(_commands).where(_commands.c.command == command)
        query = query.order_by(_commands.c.number.desc()).limit(_LOOKED_THROUGH)
        with self._database.reading() as tx:
            rows = tx.execute(query).all()
        return map(self._record, rows)

    def events_numbered(self, number: int) -> Sequence[tuple[int, datetime, Event]]:
        """What a job has told, oldest first, each event with its own number."""
        query = select(_events).where(_events.c.command == number)
        with self._database.reading() as tx:
            return [
                (row.number, row.at, Event(code=row.code, facts=_facts(row.facts)))
                for row in tx.execute(query.order_by(_events.c.number))
            ]

    def about(
        self, key: str, senders: Collection[str]
    ) -> Sequence[tuple[JobRecord, Sequence[Event]]]:
        """The jobs that had one recipient in hand, and what they told of it alone; oldest first.

        Those of `senders`, who tried its letters, and those that have it among their options.
        """
        named = value_in(func.nullif(_commands.c.options, ""), "key") == key
        query = select(_commands).where(or_(_commands.c.sender.in_(senders), named))
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(_commands.c.number)).all()
        return [(self._record(row), self._told_of(row.number, key)) for row in rows]

    def _told_of(self, number: int, key: str) -> Sequence[Event]:
        told = (event for _number, _at, event in self.events_numbered(number))
        return [event for event in told if event.facts.get("key") == key]

    def events(self, number: int) -> Sequence[tuple[datetime, Event]]:
        """What a job has told, oldest first; nothing of one that is long over."""
        return [(at, event) for _number, at, event in self.events_numbered(number)]

    def _change(self, number: int, **values: Any) -> None:
        with self._database.writing() as tx:
            tx.execute(update(_commands).where(_commands.c.number == number).values(**values))

    def _is_killed(self, row: Row[*tuple[Any, ...]]) -> bool:
        if row.state is JobState.WAITING:
            return not self._waits(row.sender)
        is_other = row.state is JobState.RUNNING and row.sender != self._sender
        return is_other and not self._alive(row.sender)

    def _record(self, row: Row[*tuple[Any, ...]]) -> JobRecord:
        try:
            return self._read(row)
        except DamagedValueError as error:  # the transaction that would tell it is over by now
            raise self._database.trouble(error) from error

    @telling_damage
    def _read(self, row: Row[*tuple[Any, ...]]) -> JobRecord:
        agreed = json.loads(row.consents) if row.consents else []
        return JobRecord(
            number=row.number,
            command=row.command,
            options=_facts(row.options),
            consents=tuple(Consent(code=code, facts=facts) for code, facts in agreed),
            who=row.who,
            state=JobState.KILLED if self._is_killed(row) else row.state,
            started_at=row.started_at,
            at=row.at,
            next_at=row.next_at,
            stop_requested=row.stop_requested,
            exit_code=row.exit_code,
            result=_facts(row.result),
        )


def _row(
    command: str, options: Facts, consents: Sequence[Consent], at: datetime, who: str
) -> dict[str, Any]:
    agreed = [[consent.code, dict(consent.facts)] for consent in consents]
    return {
        "command": command,
        "options": as_json(options),
        "consents": json.dumps(agreed, ensure_ascii=False, default=_as_text),
        "who": who,
        "state": JobState.RUNNING,
        "started_at": at,
        "at": at,
        "stop_requested": False,
    }


def _facts(text: str) -> Facts:
    """As they were kept; nothing of what was erased."""
    return json_object(text) if text else {}


def as_json(facts: Facts) -> str:
    """As a row keeps them: times and paths as text."""
    return json.dumps(dict(facts), ensure_ascii=False, default=_as_text)


def _as_text(value: object) -> str:
    """A time or a path as JSON can hold it."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


@cache
def _looked_at() -> Select[Any]:
    now = by_its_clock(bindparam("now", type_=_commands.c.at.type))
    this = _commands.c.number == bindparam("number")
    return select(_commands.c.stop_requested, now).where(this)
