"""What is probably wrong with a whole sheet, and does not show in a single row: recipients by their
parts, beside the cells of their rows as they stand and the problems that were found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import attrgetter

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import Recipient, RowProblem
from merge.recipients.address import is_address_cell, is_last_line
from merge.recipients.cells import MAILBOX, CellProblem, Cells, clean, shown
from merge.recipients.columns import Columns
from merge.recipients.frame import Column, Rows, mapped, recipients_of, whether
from merge.recipients.sheet import Table
from merge.recipients.towns import strange_letters

_DISAGREE_AT_MOST = 0.05
_SPOILT_AT_MOST = 0.5
_LOST_AT_MOST = 0.25  # of the rows that have an address; of all mairies' e-mails 1.5 % are unusable
_STREETLESS_AT_MOST = 0.5  # of the envelopes: some villages have no streets
_ROWS_AT_LEAST = 3  # to speak of a share
_EXAMPLES = 3


def _are_many(rows: int, of: int, share: float) -> bool:
    return rows >= _ROWS_AT_LEAST and rows > share * of


def wrong_names(table: Table, columns: Columns, cells: Rows, people: Rows) -> Iterator[RowProblem]:
    """Whether the names of the communes, in the cells as they stand, agree with the reference; and
    a problem where nothing proves the encoding.

    A renamed commune here and there disagrees. A wrong encoding spoils every name that has an
    accent, a wrong column nearly every name: SheetError, for then nothing can be trusted.
    """
    column, problems = columns.fields.get("commune"), cells.problems
    names = mapped(clean, cells["" if column is None else table.headers[column]])
    names = names[names != ""]
    is_doubtful = ~whether(str.isascii, names) | names.index.isin([*problems])
    named = int((~is_doubtful).sum())
    disagreeing = accented = spoilt = 0
    examples: list[str] = []
    names = names[is_doubtful]
    towns = people["insee"].reindex(names.index)
    for (row, name), insee in zip(names.items(), towns, strict=True):
        codes = {problem.code for problem in problems.get(row, ())}
        if not codes.isdisjoint({"branch-office", "former-name"}):
            continue
        disagrees = not codes.isdisjoint({"name-disagrees", "name-of-another"})
        commune = reference().get(insee)
        is_spoilt = not name.isascii() and (
            disagrees
            or not codes.isdisjoint({"unknown-name", "control-character"})
            or (commune is not None and bool(strange_letters(name, commune)))
        )
        named += 1
        disagreeing += disagrees
        accented += not name.isascii()
        spoilt += is_spoilt
        if disagrees or is_spoilt:
            examples.append(shown(name))
    if _are_many(disagreeing, named, _DISAGREE_AT_MOST) or _are_many(
        spoilt, accented, _SPOILT_AT_MOST
    ):
        raise SheetError(
            "wrong-encoding-or-column",
            path=table.path,
            rows=max(disagreeing, spoilt),
            of=named,
            examples=", ".join(examples[:_EXAMPLES]),
            encoding=table.encoding,
        )
    if table.encoding and not table.encoding.startswith("utf") and not accented:
        yield from islice(_guessed(table, cells), 1)


def _guessed(table: Table, cells: Rows) -> Iterator[RowProblem]:
    """The cells with accents: only a guess says which encoding they are in."""
    for row, texts in cells:
        for header, cell in zip(table.headers, texts, strict=True):
            if not cell.isascii():
                yield table.problem("encoding-unproven", row, header, shown(cell), table.encoding)


def without_repeats(people: Rows, columns: Columns) -> Rows:
    """Everyone once. Of a row with the key of an earlier one, or that differs from it in nothing,
    nothing else is told.
    """
    who = people.having(who=[*map(_who, recipients_of(people))])["who"]
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


def those_without_row(some: Sequence[Recipient], people: Rows) -> Iterator[Recipient]:
    """Those of them, each once, of whom no row of these people is."""
    known = {*map(_who, recipients_of(people))} if some else set()
    for each in some:
        if _who(each) not in known:
            known.add(_who(each))
            yield each


def _who(recipient: Recipient) -> str | int:
    """What tells it from others: a hash where nothing is its own."""
    if key := recipient.key or recipient.number:
        return key
    return hash((*_BUT_ROW_AND_FIELDS(recipient), *recipient.fields.values()))


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
_STREET = ("address", "address_2", "address_3", "complement", "address_again")
_Found = list[tuple[int, str]]
"""Cells with addresses that were not taken, each behind its column."""


def is_placed(people: Rows) -> Column:
    """`Recipient.has_postal_address` of each."""
    return (people["locality"] != "") & ((people["postcode"] != "") | (people["country"] != ""))


def lost_addresses(
    table: Table, columns: Columns, cells: Rows, people: Rows
) -> Iterator[RowProblem]:
    """Whether addresses stand in the sheet that reach no recipient: in many rows, it is the column.

    A cell here and there that cannot be used is reported with its row. Where more than a quarter of
    the rows that have an address lost it, the import would succeed and reach nobody.
    """
    fields = columns.fields
    email, postcode = fields.get("email"), fields.get("postcode", fields.get("postcode_locality"))
    streets = [fields[name] for name in _STREET if name in fields]
    not_taken = [i for i in columns.others.values() if i not in fields.values()]
    emails, places = _Found(), _Found()
    without_postcode = 0  # rows with a street whom nothing reaches
    mailed, placed = people["email"].notna(), is_placed(people)
    lacking = people.where(~(mailed & placed))
    rows = cells.where(cells.cells.index.isin(lacking.cells.index))
    for (row, texts), recipient in zip(rows, recipients_of(lacking), strict=True):
        told = cells.problems.get(row, ())
        if not recipient.email:
            emails += _lost_email(texts, told, email)
        if not recipient.has_postal_address:
            found = _lost_place(texts, told, postcode, recipient, not_taken)
            places += found
            if not (found or recipient.email):
                without_postcode += any(texts[i].strip() for i in streets)

    def problem(code: str, header: str, rows: int, suggestion: str = "") -> RowProblem:
        found = table.problem(code, table.header_row, header, str(rows), suggestion)
        return replace(found, of_sheet=True)

    with_email, with_place = int(mailed.sum()), int(placed.sum())
    if _are_many(n := len(emails), n + with_email, _LOST_AT_MOST):
        column, first = _most(emails)
        header = table.headers[column]
        if column == email:
            yield problem("emails-unusable", header, n, shown(first))
        else:
            yield problem("emails-not-taken", header, n, f"email={header}")
    if _are_many(n := len(places), n + with_place, _LOST_AT_MOST):
        column, first = _most(places)
        header = table.headers[column]
        if column == postcode:
            yield problem("postcodes-unusable", header, n, shown(first))
        else:
            whole = "address" if is_address_cell(first) else "postcode"
            field = "postcode_locality" if is_last_line(first) else whole
            yield problem("postcodes-not-taken", header, n, f"{field}={header}")
    # Those who have an e-mail miss nothing.
    if _are_many(without_postcode, without_postcode + with_place + with_email, _LOST_AT_MOST):
        yield problem("addresses-without-postcode", "", without_postcode)
    on_paper = people.where(placed & ~mailed)["street"]
    n = 0 if columns.audience == "communes" else int((~on_paper.astype(bool)).sum())
    if _are_many(n, len(on_paper), _STREETLESS_AT_MOST):  # a mairie needs no street
        yield problem("addresses-without-street", "", n)


def _lost_email(cells: Cells, problems: Sequence[CellProblem], email: int | None) -> _Found:
    """The first address that was not taken, if there is one."""
    if any(problem.field == "email" and problem.code not in _NONE for problem in problems):
        return [(i, cells[i]) for i in (email,) if i is not None]
    if "@" not in "".join(cells):  # nearly all rows
        return []
    return [(i, cell) for i, cell in enumerate(cells) if MAILBOX.search(cell)][:1]


def _lost_place(
    cells: Cells,
    problems: Sequence[CellProblem],
    postcode: int | None,
    recipient: Recipient,
    not_taken: Sequence[int],
) -> _Found:
    if any(problem.code in _NO_POSTCODE for problem in problems):
        return [(i, cells[i]) for i in (postcode,) if i is not None]
    commune = reference().get(recipient.insee or "")
    own = commune.postcodes if commune else ()
    for i in not_taken:
        cell = cells[i]
        # A number of five digits may be anything, but for the postcode of this very commune.
        if cell[:4].isdigit() and (cell.strip() in own or is_last_line(cell)):
            return [(i, cell)]
        if is_address_cell(cell):
            return [(i, cell)]
    return []


def _most(found: _Found) -> tuple[int, str]:
    """The column in which most of the cells stand, and the first of them."""
    ((column, _),) = Counter(i for i, _ in found).most_common(1)
    return column, dict(reversed(found))[column]
