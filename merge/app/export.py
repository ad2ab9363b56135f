"""Rows as files for other programs: CSV, JSON, a workbook."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from merge.campaign.answers import Row

_ROWS_AT_ONCE = 1000
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_BEGINS_A_FORMULA = {*"=+-@|%", "\N{MINUS SIGN}"}


def as_csv(columns: Sequence[str], rows: Iterable[Row], *, excel: bool) -> bytes:
    """The rows as CSV (RFC 4180), UTF-8; with `excel`, as a French Excel opens it by itself.

    No cell starts a formula: such a cell gets a leading apostrophe, in both forms.
    """
    return b"".join(csv_parts(columns, rows, excel=excel))


def csv_parts(columns: Sequence[str], rows: Iterable[Row], *, excel: bool) -> Iterator[bytes]:
    """As `as_csv`, some rows at a time."""
    lines = ([harmless(row[column]) for column in columns] for row in rows)
    some: list[Sequence[str]] = [columns]
    encoding = "utf-8-sig" if excel else "utf-8"
    while some:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";" if excel else ",", lineterminator="\r\n")
        writer.writerows(some)
        yield text.getvalue().encode(encoding)
        some, encoding = list(islice(lines, _ROWS_AT_ONCE)), "utf-8"


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON array of objects of strings."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1)


def as_xlsx(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as a workbook. Every cell is text, so no leading zero is lost and nothing runs."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        sheet = workbook.add_worksheet("publipostage")
        sheet.freeze_panes(1, 0)
        for number, row in enumerate([dict(zip(columns, columns, strict=True)), *rows]):
            for column, name in enumerate(columns):
                sheet.write_string(number, column, row[name])
        sheet.autofit()
    return content.getvalue()


def note(place: Path, kind: str, name: str) -> None:
    """Remember a file with names in it that is downloaded: no erasure reaches it there."""
    from merge.app.opening import open_campaign

    with open_campaign(place, access="read", command="log") as campaign:
        if not campaign.is_blind:
            campaign.note_export(kind, name)


def harmless(cell: str) -> str:
    """The cell, with an apostrophe where a spreadsheet would take it for a formula.

    OWASP, "CSV injection": also behind white space and signs that nobody sees, and in the wide
    forms of East Asia, which a spreadsheet may fold.
    """
    seen = (sign for sign in cell if unicodedata.category(sign) not in _UNSEEN)
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return "'" + cell if first[:1] in _BEGINS_A_FORMULA else cell
