"""What runs with every message, or to claim one, costs SQLite no more than its rows; its states are
those that the channels have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, MetaData, create_engine, insert, select
from sqlalchemy.dialects import sqlite

from merge.ledger import accounts, accounts_schema, reading, schema, sending
from merge.ledger.driver.database import handle_of
from merge.ledger.states import IN_HAND, may_move, sources
from merge.model import Channel, Status

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An empty database."""
    engine = create_engine("sqlite://", connect_args={"isolation_level": None})
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def explained(connection: Connection, metadata: MetaData, how: str, statement: str) -> list[str]:
    """Its steps there."""
    metadata.create_all(connection)
    names = dict.fromkeys(re.findall(r":(\w+)", statement))
    found = connection.exec_driver_sql(f"EXPLAIN {how} {statement}", names)
    return [getattr(step, "detail" if how else "opcode") for step in found]


@pytest.mark.parametrize(
    ("metadata", "statement"),
    [
        (schema.metadata, sending._WRITE_INTENT),
        (schema.metadata, sending._COUNT_UP),
        (schema.metadata, sending._KEEP_ATTEMPT),
        (schema.metadata, sending._SETTLE),
        (accounts_schema.metadata, accounts._RAISE_COUNTER),
    ],
)
def test_sqlite_makes_no_table_for_it(
    connection: Connection, metadata: MetaData, statement: str
) -> None:
    steps = explained(connection, metadata, "", statement)
    assert "Halt" in steps
    assert "OpenEphemeral" not in steps


@pytest.mark.parametrize(
    "statement",
    [
        *(
            str(
                each.params(list="[]").compile(
                    dialect=sqlite.dialect(paramstyle="named"),
                    compile_kwargs={"render_postcompile": True},
                )
            )
            for each in (
                reading._candidates((Channel.EMAIL,)),
                reading._candidates((Channel.EMAIL, Channel.PAPER)),
                sending._free.params(now=NOON),
            )
        ),
        *(sending._WRITE_INTENT, sending._INTENDED, sending._KEEP_ATTEMPT, sending._SETTLE),
    ],
)
def test_sqlite_finds_a_few_deliveries_by_their_numbers(
    connection: Connection, statement: str
) -> None:
    """And not among all that stand as they do."""
    steps = explained(connection, schema.metadata, "QUERY PLAN", statement)
    assert steps[0] == "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)", steps


def settled(before: Status, after: Status) -> bool:
    """Whether one that this sender has claimed may become so."""
    if after is Status.SENT and before is Status.UNKNOWN:
        return True
    return before in IN_HAND and may_move(Channel.EMAIL, before, after)


@pytest.mark.parametrize("after", ["sent", "deferred", "failed", "held", "unknown", "sending"])
def test_it_moves_what_the_channels_let_move(connection: Connection, after: Status) -> None:
    schema.metadata.create_all(connection)
    states = [each for each in Status if each != after]
    values = {"recipient": "06088", "channel": Channel.EMAIL, "claimant": "me", "at": NOON}
    connection.execute(
        insert(schema.deliveries),
        [{**values, "wave": wave, "status": status} for wave, status in enumerate(states, 1)],
    )
    names = ("message_id", "address", "sha256", "fingerprint", "enhanced", "detail")
    row = {"sender": "me", "at": NOON, "status": after, "code": None, "not_before": None}
    is_intent = after == Status.SENDING
    handle_of(connection).executemany(
        sending._WRITE_INTENT if is_intent else sending._SETTLE,
        [{**dict.fromkeys(names, ""), **row, "which": number + 1} for number in range(len(states))],
    )
    became = select(schema.deliveries.c.status).order_by(schema.deliveries.c.id)
    now = zip(states, connection.scalars(became), strict=True)
    expected = sources(Channel.EMAIL, Status.SENDING)
    if not is_intent:
        expected = tuple(each for each in states if settled(each, Status(after)))
    assert {before for before, status in now if status == after} == set(expected)
