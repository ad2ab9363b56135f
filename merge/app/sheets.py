"""One sheet as it is to be read: what was said, what is remembered of the last one like it, what is
still to be asked."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merge.app.confined import SheetFile
from merge.errors import SheetError
from merge.ledger.records import KeptReading
from merge.model import Audience

if TYPE_CHECKING:
    from merge.confined.helpers import Kept
    from merge.recipients.answers import SheetHead
    from merge.recipients.cells import Cells
    from merge.recipients.columns import Columns
    from merge.recipients.suggesting import Suggestion

LOOKED_AT = 1000
"""Rows from the first, for what a column may be."""

_FILE = ("encoding", "delimiter", "header_row", "sheet")
_TEXTS = ("encoding", "delimiter", "sheet", "department")
_TRIED_AT_MOST = 3  # readings that were said of other files


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How sheets are to be read; what is None is guessed."""

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)  # `--map`: field → header
    own: Collection[str] = ()  # `--keep`: headers that mean nothing but themselves
    department: str | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Reading:
        """What `said` has put down. A ledger may come from a stranger: what makes no sense there
        is not known.
        """
        from merge.recipients.headers import field_named

        texts = {n: v for n in _TEXTS if isinstance(v := said.get(n), str)}
        row = said.get("header_row")
        columns, own = said.get("columns"), said.get("own")
        return cls(
            **texts,
            header_row=row if isinstance(row, int) and row > 0 else None,
            overrides={
                name: header
                for called, header in (columns.items() if isinstance(columns, dict) else ())
                if (name := field_named(called)) and isinstance(header, str)
            },
            own={each for each in own if isinstance(each, str)} if isinstance(own, list) else (),
        )

    @property
    def of_file(self) -> dict[str, Any]:
        """How the file itself is to be read."""
        return {name: getattr(self, name) for name in _FILE}

    def said(self) -> dict[str, Any]:
        """What is not guessed, as JSON can hold it."""
        said = {name: value for name, value in self.of_file.items() if value is not None}
        if self.department:
            said["department"] = self.department
        if self.overrides:
            said["columns"] = dict(self.overrides)
        if self.own:
            said["own"] = sorted(self.own)
        return said

    def taking(self, header: str, name: str) -> Reading:
        """The same, with this column taken for a field, or for itself alone ("")."""
        kept = {of: column for of, column in self.overrides.items() if column != header}
        if not name:
            return replace(self, overrides=kept, own={*self.own, header})
        return replace(self, overrides={**kept, name: header})


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSeen:
    """A sheet whose header is understood as far as it can be, and its first rows."""

    table: SheetHead  # with its first rows
    file: SheetFile
    reading: Reading  # with what was remembered
    remembered: KeptReading | None
    columns: Columns

    def taking(self, header: str, name: str) -> SheetSeen:
        """The same, with this column taken for a field, or for itself alone ("")."""
        from merge.recipients import columns

        said = self.reading.taking(header, name)
        meaning = columns.understood(
            self.table.headers,
            overrides=said.overrides,
            own=said.own,
            audience=self.columns.audience,
            rows=self.cells,
        )
        return replace(self, reading=said, columns=meaning)

    def field_of(self, header: str) -> str:
        """The field that a column is taken for, "" for none."""
        index = self.table.headers.index(header)
        return next((name for name, at in self.columns.fields.items() if at == index), "")

    @property
    def cells(self) -> Sequence[Cells]:
        """The first rows, without their numbers."""
        return [*self.table.rows.values()]

    @property
    def shape(self) -> str:
        """What a file has in common with the next one like it: its columns, in any order."""
        return shape_of(self.table.headers)


def shape_of(headers: Iterable[str]) -> str:
    """A hash: headers may name people, and a shape stands beside them in the ledger."""
    return hashlib.sha256("\n".join(sorted(headers)).encode()).hexdigest()


def look(
    name: str,
    reading: Reading,
    remembered: Sequence[KeptReading],
    helper: Kept,
    *,
    audience: Audience,
    called: str = "",
) -> SheetSeen:
    """The sheet `name` ("-" is standard input) of those whom the campaign writes to, with what is
    remembered of one like it. `called` is its name for people, where it lies under another.

    SheetError: those of `read_sheet`; "not-one-of".
    """
    from merge.recipients import columns

    file = SheetFile(sys.stdin.buffer if name == "-" else Path(name), helper, called)
    table, kept = _table(file, reading, remembered)
    if kept is not None:
        reading = _joined(reading, Reading.of(kept.reading), table.headers)
    try:
        meaning = columns.understood(
            table.headers,
            overrides=reading.overrides,
            own=reading.own,
            audience=audience,
            rows=[*table.rows.values()],
        )
    except SheetError as error:
        error.path = table.path
        raise
    return SheetSeen(table=table, file=file, reading=reading, remembered=kept, columns=meaning)


def checked(looked: SheetSeen) -> Columns:
    """The columns, where they are enough to read the sheet.

    SheetError: "two-columns-one-field", "no-recipient-column", "no-table-in-worksheet".
    """
    from merge.recipients import columns

    table = looked.table
    try:
        return columns.assign(
            table.headers,
            overrides=looked.reading.overrides,
            own=looked.reading.own,
            audience=looked.columns.audience,
            rows=looked.cells,
        )
    except SheetError as error:
        error.path = table.path
        if error.code != "no-recipient-column" or not table.other_sheets:
            raise
        raise SheetError(
            "no-table-in-worksheet",
            path=table.path,
            sheet=table.sheet,
            others=", ".join(table.other_sheets),
        ) from None


def proposals(looked: SheetSeen) -> tuple[Suggestion, ...]:
    """What may be asked about its columns."""
    from merge.recipients.suggesting import suggestions

    decided = {*looked.reading.own, *looked.reading.overrides.values()}
    return suggestions(looked.table.headers, looked.cells, looked.columns, decided)


def _table(
    file: SheetFile, reading: Reading, remembered: Sequence[KeptReading]
) -> tuple[SheetHead, KeptReading | None]:
    """The table, and the last reading of its shape. A file whose header no guess finds is found as
    the last one was.
    """
    said = [kept for kept in remembered if not kept.reading.keys().isdisjoint(_FILE)]
    for kept in said[:_TRIED_AT_MOST]:
        try:
            table = file.look(_of_file(reading, Reading.of(kept.reading)), LOOKED_AT)
        except SheetError:
            continue
        if shape_of(table.headers) == kept.shape:
            return table, kept
    table = file.look(reading.of_file, LOOKED_AT)
    return table, {kept.shape: kept for kept in remembered}.get(shape_of(table.headers))


def _of_file(reading: Reading, kept: Reading) -> dict[str, Any]:
    before = kept.of_file
    return {n: before[n] if value is None else value for n, value in reading.of_file.items()}


def _joined(reading: Reading, kept: Reading, headers: Sequence[str]) -> Reading:
    """What is said now, over what is remembered."""
    from merge.recipients.headers import field_named

    said = {field_named(name) or name: header for name, header in reading.overrides.items()}
    decided = {*said.values(), *reading.own}
    overrides = {
        name: header
        for name, header in kept.overrides.items()
        if name not in said and header not in decided and header in headers
    }
    return Reading(
        **_of_file(reading, kept),
        overrides={**overrides, **said},
        own={*kept.own, *reading.own} - set(said.values()),
        department=reading.department or kept.department,
    )
