"""A table → recipients and row problems, one after the other.

The key is the commune's INSEE code, else the column that `--map key=` names; never a name, never
a mailbox: two communes may share one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import Recipient, RowProblem
from merge.recipients.cells import Flaw, clean, shown
from merge.recipients.columns import Columns
from merge.recipients.losses import Losses
from merge.recipients.row import RowReader
from merge.recipients.sheet import Row, Table
from merge.recipients.towns import department_code, strange_letters

_DISAGREE_AT_MOST = 0.05
_SPOILT_AT_MOST = 0.5
_ROWS_AT_LEAST = 3  # to speak of a share
_EXAMPLES = 3
_SHARING_AT_LEAST = 3  # rows; of all mairies, 4 mailboxes

_SAYS_WHO = ("insee", "key", "commune")  # the columns that tell one recipient from another


def read(
    table: Table,
    columns: Columns,
    *,
    department: str | None = None,
    see: Callable[[Sequence[str]], object] | None = None,
) -> Iterator[Recipient | RowProblem]:
    """Everyone in the table and every problem, in its order, the table's own first.

    `department` holds for all rows where the sheet has no column for it; `see` is shown the
    cells of each row. Memory grows by a key, an address and their numbers for each row.

    SheetError("unknown-department"); at the end SheetError("wrong-encoding-or-column") when too
    many names disagree with the reference: then nothing of the sheet is to be trusted.
    """
    if department and not department_code(department):
        raise SheetError("unknown-department", department=department)
    yield from table.problems
    yield from _close_headers(table, columns)
    reader = RowReader(table, columns, department or "")
    census = _Census(table, columns.fields.get("commune"))
    losses = Losses(table, columns)
    first_row: dict[str, int] = {}
    rows_with: Counter[str] = Counter()  # by address
    for row in table.rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        if see:
            see(row.cells)
        recipient, flaws = reader.read(row)
        census.count(row, recipient, flaws)
        if recipient and (first := first_row.setdefault(recipient.key, row.number)) != row.number:
            flaws = [
                Flaw(
                    code="duplicate-key",
                    field=next(name for name in _SAYS_WHO if name in columns.fields),
                    value=recipient.key,
                    suggestion=str(first),
                    taken=False,
                )
            ]
        elif recipient:
            yield recipient
            losses.count(row, recipient, flaws)
            if row.number in table.unlike:
                flaws = [*flaws, *_unlike(table, columns, row)]
            if row.number in table.hidden:
                flaws = [*flaws, Flaw(code="hidden-row", field="", value=recipient.commune)]
            if recipient.email:
                rows_with[recipient.email] += 1
                flaws = [*flaws, *_shared(recipient.email, rows_with[recipient.email])]
        for flaw in flaws:
            yield _problem(table, columns, row, flaw)
    yield from census.judge()
    yield from losses.judge()


def _shared(email: str, rows: int) -> Iterator[Flaw]:
    """Two communes may share a mailbox; a cell that was dragged down over the others is no such."""
    if rows >= _SHARING_AT_LEAST:
        before = str(rows - 1)
        yield Flaw(code="shared-mailbox", field="email", value=email, suggestion=before)


def _unlike(table: Table, columns: Columns, row: Row) -> Iterator[Flaw]:
    """The cells that the worksheet shows otherwise than they are read, of columns that are used."""
    for header in table.unlike[row.number]:
        if header in table.headers and header not in columns.dropped:
            value = shown(row.cells[table.headers.index(header)])
            yield Flaw(code="shown-otherwise", field=header, value=value)


def _problem(table: Table, columns: Columns, row: Row, flaw: Flaw) -> RowProblem:
    index = columns.fields.get(flaw.field)
    return RowProblem(
        path=table.path,
        row=row.number,
        column=flaw.field if index is None else table.headers[index],
        value=flaw.value,
        code=flaw.code,
        suggestion=flaw.suggestion,
        taken=flaw.taken,
    )


def _close_headers(table: Table, columns: Columns) -> Iterator[RowProblem]:
    """Headers that look like a field; the suggestion is what `--map` would want."""
    for header, meant in columns.close.items():
        yield RowProblem(
            path=table.path,
            row=table.header_row,
            column=header,
            value=header,
            code="close-header",
            suggestion=f"{meant}={header}",
        )


class _Census:
    """How well the names of a whole sheet agree with the reference.

    A renamed commune here and there disagrees. A wrong encoding spoils every name that has an
    accent, a wrong column nearly every name.
    """

    def __init__(self, table: Table, column: int | None) -> None:
        self._table = table
        self._column = column  # of the commune's name
        self._named = 0
        self._disagreeing = 0  # with the code of their row
        self._accented = 0
        self._spoilt = 0  # of the accented: disagreeing, unknown, or with another accent
        self._examples: list[str] = []
        self._guessed = bool(table.encoding) and not table.encoding.startswith("utf")
        self._unproven: RowProblem | None = None

    def count(self, row: Row, recipient: Recipient | None, flaws: Sequence[Flaw]) -> None:
        if self._guessed and self._unproven is None and not "".join(row.cells).isascii():
            self._unproven = self._first_guessed(row)
        if self._column is None:
            return
        name = row.cells[self._column]
        if not flaws and name.isascii():  # nearly all rows
            self._named += bool(name)
            return
        name, codes = clean(name), {flaw.code for flaw in flaws}
        if not name or not codes.isdisjoint({"branch-office", "former-name"}):
            return
        disagrees = not codes.isdisjoint({"name-disagrees", "name-of-another"})
        spoilt = not name.isascii() and (
            disagrees
            or not codes.isdisjoint({"unknown-name", "control-character"})
            or _has_other_accents(name, recipient)
        )
        self._named += 1
        self._disagreeing += disagrees
        self._accented += not name.isascii()
        self._spoilt += spoilt
        if (disagrees or spoilt) and len(self._examples) < _EXAMPLES:
            self._examples.append(shown(name))

    def judge(self) -> Iterator[RowProblem]:
        """SheetError when nothing can be trusted; a problem when nothing proves the encoding."""
        if _too_many(self._disagreeing, self._named, _DISAGREE_AT_MOST) or _too_many(
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

    def _first_guessed(self, row: Row) -> RowProblem:
        """The first cell whose letters only the guessed encoding of single bytes vouches for."""
        header, cell = next(
            (header, cell)
            for header, cell in zip(self._table.headers, row.cells, strict=True)
            if not cell.isascii()
        )
        return RowProblem(
            path=self._table.path,
            row=row.number,
            column=header,
            value=shown(cell),
            code="encoding-unproven",
            suggestion=self._table.encoding,
        )


def _too_many(n: int, of: int, share: float) -> bool:
    return n >= _ROWS_AT_LEAST and n > share * of


def _has_other_accents(name: str, recipient: Recipient | None) -> bool:
    commune = reference().get(recipient.insee or "") if recipient else None
    return commune is not None and bool(strange_letters(name, commune))
