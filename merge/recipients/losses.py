"""Addresses that stand in a sheet and reach no recipient: in many rows, it is the column.

A cell here and there that cannot be used is told with its row. Where more than a quarter of the
rows that have an address lost it, the import would end well and reach nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from merge.french.communes import by_name, reference
from merge.model import Recipient, RowProblem
from merge.recipients.cells import Cells, Flaw, one_line, shown
from merge.recipients.columns import Columns
from merge.recipients.postcodes import parted, town_of, without_last_line
from merge.recipients.sheet import Row, Table

_SHARE = 0.25  # of the rows that have an address; of all mairies' e-mails 1.5 % are unusable
_ROWS_AT_LEAST = 3

_MAILBOX = re.compile(r"[^\s@]@[^\s@]+\.[^\W\d_]{2}")
_NONE = ("email-none-given", "reads-as-empty")  # what a person or a program writes for nothing
_STREET = ("address", "address_2", "complement")


class Losses:
    """Shown each recipient with its row; asked at the end."""

    def __init__(self, table: Table, columns: Columns) -> None:
        self._table = table
        self._email = columns.fields.get("email")
        self._postcode = columns.fields.get("postcode", columns.fields.get("postcode_locality"))
        taken = set(columns.fields.values())
        self._not_taken = [i for i in columns.others.values() if i not in taken]
        self._street = [columns.fields[name] for name in _STREET if name in columns.fields]
        self._with_email = self._with_place = 0  # recipients
        self._without_postcode = 0  # rows with a street whom nothing reaches
        # Rows that lost one, by the column in which it stands, and the first such cell.
        self._emails: Counter[int] = Counter()
        self._places: Counter[int] = Counter()
        self._first: dict[int, str] = {}

    def count(self, row: Row, recipient: Recipient, flaws: Sequence[Flaw]) -> None:
        """A recipient that was taken, its row, and what was told of it."""
        if recipient.email:
            self._with_email += 1
        else:
            self._lost(self._emails, row.cells, self._lost_email(row.cells, flaws))
        if recipient.has_postal_address:
            self._with_place += 1
            return
        column = self._lost_place(row.cells, recipient, flaws)
        self._lost(self._places, row.cells, column)
        if column is None and not recipient.email:
            self._without_postcode += any(row.cells[i].strip() for i in self._street)

    def judge(self) -> Iterator[RowProblem]:
        """What is probably wrong with the sheet."""
        yield from self._column_of(self._emails, self._with_email, self._email, "email")
        yield from self._column_of(self._places, self._with_place, self._postcode, "address")
        # Those who have an e-mail miss nothing.
        if _is_large(self._without_postcode, self._with_place + self._with_email):
            yield self._problem("addresses-without-postcode", "", self._without_postcode)

    def _lost(self, counted: Counter[int], cells: Cells, column: int | None) -> None:
        if column is not None:
            counted[column] += 1
            self._first.setdefault(column, cells[column])

    def _lost_email(self, cells: Cells, flaws: Sequence[Flaw]) -> int | None:
        """The column of an address that was not taken, None without one."""
        if any(flaw.field == "email" and flaw.code not in _NONE for flaw in flaws):
            return self._email
        if "@" not in "".join(cells):  # nearly all rows
            return None
        return next((i for i, cell in enumerate(cells) if _MAILBOX.search(cell)), None)

    def _lost_place(self, cells: Cells, recipient: Recipient, flaws: Sequence[Flaw]) -> int | None:
        if any(flaw.code == "bad-postcode" for flaw in flaws):
            return self._postcode
        commune = reference().get(recipient.insee or "")
        own = commune.postcodes if commune else ()
        for index in self._not_taken:
            cell = cells[index]
            # A number of five digits may be anything, but for the postcode of this very commune.
            if cell[:4].isdigit() and (cell.strip() in own or _is_last_line(cell)):
                return index
            if _is_whole_address(cell):
                return index
        return None

    def _column_of(
        self, lost: Counter[int], kept: int, own: int | None, kind: str
    ) -> Iterator[RowProblem]:
        """The column in which most of the lost ones stand."""
        rows = lost.total()
        if not _is_large(rows, kept):
            return
        column, _n = lost.most_common(1)[0]
        header, first = self._table.headers[column], self._first[column]
        if kind == "email" and column == own:
            yield self._problem("emails-unusable", header, rows, shown(first))
        elif kind == "email":
            yield self._problem("emails-not-taken", header, rows, f"email={header}")
        elif column == own:
            yield self._problem("postcodes-unusable", header, rows, shown(first))
        else:
            whole = "address" if _is_whole_address(first) else "postcode"
            field = "postcode_locality" if _is_last_line(first) else whole
            yield self._problem("postcodes-not-taken", header, rows, f"{field}={header}")

    def _problem(self, code: str, column: str, rows: int, suggestion: str = "") -> RowProblem:
        return RowProblem(
            path=self._table.path,
            row=self._table.header_row,
            column=column,
            value=str(rows),
            code=code,
            suggestion=suggestion,
        )


def _is_last_line(cell: str) -> bool:
    """ "35031 Rennes Cedex"; but not "2020 (réélu)" nor "12000 habitants"."""
    found = parted(one_line(cell))
    return bool(found and by_name(town_of(found[1])))


def _is_whole_address(cell: str) -> bool:
    """ "1 rue X, 35000 Rennes"; but not "réélu en 2020, 12000 habitants"."""
    if len(cell) < _SHORTEST_ADDRESS or not _FIVE_DIGITS.search(cell):  # nearly all
        return False
    street, code, town = without_last_line([*map(one_line, cell.strip().splitlines())])
    return bool(any(street) and code and town and by_name(town_of(town)))


_SHORTEST_ADDRESS = len("1 rue X 80190 Y")
_FIVE_DIGITS = re.compile(r"\d\d ?\d{3}\s+[^\W\d]")


def _is_large(lost: int, kept: int) -> bool:
    return lost >= _ROWS_AT_LEAST and lost > _SHARE * (lost + kept)
