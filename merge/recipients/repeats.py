"""Rows of somebody who stands in the sheet already, found without keeping what the others say."""

from __future__ import annotations

from operator import attrgetter

from merge.hashes import NumberByHash
from merge.model import Recipient
from merge.recipients.cells import CellProblem
from merge.recipients.columns import Columns


class RepeatCheck:
    """Tells each row of somebody who stands in the sheet already."""

    def __init__(self, columns: Columns) -> None:
        self._field = next((name for name in columns.identity if name in columns.fields), "")
        self._first_rows = NumberByHash()

    def of(self, recipient: Recipient) -> CellProblem | None:
        """The problem of a row with the key of an earlier one, or one that differs from it in
        nothing.
        """
        key, row = recipient.key or recipient.number, recipient.row
        whole = key or (*_BUT_ROW_AND_FIELDS(recipient), *recipient.fields.values())
        first = self._first_rows.setdefault(hash(whole), row)
        if first == row:
            return None
        return CellProblem(
            code="duplicate-key" if key else "same-row",
            field=self._field,
            value=key or recipient.name,
            suggestion=str(first),
            taken=False,
        )


_BUT_ROW_AND_FIELDS = attrgetter(*(n for n in Recipient._fields if n not in ("row", "fields")))
