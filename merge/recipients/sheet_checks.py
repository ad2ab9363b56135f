"""What is probably wrong with a whole sheet, and does not show in a single row: recipients by their
parts, beside the cells of their rows as they stand and the problems that were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from operator import attrgetter

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import Recipient, RowProblem
from merge.recipients.address import is_address_cell, is_last_line
from merge.recipients.cells import MAILBOX, CellProblem, Problems, clean, shown
from merge.recipients.columns import Columns
from merge.recipients.frame import Column, Rows, mapped, recipients_of, whether
from merge.recipients.headers import STREET
from merge.recipients.sheet import Sheet
from merge.recipients.towns import strange_letters

_DISAGREE_AT_MOST = 0.05
_SPOILT_AT_MOST = 0.5
_LOST_AT_MOST = 0.25  # of the rows that have an address; of all mairies' e-mails 1.5 % are unusable
_STREETLESS_AT_MOST = 0.5  # of the envelopes: some villages have no streets
_ROWS_AT_LEAST = 3  # to speak of a share
_EXAMPLES = 3


def _are_many(rows: int, of: int, share: float) -> bool:
    return rows >= _ROWS_AT_LEAST and rows > share * of


def wrong_names(table: Sheet, columns: Columns, cells: Rows, people: Rows) -> Iterator[RowProblem]:
    """Whether the names of the communes, in the cells as they stand, agree with the reference; and
    a problem where nothing proves the encoding.

    A renamed commune here and there disagrees. A wrong encoding spoils every name that has an
    accent, a wrong column nearly every name: SheetError, for then nothing can be trusted.
    """
    column, problems = columns.fields.get("commune"), cells.problems
    names = mapped(clean, cells["" if column is None else table.headers[column]])
    names = names[
        (names != "") & ~names.index.isin(rows_told(problems, "branch-office", "former-name"))
    ]
    disagreeing = rows_told(problems, "name-disagrees", "name-of-another")
    damaged = disagreeing | rows_told(problems, "unknown-name", "control-character")
    accented = names[~whether(str.isascii, names)]
    communes = map(reference().get, people["insee"].reindex(accented.index))
    spoilt = {
        row
        for (row, name), commune in zip(accented.items(), communes, strict=True)
        if row in damaged or (commune and strange_letters(name, commune))
    }
    disagrees = names.index.isin(disagreeing)
    if _are_many(n := int(disagrees.sum()), len(names), _DISAGREE_AT_MOST) or _are_many(
        len(spoilt), len(accented), _SPOILT_AT_MOST
    ):
        examples = names[disagrees | names.index.isin(spoilt)][:_EXAMPLES]
        raise SheetError(
            "wrong-encoding-or-column",
            path=table.path,
            rows=max(n, len(spoilt)),
            of=len(names),
            examples=", ".join(map(shown, examples)),
            encoding=table.encoding,
        )
    if table.encoding and not table.encoding.startswith("utf") and accented.empty:
        yield from islice(_guessed(table, cells), 1)


def rows_told(problems: Mapping[int, Problems], *codes: str) -> set[int]:
    """The rows that have a problem with one of these codes."""
    return {row for row, its in problems.items() if any(each.code in codes for each in its)}


def _guessed(table: Sheet, cells: Rows) -> Iterator[RowProblem]:
    """The cells with accents: only a guess says which encoding they are in."""
    for row, texts in cells:
        for header, cell in zip(table.headers, texts, strict=True):
            if not cell.isascii():
                yield table.problem("encoding-unproven", row, header, shown(cell), table.encoding)


def without_repeats(people: Rows, columns: Columns) -> Rows:
    """Everyone once. Of a row with the key of an earlier one, or that differs from it in nothing,
    nothing else is told.
    """
    who = _who(people)
    firsts = people["row"].groupby(who, sort=False).transform("first")
    field = next((name for name in columns.identity if name in columns.fields), "")
    again = {
        each.row: CellProblem(
            code="duplicate-key" if each.key or each.number else "same-row",
            field=field,
            value=each.key or each.number or each.name,
            suggestion=str(firsts[each.row]),
            taken=False,
        )
        for each in recipients_of(people.where(people["row"] != firsts))
    }
    return people.without(again)


def those_without_row(some: Rows, people: Rows) -> Rows:
    """Of `some` each recipient once, and only those who have no row among `people`."""
    who = _who(some)
    return some.where(~(who.duplicated() | who.isin(_who(people))))


def _who(people: Rows) -> Column:
    """For each row what identifies its recipient: the key, else the number, else the row itself.

    Rows with the same names and e-mail have a hash of all that they say instead of their row.
    """
    known = people["key"].where(people["key"] != "", people["number"])
    names = ["surname", "first_name", "email"]
    alike = people.where((known == "") & people.cells.duplicated(names, keep=False))
    parts = ((*_BUT_ROW_AND_FIELDS(each), *each.fields.values()) for each in recipients_of(alike))
    hashes = alike.having(who=map(hash, parts))["who"]
    own = people["row"].where(~people.cells.index.isin(hashes.index), hashes)
    return known.where(known != "", own)


_BUT_ROW_AND_FIELDS = attrgetter(*(n for n in Recipient._fields if n not in ("row", "fields")))
_SHARING_AT_LEAST = 3  # rows; of all mairies, 4 mailboxes


def tell_shared_mailboxes(people: Rows) -> None:
    """Two communes may share a mailbox; a cell that was dragged down is no such."""
    emails = people["email"].dropna()
    before = emails.groupby(emails, sort=False).cumcount()
    before = before[before >= _SHARING_AT_LEAST - 1]
    for (row, n), email in zip(before.items(), emails[before.index], strict=True):
        people.problems[row].tell("shared-mailbox", "email", email, str(n))


_NONE = ("email-none-given", "reads-as-empty")  # what a person or a program writes for nothing
_NO_POSTCODE = ("bad-postcode", "postcode-of-another-country", "unknown-country")


def is_placed(people: Rows) -> Column:
    """`Recipient.has_postal_address` of each."""
    return (people["locality"] != "") & ((people["postcode"] != "") | (people["country"] != ""))


def lost_addresses(
    table: Sheet, columns: Columns, cells: Rows, people: Rows
) -> Iterator[RowProblem]:
    """Whether addresses stand in the sheet that reach no recipient: in many rows, it is the column.

    A cell here and there that cannot be used is reported with its row. Where more than a quarter of
    the rows that have an address lost it, the import would succeed and reach nobody.
    """
    fields = columns.fields
    headers = {name: table.headers[index] for name, index in fields.items()}
    email = headers.get("email")
    postcode = headers.get("postcode", headers.get("postcode_locality"))
    streets = [headers[name] for name in STREET if name in headers]
    mailed, placed = people["email"].notna(), is_placed(people)
    insee = people["insee"]
    told = {
        row
        for row in insee.index[~mailed]
        if any(p.field == "email" and p.code not in _NONE for p in cells.problems.get(row, ()))
    }
    emails, _ = _lost(_of(cells, insee[~mailed]), insee, email, told, table.headers, _has_mailbox)
    not_taken = [name for name, i in columns.others.items() if i not in fields.values()]
    told = rows_told(cells.problems, *_NO_POSTCODE)
    places, rest = _lost(_of(cells, insee[~placed]), insee, postcode, told, not_taken, _has_place)
    rest = _of(rest, insee[~mailed])  # rows with a street whom nothing reaches
    without_postcode = sum(
        any(map(str.strip, cells)) for cells in zip(*(rest[h] for h in streets), strict=True)
    )

    def problem(code: str, header: str, rows: int, suggestion: str = "") -> RowProblem:
        found = table.problem(code, table.header_row, header, str(rows), suggestion)
        return replace(found, of_sheet=True)

    for found, own, is_reached, unusable, not_read in (
        (emails, email, mailed, "emails-unusable", "emails-not-taken"),
        (places, postcode, placed, "postcodes-unusable", "postcodes-not-taken"),
    ):
        n = sum(map(len, found.values()))
        if not _are_many(n, n + int(is_reached.sum()), _LOST_AT_MOST):
            continue
        header = max(found, key=lambda name: len(found[name]))
        first = found[header].iloc[0]
        if header == own:
            yield problem(unusable, header, n, shown(first))
        else:
            yield problem(not_read, header, n, f"{_field_of(first)}={header}")
    # Those who have an e-mail miss nothing.
    if _are_many(
        without_postcode, without_postcode + int(mailed.sum() + placed.sum()), _LOST_AT_MOST
    ):
        yield problem("addresses-without-postcode", "", without_postcode)
    on_paper = people.where(placed & ~mailed)["street"]
    n = 0 if columns.audience == "communes" else int((~on_paper.astype(bool)).sum())
    if _are_many(n, len(on_paper), _STREETLESS_AT_MOST):  # a mairie needs no street
        yield problem("addresses-without-street", "", n)


def _of(rows: Rows, some: Column) -> Rows:
    """The rows that are rows of `some` as well."""
    return rows.where(rows.cells.index.isin(some.index))


def _lost(
    rows: Rows,
    insee: Column,
    own: str | None,
    told: set[int],
    headers: Iterable[str],
    is_one: Callable[[str, str | None], bool],
) -> tuple[dict[str, Column], Rows]:
    """The cells with addresses that were not taken, by column, one for each row; and the rows
    without such a cell.

    A row in `told` counts for the address's `own` column, another for the first of `headers` whose
    cell `is_one`.
    """
    is_told = rows.cells.index.isin(told)
    found = {own: rows[own][is_told]} if own else {}
    rows = rows.where(~is_told)
    for header in headers:
        cells = rows[header]
        is_found = [is_one(*each) for each in zip(cells, insee[cells.index], strict=True)]
        if any(is_found):
            found[header] = cells[is_found]
            rows = rows.where(~cells.index.isin(found[header].index))
    return found, rows


def _has_mailbox(cell: str, _insee: str | None) -> bool:
    return "@" in cell and bool(MAILBOX.search(cell))


def _has_place(cell: str, insee: str | None) -> bool:
    # A number of five digits may be anything, but for the postcode of this very commune.
    if cell[:4].isdigit():
        commune = reference().get(insee or "")
        if is_last_line(cell) or (commune and cell.strip() in commune.postcodes):
            return True
    return is_address_cell(cell)


def _field_of(cell: str) -> str:
    """What a column of such cells is."""
    if is_last_line(cell):
        return "postcode_locality"
    if is_address_cell(cell):
        return "address"
    return "email" if "@" in cell else "postcode"
