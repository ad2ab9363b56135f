"""What is probably wrong with a whole sheet, and does not show in a single row.

Each check is shown every row with its recipient and problems, and judges at the end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from merge.errors import SheetError
from merge.french.communes import by_name, reference
from merge.model import Recipient, RowProblem
from merge.recipients.address import parted, town_of, without_last_line
from merge.recipients.cells import CellProblem, Cells, clean, one_line, shown
from merge.recipients.columns import Columns
from merge.recipients.sheet import Row, Table
from merge.recipients.towns import strange_letters

_DISAGREE_AT_MOST = 0.05
_SPOILT_AT_MOST = 0.5
_LOST_AT_MOST = 0.25  # of the rows that have an address; of all mairies' e-mails 1.5 % are unusable
_STREETLESS_AT_MOST = 0.5  # of the envelopes: some villages have no streets
_ROWS_AT_LEAST = 3  # to speak of a share
_EXAMPLES = 3


def _are_many(rows: int, of: int, share: float) -> bool:
    return rows >= _ROWS_AT_LEAST and rows > share * of


@dataclass(slots=True)
class NameCheck:
    """Whether the names of the communes agree with the reference.

    A renamed commune here and there disagrees. A wrong encoding spoils every name that has an
    accent, a wrong column nearly every name.
    """

    _table: Table
    _column: int | None  # of the commune's name
    _named: int = 0
    _disagreeing: int = 0  # with the code of their row
    _accented: int = 0
    _spoilt: int = 0  # of the accented: disagreeing, unknown, or with another accent
    _examples: list[str] = field(default_factory=list)
    _unproven: RowProblem | None = None

    def count(self, row: Row, recipient: Recipient | None, problems: Sequence[CellProblem]) -> None:
        """One row, whether it makes a recipient or not."""
        encoding = self._table.encoding
        if encoding and self._unproven is None and not encoding.startswith("utf"):
            self._unproven = self._first_guessed(row)
        if self._column is None:
            return
        name = row.cells[self._column]
        if not problems and name.isascii():  # nearly all rows
            self._named += bool(name)
            return
        name, codes = clean(name), {problem.code for problem in problems}
        if not name or not codes.isdisjoint({"branch-office", "former-name"}):
            return
        disagrees = not codes.isdisjoint({"name-disagrees", "name-of-another"})
        commune = reference().get(recipient.insee or "") if recipient else None
        spoilt = not name.isascii() and (
            disagrees
            or not codes.isdisjoint({"unknown-name", "control-character"})
            or (commune is not None and bool(strange_letters(name, commune)))
        )
        self._named += 1
        self._disagreeing += disagrees
        self._accented += not name.isascii()
        self._spoilt += spoilt
        if (disagrees or spoilt) and len(self._examples) < _EXAMPLES:
            self._examples.append(shown(name))

    def judge(self) -> Iterator[RowProblem]:
        """SheetError when nothing can be trusted; a problem when nothing proves the encoding."""
        if _are_many(self._disagreeing, self._named, _DISAGREE_AT_MOST) or _are_many(
            self._spoilt, self._accented, _SPOILT_AT_MOST
        ):
            raise SheetError(
                "wrong-encoding-or-column",
                path=self._table.path,
                rows=max(self._disagreeing, self._spoilt),
                of=self._named,
                examples=", ".join(self._examples),
                encoding=self._table.encoding,
            )
        if self._unproven is not None and not self._accented:
            yield self._unproven

    def _first_guessed(self, row: Row) -> RowProblem | None:
        """The first cell with accents: only a guess says which encoding they are in."""
        for header, cell in zip(self._table.headers, row.cells, strict=True):
            if not cell.isascii():
                encoding = self._table.encoding
                return self._table.problem(
                    "encoding-unproven", row.number, header, shown(cell), encoding
                )
        return None


MAILBOX = re.compile(r"[^\s@]@[^\s@]+\.[^\W\d_]{2}")
_NONE = ("email-none-given", "reads-as-empty")  # what a person or a program writes for nothing
_NO_POSTCODE = ("bad-postcode", "postcode-of-another-country", "unknown-country")
_STREET = ("address", "address_2", "address_3", "complement", "address_again")


class AddressCheck:
    """Whether addresses stand in the sheet that reach no recipient: in many rows, it is the column.

    A cell here and there that cannot be used is reported with its row. Where more than a quarter of
    the rows that have an address lost it, the import would succeed and reach nobody.
    """

    def __init__(self, table: Table, columns: Columns) -> None:
        self._table = table
        self._email = columns.fields.get("email")
        self._postcode = columns.fields.get("postcode", columns.fields.get("postcode_locality"))
        taken = set(columns.fields.values())
        self._not_taken = [i for i in columns.others.values() if i not in taken]
        self._street = [columns.fields[name] for name in _STREET if name in columns.fields]
        self._is_of_communes = columns.audience == "communes"  # a mairie needs no street
        self._with_email = self._with_place = 0  # recipients
        self._on_paper = self._without_street = 0  # recipients without an e-mail
        self._without_postcode = 0  # rows with a street whom nothing reaches
        # Rows that lost one, by the column in which it stands, and the first such cell.
        self._emails: Counter[int] = Counter()
        self._places: Counter[int] = Counter()
        self._first: dict[int, str] = {}

    def count(self, row: Row, recipient: Recipient, problems: Sequence[CellProblem]) -> None:
        """A recipient that was taken, its row, and its problems."""
        if recipient.email:
            self._with_email += 1
        elif (column := self._lost_email(row.cells, problems)) is not None:
            self._emails[column] += 1
            self._first.setdefault(column, row.cells[column])
        if recipient.has_postal_address:
            self._with_place += 1
            if not recipient.email:
                self._on_paper += 1
                self._without_street += not recipient.street
        elif (column := self._lost_place(row.cells, recipient, problems)) is not None:
            self._places[column] += 1
            self._first.setdefault(column, row.cells[column])
        elif not recipient.email:
            self._without_postcode += any(row.cells[i].strip() for i in self._street)

    def judge(self) -> Iterator[RowProblem]:
        """The columns in which most of the lost addresses stand."""
        emails, places = self._emails.total(), self._places.total()
        if _are_many(emails, emails + self._with_email, _LOST_AT_MOST):
            yield self._lost_emails(emails)
        if _are_many(places, places + self._with_place, _LOST_AT_MOST):
            yield self._lost_places(places)
        # Those who have an e-mail miss nothing.
        rows = self._without_postcode
        if _are_many(rows, rows + self._with_place + self._with_email, _LOST_AT_MOST):
            yield self._problem("addresses-without-postcode", "", rows)
        rows = 0 if self._is_of_communes else self._without_street
        if _are_many(rows, self._on_paper, _STREETLESS_AT_MOST):
            yield self._problem("addresses-without-street", "", rows)

    def _lost_email(self, cells: Cells, problems: Sequence[CellProblem]) -> int | None:
        """The column of an address that was not taken, None without one."""
        if any(problem.field == "email" and problem.code not in _NONE for problem in problems):
            return self._email
        if "@" not in "".join(cells):  # nearly all rows
            return None
        return next((i for i, cell in enumerate(cells) if MAILBOX.search(cell)), None)

    def _lost_place(
        self, cells: Cells, recipient: Recipient, problems: Sequence[CellProblem]
    ) -> int | None:
        if any(problem.code in _NO_POSTCODE for problem in problems):
            return self._postcode
        commune = reference().get(recipient.insee or "")
        own = commune.postcodes if commune else ()
        for index in self._not_taken:
            cell = cells[index]
            # A number of five digits may be anything, but for the postcode of this very commune.
            if cell[:4].isdigit() and (cell.strip() in own or is_last_line(cell)):
                return index
            if is_address_cell(cell):
                return index
        return None

    def _lost_emails(self, rows: int) -> RowProblem:
        column, _n = self._emails.most_common(1)[0]
        header = self._table.headers[column]
        if column == self._email:
            return self._problem("emails-unusable", header, rows, shown(self._first[column]))
        return self._problem("emails-not-taken", header, rows, f"email={header}")

    def _lost_places(self, rows: int) -> RowProblem:
        column, _n = self._places.most_common(1)[0]
        header, first = self._table.headers[column], self._first[column]
        if column == self._postcode:
            return self._problem("postcodes-unusable", header, rows, shown(first))
        whole = "address" if is_address_cell(first) else "postcode"
        field = "postcode_locality" if is_last_line(first) else whole
        return self._problem("postcodes-not-taken", header, rows, f"{field}={header}")

    def _problem(self, code: str, column: str, rows: int, suggestion: str = "") -> RowProblem:
        found = self._table.problem(code, self._table.header_row, column, str(rows), suggestion)
        return replace(found, of_sheet=True)


def is_last_line(cell: str) -> bool:
    """ "35031 Rennes Cedex"; but not "2020 (réélu)" nor "12000 habitants"."""
    found = parted(one_line(cell))
    return bool(found and by_name(town_of(found[1])))


def is_address_cell(cell: str) -> bool:
    """ "1 rue X, 35000 Rennes"; but not "réélu en 2020, 12000 habitants"."""
    if len(cell) < _SHORTEST_ADDRESS or not _FIVE_DIGITS.search(cell):  # nearly all
        return False
    street, code, town = without_last_line([*map(one_line, cell.strip().splitlines())])
    return bool(any(street) and code and town and by_name(town_of(town)))


_SHORTEST_ADDRESS = len("1 rue X 80190 Y")
_FIVE_DIGITS = re.compile(r"\d\d ?\d{3}\s+[^\W\d]")
