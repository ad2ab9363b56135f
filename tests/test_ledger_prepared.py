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
    requeueing,
    schema,
    sending,
    suppression,
)
from merge.ledger.driver.database import handle_of
from merge.ledger.driver.prepared import Prepared
from merge.model import Status


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
