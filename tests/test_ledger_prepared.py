"""What runs with every message, or every row of a sheet, costs SQLite no more than its rows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest
from sqlalchemy import MetaData, create_engine

from merge.ledger import (
    accounts,
    accounts_schema,
    archive,
    importing,
    quota,
    reading,
    requeueing,
    schema,
    sending,
    suppression,
)
from merge.ledger.driver.database import handle_of
from merge.ledger.driver.prepared import Prepared
from merge.model import Channel, Status


@pytest.mark.parametrize(
    ("metadata", "statement"),
    [
        (archive._metadata, archive._keep_message),
        (schema.metadata, sending._write_intent),
        (schema.metadata, sending._count_up),
        (schema.metadata, sending._keep_attempt),
        (schema.metadata, partial(sending._settle_as, Status.SENT)),
        (schema.metadata, importing._add),
        (schema.metadata, requeueing._open),
        (accounts_schema.metadata, accounts._raise_counter),
        (accounts_schema.metadata, suppression._edition),
        (accounts_schema.metadata, quota._add),
    ],
)
def test_sqlite_makes_no_table_for_it(
    metadata: MetaData, statement: Callable[[], Prepared]
) -> None:
    engine = create_engine("sqlite://")
    with ExitStack() as stack, engine.connect() as connection:
        stack.callback(engine.dispose)
        sql = statement()._for(handle_of(connection)).sql
        metadata.create_all(connection)
        program = connection.exec_driver_sql(f"EXPLAIN {sql}", (None,) * sql.count("?"))
        steps = {step.opcode for step in program}
    assert "Halt" in steps
    assert "OpenEphemeral" not in steps


@pytest.mark.parametrize(
    "statement",
    [
        partial(reading._candidates, (Channel.EMAIL,)),
        partial(reading._candidates, (Channel.EMAIL, Channel.PAPER)),
        sending._free,
        sending._reserve,
        sending._write_intent,
        sending._keep_attempt,
        partial(sending._settle_as, Status.SENT),
    ],
)
def test_sqlite_finds_a_few_deliveries_by_their_numbers(statement: Callable[[], Prepared]) -> None:
    """And not among all that stand as they do."""
    engine = create_engine("sqlite://")
    with ExitStack() as stack, engine.connect() as connection:
        stack.callback(engine.dispose)
        sql = statement()._for(handle_of(connection)).sql
        schema.metadata.create_all(connection)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))
        steps = [step.detail for step in plan]
    assert steps[0] == "SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)", steps
