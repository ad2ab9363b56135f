"""A table's recipients and problems in two lists, for tests that look at the whole of it."""

from __future__ import annotations

from merge.model import Recipient, RowProblem
from merge.recipients import columns, contacts
from merge.recipients.sheet import Table


def everyone_in(
    table: Table, *, department: str | None = None, **overrides: str
) -> tuple[list[Recipient], list[RowProblem]]:
    """What `contacts.read` yields, parted."""
    meaning = columns.assign(table.headers, overrides=overrides)
    recipients: list[Recipient] = []
    problems: list[RowProblem] = []
    for found in contacts.read(table, meaning, department=department):
        if isinstance(found, RowProblem):
            problems.append(found)
        else:
            recipients.append(found)
    return recipients, problems
