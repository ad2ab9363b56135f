"""What is read of a sheet, told in short: the only door of these tests to how it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import pytest

from merge.errors import SheetError
from merge.french.communes import reference
from merge.model import Audience, Recipient, RowProblem
from merge.recipients import columns, contacts
from merge.recipients.cells import Cells
from merge.recipients.frame import recipients_of
from merge.recipients.sheet import Sheet, read_sheet


def everyone_in(
    table: Sheet,
    audience: Audience = "communes",
    rows: Sequence[Cells] = (),
    /,
    *,
    department: str | None = None,
    **overrides: str,
) -> tuple[list[Recipient], list[RowProblem]]:
    """Who is written to, and the problems, when `rows` were looked at."""
    meaning = columns.assign(table.headers, overrides=overrides, audience=audience, rows=rows)
    found = contacts.read(table, meaning, department=department)
    return [*recipients_of(found.recipients)], found.problems


def written(rows: Sequence[Sequence[str]], delimiter: str = ";", line_end: str = "\r\n") -> str:
    """A CSV text as spreadsheets write it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return text.getvalue()


def imported(
    headers: str,
    *rows: Sequence[str],
    audience: Audience = "communes",
    department: str | None = None,
    **overrides: str,
) -> tuple[list[Recipient], list[RowProblem]]:
    """What a sheet of UTF-8 with these rows says."""
    data = written([headers.split(";"), *rows]).encode()
    table = read_sheet(io.BytesIO(data), encoding="utf-8", delimiter=";", header_row=1)
    return everyone_in(table, audience, department=department, **overrides)


def told(headers: str, *given: str) -> tuple[str, ...]:
    """What is taken of one row: its key, and each part that its town does not say itself; then each
    problem with its column and what is suggested, "!" before it.

    The row comes last; before it may stand options, "audience=people;department=35;key=No".
    """
    *options, row = given
    named: dict[str, Any] = dict(
        option.split("=") for option in ";".join(options).split(";") if option
    )
    (cells,) = csv.reader(io.StringIO(row, newline=""), delimiter=";")
    recipients, problems = imported(headers, cells, **named)
    return (*(part for each in recipients for part in _parts(each)), *map(problem_told, problems))


def _parts(recipient: Recipient) -> list[str]:
    town = reference().get(recipient.insee or "")
    itself = {
        *("key", "insee", "department", "population", "source", "row", "fields", "is_person"),
        *(("commune",) if town and recipient.commune == town.name else ()),
        *(("article_code",) if town and recipient.article_code == town.article_code else ()),
        *(("locality",) if town and recipient.locality == town.name else ()),
    }
    said = {name: value for name, value in recipient._asdict().items() if name not in itself}
    parts = [f"{name} {_one_line(value)}" for name, value in said.items() if value]
    return [recipient.key, *parts, *(f"{k}: {v}" for k, v in recipient.fields.items() if v)]


def _one_line(value: object) -> str:
    return " / ".join(value) if isinstance(value, tuple) else str(value)


def problem_told(problem: RowProblem) -> str:
    """Its code and column, "!" before them, and what is suggested."""
    meant = f": {problem.suggestion}" if problem.suggestion else ""
    return f"!{problem.code} {problem.column}".rstrip() + meant


def refusal(data: bytes, **named: Any) -> SheetError:
    """Why a sheet of these bytes is refused."""
    with pytest.raises(SheetError) as caught:
        read_sheet(io.BytesIO(data), **named)
    return caught.value


def sheet_told(data: bytes, **named: Any) -> tuple[str, ...]:
    """What stands in a sheet: its headers, each row with its number, each problem; or why it is
    refused, and where.
    """
    try:
        table = read_sheet(io.BytesIO(data), **named)
        told = [(each.row, f"!{each.row} {each.code}") for each in table.told]
        told += [(n, f"{n}: {' · '.join(cells)}") for n, cells in table.head().rows.items()]
        rows = [line for _row, line in sorted(told, key=itemgetter(0))]
    except SheetError as error:
        where = error.row or error.facts.get("cell", "")
        return (f"refused: {error.code} {where}".strip(),)
    problems = [f"!{each.code} {each.column}".strip() for each in table.problems]
    return (" · ".join(table.headers), *rows, *problems)


def table_told(text: str, *options: str) -> tuple[str, ...]:
    """The same of a CSV file of UTF-8. Options: "header_row=1", "delimiter=;"."""
    named = dict(option.split("=", 1) for option in options)
    row = {"header_row": int(named.pop("header_row"))} if "header_row" in named else {}
    return sheet_told(text.encode(), **named, **row)


def people_told(data: bytes, audience: Audience = "communes", **named: Any) -> tuple[str, ...]:
    """What is taken of the bytes of a sheet: each recipient, each problem with its row."""
    recipients, problems = everyone_in(read_sheet(io.BytesIO(data), **named), audience)
    return (
        *(" | ".join(_parts(each)) for each in recipients),
        *(f"!{each.row} {problem_told(each).lstrip('!')}" for each in problems),
    )
